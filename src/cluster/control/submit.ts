/**
 * Puts a job to a cluster.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { version } from "../../sync/version.ts";
import type { Ground } from "../ground.ts";
import { checkedJobName, type Job, keys, newRun } from "../job/job.ts";
import { configOfOrder, type OrderInput, orderOf, spanOf } from "../job/order.ts";
import { freshRange, rangeId } from "../job/range-state.ts";
import { storedJob } from "../job/stored.ts";
import { forgetWork } from "../work/forget.ts";

/**
 * Puts a job to a cluster. One of the same name that has ended gives way.
 *
 * @throws SyncError `usage` when it cannot be done by many, or the name is in use
 */
export async function submit(ground: Ground, name: string, input: OrderInput): Promise<Job> {
  checkedJobName(name);
  const order = orderOf(input);
  const run = newRun(name);
  const job: Job = {
    ...{ name, run, version, order, startedAt: Date.now(), stage: "send" },
    ...{ end: undefined, endedAt: undefined, reason: undefined },
  };
  const first = freshRange(spanOf(configOfOrder(order)));
  // The range is there before the job: whoever sees the job finds something to do.
  const key = keys.range(run, rangeId(first));
  await ground.records.create(key, first);
  const earlier = await replaceJob(ground, job).catch(async (thrown: unknown) => {
    await ground.records.remove(key);
    throw thrown;
  });
  await ground.tasks.add(run, [rangeId(first)]);
  if (earlier !== undefined) await forgetWork(ground, earlier);
  return job;
}

/** @returns the earlier job, if any */
async function replaceJob(ground: Ground, job: Job): Promise<Job | undefined> {
  const key = keys.job(job.name);
  if ((await ground.records.create(key, job)) !== undefined) return undefined;
  const earlier = await storedJob(ground, job.name);
  if (earlier?.job.end === undefined) throw inUse(job.name);
  const isOurs = await ground.records.update(key, job, earlier.revision);
  if (isOurs === undefined) throw inUse(job.name);
  return earlier.job;
}

function inUse(name: string): SyncError {
  return new SyncError("usage", `there is a job ${name} already, and it is not over`, {
    hint: `Use another --job, or end it: s3sync cluster cancel ${name}`,
  });
}
