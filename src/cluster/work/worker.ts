/**
 * A worker: takes tasks of all jobs, and works on them until it is told to end.
 *
 * @module
 */
import { pause } from "../../core/cancel.ts";
import { SyncError, withHint } from "../../core/errors.ts";
import type { EventSink, Side } from "../../core/events.ts";
import type { Store } from "../../store/store.ts";
import { version } from "../../sync/version.ts";
import { linked } from "../../watch/linked-signal.ts";
import type { Ground, Lease, Removed, Stored } from "../ground.ts";
import { asJob, type Job, keys, nameOfKey, nameOfRun, otherVersion } from "../job/job.ts";
import { type StoredJob, storedJob } from "../job/stored.ts";
import { type PartSharing, usualSharing } from "../parts/part-sharing.ts";
import { partTaskOf } from "../parts/records.ts";
import { advance, endJob } from "./advance.ts";
import { demandOf } from "./demand.ts";
import { Idleness } from "./idleness.ts";
import { JobFailures } from "./job-failures.ts";
import { JobRun } from "./job-run.ts";
import { workOnParts } from "./part-work.ts";
import { Presence, workersOf } from "./presence.ts";
import { passOnMs, RangeWork, type SliceLimits, type TaskEnd, usualSlices } from "./range-work.ts";
import { Sweeper } from "./sweeper.ts";
import { fitnessFor, tellTrouble } from "./unfit.ts";

/** How a worker works. */
export interface WorkerOptions {
  /** Ranges in work at the same time. */
  readonly slots?: number | undefined;
  /** Hears what happens, of all jobs. */
  readonly onEvent?: EventSink | undefined;
  /** Lets it finish the slices in work. */
  readonly ending: AbortSignal;
  readonly slices?: Partial<SliceLimits> | undefined;
  /** How large objects are shared. */
  readonly sharing?: Partial<PartSharing> | undefined;
  /** Stores for places that are none of their own. */
  readonly stores?: Partial<Record<Side, Store>> | undefined;
  /** How often it looks after jobs on which nobody works, in milliseconds. */
  readonly lookMs?: number | undefined;
  /** It ends by itself when it has had nothing to do for so long, in milliseconds. Default: never. */
  readonly idleMs?: number | undefined;
}

/** Ranges in work at the same time, where nobody says otherwise. */
export const usualSlots = 4;
const usualLookMs = 2000;
/** A task of another version waits so long, in milliseconds, before the next worker is asked. */
const strangerMs = 5000;
/** Who has given back a task for others rests so long, in milliseconds, that they take it. */
const restMs = 2000;
/** Names what is done about a job that has no tasks. */
const look = "look";
/** Names what is noted at each look. */
const traffic = "traffic";

/** One worker. */
export class Worker {
  private readonly jobs = new Map<string, StoredJob>();
  private readonly runs = new Map<string, JobRun>();
  /** How many tasks more of a run would find somebody who waits for one. */
  private wanted = new Map<string, number>();
  /** Revisions of jobs that had no tasks at the last look. */
  private readonly idle = new Map<string, number>();
  private readonly warned = new Set<string>();
  private readonly over = new AbortController();
  private readonly slots: number;
  private readonly lookMs: number;
  private readonly hear: EventSink;
  private readonly failures: JobFailures;
  private readonly sweeper: Sweeper;
  private readonly presence: Presence;
  private readonly idleness: Idleness;

  constructor(
    private readonly ground: Ground,
    private readonly options: WorkerOptions,
  ) {
    this.slots = options.slots ?? usualSlots;
    this.lookMs = options.lookMs ?? usualLookMs;
    this.hear = options.onEvent ?? (() => undefined);
    this.presence = new Presence(ground, this.slots);
    this.idleness = new Idleness(options.idleMs, () => this.endIdle());
    this.failures = new JobFailures(ground, this.hear);
    this.sweeper = new Sweeper(ground, (job) => this.newRun(job), this.hear);
  }

  /** Works until it is told to end. @throws SyncError what the ground says that is final */
  async run(): Promise<void> {
    using _ = linked(this.over, [this.options.ending]);
    using _idleness = this.idleness;
    const tasks = Array.from({ length: this.slots }, () => this.work());
    const all = [this.follow(), this.lookAfter(), ...tasks];
    try {
      await Promise.all(all.map((each) => this.unlessOver(each)));
    } finally {
      this.over.abort();
      await Promise.allSettled(all);
      await this.sweeper.end();
      await Promise.all([...this.runs.values()].map((run) => run[Symbol.asyncDispose]()));
    }
  }

