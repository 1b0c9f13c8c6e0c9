/**
 * Forgets what there is of a job besides its own record.
 *
 * @module
 */
import type { Ground } from "./ground.ts";
import { type Job, keys } from "./job.ts";
import { forgetParts, hasObjects } from "./parts/sweep.ts";

/** What a job that is over has left behind. */
export async function forgetWork(ground: Ground, job: Job): Promise<void> {
  const { run } = job;
  await ground.tasks.clear(run);
  await ground.notes.clear(run);
  await ground.records.clear(keys.ranges(run));
  await ground.records.clear(keys.shared(run));
  // Only workers reach the target: they throw away what nobody goes on with, and forget it then.
  if (await hasObjects(ground, run)) await ground.records.put(keys.left(run), job);
  else await forgetParts(ground, run);
}
