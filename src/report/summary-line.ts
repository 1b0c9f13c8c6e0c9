/**
 * The last line of a run, in upstream's form.
 *
 * @module
 */
import type { Summary } from "../core/events.ts";
import { bytes, grouped, humanDuration } from "./numbers.ts";

/** Per second; below one second a rate is the total, as upstream counts. */
export function perSecond(count: number, durationMs: number): number {
  return durationMs < 1000 ? count : Math.floor((count * 1000) / durationMs);
}

/** The summary as one line. */
export function summaryLine(summary: Summary): string {
  const { transferredBytes, transferredObjects, durationMs } = summary;
  const objects = (count: number): string => `${grouped(count)} objects`;
  const parts = [
    `${bytes(transferredBytes)} | ${bytes(perSecond(transferredBytes, durationMs))}/sec`,
    `transferred ${grouped(transferredObjects).padStart(3)} objects | ${grouped(perSecond(transferredObjects, durationMs))} objects/sec`,
    `etag verified ${objects(summary.etagVerified)}`,
    `checksum verified ${objects(summary.checksumVerified)}`,
    ...(summary.notVerified > 0 ? [`not verified ${objects(summary.notVerified)}`] : []),
    `deleted ${objects(summary.deleted)}`,
    `skipped ${objects(summary.skipped)}`,
    `error ${objects(summary.errors)}, warning ${objects(summary.warnings)}`,
    `duration ${humanDuration(durationMs)}`,
  ];
  return parts.join(",  ");
}
