/**
 * Counters of runs, added up. Pure.
 *
 * @module
 */
import type { Summary } from "../../core/events.ts";
import type { Traffic } from "../../core/traffic.ts";

/** What can be added up of a summary. */
export type Counts = Omit<
  Summary,
  "durationMs" | "dryRun" | "interrupted" | "status" | "check" | "twoWay"
>;

/** Nothing was done yet. */
export const noCounts: Counts = {
  transferredBytes: 0,
  transferredObjects: 0,
  etagVerified: 0,
  checksumVerified: 0,
  notVerified: 0,
  deleted: 0,
  skipped: 0,
  errors: 0,
  warnings: 0,
  traffic: { requests: {}, sentBytes: 0, receivedBytes: 0 },
};

/** Both together. */
export function added(a: Counts, b: Counts): Counts {
  const kept = (a.keptBytes ?? 0) + (b.keptBytes ?? 0);
  const reused = (a.reusedBytes ?? 0) + (b.reusedBytes ?? 0);
  return {
    transferredBytes: a.transferredBytes + b.transferredBytes,
    transferredObjects: a.transferredObjects + b.transferredObjects,
    ...(kept > 0 ? { keptBytes: kept } : {}),
    ...(reused > 0 ? { reusedBytes: reused } : {}),
    etagVerified: a.etagVerified + b.etagVerified,
    checksumVerified: a.checksumVerified + b.checksumVerified,
    notVerified: a.notVerified + b.notVerified,
    deleted: a.deleted + b.deleted,
    skipped: a.skipped + b.skipped,
    errors: a.errors + b.errors,
    warnings: a.warnings + b.warnings,
    traffic: addedTraffic(a.traffic, b.traffic),
  };
}

/**
 * What a run counted, but for its traffic: of that a worker keeps a record of its own. Where it only deletes, what it passes
 * was counted before.
 */
export function countsOf(summary: Summary, onlyDeletes: boolean): Counts {
  const { durationMs: _, dryRun: _dry, interrupted: _stop, ...counted } = summary;
  const counts = { ...counted, traffic: noCounts.traffic };
  return onlyDeletes ? { ...counts, skipped: 0 } : counts;
}

/** Both together. */
export function addedTraffic(a: Traffic, b: Traffic): Traffic {
  const requests = { ...a.requests };
  for (const [operation, count] of Object.entries(b.requests)) {
    requests[operation] = (requests[operation] ?? 0) + count;
  }
  return {
    requests,
    sentBytes: a.sentBytes + b.sentBytes,
    receivedBytes: a.receivedBytes + b.receivedBytes,
  };
}
