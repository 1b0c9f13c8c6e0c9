/**
 * Merges the sorted listings of two stores, page by page, into pairs of the same key.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import { compareKeys, type Key } from "../core/key.ts";
import { PageCursor } from "./page-cursor.ts";

/** What both sides know of one key. An absent side is `undefined`; an unknown one is the gap or link above it. */
export interface Pair {
  readonly key: Key;
  readonly source: Listed | undefined;
  readonly target: Listed | undefined;
}

/** One listing being read: the page at hand, and the gaps that the keys read now may lie in. */
class Cursor extends PageCursor {
  /** Gaps whose subtree may still come. The subtree of a later one always comes before those of earlier ones. */
  private readonly unknown: { readonly item: Listed; readonly below: string }[] = [];

  /** The item at hand; `undefined` when the page is used up. */
  get current(): Listed | undefined {
    return this.page[this.at];
  }

  take(): Listed | undefined {
    const item = this.page[this.at++];
    if (item !== undefined && hidesWhatIsBelow(item) && this.unknownAt(item.key) === undefined) {
      this.unknown.push({ item, below: item.key.endsWith("/") ? item.key : `${item.key}/` });
    }
    return item;
  }

  /** What stands for the unknown subtree in which a key lies that this side does not list. */
  unknownAt(key: Key): Listed | undefined {
    for (let last = this.unknown.at(-1); last !== undefined; last = this.unknown.at(-1)) {
      if (key.startsWith(last.below)) return last.item;
      // Keys come in order: beyond the subtree nothing of it can follow.
      if (compareKeys(key, last.below) < 0) return undefined;
      this.unknown.pop();
    }
    return undefined;
  }
}

/** A gap does, and a link that leads nowhere: its disk may only be away. */
function hidesWhatIsBelow(item: Listed): boolean {
  return item.kind === "gap" || (item.kind === "special" && item.what === "link");
}

/**
 * Merges two listings. Reads a page of a side only when it is needed, so memory does not depend on the
 * number of keys.
 *
 * @param source pages in key order
 * @param target pages in key order
 * @yields pairs in key order, in batches
 */
export async function* mergeListings(
  source: AsyncIterable<readonly Listed[]>,
  target: AsyncIterable<readonly Listed[]>,
): AsyncGenerator<readonly Pair[], void, undefined> {
  const left = new Cursor(source);
  const right = new Cursor(target);
  try {
    for (;;) {
      const [hasLeft, hasRight] = await Promise.all([left.fill(), right.fill()]);
      if (!hasLeft && !hasRight) return;
      yield mergePages(left, right, hasLeft, hasRight);
    }
  } finally {
    await Promise.allSettled([left.close(), right.close()]);
  }
}

/** Pairs up until one of the two pages is used up. */
function mergePages(left: Cursor, right: Cursor, hasLeft: boolean, hasRight: boolean): Pair[] {
  const pairs: Pair[] = [];
  for (;;) {
    const a = left.current;
    const b = right.current;
    if ((hasLeft && a === undefined) || (hasRight && b === undefined)) return pairs;
    if (a === undefined && b === undefined) return pairs;
    const order = a === undefined ? 1 : b === undefined ? -1 : compareKeys(a.key, b.key);
    const source = order <= 0 ? left.take() : undefined;
    const target = order >= 0 ? right.take() : undefined;
    const key = (source ?? target)?.key;
    if (key === undefined) return pairs;
    pairs.push({
      key,
      source: source ?? left.unknownAt(key),
      target: target ?? right.unknownAt(key),
    });
  }
}
