/**
 * A view in which keys lose one leading `/`. What follows a prefix without trailing slash often begins with
 * one: `s3://bucket/photos` and the key `photos/1.jpg` leave `/1.jpg`, which is no path.
 *
 * @module
 */
import type { Listed } from "../../core/entry.ts";
import { asKey, compareKeys, type Key, type KeyRange } from "../../core/key.ts";
import type { Store } from "../store.ts";
import { Wrapper } from "./wrapper.ts";

const slash = "/";
/** No key that begins with `/` and that anybody has comes after this. */
const afterSlashed = asKey(`${slash}\u{10ffff}`);
const pageSize = 1000;

/**
 * Takes one leading `/` off the keys of a listing. Two objects may then have the same key, `/a` and `a`: both
 * are listed, the one that was first in order first.
 */
class WithoutLeadingSlash extends Wrapper {
  constructor(inner: Store) {
    super(inner);
    this.storeKeysOf = (key) => [key, asKey(slash + key)];
    const firstKey = inner.firstKey?.bind(inner);
    if (firstKey === undefined) return;
    const firstPlain = async (part: KeyRange, signal: AbortSignal): Promise<Key | undefined> => {
      const key = await firstKey(part, signal);
      return key?.startsWith(slash) === true ? firstPlain({ ...part, after: key }, signal) : key;
    };
    this.firstKey = async (range, signal) => {
      const plain = aroundSlashed(range).map((part) => firstPlain(part, signal));
      const slashed = firstKey(slashedRange(range), signal).then(withoutSlash);
      const found = (await Promise.all([...plain, slashed])).filter((key) => key !== undefined);
      return found.toSorted(compareKeys)[0];
    };
  }

  /** Keys that begin with `/` stand together: two listings, merged, are in order again. */
  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    const plain = items(this.plain(range, signal));
    const slashed = items(this.slashed(range, signal));
    let [a, b] = await Promise.all([plain.next(), slashed.next()]);
    let page: Listed[] = [];
    while (a.done !== true || b.done !== true) {
      if (b.done === true || (a.done !== true && comesFirst(a.value, b.value))) {
        if (a.done !== true) page.push(a.value);
        a = await plain.next();
      } else {
        page.push(b.value);
        b = await slashed.next();
      }
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    yield page;
  }

  private async *plain(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for (const part of aroundSlashed(range)) {
      for await (const page of this.inner.list(part, signal)) {
        yield page.filter(({ key }) => !key.startsWith(slash));
      }
    }
  }

  private async *slashed(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const page of this.inner.list(slashedRange(range), signal)) {
      yield page.flatMap((item) => {
        const key = withoutSlash(item.key);
        if (key === undefined) return [];
        return [item.kind === "object" ? { ...item, key, storeKey: item.key } : { ...item, key }];
      });
    }
  }
}

/** What lies before and after the keys that begin with `/`, so that those are not listed twice. */
function aroundSlashed(range: KeyRange): KeyRange[] {
  if (range.prefix !== "") return [range];
  const { after, until } = range;
  const parts: KeyRange[] = [];
  const startsBefore = after === undefined || compareKeys(after, slash) < 0;
  const endsAfter = until === undefined || compareKeys(until, afterSlashed) > 0;
  if (startsBefore) parts.push({ ...range, until: endsAfter ? asKey(slash) : until });
  if (endsAfter) parts.push({ ...range, after: startsBefore ? afterSlashed : after });
  return parts;
}

/** The same keys with a slash before them; the slash alone is none of them. */
function slashedRange({ prefix, after, until }: KeyRange): KeyRange {
  return {
    prefix: asKey(slash + prefix),
    after: asKey(slash + (after ?? "")),
    until: until === undefined ? undefined : asKey(slash + until),
  };
}

/** The key without its leading slash; `undefined` if nothing is left. */
function withoutSlash(key: Key | undefined): Key | undefined {
  return key === undefined || key === slash ? undefined : asKey(key.slice(1));
}

/** Equal keys keep the order of the objects. */
function comesFirst(plain: Listed, slashed: Listed): boolean {
  const order = compareKeys(plain.key, slashed.key);
  return order < 0 || (order === 0 && compareKeys(plain.key, slash) < 0);
}

async function* items(
  pages: AsyncIterable<readonly Listed[]>,
): AsyncGenerator<Listed, void, undefined> {
  for await (const page of pages) yield* page;
}

/** Makes the view. It is for sources: a key of it does not say to which object a write would go. */
export function withoutLeadingSlash(store: Store): Store {
  return new WithoutLeadingSlash(store);
}
