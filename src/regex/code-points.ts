/**
 * Sets of code points, as sorted ranges: what a character class means, whatever engine then looks for it.
 *
 * @module
 */

/** A first and a last code point, both included. */
export type Range = readonly [first: number, last: number];

/** Sorted, disjoint, and not touching. Surrogates are in no set: text has none by itself. */
export type CodePoints = readonly Range[];

const last = 0x10ffff;
const [firstSurrogate, lastSurrogate] = [0xd800, 0xdfff];

/** Every character. */
export const all: CodePoints = [
  [0, firstSurrogate - 1],
  [lastSurrogate + 1, last],
];

/** Makes a set of ranges in any order. */
export function setOf(ranges: Iterable<Range>): CodePoints {
  const sorted = [...ranges].toSorted((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const before = merged.at(-1);
    if (before !== undefined && from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else merged.push([from, to]);
  }
  return withoutSurrogates(merged);
}

function withoutSurrogates(ranges: readonly Range[]): CodePoints {
  return ranges.flatMap(([from, to]): Range[] => {
    if (to < firstSurrogate || from > lastSurrogate) return [[from, to]];
    const parts: Range[] = [
      [from, firstSurrogate - 1],
      [lastSurrogate + 1, to],
    ];
    return parts.filter(([a, b]) => a <= b);
  });
}

/** What is in one or the other. */
export function union(...sets: readonly CodePoints[]): CodePoints {
  return setOf(sets.flat());
}

/** What is in none of it. */
export function complement(set: CodePoints): CodePoints {
  const gaps: Range[] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) gaps.push([next, last]);
  return setOf(gaps);
}

/** What is in both. */
export function intersection(a: CodePoints, b: CodePoints): CodePoints {
  return complement(union(complement(a), complement(b)));
}

/** What is in the first and not in the second. */
export function difference(a: CodePoints, b: CodePoints): CodePoints {
  return intersection(a, complement(b));
}

/** Whether a set has a code point. */
export function has(set: CodePoints, point: number): boolean {
  let [low, high] = [0, set.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((set[middle]?.[1] ?? last) < point) low = middle + 1;
    else high = middle;
  }
  return (set[low]?.[0] ?? Number.POSITIVE_INFINITY) <= point;
}

const known = new Map<string, CodePoints>();
let everything: string | undefined;

/**
 * The characters that a pattern for one character matches.
 *
 * @param pattern as JavaScript writes it, such as `\p{Lu}`
 * @throws SyntaxError when there is no such property
 */
export function matched(pattern: string): CodePoints {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const runs = new RegExp(`(?:${pattern})+`, "gu");
  everything ??= all
    .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index))
    .map((point) => String.fromCodePoint(point))
    .join("");
  const set = setOf(Array.from(everything.matchAll(runs), ([run]) => runsOf(run)).flat());
  known.set(pattern, set);
  return set;
}

/** A run may jump over the surrogates. */
function runsOf(run: string): Range[] {
  const first = run.codePointAt(0) ?? 0;
  const end = Array.from(run.slice(-2)).at(-1)?.codePointAt(0) ?? first;
  return [[first, end]];
}

let variants: ReadonlyMap<number, readonly number[]> | undefined;

/** With each character also those that differ from it in case only. */
export function caseless(set: CodePoints): CodePoints {
  variants ??= caseVariants();
  const more: Range[] = [];
  for (const [point, others] of variants) {
    if (has(set, point)) more.push(...others.map((other): Range => [other, other]));
  }
  return union(set, more);
}

/** Characters that have the same simple case folding. */
function caseVariants(): Map<number, number[]> {
  const byFolding = new Map<string, number[]>();
  for (const [from, to] of matched("\\p{Cased}|\\p{Changes_When_Casemapped}")) {
    for (let point = from; point <= to; point++) {
      const folded = fold(String.fromCodePoint(point));
      const alike = byFolding.get(folded);
      if (alike === undefined) byFolding.set(folded, [point]);
      else alike.push(point);
    }
  }
  const variantsOf = new Map<number, number[]>();
  for (const alike of byFolding.values()) {
    if (alike.length < 2) continue;
    for (const point of alike) variantsOf.set(point, alike);
  }
  return variantsOf;
}

/** What only Turkish takes for an i. */
const dotless = "ı";

/** Foldings that make one character several are no simple ones. */
function fold(character: string): string {
  if (character === dotless) return character;
  const upper = single(character.toUpperCase()) ?? character;
  return single(upper.toLowerCase()) ?? upper;
}

function single(text: string): string | undefined {
  return Array.from(text).length === 1 ? text : undefined;
}
