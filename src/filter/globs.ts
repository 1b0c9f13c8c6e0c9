/**
 * `--include` and `--exclude`: globs of which the last one that matches a key decides. Pure.
 *
 * @module
 */
import picomatch from "picomatch";

import type { Glob } from "../config/pattern-kinds.ts";
import { SyncError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";
import { PatternError } from "../regex/reader.ts";
import { compileRegex, quoted, type Regex } from "../regex/regex.ts";

interface Rule {
  readonly regex: Regex;
  readonly includes: boolean;
}

/**
 * Judges keys by globs.
 *
 * A glob without a slash matches a name at any depth, any other one a path from the top; what lies below a
 * matching directory matches, too.
 *
 * @returns whether a key is left out; `undefined` where there are no globs
 * @throws SyncError `usage` for a glob that makes no sense
 */
export function globFilter(
  include: readonly Glob[],
  exclude: readonly Glob[],
): ((key: Key) => boolean) | undefined {
  const rules = [...exclude.map(ruleOf(false)), ...include.map(ruleOf(true))]
    .toSorted((a, b) => a.at - b.at)
    .map(({ pattern, includes }) => ({ regex: compileGlob(pattern), includes }));
  const [first] = rules;
  if (first === undefined) return undefined;
  const lastFirst = rules.toReversed();
  // Who begins with what is to be sent wants nothing else.
  return (key) =>
    !(lastFirst.find(({ regex }: Rule) => regex.test(key))?.includes ?? !first.includes);
}

function ruleOf(includes: boolean) {
  return ({ pattern, at = 0 }: Glob) => ({ pattern, at, includes });
}

/** What picomatch makes of a glob that it cannot balance, such as `{`. */
const nothing = "$^";
/** What it looks ahead for: that a name is there, and is neither `.` nor `..`. Keys may have any names. */
const looks = ["(?!\\.{1,2}(?:\\/|$))", "(?!(?:^|\\/)\\.{1,2}(?:\\/|$))", "(?=.)"];

function expressionOf(pattern: string): string {
  const { source } = picomatch.makeRe(prepared(pattern), options);
  if (source === nothing) return quoted(pattern);
  const body = source.slice(opening.length, -closing.length);
  return looks.reduce((text, look) => text.replaceAll(look, ""), body);
}

/**
 * Takes away what picomatch knows besides globs: `(a|b)` without a sign before it is a name like `photo (1)`.
 * Negated classes are spelled `[!a]` by POSIX, which picomatch takes for something else.
 */
function prepared(pattern: string): string {
  let open = 0;
  return pattern.replaceAll(/\\.|\[!|[?*+@!]\(|[()|]/gsu, (found) => {
    // A letter after a backslash is a letter: no class, no control character.
    if (found.startsWith("\\")) return /\w/.test(found) ? found.slice(1) : found;
    if (found === "[!") return "[^";
    if (found.length === 2) open += 1;
    else if (open === 0) return `\\${found}`;
    else if (found === ")") open -= 1;
    else if (found === "(") return "\\(";
    return found;
  });
}

/** What picomatch puts around what it makes of a glob. */
const [opening, closing] = ["^(?:", ")$"];
/** Names that begin with a dot are names like any other. The short cuts have anchors of their own. */
const options = { dot: true, nonegate: true, strictSlashes: true, fastpaths: false };

/**
 * One glob as an expression, with the meaning that `--include` gives it.
 *
 * Through our own engine: picomatch's expressions can be as costly as anybody's.
 *
 * @throws SyncError `usage` for a glob that makes no sense
 */
export function compileGlob(glob: string): Regex {
  const isDirectory = glob.endsWith("/");
  const name = isDirectory ? glob.slice(0, -1) : glob;
  const isPath = name.includes("/");
  const pattern = isPath ? name.replace(/^\//, "") : name;
  if (pattern === "") throw senseless(glob, "it names nothing");
  const body = expressionOf(pattern);
  const [start, end] = [isPath ? "^" : "(?:^|/)", isDirectory ? "/" : "(?:/|$)"];
  try {
    return compileRegex(`(?s)${start}(?:${body})${end}`);
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    // The place in the expression would tell nobody where in the glob.
    throw senseless(glob, cause.message.replace(/ \(at .*$/s, ""));
  }
}

function senseless(glob: string, why: string): SyncError {
  return new SyncError("usage", `the glob ${JSON.stringify(glob)} makes no sense: ${why}`);
}
