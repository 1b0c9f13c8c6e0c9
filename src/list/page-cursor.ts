/**
 * A listing that is read page by page.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";

/** Where the reading is: the page at hand, and the item in it. Close it. */
export class PageCursor {
  private readonly pages: AsyncIterator<readonly Listed[]>;
  protected page: readonly Listed[] = [];
  protected at = 0;

  constructor(pages: AsyncIterable<readonly Listed[]>) {
    this.pages = pages[Symbol.asyncIterator]();
  }

  /** Reads pages until one has something. False at the end of the listing. */
  async fill(): Promise<boolean> {
    while (this.at >= this.page.length) {
      const { done, value } = await this.pages.next();
      if (done === true) return false;
      this.page = value;
      this.at = 0;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.pages.return?.();
  }
}
