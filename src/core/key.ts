/**
 * Keys: what names an object. S3 and every sorted stream here order them by their UTF-8 bytes.
 *
 * @module
 */

declare const keyBrand: unique symbol;

/** An object's key, relative to the root of its store unless said otherwise. Never a path. */
export type Key = string & { readonly [keyBrand]: "key" };

/** Marks a string as a key. It is the only way to make one, so that paths and keys never mix. */
export function asKey(text: string): Key {
  return text as Key;
}

/**
 * Compares two keys by their UTF-8 bytes, as S3 lists them.
 *
 * JavaScript's `<` compares UTF-16 code units, where the surrogates of characters beyond U+FFFF sort
 * before U+E000–U+FFFF; in UTF-8 they sort after.
 *
 * @returns a negative number, 0, or a positive number, as for `Array.sort`
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byteRank(x) - byteRank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates behind U+FFFF, where their characters stand in UTF-8 order. */
function byteRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** A slice of the key space: keys that begin with `prefix`, come after `after` and not after `until`. */
export interface KeyRange {
  readonly prefix: Key;
  /** Exclusive lower bound, as S3's `start-after`. */
  readonly after: Key | undefined;
  /** Inclusive upper bound. */
  readonly until: Key | undefined;
}

/** The whole key space of a store. */
export const everything: KeyRange = startingWith(asKey(""));

/** The range that holds exactly one key. */
export function only(key: Key): KeyRange {
  return { prefix: key, after: undefined, until: key };
}

/** Whether a range holds one key and no more. */
export function isSingle({ prefix, until }: KeyRange): boolean {
  return prefix !== "" && until === prefix;
}

/** The range that holds all that begins with a prefix. */
export function startingWith(prefix: Key): KeyRange {
  return { prefix, after: undefined, until: undefined };
}

/** Whether a key lies in a range. */
export function inRange(key: Key, range: KeyRange): boolean {
  return (
    key.startsWith(range.prefix) &&
    (range.after === undefined || compareKeys(key, range.after) > 0) &&
    (range.until === undefined || compareKeys(key, range.until) <= 0)
  );
}

/** The last component of a key: what follows its last `/`. */
export function baseName(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/**
 * What may be a file, in key order up to a key, where keys after that one need a directory: `a` if `a-b` is the key, because
 * `a/c` comes after both.
 */
export function filesUpTo(key: Key | undefined): Key[] {
  if (key === undefined) return [];
  const before = Array.from(key.matchAll(/[\0-/]/g), ({ index }) => asKey(key.slice(0, index)));
  return [...before, key].filter((path) => path !== "" && !path.endsWith("/"));
}

/** A key and the paths above it. */
export function pathsTo(key: Key | undefined): Key[] {
  if (key === undefined) return [];
  const above = Array.from(key.matchAll(/\//g), ({ index }) => asKey(key.slice(0, index)));
  return [...above, key].filter((path) => path !== "" && !path.endsWith("/"));
}
