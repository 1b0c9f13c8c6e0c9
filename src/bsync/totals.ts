/**
 * The counters of several places together. Pure.
 *
 * @module
 */
import type { Summary } from "../core/events.ts";
import type { Traffic } from "../core/traffic.ts";

/** Adds up. */
export function addedUp(
  summaries: readonly Summary[],
  durationMs: number,
  dryRun: boolean,
  traffic: Traffic,
): Summary {
  const sum = (of: (summary: Summary) => number): number =>
    summaries.reduce((total, summary) => total + of(summary), 0);
  const kept = sum((each) => each.keptBytes ?? 0);
  const reused = sum((each) => each.reusedBytes ?? 0);
  return {
    ...(kept > 0 ? { keptBytes: kept } : {}),
    ...(reused > 0 ? { reusedBytes: reused } : {}),
    transferredBytes: sum((each) => each.transferredBytes),
    transferredObjects: sum((each) => each.transferredObjects),
    etagVerified: sum((each) => each.etagVerified),
    checksumVerified: sum((each) => each.checksumVerified),
    notVerified: sum((each) => each.notVerified),
    deleted: sum((each) => each.deleted),
    skipped: sum((each) => each.skipped),
    errors: sum((each) => each.errors),
    warnings: sum((each) => each.warnings),
    durationMs,
    dryRun,
    interrupted: summaries.some(({ interrupted }) => interrupted),
    traffic,
    twoWay: {
      conflicts: sum((each) => each.twoWay?.conflicts ?? 0),
      renamed: sum((each) => each.twoWay?.renamed ?? 0),
      differences: sum((each) => each.twoWay?.differences ?? 0),
    },
  };
}
