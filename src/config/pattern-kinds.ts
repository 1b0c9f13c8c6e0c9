/**
 * Kinds of option values that name files and match keys.
 *
 * @module
 */
import fs from "node:fs";

import { compileRegex, type Regex } from "../regex/regex.ts";
import { checked, checkedText, fine, type Kind } from "./kinds.ts";

/** A file that is there. */
export const existingFile = checkedText("FILE", fileProblem);

function fileProblem(value: string): string | undefined {
  try {
    if (fs.statSync(value).isFile()) return undefined;
  } catch {
    // It cannot be examined: for us it is not there.
  }
  return "there is no such file";
}

/** Names of files. One each time. */
export const files = checked<readonly string[]>({
  join: (values) => values.flat(),
  placeholder: "FILE",
  read: (value) => [value],
  format: (value) => value.join(" "),
  check: (value) => (value.includes("") ? "it must not be empty" : undefined),
});

/** A glob, and its place among all of them: the last one that matches a key decides about it. */
export interface Glob {
  readonly pattern: string;
  readonly at?: number | undefined;
}

/** Longer ones are refused by whoever reads them. */
const longestGlob = 65_536;

/** Globs. One each time. */
export const globs = checked<readonly Glob[]>({
  join: (values) => values.flat(),
  placeholder: "GLOB",
  read: (pattern, at) => [{ pattern, at }],
  format: (value) => value.map(({ pattern }) => pattern).join(" "),
  check: globProblem,
});

function globProblem(value: readonly Glob[]): string | undefined {
  const good = value.every(({ pattern }) => pattern !== "" && pattern.length <= longestGlob);
  return good ? undefined : `from 1 to ${longestGlob} characters are allowed`;
}

/** Regular expressions in Rust's syntax. One each time; all of them count. */
export const regexes: Kind<readonly Regex[]> = {
  flag: false,
  join: (values) => values.flat(),
  placeholder: "REGEX",
  parse: (value) => [compileRegex(value)],
  format: (value) => value.map(({ pattern }) => pattern).join(" "),
  check: fine,
};

/** Keys that begin with one text are to be there with another one as well. */
export interface Duplication {
  readonly from: string;
  readonly to: string;
}

/** `from=to`. One each time. */
export const duplications = checked<readonly Duplication[]>({
  join: (values) => values.flat(),
  placeholder: "FROM=TO",
  read(value) {
    const [from = "", ...to] = value.split("=");
    return [{ from, to: to.length === 1 ? (to[0] ?? from) : from }];
  },
  format: (value) => value.map(({ from, to }) => `${from}=${to}`).join(" "),
  check(value) {
    // No file of a directory has a key that begins with a slash, so FROM would be nothing at all.
    if (value.some(({ from, to }) => from.startsWith("/") || to.startsWith("/"))) {
      return "prefixes begin without a slash, such as docs/=manual/";
    }
    return value.every(({ from, to }) => from !== to)
      ? undefined
      : "two different prefixes are wanted, such as docs/=manual/";
  },
});
