/**
 * Ends a job, or has what failed in one that is over done again.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { Ground, Stored } from "../ground.ts";
import { type Job, keys, requireOwnVersion, tookMs } from "../job/job.ts";
import { freshRange, rangeId, type RangeState, withoutDeletions } from "../job/range-state.ts";
import { asRange, latest, requireJob } from "../job/stored.ts";
import { endJob } from "../work/advance.ts";

/**
 * Ends a job: what is under way is stopped, what was done stays.
 *
 * @throws SyncError `not-found`
 */
export async function cancel(ground: Ground, name: string): Promise<Job> {
  const { run } = (await requireJob(ground, name)).job;
  await endJob(ground, name, run, "cancelled");
  await ground.tasks.clear(run);
  return (await requireJob(ground, name)).job;
}

/** What is done again of a job. */
export interface Retried {
  /** So many ranges of keys. */
  readonly ranges: number;
  /** It goes on; else all of it was well, and it stays as it was. */
  readonly goesOn: boolean;
}

/**
 * Has those ranges done again that were given up, had errors, forbade deletions or are open, of a job that is over. Where all
 * deletions were refused, those that have some are looked at again: by what is known the answer would be the same.
 *
 * @returns what is done again
 * @throws SyncError `not-found`, `usage`: it is not over, or of another version
 */
export async function retry(ground: Ground, name: string): Promise<Retried> {
  const { job, revision: seen } = await requireJob(ground, name);
  requireOver(job);
  const ranges = await latest(ground.records.all(keys.ranges(job.run)));
  const again = new Set(toDoAgain(job, ranges));
  if (again.size === 0 && job.end === "done") {
    // Else they may have been gone when they were read.
    const isSame = (await requireJob(ground, name)).revision === seen;
    return isSame ? { ranges: 0, goesOn: false } : await retry(ground, name);
  }
  for (const stored of ranges) await reopen(ground, stored, again.has(stored));
  await ground.notes.clear(job.run);
  const isOurs = await ground.records.update(keys.job(name), begunAgain(job), seen);
  // Somebody else has done so, or has forgotten it: that is said, or it is over again.
  if (isOurs === undefined) return await retry(ground, name);
  const ids = [...again].map((stored) => rangeId(asRange(stored)));
  await ground.tasks.add(job.run, ids);
  return { ranges: ids.length, goesOn: true };
}

/** Ranges of a job that is over that are not as they should be. */
function toDoAgain({ end, reason }: Job, ranges: readonly Stored[]): Stored[] {
  const unwell = ranges.filter((stored) => !isWell(asRange(stored)));
  const isRefused = unwell.length === 0 && end === "done" && reason !== undefined;
  return isRefused ? ranges.filter((stored) => asRange(stored).gone.gone > 0) : unwell;
}

function isWell({ state, counts, gone }: RangeState): boolean {
  return state === "through" && counts.errors === 0 && gone.refusal === undefined;
}

/** @param isAgain all of it is done again */
async function reopen({ records }: Ground, stored: Stored, isAgain: boolean): Promise<void> {
  const range = asRange(stored);
  if (!isAgain && range.stage === "send") return;
  const next = isAgain ? freshRange(range) : withoutDeletions(range);
  await records.update(stored.key, { ...next, cutOff: range.cutOff }, stored.revision);
}

/** What was between is no time that it took; and what fails again is told again. */
function begunAgain(job: Job): Job {
  return {
    ...{ ...job, stage: "send", startedAt: Date.now(), earlierMs: tookMs(job) },
    ...{ end: undefined, endedAt: undefined, reason: undefined },
  };
}

/** @throws SyncError `usage` */
function requireOver(job: Job): void {
  const { name, end } = job;
  if (end === undefined) {
    const hint = `To wait for it: s3sync cluster wait ${name}; to end it: s3sync cluster cancel ${name}`;
    throw new SyncError("usage", `the job ${name} is not over`, { hint });
  }
  requireOwnVersion(job);
}
