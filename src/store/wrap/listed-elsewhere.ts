/**
 * A view of a store whose listing comes from elsewhere, in whatever order: an inventory.
 *
 * @module
 */
import type { Listed } from "../../core/entry.ts";
import { inRange, type KeyRange } from "../../core/key.ts";
import type { Capabilities, Store } from "../store.ts";
import { DiskSort } from "./disk-sort.ts";
import { Wrapper } from "./wrapper.ts";

/** Where the listing comes from. */
export interface Listing {
  pages(signal: AbortSignal): AsyncIterable<readonly Listed[]>;
  close(): Promise<void>;
}

class ListedElsewhere extends Wrapper {
  override readonly capabilities: Capabilities;

  constructor(
    inner: Store,
    private readonly listing: Listing,
    private readonly tempDir: string,
  ) {
    super(inner);
    delete this.firstKey;
    this.capabilities = { ...inner.capabilities, ordered: true, cheapRanges: false };
  }

  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    using sort = new DiskSort(this.tempDir);
    for await (const page of this.listing.pages(signal)) {
      sort.add(page.filter(({ key }) => inRange(key, range)));
    }
    yield* sort.pages();
  }

  override async close(): Promise<void> {
    await this.listing.close();
    await super.close();
  }
}

/**
 * Makes the view.
 *
 * @param tempDir where what was listed waits until all of it is there
 */
export function listedElsewhere(store: Store, listing: Listing, tempDir: string): Store {
  return new ListedElsewhere(store, listing, tempDir);
}
