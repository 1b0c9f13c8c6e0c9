/**
 * Kinds of option values that name files and match keys.
 *
 * @module
 */
import fs from "node:fs";

import { compileRegex, type Regex } from "../regex/regex.ts";
import { fine, type Kind } from "./kinds.ts";

/** A file that is there. */
export const existingFile: Kind<string> = {
  flag: false,
  placeholder: "FILE",
  parse(value) {
    const problem = fileProblem(value);
    if (problem !== undefined) throw new Error(problem);
    return value;
  },
  format: String,
  check: fileProblem,
};

function fileProblem(value: string): string | undefined {
  try {
    if (fs.statSync(value).isFile()) return undefined;
  } catch {
    // It cannot be examined: for us it is not there.
  }
  return "there is no such file";
}

/** Names of files. One each time. */
export const files: Kind<readonly string[]> = {
  flag: false,
  join: (values) => values.flat(),
  placeholder: "FILE",
  parse(value) {
    if (value === "") throw new Error("it must not be empty");
    return [value];
  },
  format: (value) => value.join(" "),
  check: (value) => (value.includes("") ? "it must not be empty" : undefined),
};

/** A glob, and its place among all of them: the last one that matches a key decides about it. */
export interface Glob {
  readonly pattern: string;
  readonly at?: number | undefined;
}

/** Longer ones are refused by whoever reads them. */
const longestGlob = 65_536;

/** Globs. One each time. */
export const globs: Kind<readonly Glob[]> = {
  flag: false,
  join: (values) => values.flat(),
  placeholder: "GLOB",
  parse(value, at) {
    const glob = [{ pattern: value, at }];
    const problem = globProblem(glob);
    if (problem !== undefined) throw new Error(problem);
    return glob;
  },
  format: (value) => value.map(({ pattern }) => pattern).join(" "),
  check: globProblem,
};

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
