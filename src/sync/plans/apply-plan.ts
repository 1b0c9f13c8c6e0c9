/**
 * Carries out a plan, and nothing else: what has changed since it was made is left alone.
 *
 * @module
 */
import fs from "node:fs";

import { batchesOf } from "../../core/batches.ts";
import { type Entry, storeKeyOf } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { Summary, SyncEvent } from "../../core/events.ts";
import type { Key } from "../../core/key.ts";
import type { ObjectInfo } from "../../core/object.ts";
import { Spill } from "../../list/spill.ts";
import type { StateDirectory } from "../../state/state-directory.ts";
import type { Store } from "../../store/store.ts";
import type { TransferContext } from "../../transfer/context.ts";
import { Course, type CourseOptions } from "../course.ts";
import { notDeleted } from "../deletions/deletions.ts";
import { holds } from "../deletions/holds.ts";
import { endangersDeletions } from "../severity.ts";
import { looksLike, PlanJournal } from "./plan-journal.ts";
import { type PlanHead, readPlan, type Step } from "./plan.ts";

/** A run that carries out a plan. */
export interface PlannedRun extends CourseOptions {
  readonly planFile: string;
  /** The places of this run: the plan has to be about them. */
  readonly head: PlanHead;
  /** Where it is noted how far the plan is carried out; `undefined`: nowhere. */
  readonly state: StateDirectory | undefined;
}

/**
 * Carries out a plan.
 *
 * @returns what happened; errors are in it and in the events, it never throws
 */
export function applyPlan(run: PlannedRun): Promise<Summary> {
  return new PlannedCourse(run).run();
}

/** Heads that are asked for at the same time, before a portion is deleted. */
const headsAtOnce = 16;
const portion = 1000;

class PlannedCourse {
  private readonly course: Course;
  /** Only what the source still does not have is deleted. */
  private asksSource = true;
  /** Something was to be sent and is not in the target: nothing is deleted then, as in any run. */
  private isIncomplete = false;
  /** Something was not done, and may be another time. */
  private isOpen = false;
  private journal: PlanJournal | undefined;

  constructor(private readonly options: PlannedRun) {
    this.course = new Course(options, (event) => this.hear(event));
  }

  run(): Promise<Summary> {
    return this.course.run((context) => this.work(context));
  }

  private hear(event: SyncEvent): void {
    if (event.type === "warning" && event.error.code === "integrity") this.isIncomplete = true;
  }

  private async work(context: TransferContext): Promise<void> {
    const { state, dryRun, planFile } = this.options;
    // What comes from a pipe cannot be read twice.
    const isFile = fs.statSync(planFile, { throwIfNoEntry: false })?.isFile() === true;
    const isNoted = state !== undefined && !dryRun && isFile;
    this.journal = isNoted ? await openJournal(state, planFile, context) : undefined;
    try {
      await this.carryOut(context);
      this.isOpen ||= !this.course.isWell;
    } catch (thrown) {
      this.isOpen = true;
      throw thrown;
    } finally {
      await this.course.settle();
      if (this.isOpen) this.journal?.leave();
      else this.journal?.finish();
    }
  }

  private async carryOut(context: TransferContext): Promise<void> {
    const { course } = this;
    using toDelete = new Spill<Entry>(this.options.transfer.tempDir);
    let number = 0;
    for await (const step of readPlan(this.options.planFile, this.options.head)) {
      number += 1;
      if (step.action === "delete") {
        this.asksSource = !step.isOfThen;
        toDelete.add(step.target);
        // What is gone is seen to be gone.
        this.journal?.settle(number, true);
      } else if (this.journal?.isDone(number) === true) this.skip(step.source);
      else await this.begin(context, step, number);
      if (course.signal.aborted) throw course.signal.reason;
    }
    course.emit({ type: "listing-complete" });
    await course.settle();
    if (!course.isWell || toDelete.count === 0) return;
    if (this.isIncomplete) {
      const text = `${notDeleted(toDelete.count)}: not everything could be transferred`;
      const error = new SyncError("protocol", text);
      course.emit({ type: "warning", key: undefined, error });
      return;
    }
    for (const batch of toDelete.batches()) {
      for (const some of batchesOf(batch, portion)) await this.remove(some);
    }
  }

  /** An earlier run has done it. */
  private skip(source: Entry): void {
    this.course.emit({ type: "skipped", key: source.key, source, reason: "applied" });
  }

