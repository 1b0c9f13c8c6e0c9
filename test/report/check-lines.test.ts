/**
 * Lines of a check.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { CheckCounts, Checked } from "../../src/core/check.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import { checkLine, checkSummaryJson, checkSummaryLine } from "../../src/report/check-lines.ts";
import { objectOf } from "../list/listed.ts";

const source = objectOf("a", { size: 3 });
const target = objectOf("a", { size: 4, etag: parseETag('"abc"'), versionId: "v" });
const both = { key: asKey("a"), source, target, readBytes: 0 };

describe("a line", () => {
  const rows: readonly (readonly [Checked, string])[] = [
    [{ ...both, verdict: "same", by: "etag" }, "same          \ta\tetag"],
    [{ ...both, verdict: "alike" }, "alike         \ta"],
    [{ ...both, verdict: "differs", reason: "why" }, "differs       \ta\twhy"],
    [{ ...both, verdict: "unproven", reason: "why" }, "unproven      \ta\twhy"],
    [{ ...both, target: undefined, verdict: "only-in-source" }, "only-in-source\ta"],
    [{ ...both, source: undefined, verdict: "only-in-target" }, "only-in-target\ta"],
  ];
  test.each(rows)("%#", (checked, line) => {
    expect(checkLine(checked, false)).toBe(line);
  });

  test("has its columns and is one line, whatever is in a key or a reason", () => {
    const key = asKey("a\tb\nc\u001b[31m\u202e");
    const line = checkLine({ ...both, key, verdict: "differs", reason: "x\ty" }, false);
    expect(line.split("\t")).toHaveLength(3);
    expect(line).toBe("differs       \ta\\tb\\nc\\u{1b}[31m\\u{202e}\tx\\ty");
  });

  test("as JSON has what both sides list", () => {
    const line = checkLine({ ...both, verdict: "differs", reason: "\u202e" }, true);
    expect(line).toContain("\\u202e");
    expect(JSON.parse(line)).toEqual({
      ...{ name: "CHECK", verdict: "differs", key: "a", reason: "\u202e" },
      ...{ source_size: 3, source_last_modified: "1970-01-01T00:00:00Z" },
      ...{ target_size: 4, target_last_modified: "1970-01-01T00:00:00Z" },
      ...{ target_e_tag: '"abc"', target_version_id: "v" },
    });
  });
});

const none: CheckCounts = {
  same: { empty: 0, etag: 0, checksum: 0, bytes: 0 },
  ...{ alike: 0, differs: 0, unproven: 0, onlyInSource: 0, onlyInTarget: 0, readBytes: 0 },
};
const well = { errors: 0, interrupted: false };

describe("the summary", () => {
  test.each([
    [none, "0 the same"],
    [
      { ...none, same: { empty: 1, etag: 1234, checksum: 2, bytes: 3 }, readBytes: 2048 },
      "1,240 the same (1,234 by ETag, 2 by checksum, 3 by reading both, 1 empty), 2.00 KiB read",
    ],
    [
      { ...none, alike: 5, sample: { size: { kind: "percent", most: 1 }, seed: 7 } },
      "0 the same, 5 only alike, sample 1%, seed 7",
    ],
    [
      { ...none, differs: 1, onlyInSource: 2, onlyInTarget: 3, unproven: 4 },
      "0 the same, 1 different, 2 only in SOURCE, 3 only in TARGET, 4 not proven",
    ],
  ] as const)("tells what there is: %#", (counts, line) => {
    expect(checkSummaryLine(counts, well)).toBe(line);
  });

  test("says first that it is none of the whole", () => {
    const line = checkSummaryLine(none, { errors: 1, interrupted: true });
    expect(line).toBe("[interrupted] 0 the same, 1 errors");
  });

  test("as JSON has every counter", () => {
    const sample = { size: { kind: "objects", most: 9 }, seed: 7 } as const;
    const json = JSON.parse(checkSummaryJson({ ...none, sample }, well)) as object;
    expect(json).toMatchObject({ name: "CHECK_SUMMARY", sample: "9", sample_seed: 7, error: 0 });
    expect(Object.keys(json)).toHaveLength(15);
  });
});
