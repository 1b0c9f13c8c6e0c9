/**
 * Ends a job, or has what failed in one that is over done again.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { version } from "../sync/version.ts";
import { endJob } from "./advance.ts";
import { jobNamed } from "./follow.ts";
import type { Ground } from "./ground.ts";
import { asJob, type Job, keys } from "./job.ts";
import { freshRange, rangeId, type RangeState, withoutDeletions } from "./range-state.ts";

/**
 * Ends a job: what is under way is stopped, what was done stays.
 *
 * @throws SyncError `not-found`
 */
export async function cancel(ground: Ground, name: string): Promise<Job> {
  const { run } = await jobNamed(ground, name);
  await endJob(ground, name, run, "cancelled");
  await ground.tasks.clear(run);
  return await jobNamed(ground, name);
}

/**
 * Has those ranges done again that were given up, had errors, forbade deletions or are open, of a job that is over.
 *
 * @returns how many
 * @throws SyncError `not-found`, `usage`: it is not over, or of another version
 */
export async function retry(ground: Ground, name: string): Promise<number> {
  const stored = await ground.records.get(keys.job(name));
  const job = asJob(stored?.value);
  if (stored === undefined || job === undefined) {
    throw new SyncError("not-found", `there is no job ${name}`);
  }
  requireOver(job);
  const ids: string[] = [];
  for await (const { key, value, revision } of ground.records.all(keys.ranges(job.run))) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this very version
    const range = value as RangeState;
    const { state, counts, gone } = range;
    const isWell = state === "through" && counts.errors === 0 && gone.refusal === undefined;
    if (isWell && range.stage === "send") continue;
    const again = isWell ? withoutDeletions(range) : freshRange(range);
    await ground.records.update(key, { ...again, cutOff: range.cutOff }, revision);
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
  await ground.records.update(keys.job(name), open, stored.revision);
  await ground.tasks.add(job.run, ids);
  return ids.length;
}

/** @throws SyncError `usage` */
function requireOver({ name, end, version: its }: Job): void {
  if (end === undefined) throw new SyncError("usage", `the job ${name} is not over`);
  if (its === version) return;
  const text = `the job ${name} was submitted with s3sync ${its}, this is ${version}: both must be the same`;
  throw new SyncError("usage", text);
}
