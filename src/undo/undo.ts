/**
 * `undo()`: takes back what a run has changed, by its journal.
 *
 * Only what still is as the run left it is touched. What is taken back is noted in the journal, so that it can be gone
 * on with, and is done once.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import type { DeleteLimit } from "../config/kinds.ts";
import { parsePlace } from "../config/place.ts";
import type { ConfigInput } from "../config/shape.ts";
import { batchesOf } from "../core/batches.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import { entryOf, type ObjectInfo } from "../core/object.ts";
import { inParallel } from "../core/parallel.ts";
import type { Undone } from "../core/undone.ts";
import type { DoctorInput } from "../doctor/config.ts";
import type { HistoryHandlers } from "../history/place.ts";
import { type Change, isNew } from "../state/change-table.ts";
import { isSame, RunChanges } from "../state/run-changes.ts";
import type { RunHead } from "../state/run-journal.ts";
import { tooMany } from "../sync/deletions/delete-limit.ts";
import { BucketPast } from "./bucket-past.ts";
import { DirectoryPast } from "./directory-past.ts";
import type { Access, OldObject, Past } from "./past.ts";

/** The journal of a run, how its target is reached, and what may be done. */
export type UndoInput = {
  /** The file that the run was given as `journal`. */
  readonly run: string;
} & Omit<DoctorInput, "place"> &
  Pick<Partial<ConfigInput>, "maxDelete" | "dryRun" | "tempDir">;

/** The journal says what the place is. */
const noSides = {
  source: { kind: "store", name: "nowhere" },
  target: { kind: "store", name: "the target" },
} as const;

/** Objects that are taken back at the same time. */
const atOnce = 16;

/**
 * Takes a run back, the newest changes first. Each is told when it is done.
 *
 * @throws SyncError `usage` when the file is no journal of a run, or an option makes no sense; `locked` while the run is
 *   under way, or taken back by somebody else; `precondition` when more objects would be removed than may be: then
 *   nothing is done
 */
export async function* undo(
  { run, maxDelete, dryRun, tempDir, ...access }: UndoInput,
  handlers: HistoryHandlers = {},
): AsyncGenerator<Undone, void, undefined> {
  const config = resolveOptions({ maxDelete, dryRun, tempDir, delete: true }, () => noSides);
  await using journal = RunChanges.open(run, config.tempDir, !config.dryRun);
  const { changes, head, lost } = journal;
  const signals = [handlers.signal, lost].filter((each) => each !== undefined);
  if (config.maxDelete !== undefined) refuseTooMany(config.maxDelete, changes.count());
  const past = await openPast(head, { ...access, dryRun }, handlers);
  const work = { past, journal, dryRun: config.dryRun, signal: AbortSignal.any(signals) };
  try {
    for (const page of changes.newestFirst()) {
      for (const batch of batchesOf(page, atOnce)) {
        lost?.throwIfAborted();
        yield* await inParallel(batch, atOnce, (change) => undoOne(work, change));
      }
    }
  } finally {
    await past.close();
  }
}

/** @throws SyncError `precondition` */
function refuseTooMany(
  limit: DeleteLimit,
  { all, isNew: removals }: ReturnType<RunChanges["changes"]["count"]>,
): void {
  const refusal = tooMany(limit, removals, all);
  if (refusal === undefined) return;
  const objects = removals === 1 ? "1 object" : `${removals} objects`;
  const text = `nothing is taken back: ${objects} that the run has made would be removed, and ${refusal}`;
  throw new SyncError("precondition", text);
}

/**
 * Opens the place that a run has changed.
 *
 * @throws SyncError `usage` when an option makes no sense
 */
function openPast(head: RunHead, access: Access, handlers: HistoryHandlers): Promise<Past> {
  const place = parsePlace(head.target, "the place");
  return place.kind === "s3"
    ? BucketPast.open(head, access, handlers)
    : DirectoryPast.open(head, place.path, handlers);
}

interface Work {
  readonly past: Past;
  readonly journal: RunChanges;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** What is to be done about a change. */
type Plan =
  | { readonly action: "nothing" }
  | { readonly action: "keep"; readonly reason: string }
  | { readonly action: "remove"; readonly now: ObjectInfo }
  | { readonly action: "put-back"; readonly old: OldObject };

async function undoOne(work: Work, change: Change): Promise<Undone> {
  const { past, journal, dryRun, signal } = work;
  const { key } = change;
  const told = { name: past.nameOf(key), size: 0, dryRun };
  const action = isNew(change) ? "removed" : "put-back";
  try {
    const plan = await planFor(work, change);
    if (plan.action === "keep") return { ...told, action, outcome: "kept", reason: plan.reason };
    if (!dryRun) {
      await carryOut(work, change, plan);
      journal.undone(key);
    }
    if (plan.action === "nothing") return { ...told, action: "nothing", outcome: "done" };
    const { size } = plan.action === "remove" ? plan.now : plan.old;
    return { ...told, action, size, outcome: "done" };
  } catch (thrown) {
    journal.lost?.throwIfAborted();
    const error = toSyncError(thrown, "undo");
    if (signal.aborted || error.code === "aborted") throw error;
    return { ...told, action, outcome: "failed", reason: error.message };
  }
}

async function planFor({ past, signal }: Work, change: Change): Promise<Plan> {
  const { key, before, after } = change;
  const now = await past.store.head(key, signal);
  if (isAsBefore(change, now)) return { action: "nothing" };
  if (!after.some((own) => isSame(own, now))) {
    return before !== undefined && isSame(before, now)
      ? { action: "nothing" }
      : { action: "keep", reason: "it has changed since the run" };
  }
  if (isNew(change) && now !== undefined) return { action: "remove", now };
  const old = await past.find(change, signal);
  if (old !== undefined) return { action: "put-back", old };
  const text = "nothing is left of what was there before: no version of it, and no backup";
  throw new SyncError("not-found", text, { key });
}

async function carryOut(
  { past, signal }: Work,
  { key }: Change,
  plan: Exclude<Plan, { action: "keep" }>,
): Promise<void> {
  if (plan.action === "put-back") return plan.old.putBack(signal);
  if (plan.action === "nothing") return;
  const [removal] = await past.store.remove([entryOf(key, plan.now)], signal);
  if (removal?.error !== undefined) throw removal.error;
}

/** The run has not come to it, or somebody has taken it back: a version is only what it is. */
function isAsBefore(change: Change, now: ObjectInfo | undefined): boolean {
  if (now === undefined) return isNew(change);
  const { versionId } = now;
  return versionId !== undefined && versionId !== "null" && versionId === change.before?.versionId;
}
