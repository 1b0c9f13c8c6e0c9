/**
 * The summary of a run that did nothing, for tests to fill in.
 *
 * @module
 */
import { noCounts } from "../../src/cluster/job/counts.ts";
import type { Summary } from "../../src/core/events.ts";

export const emptySummary: Summary = {
  ...noCounts,
  durationMs: 0,
  dryRun: false,
  interrupted: false,
};
