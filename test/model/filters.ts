/**
 * Which keys and objects a run is about: the part of the model that filters are.
 *
 * @module
 */
import { type Glob, globs, type Item, type Wish } from "./terms.ts";

/** Whether a run knows of a key at all, on either side. */
export function isInRange(key: string, { keyStart, keyEnd }: Wish): boolean {
  const isLate = keyStart === undefined || byBytes(key, keyStart) > 0;
  return isLate && (keyEnd === undefined || byBytes(key, keyEnd) <= 0);
}

/** Keys are in the order of their UTF-8 bytes. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether an object of the source is not sent. */
export function isLeftOut(key: string, { size, mtimeMs }: Item, wish: Wish): boolean {
  const { filterMtimeBefore: before, filterMtimeAfter: after, filterIncludeRegex: only } = wish;
  return (
    (before !== undefined && mtimeMs >= before.getTime()) ||
    (after !== undefined && mtimeMs < after.getTime()) ||
    size >= (wish.filterSmallerSize ?? Number.POSITIVE_INFINITY) ||
    size < (wish.filterLargerSize ?? 0) ||
    (only !== undefined && only.length > 0 && !matchesAny(key, only)) ||
    isExcluded(key, wish) ||
    (wish.oddOnly === true && size % 2 === 0)
  );
}

/** By its name alone: such a key is left alone in the target, too. */
function isExcluded(key: string, wish: Wish): boolean {
  const { filterExcludeRegex = [], include = [], exclude = [], names } = wish;
  const hasGlob = (some: readonly Glob[]): boolean => some.some((glob) => globs[glob].test(key));
  const byGlobs = exclude.length > 0 ? hasGlob(exclude) : include.length > 0;
  return (
    matchesAny(key, filterExcludeRegex) ||
    (byGlobs && !hasGlob(include)) ||
    (names !== undefined && !names.some((name) => isNamed(key, name)))
  );
}

/** Whether a key that only the target has stays. */
export function isProtected(key: string, wish: Wish): boolean {
  return wish.deleteExcluded !== true && isExcluded(key, wish);
}

/** Names that are asked for and not there. */
export function unseen(source: readonly (readonly [string, Item])[], { names = [] }: Wish): number {
  return names.filter((name) => !source.some(([key]) => isNamed(key, name))).length;
}

function isNamed(key: string, name: string): boolean {
  return key === name || (name.endsWith("/") && key.startsWith(name));
}

function matchesAny(key: string, regexes: readonly string[]): boolean {
  return regexes.some((regex) => new RegExp(regex, "u").test(key));
}
