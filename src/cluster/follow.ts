/**
 * Waits for a job: shows how it goes, and says at the end what one run would have said.
 *
 * @module
 */
import { pause } from "../core/cancel.ts";
import { SyncError } from "../core/errors.ts";
import type { Summary } from "../core/events.ts";
import type { Ground } from "./ground.ts";
import { trafficOf } from "./job-traffic.ts";
import type { Job } from "./job.ts";
import { troubleOf } from "./notes.ts";
import { workersOf } from "./presence.ts";
import type { RangeState } from "./range-state.ts";
import type { Trouble } from "./slice.ts";
import { rangesOf, requireJob } from "./stored.ts";
import { type Totals, totalsOf } from "./totals.ts";

/** How a job stands. */
export interface JobState {
  readonly job: Job;
  readonly totals: Totals;
  readonly workers: number;
  /** Workers of another version among them: they leave the job alone. */
  readonly strangers: number;
}

/** What is heard while waiting. */
export interface FollowHandlers {
  readonly onState?: ((state: JobState) => void) | undefined;
  /** Hears of each object that something is wrong with. */
  readonly onTrouble?: ((trouble: Trouble) => void) | undefined;
  readonly signal: AbortSignal;
  /** How often it looks, in milliseconds. */
  readonly everyMs?: number | undefined;
}

const usualMs = 1000;

/**
 * Waits until a job is over.
 *
 * @returns what it came to, as of one run
 * @throws SyncError `not-found`; `aborted` when the signal fires: the job goes on
 */
export async function follow(
  ground: Ground,
  name: string,
  handlers: FollowHandlers,
): Promise<{ readonly job: Job; readonly summary: Summary }> {
  const { signal, everyMs = usualMs, onState, onTrouble } = handlers;
  const { run } = (await requireJob(ground, name)).job;
  let sequence = 0;
  for (;;) {
    const { job } = await requireJob(ground, name);
    if (job.run !== run)
      throw new SyncError("not-found", `another job ${name} has taken its place`);
    const state = await stateOf(ground, job);
    for await (const note of ground.notes.read(run, sequence)) {
      sequence = note.sequence;
      const trouble = troubleOf(note.value);
      if (trouble !== undefined) onTrouble?.(trouble);
    }
    onState?.(state);
    if (job.end !== undefined) return { job, summary: summaryOf(state) };
    await pause(everyMs, signal);
  }
}

/**
 * How a job stands now.
 *
 * @param ranges all of them, if they were read already
 */
export async function stateOf(
  ground: Ground,
  job: Job,
  ranges?: readonly RangeState[],
): Promise<JobState> {
  const traffic = await trafficOf(ground, job.run);
  const totals = totalsOf(ranges ?? (await rangesOf(ground, job.run)), job.stage, traffic);
  const workers = await workersOf(ground);
  const strangers = workers.filter(({ version }) => version !== job.version);
  return { job, totals, workers: workers.length, strangers: strangers.length };
}

/** What one run would have said. A job that failed as a whole has an error more, and deletions that were refused are a warning. */
function summaryOf({ job, totals: { counts } }: JobState): Summary {
  const { end, reason, startedAt, endedAt = Date.now(), order } = job;
  const isFailed = end === "failed" && counts.errors === 0;
  const isRefused = end === "done" && reason !== undefined;
  return {
    ...counts,
    errors: counts.errors + (isFailed ? 1 : 0),
    warnings: counts.warnings + (isRefused ? 1 : 0),
    durationMs: Math.max(0, endedAt - startedAt),
    dryRun: order.options["dryRun"] === true,
    interrupted: end === "cancelled",
  };
}
