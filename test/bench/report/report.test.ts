/**
 * From outcomes to the table.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Outcome, Result } from "../outcome.ts";
import type { Tool } from "../tool.ts";
import { median, rowsOf } from "./statistics.ts";
import { renderReport } from "./table.ts";

const [ours, theirs] = ["s3sync", "other"].map((label): Tool => {
  return { label, version: "1", settings: "plain", command: () => ({ argv: [], env: {} }) };
}) as [Tool, Tool];

function took(wallS: number): Result {
  const cost = { wallS, cpuS: wallS / 2, peakBytes: wallS * 2 ** 20 };
  return { kind: "measured", cost, serverCpuS: undefined };
}

function outcome(tool: Tool, result: Result): Outcome {
  return { scenario: "small", step: "up", tool, work: { objects: 100, bytes: 1000 }, result };
}

describe("the figures of a step", () => {
  test("are medians", () => {
    expect(median([9, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 9])).toBe(3);
    const [row] = rowsOf([9, 1, 2].map((wallS) => outcome(ours, took(wallS))));
    expect(row).toMatchObject({ runs: 3, figures: { wallS: 2, cpuMsPerObject: 10 } });
  });

  test("are set against those of the first tool", () => {
    const rows = rowsOf([outcome(ours, took(2)), outcome(theirs, took(6))]);
    expect(rows.map(({ ratios }) => ratios?.wall)).toEqual([1, 3]);
  });

  test("leave failed runs out, and tell why they failed", () => {
    const failed: Result = { kind: "failed", why: "exit code 1: no luck" };
    const rows = rowsOf([outcome(ours, took(2)), outcome(theirs, failed)]);
    const text = renderReport({ notes: [], tools: [ours, theirs], missing: [], rows });
    expect(text).toMatch(/small up\s+other\s+0\s+failed/);
    expect(text).toContain("failed: small up, other: exit code 1: no luck");
  });
});

test("a peer that is not there is named in the report", () => {
  const missing = [{ label: "rclone", why: "not in PATH" }];
  const text = renderReport({ notes: [], tools: [], missing, rows: [] });
  expect(text).toContain("not measured: rclone: not in PATH");
});
