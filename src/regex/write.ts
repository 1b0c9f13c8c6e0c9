/**
 * Writes a regular expression for another engine: JavaScript's own, or RE2.
 *
 * @module
 */
import { isWordPlace, type Node, type Place, type WordPlace } from "./ast.ts";
import { all, type CodePoints, complement } from "./code-points.ts";
import { wordCharacters } from "./read-class.ts";

/** How an engine spells things. */
interface Dialect {
  readonly point: (codePoint: number) => string;
  readonly place: (place: Place) => string;
}

const places: Readonly<Record<Exclude<Place, WordPlace>, string>> = {
  "text-start": "^",
  "text-end": "$",
  "line-start": "(?<![^\\n])",
  "line-end": "(?![^\\n])",
};

const rePlaces: typeof places = {
  "text-start": "\\A",
  "text-end": "\\z",
  "line-start": "(?m:^)",
  "line-end": "(?m:$)",
};

const javaScript: Dialect = {
  point: (codePoint) => `\\u{${codePoint.toString(16)}}`,
  place: (place) => {
    return isWordPlace(place) ? wordPlace(place) : places[place];
  },
};

const re2: Dialect = {
  point: (codePoint) => `\\x{${codePoint.toString(16)}}`,
  place: (place) => {
    if (isWordPlace(place)) throw new Error("RE2 knows the words of ASCII only");
    return rePlaces[place];
  },
};

function wordPlace(place: WordPlace): string {
  const word = writeSet(wordCharacters(), javaScript);
  switch (place) {
    case "word-boundary":
      return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
    case "no-word-boundary":
      return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word}))`;
    case "word-start":
      return `(?<!${word})(?=${word})`;
    case "word-end":
      return `(?<=${word})(?!${word})`;
    case "word-start-half":
      return `(?<!${word})`;
    case "word-end-half":
      return `(?!${word})`;
  }
}

/** For `new RegExp(…, "u")`. Not for references and atomic groups, nor for what backtracks without end. */
export function asJavaScript(node: Node): string {
  return write(node, javaScript);
}

/** For RE2. Not for look-around, references and word boundaries. */
export function asRe2(node: Node): string {
  return write(node, re2);
}

function write(node: Node, dialect: Dialect): string {
  switch (node.kind) {
    case "set":
      return writeSet(node.set, dialect);
    case "sequence":
      return node.items.map((item) => write(item, dialect)).join("");
    case "choice":
      return `(?:${node.items.map((item) => write(item, dialect)).join("|")})`;
    case "repeat":
      return `(?:${write(node.item, dialect)})${bounds(node.min, node.max)}${node.greedy ? "" : "?"}`;
    case "group":
      return `(?:${write(node.item, dialect)})`;
    case "place":
      return dialect.place(node.place);
    case "look":
      return `(?${node.ahead ? "" : "<"}${node.negative ? "!" : "="}${write(node.item, dialect)})`;
    case "reference":
    case "atomic":
      throw new Error(`${node.kind} is not for other engines`);
  }
}

function bounds(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function writeSet(set: CodePoints, { point }: Dialect): string {
  // A class of nothing, and one of everything, are spelled the same way everywhere.
  if (set.length === 0) return `[^${writeRanges(all, point)}]`;
  const rest = complement(set);
  return rest.length < set.length && rest.length > 0
    ? `[^${writeRanges(rest, point)}]`
    : `[${writeRanges(set, point)}]`;
}

function writeRanges(set: CodePoints, point: (codePoint: number) => string): string {
  return set
    .map(([from, to]) => (from === to ? point(from) : `${point(from)}-${point(to)}`))
    .join("");
}
