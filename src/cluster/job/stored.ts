/**
 * Jobs and their ranges, as records have them now.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { Ground, Stored } from "../ground.ts";
import { asJob, type Job, keys } from "./job.ts";
import type { RangeState } from "./range-state.ts";

/** A job as it was read. */
export interface StoredJob {
  readonly job: Job;
  readonly revision: number;
}

/** A job; `undefined`: there is none of that name. */
export async function storedJob(ground: Ground, name: string): Promise<StoredJob | undefined> {
  const stored = await ground.records.get(keys.job(name));
  const job = asJob(stored?.value);
  return stored === undefined || job === undefined ? undefined : { job, revision: stored.revision };
}

/** A job that there must be. @throws SyncError `not-found` */
export async function requireJob(ground: Ground, name: string): Promise<StoredJob> {
  const stored = await storedJob(ground, name);
  if (stored === undefined) throw new SyncError("not-found", `there is no job ${name}`);
  return stored;
}

/** Whether a run of a job has ended, or another one has its place, or none. */
export async function isOver(ground: Ground, { name, run }: Job): Promise<boolean> {
  const stored = await storedJob(ground, name);
  return stored?.job.run !== run || stored.job.end !== undefined;
}

/** The range that a record is about. */
export function asRange({ value }: Stored): RangeState {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this very version
  return value as RangeState;
}

/** All ranges of a job. */
export async function rangesOf(ground: Ground, run: string): Promise<RangeState[]> {
  return (await latest(ground.records.all(keys.ranges(run)))).map(asRange);
}

/** The last state of each record: one that changes while they are read may be told twice. */
export async function latest(records: AsyncIterable<Stored>): Promise<Stored[]> {
  const found = new Map<string, Stored>();
  for await (const stored of records) found.set(stored.key, stored);
  return [...found.values()];
}
