/**
 * Reads regular expressions in the syntax of Rust's `regex` and `fancy-regex`. What is not understood is refused,
 * never taken for something else.
 *
 * @see https://docs.rs/regex/latest/regex/#syntax
 * @see https://docs.rs/fancy-regex/latest/fancy_regex/#syntax
 * @module
 */
import type { Node, Place } from "./ast.ts";
import { all, caseless, type CodePoints, complement, setOf } from "./code-points.ts";
import { ClassReader, escapedClass } from "./read-class.ts";
import { Reader } from "./reader.ts";

/** What `(?imsUx)` switches. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
  readonly x: boolean;
}

const noFlags: Flags = { i: false, m: false, s: false, U: false, x: false };
const newline = setOf([[10, 10]]);
const mostRepeats = 1000;
/** As Rust's. */
const deepest = 250;

/**
 * Reads a pattern.
 *
 * @throws PatternError that says what is wrong and where
 */
export function parse(pattern: string): Node {
  return new Parser(pattern).whole();
}

class Parser {
  private readonly in: Reader;
  private flags = noFlags;
  private groups = 0;
  private depth = 0;
  private readonly names = new Map<string, number>();

  constructor(pattern: string) {
    this.in = new Reader(pattern);
  }

  whole(): Node {
    const node = this.choice();
    if (!this.in.atEnd) throw this.in.error("there is a ) too many");
    return node;
  }

