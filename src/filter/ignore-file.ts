/**
 * Ignore files in the syntax of `.gitignore`. Pure: whoever calls reads the files.
 *
 * @see https://git-scm.com/docs/gitignore
 * @module
 */
import { compileRegex, quoted, type Regex } from "../regex/regex.ts";

/** A line of an ignore file. */
interface Rule {
  readonly regex: Regex;
  /** `!`: what matches is not ignored after all. */
  readonly negated: boolean;
  readonly onlyDirectories: boolean;
}

/** What one file says of a path below its directory; `undefined`: nothing. */
export type Verdict = "ignored" | "kept" | undefined;

/** The rules of one file. */
export class IgnoreRules {
  private readonly lastFirst: readonly Rule[];

  constructor(text: string) {
    this.lastFirst = text
      .replace(byteOrderMark, "")
      .split("\n")
      .flatMap((line) => ruleOf(line) ?? [])
      .toReversed();
  }

  /** @param path relative to the file's directory, without a slash at its end */
  judge(path: string, isDirectory: boolean): Verdict {
    const rule = this.lastFirst.find(
      ({ regex, onlyDirectories }) => (isDirectory || !onlyDirectories) && regex.test(path),
    );
    if (rule === undefined) return undefined;
    return rule.negated ? "kept" : "ignored";
  }
}

const byteOrderMark = /^\uFEFF/;

function ruleOf(line: string): Rule | undefined {
  let text = withoutTrailingSpaces(line.replace(/\r$/, ""));
  if (text.startsWith("#")) return undefined;
  const negated = text.startsWith("!");
  if (negated) text = text.slice(1);
  const onlyDirectories = text.endsWith("/");
  if (onlyDirectories) text = text.slice(0, -1);
  if (text === "" || endsEscaping(text)) return undefined;
  const isPath = text.includes("/");
  const body = translate(text.replace(/^\//, ""));
  if (body === undefined) return undefined;
  const regex = compileRegex(`(?s)${isPath ? "^" : "(?:^|/)"}${body}$`);
  return { regex, negated, onlyDirectories };
}

/** Spaces at the end do not count, unless there is a backslash before them. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (line[end - 1] === " " && !endsEscaping(line.slice(0, end - 1))) end--;
  return line.slice(0, end);
}

/** Whether the last character is a backslash that escapes what follows. */
function endsEscaping(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
}

/** A wildmatch pattern as a regular expression; `undefined` if it can match nothing. */
function translate(glob: string): string | undefined {
  let out = "";
  let at = 0;
  while (at < glob.length) {
    const rest = glob.slice(at);
    const [stars] = /^\*+/.exec(rest) ?? [];
    if (stars !== undefined) {
      const [text, length] = starsIn(glob, at, stars.length);
      out += text;
      at += length;
      continue;
    }
    const [, escaped] = /^\\(.)/su.exec(rest) ?? [];
    if (escaped !== undefined) {
      out += quoted(escaped);
      at += 1 + escaped.length;
    } else if (rest.startsWith("?")) {
      out += "[^/]";
      at += 1;
    } else if (rest.startsWith("[")) {
      const found = bracket(rest);
      if (found === undefined) return undefined;
      out += found.text;
      at += found.length;
    } else {
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      out += quoted(character);
      at += character.length;
    }
  }
  return out;
}

/** Two stars or more cross slashes where they stand between slashes; everywhere else they are like one. */
function starsIn(glob: string, at: number, count: number): [text: string, length: number] {
  const opens = at === 0 || glob[at - 1] === "/";
  const after = glob.slice(at + count);
  if (count < 2 || !opens) return ["[^/]*", count];
  if (after.startsWith("/")) return ["(?:.*/)?", count + 1];
  if (after === "" || after.startsWith("\\/")) return [".*", count];
  return ["[^/]*", count];
}

/** `[a-z]`, `[!x]`, `[[:alpha:]]`. Never a slash. `undefined` if it does not end or means nothing. */
function bracket(rest: string): { text: string; length: number } | undefined {
  const [opening = "", negation] = /^\[([!^]?)/.exec(rest) ?? [];
  let set = "";
  let at = opening.length;
  do {
    const [item, name, from = "", to = from] = classItem.exec(rest.slice(at)) ?? [];
    if (item === undefined || (name !== undefined && !classNames.has(name))) return undefined;
    set += name === undefined ? span(from, to) : `[:${name}:]`;
    at += item.length;
  } while (rest[at] !== "]");
  return { text: negation === "" ? `[[${set}]&&[^/]]` : `[^/[${set}]]`, length: at + 1 };
}

/** `[:alpha:]`, `a`, `a-z`. What comes first may be a `]`. */
const classItem = /^(?:\[:([^\]]*):\]|(\\.|.)(?:-(\\.|[^\]\\]))?)/su;

const classNames = new Set(
  "alnum alpha blank cntrl digit graph lower print punct space upper xdigit".split(" "),
);

/** Backwards it is its first character. */
function span(first: string, last: string): string {
  const from = withoutEscape(first);
  const to = withoutEscape(last);
  const isBackwards = (from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0);
  return isBackwards ? quoted(from) : `${quoted(from)}-${quoted(to)}`;
}

function withoutEscape(character: string): string {
  return character.replace(/^\\(?=.)/su, "");
}
