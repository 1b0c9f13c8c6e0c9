/**
 * Where to cut a range of keys of which nothing is known but where a listing is. Pure.
 *
 * Keys are taken as sequences of characters: their order is that of their UTF-8 bytes.
 *
 * @module
 */
import { asKey, compareKeys, type Key } from "../core/key.ts";

const lastCharacter = 0x10ffff;
const surrogates = { first: 0xd800, after: 0xe000 } as const;

/** Characters that keys are likely to have, as ranges: first and last. */
const classes = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
] as const;
/** Beyond ASCII: the ends of the alphabets of Europe, of those before Chinese, and of Chinese. */
const landmarks = [0x7f, 0x58f, 0x2fff, 0x9fff];
/** How many characters of a class stand for it where the present key has none of it there. */
const samplesPerClass = 4;

/**
 * The ends of the subtrees that a key lies in: what begins with its first character, with its first two…
 *
 * @param until the end of the range
 * @returns keys inside the range, the widest subtree first; each is the place in the key and where its subtree ends
 */
export function subtreeEnds(at: Key, until: Key | undefined): { depth: number; end: Key }[] {
  const characters = Array.from(at);
  const ends: { depth: number; end: Key }[] = [];
  let stem = "";
  for (const [depth, character] of characters.entries()) {
    const next = nextCharacter(character.codePointAt(0) ?? 0);
    const end = next === undefined ? undefined : asKey(stem + String.fromCodePoint(next));
    if (end !== undefined && (until === undefined || compareKeys(end, until) < 0)) {
      ends.push({ depth, end });
    }
    stem += character;
  }
  return ends;
}

/**
 * Places at which to look for keys, where it is known how many characters all keys to come share.
 *
 * @param depth the number of characters that they share with `at`
 * @returns keys after `at`, in order
 */
export function cuts(at: Key, depth: number, until: Key | undefined): Key[] {
  const characters = Array.from(at);
  const stem = characters.slice(0, depth).join("");
  const present = characters[depth]?.codePointAt(0) ?? 0;
  const points = present < 0x80 ? asciiPoints(present) : pointsBeyond(present);
  return points
    .filter((point) => point > present)
    .toSorted((a, b) => a - b)
    .map((point) => asKey(stem + String.fromCodePoint(point)))
    .filter((key) => until === undefined || compareKeys(key, until) < 0);
}

/** Every character of the class that is present, some of the others, and the landmarks. */
function asciiPoints(present: number): number[] {
  const points = [...landmarks];
  for (const [first, last] of classes) {
    const isPresent = present >= first && present <= last;
    const step = isPresent ? 1 : Math.ceil((last - first + 1) / samplesPerClass);
    for (let point = first; point <= last; point += step) points.push(point);
  }
  return points;
}

/** Near characters of the same script first, then ever farther ones. */
function pointsBeyond(present: number): number[] {
  const points: number[] = [];
  for (let step = 1; present + step <= lastCharacter; step *= 2) points.push(present + step);
  return points.filter((point) => point < surrogates.first || point >= surrogates.after);
}

/** The character after a character; `undefined` after the last one. Halves of surrogate pairs are none. */
function nextCharacter(point: number): number | undefined {
  if (point >= lastCharacter) return undefined;
  return point + 1 === surrogates.first ? surrogates.after : point + 1;
}
