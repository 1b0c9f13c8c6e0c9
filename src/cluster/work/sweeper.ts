/**
 * Sweeps after jobs that are over, one after the other, while the worker does other things; and forgets them in the end.
 *
 * @module
 */
import { toSyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import { version } from "../../sync/version.ts";
import type { Ground } from "../ground.ts";
import { asJob, type Job, keys } from "../job/job.ts";
import { isOver, latest, type StoredJob, storedJob } from "../job/stored.ts";
import { forgetStored, forgetWork } from "./forget.ts";
import type { JobRun } from "./job-run.ts";
import { dropObjects, hasObjects, runsWithObjects } from "./sweep.ts";

/** A job that is over is there to be looked at for so long, in milliseconds; as long as notes are. */
const keptMs = 30 * 24 * 3_600_000;

/** Large objects that died with their workers are nobody's any more. */
export class Sweeper {
  private work: Promise<void> = Promise.resolve();
  /** Jobs that were over before it began are swept by one question for all of them. */
  private hasBegun = false;
  private hasEnded = false;
  /** Runs of jobs that could not be forgotten. */
  private readonly refused = new Set<string>();

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
      await this.goOnForgetting();
      for (const run of await runsWithObjects(this.ground)) {
        const job = known.get(run);
        if (job !== undefined) await this.sweep(job);
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

  /** Forgets a job that ended long ago: one each time. @param jobs all that there are */
  async forgetOld(jobs: Iterable<StoredJob>): Promise<void> {
    const longAgo = Date.now() - keptMs;
    const isOld = ({ job: { run, endedAt = Infinity } }: StoredJob): boolean =>
      endedAt < longAgo && !this.refused.has(run);
    const old = [...jobs].find(isOld);
    if (old === undefined) return;
    try {
      await forgetStored(this.ground, old);
    } catch (thrown) {
      this.refused.add(old.job.run);
      this.warn(thrown);
    }
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
      this.warn(thrown);
    }
  }

  private warn(thrown: unknown): void {
    this.hear({ type: "warning", key: undefined, error: toSyncError(thrown) });
  }

  private async sweep(job: Job): Promise<void> {
    const { ground } = this;
    if (job.version !== version || !(await isOver(ground, job))) return;
    await using open = this.open(job);
    await dropObjects({ ground, job: open, isOver: () => isOver(ground, job) });
  }

  /** What others have begun to forget, and not come to an end with. */
  private async goOnForgetting(): Promise<void> {
    const { ground } = this;
    for (const { key, value } of await latest(ground.records.all(keys.allLeft))) {
      const job = asJob(value);
      // It was begun once more before it was forgotten.
      const isKept = job === undefined || (await storedJob(ground, job.name))?.job.run === job.run;
      if (isKept) await ground.records.remove(key);
      else if (!(await forgetWork(ground, job))) await this.sweep(job);
    }
  }
}
