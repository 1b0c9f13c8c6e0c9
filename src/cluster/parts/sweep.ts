/**
 * Throws away what nobody goes on with when a job is over: writes of objects whose leader has died, and which no range has
 * met again.
 *
 * @module
 */
import type { Ground } from "../ground.ts";
import type { JobRun } from "../job-run.ts";
import { asObject, keys } from "./records.ts";

/** Whether there may be any. */
export async function hasObjects(ground: Ground, run: string): Promise<boolean> {
  for await (const _ of ground.records.all(keys.objects(run))) return true;
  return false;
}

/**
 * Throws them away. Several may do so at once.
 *
 * @throws SyncError why the target cannot be opened
 */
export async function dropObjects(ground: Ground, job: JobRun): Promise<void> {
  const { target } = await job.stores();
  for await (const { key, value } of ground.records.all(keys.objects(job.run))) {
    const object = asObject(value);
    const error = await target?.resumable?.drop(object.note, object.key);
    if (error !== undefined) job.hear({ type: "warning", key: object.key, error });
    await ground.records.remove(key);
  }
  await forgetParts(ground, job.run);
}

/** Forgets what was noted of objects and their parts. */
export async function forgetParts(ground: Ground, run: string): Promise<void> {
  await ground.records.clear(keys.objects(run));
  await ground.records.clear(keys.parts(run));
}
