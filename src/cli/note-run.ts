/**
 * Notes how runs ended, for `s3sync status`.
 *
 * @module
 */
import {
  type Config,
  noteLastRun,
  type RunResultNote,
  type Summary,
  toSyncError,
} from "../index.ts";
import type { ExitCode } from "./exit-codes.ts";
import { exitCode } from "./exit-codes.ts";

/** Hears what becomes of a run. */
export interface RunWitness {
  summary?: Summary;
}

/**
 * Carries out a run, and notes how it ended. A run that changes nothing is none.
 *
 * @throws what the run throws
 */
export async function noted(
  config: Config,
  run: (witness: RunWitness) => Promise<ExitCode>,
): Promise<ExitCode> {
  const witness: RunWitness = {};
  if (config.dryRun || config.reportSyncStatus) return run(witness);
  const beganMs = Date.now();
  const note = (how: Pick<RunResultNote, "outcome" | "error">): void =>
    noteLastRun(config, { ...how, ...countsOf(witness.summary), beganMs, endedMs: Date.now() });
  try {
    const code = await run(witness);
    note({ outcome: outcomeOf(code, witness.summary) });
    return code;
  } catch (thrown) {
    note({ outcome: "failed", error: toSyncError(thrown).message });
    throw thrown;
  }
}

function outcomeOf(code: ExitCode, summary: Summary | undefined): RunResultNote["outcome"] {
  if (summary?.interrupted !== false) return "stopped";
  if (code === exitCode.fine) return "fine";
  return code === exitCode.warning ? "warnings" : "failed";
}

function countsOf(summary: Summary | undefined) {
  const { transferredObjects = 0, transferredBytes = 0, deleted = 0, skipped = 0 } = summary ?? {};
  const { errors = 0, warnings = 0 } = summary ?? {};
  return { transferredObjects, transferredBytes, deleted, skipped, errors, warnings };
}
