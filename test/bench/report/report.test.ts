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
import { verdictsOn } from "./targets.ts";

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
    const text = renderReport({
      notes: [],
      tools: [ours, theirs],
      missing: [],
      rows,
      verdicts: [],
    });
    expect(text).toMatch(/small up\s+other\s+0\s+failed/);
    expect(text).toContain("failed: small up, other: exit code 1: no luck");
  });
});

test("a peer that is not there is named in the report", () => {
  const missing = [{ label: "rclone", why: "not in PATH" }];
  const text = renderReport({ notes: [], tools: [], missing, rows: [], verdicts: [] });
  expect(text).toContain("not measured: rclone: not in PATH");
});

describe("a target", () => {
  const rust = { ...theirs, label: "s3sync (Rust)" };
  const large = (tool: Tool, wallS: number): Outcome => ({
    scenario: "large",
    step: "up",
    tool,
    work: { objects: 4, bytes: 1000 },
    result: took(wallS),
  });

  test.each([
    { theirs: 12, value: "1.20 ×", isMet: false },
    { theirs: 13, value: "1.30 ×", isMet: true },
  ])("of 1.3 times as fast, against $theirs s, is met: $isMet", ({ theirs: wallS, ...wanted }) => {
    const verdicts = verdictsOn(rowsOf([large(ours, 10), large(rust, wallS)]));
    expect(verdicts).toContainEqual({ step: "large up", what: "1.3 × s3sync (Rust)", ...wanted });
  });

  test("of growth sets a step against the one that it is a multiple of", () => {
    const list = (scenario: "list" | "long-list", keys: number, wallS: number): Outcome => ({
      ...large(ours, wallS),
      scenario,
      step: `${keys}`,
    });
    const rows = rowsOf([list("list", 1_000_000, 2), list("long-list", 10_000_000, 21)]);
    expect(verdictsOn(rows)).toContainEqual({
      step: "long-list 10000000",
      what: "s3sync: linear time",
      value: "1.05 ×",
      isMet: true,
    });
  });

  test("that nothing was measured for is not judged", () => {
    expect(verdictsOn([])).toEqual([]);
  });

  test("is told with what was seen", () => {
    const rows = rowsOf([large(ours, 10), large(rust, 13)]);
    const verdicts = verdictsOn(rows);
    const text = renderReport({ notes: [], tools: [ours], missing: [], rows, verdicts });
    expect(text).toMatch(/large up\s+1\.3 × s3sync \(Rust\)\s+1\.30 ×\s+met/);
  });
});
