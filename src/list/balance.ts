/**
 * Cuts keys into ranges of about as many keys each. Pure.
 *
 * @module
 */
import type { Key } from "../core/key.ts";

/** A key, and how many keys there are up to it, itself included, from the one before it on. */
export interface Weighed {
  /** `undefined`: those at the end, of which no key is known. */
  readonly key: Key | undefined;
  readonly keys: number;
}

/**
 * Chooses keys at which to cut.
 *
 * @param weighed in the order of the keys
 * @param count how many ranges there are to be
 * @returns one key fewer than ranges, in order; `undefined` where there are not enough different ones
 */
export function balancedCuts(weighed: readonly Weighed[], count: number): Key[] | undefined {
  const total = weighed.reduce((sum, { keys }) => sum + keys, 0);
  const places = weighed.flatMap(({ key }) => (key === undefined ? [] : [key]));
  // The last key of all would leave nothing for the last range.
  const most = weighed.at(-1)?.key === undefined ? places.length : places.length - 1;
  if (most < count - 1) return undefined;
  const cuts: Key[] = [];
  let [at, passed] = [0, 0];
  for (let range = 1; range < count; range++) {
    const wanted = (total * range) / count;
    const latest = most - (count - range);
    // The nearer one of the two keys between which it should be.
    for (; at < latest; at++) {
      const keys = weighed[at]?.keys ?? 0;
      if (passed + keys + (weighed[at + 1]?.keys ?? 0) / 2 > wanted) break;
      passed += keys;
    }
    const place = places[at];
    if (place !== undefined) cuts.push(place);
    passed += weighed[at]?.keys ?? 0;
    at += 1;
  }
  return cuts;
}
