/**
 * A cluster as its user holds it.
 *
 * @module
 */
import type { Summary } from "../core/events.ts";
import { cancel, type Retried, retry } from "./control/change-job.ts";
import { detailsOf, type JobDetails } from "./control/details.ts";
import { follow, type FollowHandlers, type JobState, stateOf } from "./control/follow.ts";
import { submit } from "./control/submit.ts";
import type { Ground } from "./ground.ts";
import { asJob, type Job, keys } from "./job/job.ts";
import type { OrderInput } from "./job/order.ts";
import { latest, requireJob, storedJob } from "./job/stored.ts";
import { forget } from "./work/forget.ts";
import { type WorkerPresence, workersOf } from "./work/presence.ts";
import { Worker, type WorkerOptions } from "./work/worker.ts";

/**
 * Work that many machines share. Dispose of it when nothing is asked of it any more.
 *
 * ```ts
 * await using cluster = await openCluster({ servers: "nats://queue:4222" });
 * await cluster.submit("nightly", { source: "s3://a/", target: "s3://b/", delete: true });
 * const { summary } = await cluster.wait("nightly");
 * ```
 */
export class Cluster implements AsyncDisposable {
  /**
   * @param ground what it stands on; it is closed with the cluster
   * @internal `openCluster()` makes them
   */
  constructor(private readonly ground: Ground) {}

  /** Where it is, without anything secret. */
  get name(): string {
    return this.ground.name;
  }

  /**
   * Puts a job in. One of the same name that is over gives way.
   *
   * @throws SyncError `usage` when it cannot be done by many, or the name is in use
   */
  submit(name: string, input: OrderInput): Promise<Job> {
    return submit(this.ground, name, input);
  }

  /** Works on jobs until it is told to end. */
  work(options: WorkerOptions): Promise<void> {
    return new Worker(this.ground, options).run();
  }

  /**
   * Waits until a job is over.
   *
   * @returns what it came to, as of one run
   * @throws SyncError `not-found`; `usage`: another version has submitted it; `aborted` when the signal fires: the job goes on
   */
  wait(
    name: string,
    handlers: Partial<FollowHandlers> = {},
  ): Promise<{ readonly job: Job; readonly summary: Summary }> {
    return follow(this.ground, name, { signal: new AbortController().signal, ...handlers });
  }

  /** A job by its name; `undefined`: there is none. */
  async job(name: string): Promise<Job | undefined> {
    return (await storedJob(this.ground, name))?.job;
  }

  /** How a job stands. @throws SyncError `not-found` */
  async state(name: string): Promise<JobState> {
    return await stateOf(this.ground, (await requireJob(this.ground, name)).job);
  }

  /** How a job stands, what was given up and why, and what failed last. @throws SyncError `not-found` */
  details(name: string): Promise<JobDetails> {
    return detailsOf(this.ground, name);
  }

  /** All jobs that are known, those that began last first. */
  async jobs(): Promise<Job[]> {
    const jobs: Job[] = [];
    for (const { value } of await latest(this.ground.records.all(keys.jobs))) {
      const job = asJob(value);
      if (job !== undefined) jobs.push(job);
    }
    return jobs.toSorted((a, b) => b.startedAt - a.startedAt);
  }

  /** Who is there to work. */
  workers(): Promise<WorkerPresence[]> {
    return workersOf(this.ground);
  }

  /** Ends a job: what is under way is stopped, what was done stays. @throws SyncError `not-found` */
  cancel(name: string): Promise<Job> {
    return cancel(this.ground, name);
  }

  /**
   * Forgets a job that is over, and all that is noted of it. What it has done stays.
   *
   * @throws SyncError `not-found`, `usage`: the job is not over
   */
  async forget(name: string): Promise<void> {
    await forget(this.ground, name);
  }

  /**
   * Has ranges done again that were given up, had errors or kept it from deleting.
   *
   * @returns how many; and whether there was anything
   * @throws SyncError `not-found`, `usage`: the job is not over
   */
  retry(name: string): Promise<Retried> {
    return retry(this.ground, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ground[Symbol.asyncDispose]();
  }
}
