/**
 * The summary of a run that did nothing, for tests to fill in.
 *
 * @module
 */
import type { Summary } from "../../src/core/events.ts";

export const emptySummary: Summary = {
  transferredBytes: 0,
  transferredObjects: 0,
  etagVerified: 0,
  checksumVerified: 0,
  notVerified: 0,
  deleted: 0,
  skipped: 0,
  errors: 0,
  warnings: 0,
  durationMs: 0,
  dryRun: false,
  interrupted: false,
  traffic: { requests: {}, sentBytes: 0, receivedBytes: 0 },
};
