/**
 * Forgets jobs: what there is of them is taken away.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { Ground } from "../ground.ts";
import { type Job, keys } from "../job/job.ts";
import { requireJob, type StoredJob } from "../job/stored.ts";
import { forgetParts, hasObjects } from "./sweep.ts";

/**
 * Forgets a job that is over.
 *
 * @throws SyncError `not-found`, `usage`: it is not over
 */
export async function forget(ground: Ground, name: string): Promise<Job> {
  for (;;) {
    const stored = await requireJob(ground, name);
    const { job } = stored;
    if (job.end === undefined) {
      const hint = `To end it: s3sync cluster cancel ${name}`;
      throw new SyncError("usage", `the job ${name} is not over`, { hint });
    }
    if (await forgetStored(ground, stored)) return job;
  }
}

/** @returns whether it was still so. Who dies in between is followed by the next worker that starts. */
export async function forgetStored(ground: Ground, { job, revision }: StoredJob): Promise<boolean> {
  await ground.records.put(keys.left(job.run), job);
  if (!(await ground.records.remove(keys.job(job.name), revision))) return false;
  await forgetWork(ground, job);
  return true;
}

/**
 * Forgets what there is of a job besides its own record.
 *
 * @returns `false`: not all of it. Only workers reach the target: they throw away what nobody goes on with there, and
 *   forget it then
 */
export async function forgetWork(ground: Ground, job: Job): Promise<boolean> {
  const { run } = job;
  await ground.tasks.clear(run);
  await ground.notes.clear(run);
  await ground.records.clear(keys.ranges(run));
  await ground.records.clear(keys.shared(run));
  if (await hasObjects(ground, run)) {
    await ground.records.put(keys.left(run), job);
    return false;
  }
  await forgetParts(ground, run);
  if ((await ground.records.get(keys.left(run))) !== undefined) {
    await ground.records.remove(keys.left(run));
  }
  return true;
}
