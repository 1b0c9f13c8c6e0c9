/**
 * Makes one sorted listing of two.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import { compareKeys } from "../core/key.ts";
import { PageCursor } from "./page-cursor.ts";

/** One listing being read. */
class Cursor extends PageCursor {
  /** What is left of the page, up to and with a key. */
  takeUpTo(last: Listed | undefined): readonly Listed[] {
    const from = this.at;
    const end = this.page.length;
    if (last === undefined || isUpTo(this.page.at(-1), last)) this.at = end;
    else while (this.at < end && isUpTo(this.page[this.at], last)) this.at += 1;
    return from === 0 && this.at === end ? this.page : this.page.slice(from, this.at);
  }

  /** The last of the page. */
  get last(): Listed | undefined {
    return this.page.at(-1);
  }
}

/**
 * Merges two listings. Pages of one that lie between two keys of the other pass as they are.
 *
 * @param more of a key that both have, this one's is taken if it wins
 */
export async function* mergeSorted(
  listing: AsyncIterable<readonly Listed[]>,
  more: AsyncIterable<readonly Listed[]>,
  wins: (item: Listed) => boolean = () => false,
): AsyncGenerator<readonly Listed[], void, undefined> {
  const [left, right] = [new Cursor(listing), new Cursor(more)];
  try {
    for (;;) {
      const [hasLeft, hasRight] = [await left.fill(), await right.fill()];
      if (!hasLeft && !hasRight) return;
      if (!hasLeft || !hasRight) {
        yield (hasLeft ? left : right).takeUpTo(undefined);
        continue;
      }
      const end = earlier(left.last, right.last);
      yield mergePages(left.takeUpTo(end), right.takeUpTo(end), wins);
    }
  } finally {
    await Promise.allSettled([left.close(), right.close()]);
  }
}

function earlier(a: Listed | undefined, b: Listed | undefined): Listed | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareKeys(a.key, b.key) <= 0 ? a : b;
}

function isUpTo(item: Listed | undefined, last: Listed): boolean {
  return item !== undefined && compareKeys(item.key, last.key) <= 0;
}

function mergePages(
  page: readonly Listed[],
  more: readonly Listed[],
  wins: (item: Listed) => boolean,
): readonly Listed[] {
  if (more.length === 0) return page;
  if (page.length === 0) return more;
  const items: Listed[] = [];
  let at = 0;
  for (const item of page) {
    let next = more[at];
    for (; next !== undefined && compareKeys(next.key, item.key) < 0; next = more[at]) {
      items.push(next);
      at += 1;
    }
    const same = next?.key === item.key ? next : undefined;
    if (same !== undefined) at += 1;
    items.push(same !== undefined && wins(same) ? same : item);
  }
  return [...items, ...more.slice(at)];
}
