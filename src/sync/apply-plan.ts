/**
 * Carries out a plan, and nothing else: what has changed since it was made is left alone.
 *
 * @module
 */
import { batchesOf } from "../core/batches.ts";
import { type Entry, storeKeyOf } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { Summary, SyncEvent } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import type { ObjectInfo } from "../core/object.ts";
import { Spill } from "../list/spill.ts";
import type { Store } from "../store/store.ts";
import type { TransferContext } from "../transfer/context.ts";
import { Course, type CourseOptions } from "./course.ts";
import { holds } from "./holds.ts";
import { type PlanHead, readPlan, type Step } from "./plan.ts";
import { endangersDeletions } from "./severity.ts";

/** A run that carries out a plan. */
export interface PlannedRun extends CourseOptions {
  readonly planFile: string;
  /** The places of this run: the plan has to be about them. */
  readonly head: PlanHead;
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
    const { course } = this;
    using toDelete = new Spill<Entry>(this.options.transfer.tempDir);
    for await (const step of readPlan(this.options.planFile, this.options.head)) {
      if (step.action === "delete") {
        this.asksSource = !step.isOfThen;
        toDelete.add(step.target);
      } else await this.begin(context, step);
      if (course.signal.aborted) throw course.signal.reason;
    }
    course.emit({ type: "listing-complete" });
    await course.settle();
    if (!course.isWell || toDelete.count === 0) return;
    if (this.isIncomplete) {
      const text = `${toDelete.count} objects are not deleted: not everything could be transferred`;
      const error = new SyncError("protocol", text);
      course.emit({ type: "warning", key: undefined, error });
      return;
    }
    for (const batch of toDelete.batches()) {
      for (const some of batchesOf(batch, portion)) await this.remove(some);
    }
  }

  private begin(
    context: TransferContext,
    { source, target }: Extract<Step, { action: "send" }>,
  ): Promise<void> {
    const { course } = this;
    const { key, size } = source;
    course.queue(source);
    return course.begin(
      key,
      size,
      async () => {
        await this.requireSame(this.options.source, source, source, "source");
        await this.requireSame(this.options.target, target, source, "target");
        if (this.options.dryRun) course.pretend(context, source, target);
        else await course.send(context, source, target);
      },
      (error) => {
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
    if (isSame(planned, now)) return;
    throw outdated(key, `is not sent: it has changed in the ${side}`);
  }

  private async remove(batch: readonly Entry[]): Promise<void> {
    const { course } = this;
    const { target, dryRun } = this.options;
    const same: Entry[] = [];
    for (const some of batchesOf(batch, headsAtOnce)) {
      const changes = await Promise.all(some.map((entry) => this.changeOf(entry)));
      for (const [index, entry] of some.entries()) {
        const change = changes[index];
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
      if (error !== undefined) course.report(error, key);
      else course.emit({ type: "deleted", key, target: target.locate(key), dryRun });
    }
  }

  /** What has changed about what is to be deleted; `undefined` if nothing has. */
  private async changeOf(entry: Entry): Promise<string | undefined> {
    const { source, target } = this.options;
    const { signal } = this.course;
    const now = await stateIn(target, entry, entry.key, signal);
    if (!isSame(entry, now)) return "it has changed";
    const isBack = this.asksSource && (await holds(source, entry.key, signal));
    return isBack ? "it has come into the source" : undefined;
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
