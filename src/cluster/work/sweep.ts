/**
 * Throws away what nobody goes on with when a job is over: writes of objects whose leader has died, and which no range has
 * met again.
 *
 * The job may be begun once more at any moment, and somebody lead such an object again. So a record is made one's own
 * before its write is thrown away: by that a leader knows that it has to begin anew, or is known to have been faster.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import type { Ground, Stored } from "../ground.ts";
import { keys as jobKeys } from "../job/job.ts";
import { asObject, keys, newName, type ObjectRecord } from "../parts/records.ts";
import type { JobRun } from "./job-run.ts";

/** What it takes. */
export interface Sweep {
  readonly ground: Ground;
  readonly job: Pick<JobRun, "run" | "stores" | "hear">;
  /** Asked again and again: whether the job is still over. */
  readonly isOver: () => Promise<boolean>;
}

/** Whether there may be any. */
export async function hasObjects(ground: Ground, run: string): Promise<boolean> {
  for await (const _ of ground.records.all(keys.objects(run))) return true;
  return false;
}

/** Runs of jobs, over or not, that have any: known by one question. */
export async function runsWithObjects(ground: Ground): Promise<ReadonlySet<string>> {
  const runs = new Set<string>();
  for await (const { key } of ground.records.all(keys.allObjects)) runs.add(keys.runOf(key));
  return runs;
}

/**
 * Throws them away. Several may do so at once.
 *
 * @throws SyncError why the target cannot be opened
 */
export async function dropObjects(sweep: Sweep): Promise<void> {
  const { ground, job, isOver } = sweep;
  const { target } = await job.stores();
  for await (const stored of ground.records.all(keys.objects(job.run))) {
    // Who leads it in a job that goes on is no dead one.
    if (!(await isOver())) return;
    await dropObject(sweep, target, stored);
  }
  const left = jobKeys.left(job.run);
  if ((await ground.records.get(left)) === undefined || !(await isOver())) return;
  await forgetParts(ground, job.run);
  await ground.records.remove(left);
}

async function dropObject(
  { ground, job, isOver }: Sweep,
  target: Store | undefined,
  { key, value, revision }: Stored,
): Promise<void> {
  const { records } = ground;
  const object = asObject(value);
  const ours: ObjectRecord = { ...object, leader: newName("sweeper"), isThrownAway: true };
  const taken = await records.update(key, ours, revision);
  // Somebody else has it by now.
  if (taken === undefined) return;
  if (!(await isOver())) return void (await records.update(key, object, taken));
  const error = await target?.resumable?.drop(object.note, object.key);
  if (error !== undefined) job.hear({ type: "warning", key: object.key, error });
  await records.clear(keys.runs(job.run, object.attempt));
  await records.remove(key, taken);
}

/** Forgets what was noted of objects and their parts. */
export async function forgetParts(ground: Ground, run: string): Promise<void> {
  await ground.records.clear(keys.objects(run));
  await ground.records.clear(keys.parts(run));
}
