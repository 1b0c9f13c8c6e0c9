/**
 * A view in which the listings of a store that knows no order come in key order, by way of the disk. Directory
 * buckets are such stores.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
 * @module
 */
import type { Listed } from "../../core/entry.ts";
import type { KeyRange } from "../../core/key.ts";
import type { Capabilities, Store } from "../store.ts";
import { DiskSort } from "./disk-sort.ts";
import { Wrapper } from "./wrapper.ts";

class Sorted extends Wrapper {
  override readonly capabilities: Capabilities;

  constructor(
    inner: Store,
    private readonly tempDir: string,
  ) {
    super(inner);
    this.capabilities = { ...inner.capabilities, ordered: true, cheapRanges: false };
  }

  /** The whole is read before the first key is known. */
  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    using sort = new DiskSort(this.tempDir);
    for await (const page of this.inner.list(range, signal)) sort.add(page);
    yield* sort.pages();
  }
}

/**
 * Makes the view.
 *
 * @param tempDir where what was listed waits until all of it is there
 */
export function sorted(store: Store, tempDir: string): Store {
  return new Sorted(store, tempDir);
}