  /** Flags that are switched in a group end with it. */
  private choice(): Node {
    const { flags } = this;
    const items = [this.sequence()];
    while (this.in.take("|")) items.push(this.sequence());
    this.flags = flags;
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: "choice", items };
  }

  private sequence(): Node {
    const items: Node[] = [];
    for (;;) {
      if (this.flags.x) this.in.skipBlanks();
      const next = this.in.peek();
      if (next === undefined || next === "|" || next === ")") break;
      const item = this.item();
      if (item !== undefined) items.push(this.repeated(item));
    }
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: "sequence", items };
  }

  /** `undefined` for what only switches flags. */
  private item(): Node | undefined {
    const { in: input, flags } = this;
    if (input.take("(")) return this.group();
    if (input.take("[")) return charactersOf(new ClassReader(input, flags.i).read());
    if (input.take("\\")) return this.escape();
    if (input.take(".")) return charactersOf(flags.s ? all : complement(newline));
    if (input.take("^")) return place(flags.m ? "line-start" : "text-start");
    if (input.take("$")) return place(flags.m ? "line-end" : "text-end");
    const next = input.peek() ?? "";
    if ("*+?{".includes(next)) throw input.error(`there is nothing for ${next} to repeat`);
    return this.literal(input.next());
  }

  private literal(character: string): Node {
    const point = character.codePointAt(0) ?? 0;
    const set = setOf([[point, point]]);
    return charactersOf(this.flags.i ? caseless(set) : set);
  }

  private repeated(first: Node): Node {
    let item = first;
    for (;;) {
      if (this.flags.x) this.in.skipBlanks();
      const bounds = this.bounds();
      if (bounds === undefined) return item;
      const lazy = this.in.take("?");
      const possessive = !lazy && this.in.take("+");
      const repeat: Node = { kind: "repeat", item, ...bounds, greedy: lazy === this.flags.U };
      item = possessive ? { kind: "atomic", item: repeat } : repeat;
    }
  }

  private bounds(): { min: number; max: number } | undefined {
    const { in: input } = this;
    if (input.take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (input.take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (input.take("?")) return { min: 0, max: 1 };
    if (!input.take("{")) return undefined;
    const [, low, comma, high] = input.takeMatch(/^(\d+)(,?)(\d*)\}/) ?? [];
    if (low === undefined) throw input.error("{n}, {n,} or {n,m} is allowed");
    const min = Number(low);
    const max = comma === "" ? min : high === "" ? Number.POSITIVE_INFINITY : Number(high);
    if (min > max) throw input.error(`{${min},${max}} repeats nothing`);
    if (Math.max(min, Number.isFinite(max) ? max : 0) > mostRepeats) {
      throw input.error(`more than ${mostRepeats} repetitions are not supported`);
    }
    return { min, max };
  }

  private group(): Node | undefined {
    const { in: input } = this;
    if (!input.take("?")) return this.capture(undefined);
    const name = input.takeMatch(/^(?:P?<)([A-Za-z_][A-Za-z0-9_]*)>/)?.[1];
    if (name !== undefined) return this.capture(name);
    const reference = input.takeMatch(/^P=([A-Za-z_][A-Za-z0-9_]*)\)/)?.[1];
    if (reference !== undefined) return this.named(reference);
    if (input.take(":")) return this.rest();
    if (input.take(">")) return { kind: "atomic", item: this.rest() };
    for (const [text, ahead, negative] of looks) {
      if (input.take(text)) return { kind: "look", ahead, negative, item: this.rest() };
    }
    if (input.takeMatch(/^#[^)]*\)/) !== undefined) return undefined;
    return this.switchFlags();
  }

  private capture(name: string | undefined): Node {
    const number = ++this.groups;
    if (name !== undefined) {
      if (this.names.has(name)) throw this.in.error(`the group ${name} is there twice`);
      this.names.set(name, number);
    }
    return { kind: "group", item: this.rest(), number };
  }

  private rest(): Node {
    if (++this.depth > deepest) throw this.in.error(`more than ${deepest} groups in each other`);
    const node = this.choice();
    if (!this.in.take(")")) throw this.in.error("a ) is missing");
    this.depth--;
    return node;
  }

  /** `(?i)`, `(?i-s)`, `(?i:…)`. */
  private switchFlags(): Node | undefined {
    const { in: input } = this;
    const [, on, off, end] = input.takeMatch(/^([A-Za-z]*)(?:-([A-Za-z]+))?([:)])/) ?? [];
    if (on === undefined || (on === "" && off === undefined)) {
      throw input.error("this kind of group is not supported");
    }
    const before = this.flags;
    this.flags = { ...before, ...this.flagsOf(on, true), ...this.flagsOf(off ?? "", false) };
    if (end === ")") return undefined;
    const node = this.rest();
    this.flags = before;
    return node;
  }

  private flagsOf(letters: string, value: boolean): Partial<Flags> {
    for (const letter of letters) {
      // Unicode is always on; that it may stay so can be said.
      if (letter === "u" && value) continue;
      if (!Object.hasOwn(noFlags, letter)) {
        throw this.in.error(`the flag ${value ? "" : "-"}${letter} is not supported`);
      }
    }
    return Object.fromEntries(
      Array.from(letters)
        .filter((letter) => letter !== "u")
        .map((l) => [l, value]),
    );
  }

  private escape(): Node {
    const { in: input } = this;
    const set = escapedClass(input, this.flags.i);
    if (set !== undefined) return charactersOf(set);
    for (const [text, at] of places) if (input.take(text)) return place(at);
    const number = input.takeMatch(/^[1-9]\d*/)?.[0];
    if (number !== undefined) return this.reference(Number(number));
    const name = input.takeMatch(/^k(?:<(\w+)>|\{(\w+)\}|'(\w+)')/);
    if (name !== undefined) return this.named(name[1] ?? name[2] ?? name[3] ?? "");
    return this.literal(input.escapedCharacter());
  }

  private named(name: string): Node {
    const number = this.names.get(name);
    if (number === undefined) throw this.in.error(`there is no group ${name} before this`);
    return this.reference(number);
  }

  private reference(number: number): Node {
    if (number > this.groups) throw this.in.error(`there is no group ${number} before this`);
    return { kind: "reference", number, caseless: this.flags.i };
  }
}

/** What follows a backslash, the longest first. */
const places: readonly (readonly [text: string, place: Place])[] = [
  ["A", "text-start"],
  ["z", "text-end"],
  ["b{start}", "word-start"],
  ["b{end}", "word-end"],
  ["b{start-half}", "word-start-half"],
  ["b{end-half}", "word-end-half"],
  ["b", "word-boundary"],
  ["B", "no-word-boundary"],
  ["<", "word-start"],
  [">", "word-end"],
];

const looks: readonly (readonly [text: string, ahead: boolean, negative: boolean])[] = [
  ["=", true, false],
  ["!", true, true],
  ["<=", false, false],
  ["<!", false, true],
];

function charactersOf(set: CodePoints): Node {
  return { kind: "set", set };
}

function place(at: Place): Node {
  return { kind: "place", place: at };
}
