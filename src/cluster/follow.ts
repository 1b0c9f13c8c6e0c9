/**
 * Waits for a job: shows how it goes, and says at the end what one run would have said.
 *
 * @module
 */
import { pause } from "../core/cancel.ts";
import { SyncError } from "../core/errors.ts";
import type { Summary } from "../core/events.ts";
import { version } from "../sync/version.ts";
import type { Ground } from "./ground.ts";
import { trafficOf } from "./job-traffic.ts";
import { type Job, otherVersion } from "./job.ts";
import { troubleOf } from "./notes.ts";
import { workersOf } from "./presence.ts";
import type { RangeState } from "./range-state.ts";
import type { Trouble } from "./slice.ts";
import { rangesOf, requireJob } from "./stored.ts";
import { type Totals, totalsOf } from "./totals.ts";

/** How a job stands. */
export interface JobState {
  readonly job: Job;
  /** `undefined`: another version has submitted it, and counts as it likes. */
  readonly totals: Totals | undefined;
  readonly workers: number;
  /** Workers of another version among them: they leave the job alone. */
  readonly strangers: number;
}

/** How a job of this version stands. */
export interface CountedJobState extends JobState {
  readonly totals: Totals;
}

/** What is heard while waiting. */
export interface FollowHandlers {
  readonly onState?: ((state: CountedJobState) => void) | undefined;
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
 * @throws SyncError `not-found`; `usage`: another version has submitted it; `aborted` when the signal fires: the job goes on
 */
export async function follow(
  ground: Ground,
  name: string,
  handlers: FollowHandlers,
): Promise<{ readonly job: Job; readonly summary: Summary }> {
  const { signal, everyMs = usualMs, onState, onTrouble } = handlers;
  const { run } = await requireOwn(ground, name);
  let sequence = 0;
  for (;;) {
    const { job } = await requireJob(ground, name);
    if (job.run !== run)
      throw new SyncError("not-found", `another job ${name} has taken its place`);
    const state = await countedState(ground, job, await rangesOf(ground, run));
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

/** A job that this version has submitted. */
async function requireOwn(ground: Ground, name: string): Promise<Job> {
  const { job } = await requireJob(ground, name);
  const other = otherVersion(job, "this");
  if (other !== undefined) throw new SyncError("usage", other);
  return job;
}

/** How a job stands now. */
export async function stateOf(ground: Ground, job: Job): Promise<JobState> {
  if (job.version === version) {
    return await countedState(ground, job, await rangesOf(ground, job.run));
  }
  return { ...(await standing(ground, job)), totals: undefined };
}

/** The same of a job of this version, all of whose ranges are read. */
export async function countedState(
  ground: Ground,
  job: Job,
  ranges: Iterable<RangeState>,
): Promise<CountedJobState> {
  const totals = totalsOf(ranges, job.stage, await trafficOf(ground, job.run));
  return { ...(await standing(ground, job)), totals };
}

async function standing(ground: Ground, job: Job): Promise<Omit<JobState, "totals">> {
  const workers = await workersOf(ground);
  const strangers = workers.filter(({ version: its }) => its !== job.version);
  return { job, workers: workers.length, strangers: strangers.length };
}

/** What one run would have said. A job that failed as a whole has an error more, and deletions that were refused are a warning. */
function summaryOf({ job, totals: { counts } }: CountedJobState): Summary {
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
