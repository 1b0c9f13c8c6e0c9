/**
 * A large object as the worker has it who leads its transfer.
 *
 * Parts are taken in runs. The leader begins at the front, whoever helps at the back; a run belongs to whoever creates its
 * record. When others wait for something to do, tasks are put in for runs, and not before: the leader needs nobody. What is
 * finished stands in the records, so that the next leader goes on if this one dies.
 *
 * @module
 */
import { noLongerThan, throwIfAborted, unlessStopped } from "../../core/cancel.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import type { Held, Part, WriteNote } from "../../store/store.ts";
import type { Earlier, SharedParts, SharedTask } from "../../transfer/parts/part-help.ts";
import { type FinishedPart, headOf, isHeadOf } from "../../transfer/parts/transfer-journal.ts";
import type { Removed, Stored } from "../ground.ts";
import { HeldRun } from "./held-run.ts";
import type { HelpOptions } from "./part-sharing.ts";
import { PartTasks } from "./part-tasks.ts";
import {
  asObject,
  asRun,
  firstOfRun,
  isLeader,
  keys,
  newName,
  nobody,
  objectId,
  type ObjectRecord,
  partsOfRun,
  unpacked,
} from "./records.ts";

/** A run of parts, as it was seen last. */
interface SeenRun {
  readonly stored: Stored;
  readonly at: number;
}

/** One object. */
export class SharedObject implements SharedParts {
  private readonly leader = newName("leader");
  private readonly id: string;
  private readonly finished = new Map<number, FinishedPart>();
  private readonly seen = new Map<number, SeenRun>();
  private readonly own = new Map<number, HeldRun>();
  private readonly claiming = new Map<number, Promise<boolean>>();
  private readonly over = new AbortController();
  private news = Promise.withResolvers<void>();
  private object: ObjectRecord;
  /** The record's revision when it became ours. */
  private taken: number | undefined;
  private isFollowing = false;
  /** What keeps it from hearing of others. */
  private trouble: SyncError | undefined;

  constructor(
    private readonly options: HelpOptions,
    private readonly task: SharedTask,
  ) {
    this.id = objectId(task.address);
    const { plan, key, storeKey, state, way } = task;
    const stride = Math.max(1, Math.ceil(options.sharing.takeBytes / plan.partSize));
    this.object = {
      ...{ head: headOf(task), leader: this.leader, attempt: crypto.randomUUID() },
      ...{ note: { kind: "none" }, key, storeKey, state, plan, way, stride },
    };
  }

  get isOpen(): boolean {
    return !this.over.signal.aborted;
  }

  get hasParts(): boolean {
    return this.finished.size > 0;
  }

  part(number: number): FinishedPart | undefined {
    return this.finished.get(number);
  }

  async takeOver(): Promise<Earlier | undefined> {
    const { records } = this.options.ground;
    for (;;) {
      const stored = await records.get(this.key);
      if (stored === undefined) return undefined;
      const earlier = asObject(stored.value);
      const ours = { ...earlier, leader: this.leader };
      const revision = await records.update(this.key, ours, stored.revision);
      if (revision === undefined) continue;
      this.taken = revision;
      const fits = earlier.isThrownAway !== true && isHeadOf(earlier.head, this.task);
      if (fits) this.object = ours;
      else await this.forgetRuns(earlier.attempt);
      return { note: earlier.note, fits };
    }
  }

  async forget(): Promise<void> {
    const isGone = await this.options.ground.records.remove(this.key, this.taken);
    if (!isGone) throw isLedElsewhere(this.task, { retryable: true });
    await this.forgetRuns(this.object.attempt);
    this.object = { ...this.object, attempt: crypto.randomUUID() };
  }

  async noteDown(note: WriteNote): Promise<void> {
    this.object = { ...this.object, note };
    const made = await this.options.ground.records.create(this.key, this.object);
    if (made === undefined) throw isLedElsewhere(this.task, { retryable: true });
  }

  async begin(held: Held | undefined): Promise<void> {
    const { records } = this.options.ground;
    const there = held?.kind === "parts" ? held.parts : undefined;
    for await (const stored of records.all(this.runs)) {
      this.see(stored, (part) => there?.get(part.receipt.number)?.etag === part.receipt.etag);
    }
    // Who helped the last one may help us without being asked.
    if (this.seen.size > 0) this.followSoon();
    // Where nobody can be asked, it goes on alone.
    this.ask().catch(() => undefined);
  }

  async take(part: Part, signal: AbortSignal): Promise<FinishedPart | undefined> {
    const from = firstOfRun(part.number, this.object.stride);
    for (;;) {
      throwIfAborted(signal);
      if (this.trouble !== undefined) throw this.trouble;
      this.requireHeld(from);
      const news = this.news.promise;
      const known = this.finished.get(part.number);
      if (known !== undefined) return known;
      if (await this.claim(from)) return this.finished.get(part.number);
      // Somebody may not be heard of any more.
      await this.wait(news, this.options.sharing.patienceMs / 2, signal);
    }
  }

  finish(part: FinishedPart): void {
    const { number, etag } = part.receipt;
    const known = this.finished.get(number);
    if (!this.isOpen || (known !== undefined && known.receipt.etag === etag)) return;
    this.finished.set(number, part);
    this.own.get(firstOfRun(number, this.object.stride))?.add(part);
  }

  async isOurs(): Promise<boolean> {
    try {
      const stored = await this.options.ground.records.get(this.key);
      return stored !== undefined && asObject(stored.value).leader === this.leader;
    } catch {
      return false;
    }
  }

  async leave(): Promise<void> {
    this.over.abort();
    await Promise.all([...this.own.values()].map((run) => run.release()));
  }