  private endIdle(): void {
    this.tell("nothing to do any more: ending");
    this.over.abort();
  }

  private async unlessOver(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      if (!this.over.signal.aborted) throw thrown;
    }
  }

  /** Keeps up with what jobs there are: one that is cancelled stops at once. */
  private async follow(): Promise<void> {
    for await (const change of this.ground.records.watch(keys.jobs, this.over.signal)) {
      if (change === undefined) this.sweeper.begin(this.jobs.values());
      else await this.takeNews(change);
    }
  }

  private async takeNews({ key, value, revision }: Stored | Removed): Promise<void> {
    const name = nameOfKey(key);
    const earlier = this.jobs.get(name)?.job;
    const job = asJob(value);
    if (job === undefined) this.jobs.delete(name);
    else this.jobs.set(name, { job, revision });
    // That it has ended may not be told where another one takes its place at once, or it is forgotten.
    const isGone = earlier !== undefined && earlier.run !== job?.run;
    if (isGone && earlier.end === undefined) await this.leave(earlier);
    if (job?.end !== undefined) await this.leave(job);
  }

  private async leave(job: Job): Promise<void> {
    const { name, run, end = "it is no longer there", reason } = job;
    const ended = this.runs.get(run);
    this.runs.delete(run);
    this.wanted.delete(run);
    this.idle.delete(run);
    this.warned.delete(run);
    this.failures.forget(run);
    if (ended !== undefined) {
      this.tell(`job ${name}: ${end}${reason === undefined ? "" : `: ${reason}`}`);
      await ended[Symbol.asyncDispose]();
    }
    this.sweeper.sweepSoon(job);
  }

  private tell(message: string): void {
    this.hear({ type: "notice", message });
  }

  /** Looks after jobs on which nobody works, and after who waits for work. */
  private async lookAfter(): Promise<void> {
    const { signal } = this.over;
    while (!signal.aborted) {
      await this.presence.tell();
      await this.look();
      await this.sweeper.forgetOld(this.jobs.values());
      await pause(this.lookMs * (0.75 + Math.random() / 2), signal).catch(() => undefined);
    }
    await this.presence.end();
  }

  private async look(): Promise<void> {
    const open = [...this.jobs.values()].filter(({ job }) => isOpen(job));
    const counts = new Map<string, number>();
    for (const { job } of open) counts.set(job.run, await this.ground.tasks.count(job.run));
    this.wanted = demandOf(await this.slotsOfAll(), counts);
    for (const stored of open) await this.lookAt(stored, counts.get(stored.job.run) ?? 0);
  }

  private async lookAt(stored: StoredJob, count: number): Promise<void> {
    const { run } = stored.job;
    // It may be over by now.
    if (this.jobs.get(stored.job.name) !== stored) return;
    await this.noteTraffic(run);
    // Whoever has begun it, or a stage of it, is about to put its tasks in: twice is twice the work.
    const wasIdle = this.idle.get(run) === stored.revision;
    if (count > 0) this.idle.delete(run);
    else this.idle.set(run, stored.revision);
    if (count > 0 || !wasIdle) return;
    try {
      const open = await this.open(stored.job);
      if (open === undefined) return;
      await advance(this.ground, stored, open.config);
      this.failures.settle(run, look);
    } catch (thrown) {
      await this.failures.take(run, look, thrown);
    }
  }

  /** Who waits for a job sees that bytes pass, however large an object is. */
  private async noteTraffic(run: string): Promise<void> {
    try {
      await this.runs.get(run)?.traffic.note();
      this.failures.settle(run, traffic);
    } catch (thrown) {
      await this.failures.take(run, traffic, thrown);
    }
  }

  private async slotsOfAll(): Promise<number> {
    const workers = await workersOf(this.ground);
    // Those of other versions leave these jobs alone.
    const own = workers.filter((each) => each.version === version);
    return own.reduce((sum, { slots }) => sum + slots, 0);
  }

  /** One task after the other. */
  private async work(): Promise<void> {
    const { signal } = this.over;
    while (!signal.aborted) {
      const lease = await this.ground.tasks.take(signal);
      await this.carryOut(lease);
    }
  }

  private async carryOut(lease: Lease): Promise<void> {
    const { job, id } = lease;
    try {
      await this.workOff(lease);
      this.failures.settle(job, id);
    } catch (thrown) {
      const delayMs = await this.failures.take(job, id, thrown);
      await (delayMs === undefined ? lease.done() : lease.giveBack(delayMs));
    }
  }

  private async workOff(lease: Lease): Promise<void> {
    const stored = await this.jobOf(lease.job);
    if (stored === undefined || stored.job.end !== undefined) return await lease.done();
    const { job } = stored;
    const open = await this.openOwn(job, lease.id);
    if (open === undefined) return await lease.giveBack(strangerMs);
    using isOurs = open.standBack.begin();
    if (isOurs === undefined) return await this.passOn(lease);
    using _ = this.idleness.work();
    const end = await this.workOn(lease, job, open);
    if (end.kind === "left") return await lease.giveBack(end.delayMs);
    if (end.kind === "job-failed") {
      await endJob(this.ground, job.name, job.run, "failed", withHint(end.error));
    }
    await lease.done();
    if (end.kind === "done") await this.advanceSoon(lease.job);
  }

  /** Others may do better. */
  private async passOn(lease: Lease): Promise<void> {
    await lease.giveBack(passOnMs);
    await pause(restMs * (0.5 + Math.random() / 2), this.over.signal).catch(() => undefined);
  }

  private async workOn(lease: Lease, { stage, startedAt }: Job, job: JobRun): Promise<TaskEnd> {
    const { ground } = this;
    // Also when something else of it has failed: then it ends as soon as it can.
    const ending = this.over.signal;
    const wanted = (): number => this.wantedOf(job.run);
    try {
      if (partTaskOf(lease.id) !== undefined) {
        return await workOnParts({ ground, job, id: lease.id, sharing: this.sharing, ending });
      }
      return await new RangeWork({
        ...{ ground, job, stage, startedAt, wanted, ending, id: lease.id },
        slices: { ...usualSlices, ...this.options.slices },
      }).run();
    } catch (thrown) {
      if (job.signal.aborted) return { kind: "done" };
      throw thrown;
    }
  }

  /** When the last range is through, nobody is to wait for the next look. */
  private async advanceSoon(run: string): Promise<void> {
    const stored = await this.jobOf(run);
    const open = this.runs.get(run);
    if (stored === undefined || open === undefined || stored.job.end !== undefined) return;
    await advance(this.ground, stored, open.config);
  }

  /** The job that tasks belong to, as it is now: they may be quicker than the news of it, or the answer slower. */
  private async jobOf(run: string): Promise<StoredJob | undefined> {
    const name = nameOfRun(run);
    const read = await storedJob(this.ground, name);
    const heard = this.jobs.get(name);
    const isNewer = heard !== undefined && heard.revision > (read?.revision ?? 0);
    const latest = isNewer ? heard : read;
    return latest?.job.run === run ? latest : undefined;
  }

  /** @returns `undefined`: it is for others, or for nobody */
  private async openOwn(job: Job, id: string): Promise<JobRun | undefined> {
    const other = otherVersion(job, "this worker");
    if (other === undefined) return await this.open(job, id);
    this.warn(job, other);
    return undefined;
  }

  /** @param id of the task that it is opened for */
  private async open(job: Job, id?: string): Promise<JobRun | undefined> {
    const known = this.runs.get(job.run);
    if (known !== undefined) return known;
    const fitness = fitnessFor(job.order);
    if (fitness.kind === "fits") return this.opened(job);
    if (fitness.kind === "nowhere") {
      await endJob(this.ground, job.name, job.run, "failed", fitness.reason);
      return undefined;
    }
    this.warn(job, fitness.problem);
    await this.presence.standBack(job.run);
    if (id !== undefined) await tellTrouble(this.ground, job.run, id, fitness.problem);
    return undefined;
  }

  private opened(job: Job): JobRun {
    const open = this.newRun(job);
    this.runs.set(job.run, open);
    const { name, order } = job;
    this.tell(`job ${name}: from ${order.source} to ${order.target}`);
    return open;
  }

  private newRun(job: Job): JobRun {
    return new JobRun(this.ground, job, {
      ...{ stores: this.options.stores ?? {}, tell: this.hear, sharing: this.sharing },
      ...{ wanted: () => this.wantedOf(job.run), standing: this.presence },
    });
  }

  private wantedOf(run: string): number {
    return this.wanted.get(run) ?? this.slots;
  }

  private get sharing(): PartSharing {
    return { ...usualSharing, ...this.options.sharing };
  }

  private warn({ run }: Job, text: string): void {
    if (this.warned.has(run)) return;
    this.warned.add(run);
    this.hear({ type: "warning", key: undefined, error: new SyncError("unsupported", text) });
  }
}

/** Whether it is for workers of this version to go on with a job. */
function isOpen({ end, version: its }: Job): boolean {
  return end === undefined && its === version;
}
