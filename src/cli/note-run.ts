/**
 * Notes how runs ended, for `s3sync status`.
 *
 * @module
 */
import {
  type Config,
  type ConfigInput,
  noteLastRun,
  type PairEnd,
  type RunResultNote,
  type Summary,
  type SyncEvent,
  toSyncError,
} from "../index.ts";
import type { ExitCode } from "./exit-codes.ts";
import { exitCode, exitCodeOf } from "./exit-codes.ts";

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

const everyMs = 60_000;

/** Notes how a watch gets on: when it has looked at everything, and otherwise once in a while. */
export class RoundNotes {
  private notedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly config: Config) {}

  take(event: SyncEvent): void {
    if (event.type !== "round") return;
    const { isWhole, summary } = event;
    const now = Date.now();
    if (!isWhole && now - this.notedAt < everyMs) return;
    this.notedAt = now;
    const outcome = outcomeOf(exitCodeOf(summary), summary);
    const times = { beganMs: Math.round(now - summary.durationMs), endedMs: now };
    noteLastRun(this.config, { outcome, ...countsOf(summary), ...times });
  }
}

/** Notes what became of a pair of a two-way sync. A run that changes nothing is none. */
export function notePair(
  { stateDir, dryRun, firstSync }: Partial<ConfigInput>,
  end: PairEnd,
): void {
  if (dryRun === true || firstSync === "list") return;
  const { place, summary, error, beganMs, endedMs } = end;
  const { path, bucket, prefix } = place;
  noteLastRun(
    { source: { kind: "local", path }, target: { kind: "s3", bucket, prefix }, stateDir },
    { outcome: outcomeOfPair(end), error: error?.message, ...countsOf(summary), beganMs, endedMs },
  );
}

function outcomeOfPair({ summary, error }: PairEnd): RunResultNote["outcome"] {
  if (error?.code === "aborted") return "stopped";
  return summary === undefined ? "failed" : outcomeOf(exitCodeOf(summary), summary);
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
