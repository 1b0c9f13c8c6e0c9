/**
 * A worker's work on some parts of an object that another one leads.
 *
 * Whatever goes wrong, the leader finds out: it does what nobody has done, and it alone says what became of the object.
 *
 * @module
 */
import { pause } from "../../core/cancel.ts";
import { toSyncError } from "../../core/errors.ts";
import type { Side } from "../../core/events.ts";
import { defaultStateDirectory, StateDirectory } from "../../state/state-directory.ts";
import type { Part, Store } from "../../store/store.ts";
import { paced } from "../../store/wrap/paced.ts";
import { transferOptionsOf } from "../../sync/carry-out.ts";
import { openStores } from "../../sync/opening/stores.ts";
import { TransferContext } from "../../transfer/context.ts";
import { helpOut } from "../../transfer/parts/help-out.ts";
import type { Ground, Stored } from "../ground.ts";
import { HeldRun } from "../parts/held-run.ts";
import type { PartSharing } from "../parts/part-sharing.ts";
import {
  asObject,
  asRun,
  isLeader,
  keys,
  newName,
  nobody,
  type ObjectRecord,
  partsOfRun,
  partTaskOf,
} from "../parts/records.ts";
import type { JobRun } from "./job-run.ts";
import type { TaskEnd } from "./range-work.ts";
import { isOfOwnMaking } from "./stand-back.ts";

/** What the worker wants of it. */
export interface PartWork {
  readonly ground: Ground;
  readonly job: JobRun;
  /** Of the task. */
  readonly id: string;
  readonly sharing: PartSharing;
  /** When it fires, parts in work are finished, and the rest is left to others. */
  readonly ending: AbortSignal;
}

/** Parts that were taken. */
interface Taken {
  readonly object: ObjectRecord;
  readonly run: HeldRun;
  /** Those that are not in the target yet. */
  readonly left: readonly Part[];
}

/** Moves the parts that a task names, as far as they are still to be moved. */
export async function workOnParts(work: PartWork): Promise<TaskEnd> {
  const taken = await takeParts(work);
  if (taken === undefined) return { kind: "done" };
  const beat = setInterval(() => taken.run.tell(), work.sharing.tellMs);
  try {
    await moveParts(work, taken);
    work.job.standBack.wentWell();
  } catch (thrown) {
    await takeTrouble(work, taken, thrown);
    // The leader sees that they are free, and hears by itself what is wrong with them.
    await taken.run.release();
  } finally {
    clearInterval(beat);
  }
  if (work.ending.aborted) await taken.run.release();
  await taken.run.settle();
  // What is written after its end may be written after it was forgotten.
  if (!work.job.signal.aborted) await work.job.traffic.note();
  return { kind: "done" };
}

/** It may be this machine that lacks something. */
async function takeTrouble(
  { job }: PartWork,
  { object, run }: Taken,
  thrown: unknown,
): Promise<void> {
  if (job.signal.aborted || run.isLost.aborted) return;
  const error = toSyncError(thrown);
  job.hear({ type: "warning", key: object.key, error });
  if (isOfOwnMaking(error)) await job.standBack.failed();
}

/** @returns `undefined`: there is nothing to do */
async function takeParts(work: PartWork): Promise<Taken | undefined> {
  const { ground, job, id } = work;
  const task = partTaskOf(id);
  if (task === undefined) return undefined;
  const { records } = ground;
  const stored = await records.get(keys.object(job.run, task.object));
  if (stored === undefined) return undefined;
  const object = asObject(stored.value);
  const parts = partsOfRun(object, task.from);
  const key = keys.run(job.run, object, task.from);
  const found = await records.get(key);
  const before = found === undefined ? undefined : asRun(found.value);
  const there = new Set((before?.parts ?? []).map(([number]) => number));
  const left = parts.filter(({ number }) => !there.has(number));
  if (left.length === 0 || before?.by === object.leader) return undefined;
  if (found !== undefined && (await isWorkedOn(work, found))) return undefined;
  const by = newName("helper");
  const record = { by, parts: before?.parts ?? [] };
  const revision =
    found === undefined
      ? await records.create(key, record)
      : await records.update(key, record, found.revision);
  if (revision === undefined) return undefined;
  return { object, run: new HeldRun(records, key, by, record.parts, revision), left };
}

/**
 * Whether one who helps lives. A task that comes again says that who had it is gone, or that it was put in once more by the
 * next leader.
 */
async function isWorkedOn(
  { ground, job, sharing, ending }: PartWork,
  { key, value, revision }: Stored,
): Promise<boolean> {
  const { by } = asRun(value);
  if (by === nobody || isLeader(by)) return false;
  const over = AbortSignal.any([ending, job.signal]);
  await pause(2 * sharing.tellMs, over).catch(() => undefined);
  return (await ground.records.get(key))?.revision !== revision;
}

async function moveParts({ job, ending }: PartWork, { object, run, left }: Taken): Promise<void> {
  const { config, shared } = job;
  const signal = AbortSignal.any([job.signal, run.isLost]);
  const given = await job.stores();
  const state = new StateDirectory(config.stateDir ?? defaultStateDirectory());
  const { source, target } = await openStores(config, given, state, job.hear, signal);
  const from = paced(source, shared.bytePace);
  const options = transferOptionsOf(config, undefined);
  const context = new TransferContext(from, target, options, job.hear, signal);
  using _ = shared.workers.alongWith(() => context.partSlots.slowDown());
  try {
    const { key, storeKey, note, way } = object;
    const order = { key, storeKey, note, way, state: object.state };
    const parts = untilEnding(left, ending);
    await helpOut(context, { ...order, parts, finished: (part) => run.add(part) }, signal);
  } finally {
    context.close();
    await closeOwn({ source, target }, given);
  }
}

function* untilEnding(
  parts: readonly Part[],
  ending: AbortSignal,
): Generator<Part, void, undefined> {
  for (const part of parts) {
    if (ending.aborted) return;
    yield part;
  }
}

/** Directories are opened for each task. */
async function closeOwn(
  opened: Readonly<Record<Side, Store>>,
  given: Partial<Record<Side, Store>>,
): Promise<void> {
  const { source, target } = opened;
  await Promise.allSettled([
    given.source === undefined ? source.close() : undefined,
    given.target === undefined ? target.close() : undefined,
  ]);
}
