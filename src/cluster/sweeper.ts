/**
 * Sweeps after jobs that are over, one after the other, while their worker does other things.
 *
 * @module
 */
import { toSyncError } from "../core/errors.ts";
import type { EventSink } from "../core/events.ts";
import { version } from "../sync/version.ts";
import type { Ground } from "./ground.ts";
import type { JobRun } from "./job-run.ts";
import { asJob, type Job, keys } from "./job.ts";
import { dropObjects, hasObjects, runsWithObjects } from "./parts/sweep.ts";
import { isOver, type StoredJob } from "./stored.ts";

/** Large objects that died with their workers are nobody's any more. */
export class Sweeper {
  private work: Promise<void> = Promise.resolve();
  /** Jobs that were over before it began are swept by one question for all of them. */
  private hasBegun = false;
  private hasEnded = false;

  constructor(
    private readonly ground: Ground,
    private readonly open: (job: Job) => JobRun,
    private readonly hear: EventSink,
  ) {}

  /** Sweeps after what is over by now. @param jobs all that there are */
  begin(jobs: Iterable<StoredJob>): void {
    const known = new Map([...jobs].map(({ job }) => [job.run, job]));
    this.hasBegun = true;
    this.soon(async () => {
      for (const run of await runsWithObjects(this.ground)) {
        const job = known.get(run) ?? (await this.forgotten(run));
        if (job !== undefined && job.version === version) await this.sweep(job);
      }
    });
  }

  /** Sweeps after a job that is over. */
  sweepSoon(job: Job): void {
    if (!this.hasBegun) return;
    this.soon(async () => {
      if (await hasObjects(this.ground, job.run)) await this.sweep(job);
    });
  }

  /** What it has not begun is left to others. */
  async end(): Promise<void> {
    this.hasEnded = true;
    await this.work;
  }

  private soon(work: () => Promise<void>): void {
    this.work = this.after(this.work, work);
  }

  private async after(earlier: Promise<void>, work: () => Promise<void>): Promise<void> {
    await earlier;
    if (this.hasEnded) return;
    try {
      await work();
    } catch (thrown) {
      this.hear({ type: "warning", key: undefined, error: toSyncError(thrown) });
    }
  }

  private async sweep(job: Job): Promise<void> {
    const { ground } = this;
    if (!(await isOver(ground, job))) return;
    await using open = this.open(job);
    await dropObjects({ ground, job: open, isOver: () => isOver(ground, job) });
  }

  private async forgotten(run: string): Promise<Job | undefined> {
    const stored = await this.ground.records.get(keys.left(run));
    return asJob(stored?.value);
  }
}
