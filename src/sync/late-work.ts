/**
 * What is sent when all the rest is there: the pages of a site, which lead to everything else. It waits on disk.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { SyncEvent } from "../core/events.ts";
import { Spill } from "../list/spill.ts";

/** Gathers it. Items are plain data, in the order in which they came. */
export class LateWork<Item extends { readonly entry: Entry }> implements Disposable {
  private readonly gathered: Spill<Item>;

  /**
   * @param tempDir where it waits, if it is much
   * @param isLate which objects it is about; `undefined`: none
   */
  constructor(
    tempDir: string,
    private readonly isLate: ((entry: Entry) => boolean) | undefined,
  ) {
    this.gathered = new Spill<Item>(tempDir);
  }

  get count(): number {
    return this.gathered.count;
  }

  /** Keeps what is to be done about an object, if that is late. @returns whether it is */
  takes(item: Item): boolean {
    if (this.isLate?.(item.entry) !== true) return false;
    this.gathered.add(item);
    return true;
  }

  *[Symbol.iterator](): Generator<Item, void, undefined> {
    for (const batch of this.gathered.batches()) yield* batch;
  }

  /** What is told when none of it is sent. */
  heldBack(reason: string): SyncEvent {
    const what = this.count === 1 ? "1 page is not sent" : `${this.count} pages are not sent`;
    const error = new SyncError("precondition", `${what}: ${reason}`);
    return { type: "warning", key: undefined, error };
  }

  [Symbol.dispose](): void {
    this.gathered[Symbol.dispose]();
  }
}
