/**
 * Reads character classes: `[a-z&&[^x]]`, `[[:alpha:]]`, `\d`, `\p{Greek}`.
 *
 * @module
 */
import {
  caseless,
  type CodePoints,
  complement,
  difference,
  intersection,
  matched,
  type Range,
  setOf,
  union,
} from "./code-points.ts";
import type { Reader } from "./reader.ts";

/** As Rust's `\d`, `\w` and `\s`, which know all of Unicode; and `\h` for hexadecimal digits. */
const perl: Readonly<Record<string, string>> = {
  d: "\\p{Nd}",
  w: "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]",
  s: "\\p{White_Space}",
  h: "[0-9A-Fa-f]",
};

/** Characters of words. */
export function wordCharacters(): CodePoints {
  return matched(perl["w"] ?? "");
}

/** ASCII, as POSIX knows it. */
const posix: ReadonlyMap<string, readonly Range[]> = new Map(
  Object.entries<Range[]>({
    alnum: ranges("09", "AZ", "az"),
    alpha: ranges("AZ", "az"),
    ascii: [[0, 0x7f]],
    blank: ranges("\t\t", "  "),
    cntrl: [
      [0, 0x1f],
      [0x7f, 0x7f],
    ],
    digit: ranges("09"),
    graph: ranges("!~"),
    lower: ranges("az"),
    print: ranges(" ~"),
    punct: ranges("!/", ":@", "[`", "{~"),
    space: ranges("\t\r", "  "),
    upper: ranges("AZ"),
    word: ranges("09", "AZ", "az", "__"),
    xdigit: ranges("09", "AF", "af"),
  }),
);

function ranges(...pairs: readonly string[]): Range[] {
  return pairs.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]);
}

/**
 * A class after a backslash; `undefined` if there is none.
 *
 * @param anyCase whether case makes no difference: of what is named, before it is negated
 */
export function escapedClass(input: Reader, anyCase: boolean): CodePoints | undefined {
  const letter = input.takeMatch(/^[dDwWsShH]/)?.[0];
  if (letter !== undefined) {
    const set = matched(perl[letter.toLowerCase()] ?? "");
    return letter === letter.toLowerCase() ? set : complement(set);
  }
  const property = input.takeMatch(/^([pP])(?:\{(\^?)([^}]*)\}|([A-Za-z]))/);
  if (property === undefined) return undefined;
  const [, kind, caret, name = property[4] ?? ""] = property;
  const named = propertyNamed(name, input);
  const set = anyCase ? caseless(named) : named;
  return (kind === "P") === (caret === "^") ? set : complement(set);
}

/** Rust takes a bare name for a category, a property or a script. */
function propertyNamed(name: string, input: Reader): CodePoints {
  if (name === "any" || name === "Any") return matched("\\p{Any}");
  const [key, value] = name.split(/[=:]/, 2);
  const spellings =
    value === undefined
      ? [name, `Script=${name}`]
      : [`${key}=${value}`, `General_Category=${value}`];
  for (const spelling of spellings) {
    try {
      return matched(`\\p{${spelling}}`);
    } catch {
      // It may be spelled the other way.
    }
  }
  throw input.error(`there is no property ${name}`);
}

const deepest = 250;

/** Reads what follows a `[`. */
export class ClassReader {
  constructor(
    private readonly input: Reader,
    private readonly anyCase: boolean,
    private readonly depth = 0,
  ) {}

  read(): CodePoints {
    const { input } = this;
    const negated = input.take("^");
    let set = this.items(true);
    for (;;) {
      if (input.take("]")) return negated ? complement(set) : set;
      if (input.take("&&")) set = intersection(set, this.items(false));
      else if (input.take("--")) set = difference(set, this.items(false));
      else if (input.take("~~")) {
        const other = this.items(false);
        set = difference(union(set, other), intersection(set, other));
      } else throw input.error("a ] is missing");
    }
  }

  /** Up to an operator or the end. @param first a `]` or `-` that comes first stands for itself */
  private items(first: boolean): CodePoints {
    const sets: CodePoints[] = [];
    const { input } = this;
    let isFirst = first;
    for (; ; isFirst = false) {
      const next = input.peek();
      if (next === undefined) throw input.error("a ] is missing");
      if (next === "]" && !isFirst) return union(...sets);
      if (!isFirst && this.atOperator()) return union(...sets);
      sets.push(this.item());
    }
  }

  private atOperator(): boolean {
    return ["&&", "--", "~~"].some((operator) => this.input.looksAt(operator));
  }

  private item(): CodePoints {
    const { input } = this;
    const name = input.takeMatch(/^\[:(\^?)([a-z]+):\]/);
    if (name !== undefined) {
      const set = posix.get(name[2] ?? "");
      if (set === undefined) throw input.error(`there is no class ${name[0]}`);
      const named = this.folded(setOf(set));
      return name[1] === "^" ? complement(named) : named;
    }
    if (input.take("[")) {
      if (this.depth > deepest) throw input.error(`more than ${deepest} classes in each other`);
      return new ClassReader(input, this.anyCase, this.depth + 1).read();
    }
    const from = this.character();
    if (typeof from !== "number") return from;
    if (!input.looksAt("-") || input.looksAt("--") || input.looksAt("-]")) {
      return this.folded(setOf([[from, from]]));
    }
    input.take("-");
    const to = this.character();
    if (typeof to !== "number") throw input.error("a range ends with a character");
    if (to < from) throw input.error("a range goes upwards");
    return this.folded(setOf([[from, to]]));
  }

  private folded(set: CodePoints): CodePoints {
    return this.anyCase ? caseless(set) : set;
  }

  /** A code point, or a class. */
  private character(): number | CodePoints {
    const { input } = this;
    if (!input.take("\\")) return input.next().codePointAt(0) ?? 0;
    return escapedClass(input, this.anyCase) ?? input.escapedCharacter().codePointAt(0) ?? 0;
  }
}
