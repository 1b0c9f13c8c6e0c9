/**
 * Ignore files in the syntax of `.gitignore`. Pure: whoever calls reads the files.
 *
 * @see https://git-scm.com/docs/gitignore
 * @module
 */
import { isClassName } from "../regex/read-class.ts";
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

function ruleOf(line: string): Rule | undefined {
  let text = withoutTrailingBlanks(line.replace(/\r$/, ""));
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

/** Blanks at the end do not count, unless there is a backslash before them. */
function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && " \t".includes(line[end - 1] ?? "") && !endsEscaping(line.slice(0, end - 1)))
    end--;
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

/** Two stars cross slashes where they stand between slashes; everywhere else any number is like one. */
function starsIn(glob: string, at: number, count: number): [text: string, length: number] {
  const opens = at === 0 || glob[at - 1] === "/";
  const after = glob[at + count];
  if (count !== 2 || !opens || !(after === undefined || after === "/")) return ["[^/]*", count];
  return after === undefined ? [".+", count] : ["(?:.*/)?", count + 1];
}

/** `[a-z]`, `[!x]`, `[[:alpha:]]`. Never a slash. */
function bracket(rest: string): { text: string; length: number } | undefined {
  const match = /^\[([!^]?)((?:\]|\[:[a-z]+:\]|\\.|[^\]\\])(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]/su.exec(
    rest,
  );
  if (match === null) return undefined;
  const [whole, negation, inner = ""] = match;
  const items: string[] = [];
  for (const [, name, from = "", to = from] of inner.matchAll(classItem)) {
    if (name !== undefined && !isClassName(name)) return undefined;
    items.push(name === undefined ? span(from, to) : `[:${name}:]`);
  }
  const set = items.join("");
  if (set === "") return negation === "" ? undefined : { text: "[^/]", length: whole.length };
  return { text: negation === "" ? `[[${set}]&&[^/]]` : `[^/[${set}]]`, length: whole.length };
}

/** `[:alpha:]`, `a`, `a-z`. */
const classItem = /\[:([a-z]+):\]|\\?(.)(?:-\\?(.))?/gsu;

/** Backwards it is nothing, as in git. */
function span(from: string, to: string): string {
  const isBackwards = (from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0);
  return isBackwards ? "" : `${quoted(from)}-${quoted(to)}`;
}
