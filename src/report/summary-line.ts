/**
 * The last line of a run, in upstream's form.
 *
 * @module
 */
import type { Summary } from "../core/events.ts";
import { bytes, grouped, humanDuration } from "./numbers.ts";

/**
 * Per second. The original calls the total of a run below one second its rate, which is too low; and nothing
 * passes in a dry run, so its rate is 0.
 */
export function perSecond(count: number, { durationMs, dryRun }: Summary): number {
  return dryRun || durationMs <= 0 ? 0 : Math.floor((count * 1000) / durationMs);
}

/** The summary as one line. What did not happen, or not to its end, says so first. */
export function summaryLine(summary: Summary): string {
  const { transferredBytes, transferredObjects, keptBytes, reusedBytes } = summary;
  const marks = `${summary.dryRun ? "[dry-run] " : ""}${summary.interrupted ? "[interrupted] " : ""}`;
  const objects = (count: number): string => `${grouped(count)} objects`;
  const parts = [
    `${bytes(transferredBytes)} | ${bytes(perSecond(transferredBytes, summary))}/sec`,
    `transferred ${grouped(transferredObjects).padStart(3)} objects | ${grouped(perSecond(transferredObjects, summary))} objects/sec`,
    ...(keptBytes === undefined ? [] : [`gone on with ${bytes(keptBytes)}`]),
    ...(reusedBytes === undefined
      ? []
      : [`sent ${bytes(transferredBytes)} of ${bytes(transferredBytes + reusedBytes)}`]),
    `etag verified ${objects(summary.etagVerified)}`,
    `checksum verified ${objects(summary.checksumVerified)}`,
    ...(summary.notVerified > 0 ? [`not verified ${objects(summary.notVerified)}`] : []),
    `deleted ${objects(summary.deleted)}`,
    ...(summary.twoWay === undefined
      ? []
      : [
          `renamed ${objects(summary.twoWay.renamed)}`,
          `conflicts ${grouped(summary.twoWay.conflicts)}`,
        ]),
    `skipped ${objects(summary.skipped)}`,
    `error ${objects(summary.errors)}, warning ${objects(summary.warnings)}`,
    `duration ${humanDuration(summary.durationMs)}`,
  ];
  return `${marks}${parts.join(",  ")}`;
}
