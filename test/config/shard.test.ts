/**
 * `--shard`: how it is written, and what Kubernetes and AWS Batch tell.
 *
 * @module
 */
import { afterEach, describe, expect, test } from "bun:test";

import { shard } from "../../src/config/shard.ts";
import { type OptionsInput, resolveConfig } from "../../src/index.ts";

const variables = [
  "JOB_COMPLETION_INDEX",
  "AWS_BATCH_JOB_ARRAY_INDEX",
  "AWS_BATCH_JOB_ARRAY_SIZE",
] as const;

afterEach(() => {
  for (const name of variables) delete process.env[name];
});

function read(text: string, environment: Partial<Record<(typeof variables)[number], string>> = {}) {
  Object.assign(process.env, environment);
  try {
    return shard.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a shard", () => {
  test.each([
    ["1/1", { number: 1, count: 1 }],
    ["4/4", { number: 4, count: 4 }],
    ["3/100000", { number: 3, count: 100_000 }],
  ])("%s is one of so many, from 1", (text, expected) => {
    expect(read(text)).toEqual(expected);
    expect(shard.format(expected)).toBe(text);
  });

  test.each(["5/4", "0/4", "x", "", "1", "1/0", "0/0", "-1/4", "1.5/4", "1/4/4", "auto", "auto/0"])(
    "%p is none, and it is said what is one",
    (text) => {
      expect(read(text, { JOB_COMPLETION_INDEX: "0" })).toContain(
        "a shard such as 3/16 is allowed, of at most 100000: the first of 16 is 1/16, the last one 16/16",
      );
    },
  );

  test("is not of more than there can be", () => {
    expect(read("1/100001")).toContain("of at most 100000");
  });
});

describe("auto/N", () => {
  test("is what Kubernetes tells, which counts from 0", () => {
    expect(read("auto/16", { JOB_COMPLETION_INDEX: "0" })).toEqual({ number: 1, count: 16 });
    expect(read("auto/16", { JOB_COMPLETION_INDEX: "15" })).toEqual({ number: 16, count: 16 });
  });

  test("is what AWS Batch tells, likewise", () => {
    const environment = { AWS_BATCH_JOB_ARRAY_INDEX: "3", AWS_BATCH_JOB_ARRAY_SIZE: "16" };
    expect(read("auto/16", environment)).toEqual({ number: 4, count: 16 });
  });

  test("is refused where nobody tells", () => {
    expect(read("auto/16")).toBe(
      "auto/16 needs JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX, and neither is set",
    );
    expect(read("auto/16", { JOB_COMPLETION_INDEX: "" })).toContain("neither is set");
  });

  test.each(["16", "-1", "x", "1.5"])("is refused where %s is told of 16", (text) => {
    expect(read("auto/16", { JOB_COMPLETION_INDEX: text })).toBe(
      `auto/16: JOB_COMPLETION_INDEX is ${text}, and from 0 to 15 is allowed`,
    );
  });

  test("is refused where there are more or fewer jobs: keys would be left out, or sent twice", () => {
    const environment = { AWS_BATCH_JOB_ARRAY_INDEX: "3", AWS_BATCH_JOB_ARRAY_SIZE: "8" };
    expect(read("auto/16", environment)).toBe(
      "auto/16: AWS_BATCH_JOB_ARRAY_SIZE is 8, so there are not 16 jobs",
    );
  });

  test("is refused where two tell something else", () => {
    const environment = { JOB_COMPLETION_INDEX: "1", AWS_BATCH_JOB_ARRAY_INDEX: "2" };
    expect(read("auto/16", environment)).toBe(
      "auto/16: JOB_COMPLETION_INDEX is 1, and AWS_BATCH_JOB_ARRAY_INDEX is 2",
    );
  });
});

describe("a shard and other options", () => {
  const up = { source: "/a", target: "s3://b" };
  const down = { source: "s3://b", target: "/a" };
  const refusals: readonly (readonly [typeof up, OptionsInput, string])[] = [
    [up, { watch: true }, "--shard cannot be combined with --watch"],
    [down, { applyPlan: "/etc/hostname" }, "--shard cannot be combined with --apply-plan"],
    [up, { index: "/i", trustIndex: true }, "--shard cannot be combined with --trust-index"],
    [up, { hardLinks: true }, "--shard cannot be combined with --hard-links"],
    [up, { shardRanges: "f", keyEnd: "a" }, "--shard-ranges cannot be combined with --key-end"],
    [
      down,
      { keepDirs: true },
      "--shard cannot be combined with --keep-dirs and a local TARGET: directories get their times when all is in them",
    ],
  ];
  test.each(refusals)("that do not go together: %j, %j", (places, more, said) => {
    expect(() => resolveConfig({ ...places, shard: "1/2", ...more })).toThrow(said);
  });

  test("directories of an upload are objects like others", () => {
    expect(resolveConfig({ ...up, shard: "1/2", keepDirs: true }).shard).toEqual({
      number: 1,
      count: 2,
    });
  });

  test("ranges are those of shards", () => {
    expect(() => resolveConfig({ ...up, shardRanges: "f" })).toThrow(
      "--shard-ranges needs --shard",
    );
  });
});
