/**
 * What users of the library may write, and what is said of the rest: nobody checks the types of JavaScript.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { resolveConfig } from "../../src/config/config.ts";
import type { ConfigInput } from "../../src/config/shape.ts";
import { GiB } from "../../src/core/bytes.ts";
import { problemsOf } from "./problems.ts";

const up: ConfigInput = { source: "./a", target: "s3://b/" };

describe("a configuration", () => {
  test("takes texts as the command line does", () => {
    const config = resolveConfig({
      ...{ source: "s3://a/", target: "./b" },
      ...{ maxMemory: "1GiB", maxDelete: "10%", delete: true, exclude: ["*.tmp", "/b"] },
      ...{ filterMtimeAfter: "2026-01-01T00:00:00Z", filterIncludeRegex: ["a$"] },
      ...{ sourceAccessKey: "id", sourceSecretAccessKey: "secret" },
    });
    expect(config).toMatchObject({
      maxMemory: GiB,
      maxDelete: { kind: "percent", most: 10 },
      exclude: [{ pattern: "*.tmp" }, { pattern: "/b" }],
      filterMtimeAfter: new Date("2026-01-01T00:00:00Z"),
    });
    expect(config.filterIncludeRegex?.map(({ pattern }) => pattern)).toEqual(["a$"]);
    expect(config.sourceSecretAccessKey?.reveal()).toBe("secret");
  });

  test("takes a number of objects as such", () => {
    expect(resolveConfig({ ...up, delete: true, maxDelete: 10 })).toMatchObject({
      maxDelete: { kind: "objects", most: 10 },
    });
  });

  test("refuses names that are no options, with a guess", () => {
    expect(problemsOf({ ...up, ...{ "dry-run": true, delet: true, maxkeys: undefined } })).toEqual([
      "there is no option dry-run; did you mean dryRun?",
      "there is no option delet",
    ]);
  });

  const mistyped: readonly (readonly [object, string])[] = [
    [{ delete: 1 }, "--delete: true or false is allowed"],
    [{ accessKey: 1, secretAccessKey: "a" }, "--access-key: a text or a Secret is allowed"],
    [
      { maxMemory: "much" },
      "--max-memory: a size such as 8MiB is allowed (KB, KiB, MB, MiB, GB, GiB, TB, TiB)",
    ],
    [{ exclude: [1] }, "--exclude: a value of another type is wanted"],
    [{ maxDelete: null }, "--max-delete: a value of another type is wanted"],
  ];
  test.each(mistyped)("refuses a value of another type: %j", (given, problem) => {
    expect(problemsOf({ ...up, ...given })).toContain(problem);
  });
});
