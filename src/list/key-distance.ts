/**
 * How far a key is on the way from one key to another, as if keys were numbers whose digits are the characters that keys
 * have. Pure.
 *
 * @module
 */
import { compareKeys, type Key } from "../core/key.ts";

/** A way, and a key on it. */
export interface Course {
  readonly from: Key;
  readonly at: Key;
  /** `undefined`: the last key there can be. */
  readonly to: Key | undefined;
}

/** Digits behind the first one that differs: more say nothing. */
const precision = 8;
/** No way is longer than so many times what was passed of it. */
const longest = 1e9;

/**
 * The share of the way that was passed.
 *
 * @param shared without an end: how many characters all keys share that are still to come
 * @param examples keys that show which characters there are
 * @returns above 0, and at most 1
 */
export function fractionOf(
  { from, at, to }: Course,
  shared: number,
  examples: readonly Key[],
): number {
  const depth = to === undefined ? shared : sharedBy(characters(from), characters(to));
  const digits = digitsOf([from, at, ...(to === undefined ? [] : [to]), ...examples], depth);
  const value = (key: Key): number => {
    const base = digits.size + 1;
    const places = characters(key).slice(depth, depth + precision);
    return places.reduceRight((sum, one) => (sum + 1 + (digits.get(one) ?? 0)) / base, 0);
  };
  // Of another subtree than the keys that are to come, it lies before all of them.
  const begin = to === undefined && !isBelow(from, at, shared) ? 0 : value(from);
  const end = to === undefined ? 1 : value(to);
  const [way, passed] = [end - begin, value(at) - begin];
  if (way <= 0 || passed >= way) return 1;
  return Math.max(passed / way, 1 / longest);
}

function isBelow(from: Key, at: Key, shared: number): boolean {
  return sharedBy(characters(from), characters(at)) >= shared;
}

function characters(key: Key): string[] {
  return Array.from(key);
}

function sharedBy(a: readonly string[], b: readonly string[]): number {
  const found = a.findIndex((character, index) => character !== b[index]);
  return found === -1 ? a.length : found;
}

/** The characters of keys behind what they share, numbered in their order. */
function digitsOf(keys: readonly Key[], depth: number): ReadonlyMap<string, number> {
  const found = new Set(keys.flatMap((key) => characters(key).slice(depth, depth + precision)));
  return new Map([...found].toSorted(compareKeys).map((character, index) => [character, index]));
}
