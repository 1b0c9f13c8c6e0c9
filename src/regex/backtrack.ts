/**
 * An engine that tries one way after the other, for what no linear one can do: look-around, references, atomic
 * groups. It counts its steps, and tells when there are too many: as `fancy-regex`, after a million.
 *
 * @see https://docs.rs/fancy-regex/latest/fancy_regex/struct.RegexBuilder.html backtrack_limit
 * @module
 */
import type { Node, Place } from "./ast.ts";
import { type CodePoints, has } from "./code-points.ts";
import { wordCharacters } from "./read-class.ts";

const mostSteps = 1_000_000;

/** The pattern needs more steps than it is given. */
export class TooManySteps extends Error {}

/** One attempt to match a text. */
class Attempt {
  readonly points: readonly number[];
  /** What the groups matched, by their number. */
  groups: (readonly [from: number, to: number] | undefined)[] = [];
  private steps = 0;

  constructor(text: string) {
    this.points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  }

  step(): void {
    if (++this.steps > mostSteps) throw new TooManySteps("too many ways to match");
  }
}

/** Goes on at a place of the text; says whether the rest matches. */
type Rest = (at: number) => boolean;

/** Matches at a place, and lets the rest go on behind. */
type Matcher = (attempt: Attempt, at: number, rest: Rest) => boolean;

/**
 * Makes a test of a pattern.
 *
 * @returns whether it matches anywhere in a text; throws {@link TooManySteps}
 */
export function backtracker(node: Node): (text: string) => boolean {
  const matcher = compile(node);
  return (text) => {
    const attempt = new Attempt(text);
    for (let at = 0; at <= attempt.points.length; at++) {
      attempt.groups = [];
      if (matcher(attempt, at, () => true)) return true;
    }
    return false;
  };
}

function compile(node: Node): Matcher {
  switch (node.kind) {
    case "set":
      return one(node.set);
    case "sequence":
      return node.items.map(compile).reduceRight<Matcher>(then, (_attempt, at, rest) => rest(at));
    case "choice": {
      const ways = node.items.map(compile);
      return (attempt, at, rest) => ways.some((way) => way(attempt, at, rest));
    }
    case "repeat":
      return node.item.kind === "set" ? run(node, node.item.set) : loop(node, compile(node.item));
    case "group":
      return group(compile(node.item), node.number);
    case "place":
      return (attempt, at, rest) => isAt(attempt.points, at, node.place) && rest(at);
    case "look":
      return look(node, compile(node.item));
    case "reference":
      return reference(node.number, node.caseless);
    case "atomic":
      return atomic(compile(node.item));
  }
}

function then(rest: Matcher, first: Matcher): Matcher {
  return (attempt, at, after) => first(attempt, at, (next) => rest(attempt, next, after));
}

function one(set: CodePoints): Matcher {
  return (attempt, at, rest) => {
    attempt.step();
    const point = attempt.points[at];
    return point !== undefined && has(set, point) && rest(at + 1);
  };
}

/** A repeated set needs no recursion. */
function run({ min, max, greedy }: Extract<Node, { kind: "repeat" }>, set: CodePoints): Matcher {
  return (attempt, at, rest) => {
    let longest = 0;
    for (; longest < max; longest++) {
      attempt.step();
      const point = attempt.points[at + longest];
      if (point === undefined || !has(set, point)) break;
    }
    if (longest < min) return false;
    for (let tried = 0; tried <= longest - min; tried++) {
      attempt.step();
      if (rest(at + (greedy ? longest - tried : min + tried))) return true;
    }
    return false;
  };
}

function loop({ min, max, greedy }: Extract<Node, { kind: "repeat" }>, item: Matcher): Matcher {
  const from = (attempt: Attempt, at: number, rest: Rest, done: number): boolean => {
    attempt.step();
    const again = (): boolean =>
      done < max &&
      item(attempt, at, (next) => {
        // Nothing, once more, leads nowhere.
        if (next === at && done >= min) return false;
        return from(attempt, next, rest, done + 1);
      });
    if (done < min) return again();
    return greedy ? again() || rest(at) : rest(at) || again();
  };
  return (attempt, at, rest) => from(attempt, at, rest, 0);
}

function group(item: Matcher, number: number): Matcher {
  return (attempt, at, rest) => {
    const before = attempt.groups[number];
    const matches = item(attempt, at, (next) => {
      const inner = attempt.groups[number];
      attempt.groups[number] = [at, next];
      if (rest(next)) return true;
      attempt.groups[number] = inner;
      return false;
    });
    if (!matches) attempt.groups[number] = before;
    return matches;
  };
}

function look({ ahead, negative }: Extract<Node, { kind: "look" }>, item: Matcher): Matcher {
  return (attempt, at, rest) => {
    const groups = [...attempt.groups];
    const found = ahead ? item(attempt, at, () => true) : endsAt(attempt, at, item);
    if (negative || !found) attempt.groups = groups;
    return found !== negative && rest(at);
  };
}

/** Whether something matches that ends here. */
function endsAt(attempt: Attempt, at: number, item: Matcher): boolean {
  for (let from = at; from >= 0; from--) {
    attempt.step();
    if (item(attempt, from, (end) => end === at)) return true;
  }
  return false;
}

function reference(number: number, caseless: boolean): Matcher {
  return (attempt, at, rest) => {
    const span = attempt.groups[number];
    if (span === undefined) return false;
    const [from, to] = span;
    const { points } = attempt;
    for (let offset = 0; offset < to - from; offset++) {
      attempt.step();
      const [wanted, found] = [points[from + offset], points[at + offset]];
      const same = caseless ? folded(wanted) === folded(found) : wanted === found;
      if (found === undefined || !same) return false;
    }
    return rest(at + to - from);
  };
}

function folded(point: number | undefined): string {
  return point === undefined ? "" : String.fromCodePoint(point).toUpperCase().toLowerCase();
}

function atomic(item: Matcher): Matcher {
  return (attempt, at, rest) => {
    let end = at;
    const found = item(attempt, at, (next) => {
      end = next;
      return true;
    });
    return found && rest(end);
  };
}

const newline = 10;

function isAt(points: readonly number[], at: number, place: Place): boolean {
  switch (place) {
    case "text-start":
      return at === 0;
    case "text-end":
      return at === points.length;
    case "line-start":
      return at === 0 || points[at - 1] === newline;
    case "line-end":
      return at === points.length || points[at] === newline;
    case "word-boundary":
      return isWord(points[at - 1]) !== isWord(points[at]);
    case "no-word-boundary":
      return isWord(points[at - 1]) === isWord(points[at]);
    case "word-start":
      return !isWord(points[at - 1]) && isWord(points[at]);
    case "word-end":
      return isWord(points[at - 1]) && !isWord(points[at]);
    case "word-start-half":
      return !isWord(points[at - 1]);
    case "word-end-half":
      return !isWord(points[at]);
  }
}

function isWord(point: number | undefined): boolean {
  return point !== undefined && has(wordCharacters(), point);
}