  /** What cannot be removed is removed when the job is over. */
  async remove(): Promise<void> {
    this.over.abort();
    await Promise.all([...this.own.values()].map((run) => run.settle()));
    if (!(await this.isOurs())) return;
    try {
      await this.options.ground.records.remove(this.key);
      await this.forgetRuns(this.object.attempt);
    } catch {}
  }

  private get key(): string {
    return keys.object(this.options.run, this.id);
  }

  private get runs(): string {
    return keys.runs(this.options.run, this.object.attempt);
  }

  private async forgetRuns(attempt: string): Promise<void> {
    const { ground, run } = this.options;
    await ground.records.clear(keys.runs(run, attempt));
  }

  /** @throws SyncError `aborted`: a run is somebody else's, or nothing can be noted of it */
  private requireHeld(from: number): void {
    const lost = this.own.get(from)?.isLost;
    if (lost?.aborted !== true) return;
    const { key } = this.task;
    const cause: unknown = lost.reason;
    if (!(cause instanceof SyncError)) throw isLedElsewhere(this.task);
    const text = `what is finished of ${JSON.stringify(key)} cannot be noted: ${cause.message}`;
    throw new SyncError("aborted", text, { key, cause });
  }

  /** Makes a run one's own, unless somebody works on it. */
  private claim(from: number): Promise<boolean> {
    if (this.own.has(from)) return Promise.resolve(true);
    const under = this.claiming.get(from);
    if (under !== undefined) return under;
    const claim = this.claimNow(from).finally(() => this.claiming.delete(from));
    this.claiming.set(from, claim);
    return claim;
  }

  private async claimNow(from: number): Promise<boolean> {
    const { records } = this.options.ground;
    const key = keys.run(this.options.run, this.object, from);
    const seen = this.seen.get(from);
    if (seen !== undefined && !this.isFree(seen)) return false;
    const parts = seen === undefined ? [] : asRun(seen.stored.value).parts;
    const ours = { by: this.leader, parts };
    const revision =
      seen === undefined
        ? await records.create(key, ours)
        : await records.update(key, ours, seen.stored.revision);
    if (revision !== undefined) {
      const run = new HeldRun(records, key, this.leader, parts, revision);
      this.own.set(from, run);
      return true;
    }
    const stored = await records.get(key);
    if (stored === undefined) this.seen.delete(from);
    else this.see(stored);
    return false;
  }

  /** Whoever led before us is gone; others are if they are not heard of. */
  private isFree({ stored, at }: SeenRun): boolean {
    const { by } = asRun(stored.value);
    if (by === nobody || (isLeader(by) && by !== this.leader)) return true;
    return performance.now() - at >= this.options.sharing.patienceMs;
  }

  /** Until something is heard, or for so many milliseconds. */
  private async wait(news: Promise<void>, mostMs: number, signal: AbortSignal): Promise<void> {
    const both = unlessStopped(news, signal, toSyncError);
    both.catch(() => undefined);
    await noLongerThan(mostMs, both);
  }

  /** Puts in tasks, from the moment when others wait for something to do. */
  private async ask(): Promise<void> {
    const { ground, run, sharing, wanted } = this.options;
    const { lookMs, patienceMs } = sharing;
    const { id, object } = this;
    const tasks = new PartTasks({ queue: ground.tasks, run, id, object, patienceMs });
    let isAsking = false;
    while (this.isOpen && !tasks.isOver) {
      const news = this.news.promise;
      isAsking ||= wanted() > 0;
      if (isAsking) {
        this.followSoon();
        await tasks.fill(wanted(), (from) => this.isLeft(from));
      }
      await this.wait(news, lookMs, this.over.signal).catch(() => undefined);
    }
  }

  /** Whether somebody is still to take a run. */
  private isLeft(from: number): boolean {
    const seen = this.seen.get(from);
    if (this.own.has(from) || (seen !== undefined && !this.isFree(seen))) return false;
    return partsOfRun(this.object, from).some(({ number }) => !this.finished.has(number));
  }

  private followSoon(): void {
    if (this.isFollowing) return;
    this.isFollowing = true;
    this.follow().catch((thrown: unknown) => this.fail(thrown));
  }

  private async follow(): Promise<void> {
    const { signal } = this.over;
    for await (const change of this.options.ground.records.watch(this.runs, signal)) {
      if (change !== undefined) this.see(change);
    }
  }

  /** Takes in what a record tells. @param isThere whether a part is in the target, as it says */
  private see(
    change: Stored | Removed,
    isThere: (part: FinishedPart) => boolean = () => true,
  ): void {
    const from = Number(change.key.slice(change.key.lastIndexOf(".") + 1));
    const earlier = this.seen.get(from)?.stored.revision ?? 0;
    if (this.own.has(from) || change.revision <= earlier) return;
    if (change.value === undefined) this.seen.delete(from);
    else {
      this.seen.set(from, { stored: change, at: performance.now() });
      for (const part of asRun(change.value).parts.map(unpacked)) {
        if (isThere(part)) this.finished.set(part.receipt.number, part);
      }
    }
    this.tell();
  }

  private fail(thrown: unknown): void {
    if (!this.isOpen) return;
    this.trouble = toSyncError(thrown);
    this.tell();
  }

  private tell(): void {
    this.news.resolve();
    this.news = Promise.withResolvers();
  }
}

function isLedElsewhere({ key }: SharedTask, { retryable = false } = {}): SyncError {
  const text = `another worker goes on with ${JSON.stringify(key)}`;
  return new SyncError("aborted", text, { key, retryable });
}
