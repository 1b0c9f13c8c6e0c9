/**
 * Finds out where the keys of a range turn out to lie, and so where it can be cut.
 *
 * @module
 */
import { compareKeys, type Key, type KeyRange } from "../core/key.ts";
import type { Store } from "../store/store.ts";
import { cuts, subtreeEnds } from "./split.ts";

/** Finds the first key of a range. */
export type FirstKey = (range: KeyRange, signal: AbortSignal) => Promise<Key | undefined>;

/** The first key on whichever side it lies; `undefined` if neither can tell without listing. */
export function firstKeyOf(...stores: readonly Pick<Store, "firstKey">[]): FirstKey | undefined {
  const able = stores.flatMap((store) => store.firstKey?.bind(store) ?? []);
  if (able.length === 0) return undefined;
  return async (range, signal) => {
    const found = await Promise.all(able.map((firstKey) => firstKey(range, signal)));
    return found.filter((key) => key !== undefined).toSorted(compareKeys)[0];
  };
}

/** Questions asked at the same time to find a place to cut. */
const probes = 16;

/**
 * Keys at which the rest of a range can be cut: there are keys after each of them.
 *
 * @param at where the listing is
 * @param range the last key of it is no place to cut, and often known to be there
 * @returns some, in order, each once; none where nothing was found
 */
export async function cutPlaces(
  at: Key,
  range: KeyRange,
  firstKey: FirstKey,
  signal: AbortSignal,
): Promise<Key[]> {
  const lookFor = keysAfter(range, firstKey, signal);
  const depth = await sharedDepth(at, range, firstKey, signal);
  const places = depth === undefined ? [] : cuts(at, depth, range.until);
  return [...new Set((await lookFor(places)).filter((key) => key !== undefined))];
}

/** Finds the first keys after places of a range. */
type LookFor = (places: readonly Key[]) => Promise<(Key | undefined)[]>;

function keysAfter(range: KeyRange, firstKey: FirstKey, signal: AbortSignal): LookFor {
  return async (places) => {
    const found = places.map((after) => firstKey({ ...range, after }, signal));
    return (await Promise.all(found)).map((key) => (key === range.until ? undefined : key));
  };
}

/**
 * How many characters all keys share that are still to come: outside of that subtree there are none.
 *
 * @returns `undefined` where none was found
 */
export async function sharedDepth(
  at: Key,
  range: KeyRange,
  firstKey: FirstKey,
  signal: AbortSignal,
): Promise<number | undefined> {
  const lookFor = keysAfter(range, firstKey, signal);
  let ends = subtreeEnds(at, range.until);
  let found: number | undefined;
  // The wider the subtree, the fewer keys are outside of it: so this is a search in a sorted list.
  while (ends.length > 0) {
    const step = Math.ceil(ends.length / probes);
    const asked = ends.filter((_, index) => (index + 1) % step === 0 || index === ends.length - 1);
    const answers = await lookFor(asked.map(({ end }) => end));
    const index = answers.findIndex((key) => key !== undefined);
    const widest = asked[index];
    if (widest === undefined) return found;
    found = widest.depth;
    const from = index === 0 ? -1 : (asked[index - 1]?.depth ?? -1);
    ends = ends.filter(({ depth }) => depth > from && depth < widest.depth);
  }
  return found;
}
