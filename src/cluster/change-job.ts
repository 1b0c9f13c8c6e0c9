/**
 * Ends a job, or has what failed in one that is over done again.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { endJob } from "./advance.ts";
import type { Ground } from "./ground.ts";
import { type Job, keys, otherVersion } from "./job.ts";
import { freshRange, rangeId, withoutDeletions } from "./range-state.ts";
import { asRange, latest, requireJob } from "./stored.ts";

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

/**
 * Has those ranges done again that were given up, had errors, forbade deletions or are open, of a job that is over.
 *
 * @returns how many
 * @throws SyncError `not-found`, `usage`: it is not over, or of another version
 */
export async function retry(ground: Ground, name: string): Promise<number> {
  const { job, revision: seen } = await requireJob(ground, name);
  requireOver(job);
  const ids: string[] = [];
  for (const stored of await latest(ground.records.all(keys.ranges(job.run)))) {
    const range = asRange(stored);
    const { state, counts, gone } = range;
    const isWell = state === "through" && counts.errors === 0 && gone.refusal === undefined;
    if (isWell && range.stage === "send") continue;
    const again = isWell ? withoutDeletions(range) : freshRange(range);
    await ground.records.update(stored.key, { ...again, cutOff: range.cutOff }, stored.revision);
    if (!isWell) ids.push(rangeId(range));
  }
  await ground.notes.clear(job.run);
  const open: Job = {
    ...job,
    stage: "send",
    // What was between is no time that it took; and what fails again is told again.
    startedAt: Date.now(),
    end: undefined,
    endedAt: undefined,
    reason: undefined,
  };
  const isOurs = await ground.records.update(keys.job(name), open, seen);
  // Somebody else has done so, or has forgotten it: that is said, or it is over again.
  if (isOurs === undefined) return await retry(ground, name);
  await ground.tasks.add(job.run, ids);
  return ids.length;
}

/** @throws SyncError `usage` */
function requireOver(job: Job): void {
  const { name, end } = job;
  if (end === undefined) throw new SyncError("usage", `the job ${name} is not over`);
  const other = otherVersion(job, "this");
  if (other !== undefined) throw new SyncError("usage", other);
}
