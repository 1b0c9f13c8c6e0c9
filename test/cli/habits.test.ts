/**
 * Options of other tools lead to ours.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseArguments } from "../../src/cli/arguments.ts";
import { options } from "../../src/index.ts";

function problem(typed: string): string {
  const [text = ""] = parseArguments([typed]).problems;
  return text;
}

describe("an option of another tool", () => {
  test.each([
    ["--size-only", "did you mean --check-size?"],
    ["--checksum", "did you mean --check-etag or --check-additional-checksum?"],
    ["--bwlimit", "did you mean --rate-limit-bandwidth?"],
    ["--exclude-from", "did you mean --ignore-file?"],
    ["--transfers", "did you mean --worker-size?"],
    ["--no-verify-ssl", "did you mean --ca-bundle with the authority to trust?"],
    ["--only-show-errors", "did you mean -q?"],
    ["-u", "did you mean --update?"],
    ["--progress", "leave it out: a terminal shows how far it is; elsewhere -v does"],
    ["--fast-list", "leave it out: listings are read in parallel, and never gathered"],
    ["-vx", "of single letters there are only -v, -q, -h, -V and -D"],
    ["-avz", "of single letters there are only -v, -q, -h, -V and -D"],
    ["-avn", "of single letters there are only -v, -q, -h, -V and -D; -n is --dry-run"],
  ])("%s: %s", (typed, advice) => {
    expect(problem(typed)).toBe(`unknown option ${typed}; ${advice}`);
  });

  test.each(["--bwlimit=1M", "--max-size", "--min-age", "--page-size", "--checkers"])(
    "%s leads to options that there are",
    (typed) => {
      const meant =
        problem(typed)
          .match(/--[a-z-]+/g)
          ?.slice(1) ?? [];
      expect(meant.filter((name) => Object.hasOwn(options, name.slice(2)))).toEqual(meant);
      expect(meant).not.toEqual([]);
    },
  );
});
