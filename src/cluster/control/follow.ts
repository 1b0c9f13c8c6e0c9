/**
 * Waits for a job: shows how it goes, and says at the end what one run would have said.
 *
 * @module
 */
import { pause } from "../../core/cancel.ts";
import { SyncError } from "../../core/errors.ts";
import type { Summary } from "../../core/events.ts";
import { version } from "../../sync/version.ts";
import type { Ground } from "../ground.ts";
import { RecordsInView } from "../job/in-view.ts";
import { type NotedTraffic, trafficIn, trafficOf } from "../job/job-traffic.ts";
import { type Job, keys, requireOwnVersion, tookMs } from "../job/job.ts";
import { type Trouble, troubleOf } from "../job/notes.ts";
import type { RangeState } from "../job/range-state.ts";
import { asRange, rangesOf, requireJob } from "../job/stored.ts";
import { type Totals, totalsOf } from "../job/totals.ts";
import { workersOf } from "../work/presence.ts";

/** How a job stands. */
export interface JobState {
  readonly job: Job;
  /** `undefined`: another version has submitted it, and counts as it likes. */
  readonly totals: Totals | undefined;
  /** What one run would say by now; `undefined` likewise. */
  readonly summary: Summary | undefined;
  readonly workers: number;
  /** Workers of another version among them: they leave the job alone. */
  readonly strangers: number;
}

/** How a job of this version stands. */
export interface CountedJobState extends JobState {
  readonly totals: Totals;
  readonly summary: Summary;
  /** Why a range of keys is to be tried again, if one is. */
  readonly trouble: string | undefined;
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
  const { job: first } = await requireJob(ground, name);
  requireOwnVersion(first);
  const { run } = first;
  using ranges = new RecordsInView(ground, keys.ranges(run), signal);
  using traffic = new RecordsInView(ground, keys.traffics(run), signal);
  let sequence = 0;
  for (;;) {
    const { job } = await requireJob(ground, name);
    if (job.run !== run)
      throw new SyncError("not-found", `another job ${name} has taken its place`);
    // What is told last may come after the word that it is over.
    const isOver = job.end !== undefined;
    const counted = isOver ? await countedOf(ground, job) : await countedIn(ranges, traffic);
    const state = await countedState(ground, job, counted);
    for await (const note of ground.notes.read(run, sequence)) {
      sequence = note.sequence;
      const trouble = troubleOf(note.value);
      if (trouble !== undefined) onTrouble?.(trouble);
    }
    onState?.(state);
    if (isOver) return { job, summary: state.summary };
    await pause(everyMs, signal);
  }
}

/** How a job stands now. */
export async function stateOf(ground: Ground, job: Job): Promise<JobState> {
  if (job.version !== version) {
    return { ...(await standing(ground, job)), totals: undefined, summary: undefined };
  }
  return await countedState(ground, job, await countedOf(ground, job));
}

/** What is counted of a job. */
export interface JobCounts {
  readonly ranges: readonly RangeState[];
  readonly traffic: NotedTraffic;
}

/** What is counted of a job of this version by now. */
export async function countedOf(ground: Ground, { run }: Job): Promise<JobCounts> {
  return { ranges: await rangesOf(ground, run), traffic: await trafficOf(ground, run) };
}

async function countedIn(ranges: RecordsInView, traffic: RecordsInView): Promise<JobCounts> {
  return { ranges: (await ranges.now()).map(asRange), traffic: trafficIn(await traffic.now()) };
}

/** How a job of this version stands, of which all that is counted is read. */
export async function countedState(
  ground: Ground,
  job: Job,
  { ranges, traffic }: JobCounts,
): Promise<CountedJobState> {
  const trouble = ranges.find(({ state, trouble: its }) => state === "open" && its !== undefined);
  // Of a job that was begun anew they are of earlier tries as well.
  const movedBytes = job.earlierMs === undefined ? traffic.movedBytes : 0;
  const totals = totalsOf(ranges, job.stage, { ...traffic, movedBytes });
  const summary = summaryOf(job, totals);
  return { ...(await standing(ground, job)), totals, summary, trouble: trouble?.trouble };
}

async function standing(ground: Ground, job: Job): Promise<Omit<JobState, "totals" | "summary">> {
  const workers = await workersOf(ground);
  const strangers = workers.filter(({ version: its }) => its !== job.version);
  return { job, workers: workers.length, strangers: strangers.length };
}

/** What one run would have said. A job that failed as a whole has an error more, and deletions that were refused are a warning. */
function summaryOf(job: Job, { counts }: Totals): Summary {
  const { end, reason, order } = job;
  const isFailed = end === "failed" && counts.errors === 0;
  const isRefused = end === "done" && reason !== undefined;
  return {
    ...counts,
    errors: counts.errors + (isFailed ? 1 : 0),
    warnings: counts.warnings + (isRefused ? 1 : 0),
    durationMs: tookMs(job),
    dryRun: order.options["dryRun"] === true,
    interrupted: end === "cancelled",
  };
}
