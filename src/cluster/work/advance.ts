/**
 * Leads a job from stage to stage. Any worker may do it, at any time, and several at once: what counts is written by
 * compare-and-set.
 *
 * Before the next stage all ranges are read, and must tile all keys: what is not there yet, because somebody is about to cut a
 * range, cannot be taken for finished.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import type { Ground } from "../ground.ts";
import { type Job, keys } from "../job/job.ts";
import { spanOf } from "../job/order.ts";
import { isFinished, rangeId, tile } from "../job/range-state.ts";
import { rangesOf, type StoredJob, storedJob } from "../job/stored.ts";
import { refusalOfDeletions, type Totals, totalsOf } from "../job/totals.ts";

/**
 * Goes on with a job where nobody works on it: puts in tasks again that were lost, or begins the next stage, or ends it.
 *
 * @param config what was ordered
 */
export async function advance(ground: Ground, { job, revision }: StoredJob, config: Config) {
  if ((await ground.tasks.count(job.run)) > 0) return;
  const ranges = await rangesOf(ground, job.run);
  // What was given up may have pieces still that are no ranges yet.
  const open = ranges.filter((range) => !isFinished(range, job.stage));
  if (open.length > 0) return await ground.tasks.add(job.run, open.map(rangeId));
  if (!tile(ranges, spanOf(config))) return;
  const next = nextState(job, config, totalsOf(ranges, job.stage));
  const isOurs = await ground.records.update(keys.job(job.name), next, revision);
  if (isOurs === undefined || next.end !== undefined) return;
  const left = ranges.filter((range) => !isFinished(range, next.stage));
  await ground.tasks.add(job.run, left.map(rangeId));
}

/** What comes when a stage is over. */
function nextState(job: Job, config: Config, totals: Totals): Job {
  const { counts, gone, ranges } = totals;
  if (ranges.givenUp > 0) return ended(job, "failed", givenUpText(ranges.givenUp));
  const isWell = counts.errors === 0 && !(config.warnAsError && counts.warnings > 0);
  const deletes = job.stage === "send" && config.delete && isWell && gone.gone > 0;
  if (!deletes) return ended(job, "done");
  const refusal = refusalOfDeletions(config, totals);
  return refusal === undefined ? { ...job, stage: "delete" } : ended(job, "done", refusal);
}

function givenUpText(count: number): string {
  return count === 1 ? "a range was given up" : `${count} ranges were given up`;
}

/** A job that has come to its end. */
export function ended(job: Job, end: NonNullable<Job["end"]>, reason?: string): Job {
  return { ...job, end, reason, endedAt: Date.now() };
}

/** Ends a job, unless it has ended by itself. */
export async function endJob(
  ground: Ground,
  name: string,
  run: string,
  end: NonNullable<Job["end"]>,
  reason?: string,
): Promise<void> {
  for (;;) {
    const stored = await storedJob(ground, name);
    if (stored?.job.run !== run || stored.job.end !== undefined) return;
    const next = ended(stored.job, end, reason);
    if ((await ground.records.update(keys.job(name), next, stored.revision)) !== undefined) return;
  }
}
