/**
 * Looks at single places of a store instead of listing all of it: what is named, and what lies below it.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import {
  asKey,
  compareKeys,
  everything,
  type Key,
  type KeyRange,
  only,
  startingWith,
} from "../core/key.ts";
import type { Store } from "../store/store.ts";

/** Places in a store. What lies below a prefix is not named as well. */
export interface Places {
  readonly keys: readonly Key[];
  /** Each ends with `/`. */
  readonly prefixes: readonly string[];
}

/** One place: a key, or all below a prefix. */
interface Spot {
  readonly key: Key;
  readonly isPrefix: boolean;
}

/** So many requests are on their way at the same time. */
const width = 16;

/**
 * Lists what is at the places, as a listing of everything would show it: in order, nothing twice.
 *
 * Where a key is a path it is looked at by its name. Elsewhere a page is asked for that begins at it, and shows the
 * next ones if they are near: so it takes no more requests than there are places, nor many more than a whole listing.
 *
 * @param places none of them lies in another one
 */
export function listPlaces(
  store: Store,
  places: Places,
  signal: AbortSignal,
): AsyncGenerator<readonly Listed[], void, undefined> {
  const spots = spotsOf(places);
  if (store.capabilities.hierarchical) return oneByOne(store, spots, signal);
  return readAhead(portionsOf(spots).map((portion) => portionPages(store, portion, signal)));
}

/** About as many as may be on their way. A key and what lies below it are found together. */
function portionsOf(spots: readonly Spot[]): Spot[][] {
  const size = Math.ceil(spots.length / width);
  const portions: Spot[][] = [];
  for (const spot of spots) {
    const portion = portions.at(-1);
    const before = portion?.at(-1);
    const belongs = spot.isPrefix && before !== undefined && spot.key === `${before.key}/`;
    if (portion !== undefined && (portion.length < size || belongs)) portion.push(spot);
    else portions.push([spot]);
  }
  return portions;
}

/** In the order of their keys. */
function spotsOf({ keys, prefixes }: Places): Spot[] {
  const spots = [
    ...keys.map((key) => ({ key, isPrefix: false })),
    ...prefixes.map((prefix) => ({ key: asKey(prefix), isPrefix: true })),
  ];
  return spots.toSorted((a, b) => compareKeys(a.key, b.key));
}

async function* oneByOne(
  store: Store,
  spots: readonly Spot[],
  signal: AbortSignal,
): AsyncGenerator<readonly Listed[], void, undefined> {
  let last: Key | undefined;
  for (const { key, isPrefix } of spots) {
    for await (const page of store.list(isPrefix ? startingWith(key) : only(key), signal)) {
      // A directory that cannot be read is met on the way to each of its files.
      const before = last;
      const fresh = page.filter(
        (item) => before === undefined || compareKeys(item.key, before) > 0,
      );
      last = fresh.at(-1)?.key ?? last;
      yield fresh;
    }
  }
}

/** Asks for the first page of each before the one before it is at its end. */
async function* readAhead(
  listings: readonly AsyncGenerator<readonly Listed[], void, undefined>[],
): AsyncGenerator<readonly Listed[], void, undefined> {
  const begun = listings.map((pages) => ({ pages, first: pages.next() }));
  for (const { first } of begun) first.catch(() => undefined);
  try {
    for (const { pages, first } of begun) {
      const { done, value } = await first;
      if (done === true) continue;
      yield value;
      yield* pages;
    }
  } finally {
    await Promise.allSettled(listings.map((pages) => pages.return()));
  }
}

/** Goes through the places, from page to page. */
async function* portionPages(
  store: Store,
  spots: readonly Spot[],
  signal: AbortSignal,
): AsyncGenerator<readonly Listed[], void, undefined> {
  let at = 0;
  let reached: Key | undefined;
  while (at < spots.length) {
    let goesOn = true;
    for await (const page of store.list(rangeFrom(spots.slice(at), reached), signal)) {
      yield wanted(page, spots, at);
      const before = at;
      reached = page.at(-1)?.key ?? reached;
      if (reached !== undefined) at = firstNotBefore(spots, at, reached, true);
      // What comes next may be far away: it is asked for by its name.
      goesOn = at === before || isIn(spots[at], reached);
      if (!goesOn) break;
    }
    if (goesOn) return;
  }
}

function wanted(page: readonly Listed[], spots: readonly Spot[], from: number): readonly Listed[] {
  let at = from;
  return page.filter((item) => {
    at = firstNotBefore(spots, at, item.key, false);
    return item.kind === "gap" || isIn(spots[at], item.key);
  });
}

/** The first place, from one on, that does not lie before a key with all that is there, nor (if wanted) is the key. */
function firstNotBefore(spots: readonly Spot[], from: number, key: Key, isDone: boolean): number {
  let at = from;
  for (let spot = spots[at]; spot !== undefined; spot = spots[at]) {
    const order = compareKeys(spot.key, key);
    const isPast = spot.isPrefix
      ? order < 0 && !key.startsWith(spot.key)
      : order < 0 || (isDone && order === 0);
    if (!isPast) break;
    at += 1;
  }
  return at;
}

function isIn(spot: Spot | undefined, key: Key | undefined): boolean {
  if (spot === undefined || key === undefined) return false;
  return spot.isPrefix ? key.startsWith(spot.key) : key === spot.key;
}

/** What begins with the place, or what is common to several of them, from the first on. */
function rangeFrom(spots: readonly Spot[], reached: Key | undefined): KeyRange {
  const [first, last] = [spots[0], spots.at(-1)];
  if (first === undefined || last === undefined) return everything;
  const until = last.isPrefix ? undefined : last.key;
  if (first === last) return { prefix: first.key, after: undefined, until };
  const start = justBefore(first.key);
  const after = reached !== undefined && compareKeys(reached, start) > 0 ? reached : start;
  return { prefix: commonStart(first.key, last.key), after, until };
}

/** What sorts before a key, with next to nothing between them. */
function justBefore(key: Key): Key {
  const unit = key.charCodeAt(key.length - 1);
  const isSurrogate = unit >= 0xd800 && unit < 0xe000;
  const stem = key.slice(0, isSurrogate ? -2 : -1);
  const isPlain = unit > 0x20 && unit < 0xd800;
  return asKey(isPlain ? `${stem}${String.fromCharCode(unit - 1)}\uffee` : stem);
}

function commonStart(a: Key, b: Key): Key {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  const start = a.slice(0, length);
  // No half of a character.
  return asKey(start.isWellFormed() ? start : start.slice(0, -1));
}
