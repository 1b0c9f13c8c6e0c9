/**
 * The last line of a run, in the original's form: scripts read it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Summary } from "../../src/core/events.ts";
import { perSecond, summaryLine } from "../../src/report/summary-line.ts";
import { emptySummary } from "../support/empty-summary.ts";

describe("the summary", () => {
  test("of one verified object is the original's, to the letter", () => {
    const summary: Summary = {
      ...emptySummary,
      transferredBytes: 30 * 1024 * 1024,
      transferredObjects: 1,
      etagVerified: 1,
      checksumVerified: 1,
      durationMs: 1335,
    };
    expect(summaryLine(summary)).toBe(
      "30.00 MiB | 22.47 MiB/sec,  transferred   1 objects | 0 objects/sec,  etag verified 1 objects,  checksum verified 1 objects,  deleted 0 objects,  skipped 0 objects,  error 0 objects, warning 0 objects,  duration 1 second",
    );
  });

  test("of nothing is complete too", () => {
    expect(summaryLine(emptySummary)).toBe(
      "0 B | 0 B/sec,  transferred   0 objects | 0 objects/sec,  etag verified 0 objects,  checksum verified 0 objects,  deleted 0 objects,  skipped 0 objects,  error 0 objects, warning 0 objects,  duration 0 seconds",
    );
  });

  test("names objects that could not be verified, if there are some", () => {
    const line = summaryLine({ ...emptySummary, notVerified: 2 });
    expect(line).toContain(",  checksum verified 0 objects,  not verified 2 objects,  deleted 0");
  });

  test("names what was gone on with, if anything was", () => {
    const line = summaryLine({ ...emptySummary, keptBytes: 15 * 1024 * 1024 });
    expect(line).toContain(" objects/sec,  gone on with 15.00 MiB,  etag verified");
  });

  test("groups large numbers", () => {
    const line = summaryLine({ ...emptySummary, transferredObjects: 1_234_567, skipped: 1000 });
    expect(line).toContain("transferred 1,234,567 objects");
    expect(line).toContain("skipped 1,000 objects");
  });
});

describe("a summary of", () => {
  test.each([
    [{ dryRun: true }, "[dry-run] 0 B | "],
    [{ interrupted: true }, "[interrupted] 0 B | "],
    [{ dryRun: true, interrupted: true }, "[dry-run] [interrupted] 0 B | "],
  ])("%j says so first", (what, begin) => {
    expect(summaryLine({ ...emptySummary, ...what })).toStartWith(begin);
  });
});

describe("a rate", () => {
  test.each([
    [100, 1000, 100],
    [100, 2000, 50],
    [100, 3000, 33],
    [1, 1335, 0],
    [0, 5000, 0],
    [100, 100, 1000],
    [100, 999, 100],
    [100, 0, 0],
  ])("of %d in %d ms is %d a second", (count, durationMs, rate) => {
    expect(perSecond(count, { ...emptySummary, durationMs })).toBe(rate);
  });

  test("of a dry run is none: nothing passed", () => {
    expect(perSecond(100, { ...emptySummary, durationMs: 2000, dryRun: true })).toBe(0);
  });
});
