/**
 * The same files under other prefixes, too: what other servers do by rewriting addresses, S3 does by copies.
 *
 * @module
 */
import type { Duplication } from "../config/pattern-kinds.ts";
import { type Listed, storeKeyOf } from "../core/entry.ts";
import { asKey, compareKeys, type Key, type KeyRange } from "../core/key.ts";
import { mergeSorted } from "../list/merge-sorted.ts";
import type { Store } from "../store/store.ts";
import { Wrapper } from "../store/wrap/wrapper.ts";

/** A view in which duplicates are listed. A file of the same key wins. */
export class WithDuplicates extends Wrapper {
  constructor(
    inner: Store,
    private readonly duplication: Duplication,
    /** What is duplicated: the tree without any duplicates. */
    private readonly originals: Store,
  ) {
    super(inner);
  }

  override list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    return mergeSorted(this.inner.list(range, signal), this.duplicates(range, signal));
  }

  /** The order is that of the originals: only what all have in common is another. */
  private async *duplicates(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    const { from, to } = this.duplication;
    const original = originalRange(range, this.duplication);
    if (original === undefined) return;
    for await (const page of this.originals.list(original, signal)) {
      yield page
        .filter(({ key }) => key.startsWith(from))
        .map((item) => {
          const key = asKey(to + item.key.slice(from.length));
          if (item.kind !== "object") return { ...item, key };
          return { ...item, key, storeKey: storeKeyOf(item), copyOf: item.key };
        });
    }
  }
}

/** Where the originals of a range lie; `undefined` if there can be none. */
function originalRange(
  { prefix, after, until }: KeyRange,
  { from, to }: Duplication,
): KeyRange | undefined {
  const back = (key: string): Key => asKey(from + key.slice(to.length));
  const isWider = to.startsWith(prefix);
  if (!isWider && !prefix.startsWith(to)) return undefined;
  const isBehind = (key: Key | undefined): boolean =>
    key !== undefined && !key.startsWith(to) && compareKeys(key, to) > 0;
  const isBefore = (key: Key | undefined): boolean =>
    key !== undefined && !key.startsWith(to) && compareKeys(key, to) < 0;
  if (isBehind(after) || isBefore(until)) return undefined;
  return {
    prefix: isWider ? asKey(from) : back(prefix),
    after: after?.startsWith(to) === true ? back(after) : undefined,
    until: until?.startsWith(to) === true ? back(until) : undefined,
  };
}
