/**
 * A write of which others move parts, too: what they know of it stands where a journal would.
 *
 * Files are written by one. What several machines write into one file of a network file system depends on the caches of its
 * clients, and nobody could tell afterwards whose bytes are missing.
 *
 * @module
 */
import { storeKeyOf } from "../../core/entry.ts";
import { toSyncError } from "../../core/errors.ts";
import type { Held, Resumption, Writer } from "../../store/store.ts";
import type { TransferContext } from "../context.ts";
import type { Earlier, SharedParts, SharedTask } from "./part-help.ts";
import { taskOf, type WriteOrder } from "./write-order.ts";

/** What it takes to write, and what there is of an earlier try. */
export interface SharedWrite {
  readonly writer: Writer;
  readonly shared: SharedParts;
  readonly held: Held | undefined;
}

/** Begins a write with others, or goes on with one; `undefined`: this object is moved alone. */
export async function beginShared(
  context: TransferContext,
  order: WriteOrder,
  signal: AbortSignal,
): Promise<SharedWrite | undefined> {
  const { help } = context.options;
  const { resumable } = context.target;
  const { shares: way, entry, info, plan } = order;
  if (help === undefined || way === undefined || info.size < help.fromBytes) return undefined;
  if (resumable?.join === undefined || plan.count < 2) return undefined;
  const { key } = entry;
  const { size, mtimeMs, etag } = info;
  // Who helps asks for what we ask for: to name a version takes another right.
  const state = { size, mtimeMs, etag, versionId: entry.versionId };
  const task: SharedTask = {
    ...taskOf(context, order, resumable),
    ...{ key, storeKey: storeKeyOf(entry), plan, way, state },
  };
  const shared = help.with(task);
  try {
    return await goOn(context, order, resumable, shared, signal);
  } catch (thrown) {
    await shared.leave();
    throw thrown;
  }
}

async function goOn(
  context: TransferContext,
  order: WriteOrder,
  resumable: Resumption,
  shared: SharedParts,
  signal: AbortSignal,
): Promise<SharedWrite> {
  const earlier = await shared.takeOver();
  const found = earlier && (await takeUp(context, order, resumable, earlier, signal));
  if (earlier !== undefined && found === undefined) await shared.forget();
  const noteDown = shared.noteDown.bind(shared);
  const writer = found?.writer ?? (await resumable.begin(order.spec, noteDown, signal));
  await shared.begin(found?.held);
  return { writer, shared, held: found?.held };
}

/** What cannot be gone on with is thrown away. */
async function takeUp(
  context: TransferContext,
  { spec }: WriteOrder,
  resumable: Resumption,
  { note, fits }: Earlier,
  signal: AbortSignal,
): Promise<{ readonly writer: Writer; readonly held: Held } | undefined> {
  try {
    const found = fits ? await resumable.resume(note, spec, signal) : undefined;
    if (found !== undefined) return found;
  } catch (thrown) {
    const error = toSyncError(thrown);
    // The server may tell next time.
    if (error.retryable || error.code === "aborted") throw thrown;
  }
  const { key } = spec;
  const error = await resumable.drop(note, key);
  if (error !== undefined) context.emit({ type: "warning", key, error });
  return undefined;
}