  private begin(
    context: TransferContext,
    { source, target }: Extract<Step, { action: "send" }>,
    number: number,
  ): Promise<void> {
    const { course } = this;
    const { key, size } = source;
    course.queue(source);
    return course.begin(
      key,
      size,
      async () => {
        const { options, journal } = this;
        await this.requireSame(options.source, source, source, "source");
        const now = await stateIn(options.target, target, key, course.signal);
        // What was under way when a run died may be done, and not noted.
        const mayBeDone = journal?.isGoingOn === true && looksLike(source, now);
        if (!isSame(target, now) && mayBeDone) this.skip(source);
        else if (!isSame(target, now)) throw changed(key, "target");
        else if (options.dryRun) course.pretend(context, source, target);
        else await course.send(context, source, target);
        journal?.settle(number, true);
      },
      (error) => {
        this.isOpen ||= error.code !== "plan-outdated";
        this.journal?.settle(number, false);
        // What is refused stands apart: the rest of the plan holds.
        if (error.code !== "plan-outdated" && endangersDeletions(error)) this.isIncomplete = true;
        if (!course.isByStop(error)) course.report(error, key);
      },
    );
  }

  /** @throws SyncError `plan-outdated` when a side is not what the plan was made for */
  private async requireSame(
    store: Store,
    planned: Entry | undefined,
    { key }: Entry,
    side: "source" | "target",
  ): Promise<void> {
    const now = await stateIn(store, planned, key, this.course.signal);
    if (!isSame(planned, now)) throw changed(key, side);
  }

  private async remove(batch: readonly Entry[]): Promise<void> {
    const { course } = this;
    const { target, dryRun } = this.options;
    const same: Entry[] = [];
    for (const some of batchesOf(batch, headsAtOnce)) {
      const changes = await Promise.all(some.map((entry) => this.changeOf(entry)));
      for (const [index, entry] of some.entries()) {
        const change = changes[index];
        if (change === "gone") continue;
        if (change === undefined) same.push(entry);
        else course.report(outdated(entry.key, `is not deleted: ${change}`), entry.key);
      }
    }
    const removals = dryRun
      ? same.map((entry) => ({ entry, error: undefined }))
      : await target.remove(same, course.signal);
    for (const { entry, error } of removals) {
      const { key } = entry;
      if (dryRun) this.options.pretendBackup?.(entry);
      this.isOpen ||= error !== undefined;
      if (error !== undefined) course.report(error, key);
      else course.emit({ type: "deleted", key, target: target.locate(key), dryRun });
    }
  }

  /** What has changed about what is to be deleted; `undefined` if nothing has, `gone` if it was deleted already. */
  private async changeOf(entry: Entry): Promise<string | undefined> {
    const { source, target } = this.options;
    const { signal } = this.course;
    const now = await stateIn(target, entry, entry.key, signal);
    // Most likely by the run that is gone on with; and it was to go, whoever was faster.
    if (now === undefined && this.journal?.isGoingOn === true) return "gone";
    if (!isSame(entry, now)) return "it has changed";
    const isBack = this.asksSource && (await holds(source, entry.key, signal));
    return isBack ? "it has come into the source" : undefined;
  }
}

function changed(key: Key, side: "source" | "target"): SyncError {
  return outdated(key, `is not sent: it has changed in the ${side}`);
}

/** Without a journal the plan is carried out all the same. */
async function openJournal(
  state: StateDirectory,
  planFile: string,
  context: TransferContext,
): Promise<PlanJournal | undefined> {
  try {
    return await PlanJournal.open(state, planFile);
  } catch (cause) {
    context.explainNoResume(cause);
    return undefined;
  }
}

function outdated(key: Key, what: string): SyncError {
  const text = `${JSON.stringify(key)} ${what} since the plan was made`;
  return new SyncError("plan-outdated", text, { key });
}

function stateIn(
  store: Store,
  planned: Entry | undefined,
  key: Key,
  signal: AbortSignal,
): Promise<ObjectInfo | undefined> {
  const { history } = store;
  const storeKey = planned === undefined ? key : storeKeyOf(planned);
  if (planned?.versionId !== undefined && history !== undefined) {
    return history.head(storeKey, planned.versionId, signal);
  }
  return store.head(storeKey, signal);
}

/** HEAD of an object knows whole seconds only, but an ETag. Files have no ETags, but exact times. */
function isSame(planned: Entry | undefined, now: ObjectInfo | undefined): boolean {
  if (planned === undefined || now === undefined) return planned === now;
  if (planned.size !== now.size) return false;
  if (now.etag === undefined) return planned.mtimeMs === now.mtimeMs;
  // An inventory may have none.
  if (planned.etag !== undefined && planned.etag !== now.etag) return false;
  return Math.floor(planned.mtimeMs / 1000) === Math.floor(now.mtimeMs / 1000);
}
