/**
 * Moves some parts of an object for somebody who leads its transfer.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { Key } from "../../core/key.ts";
import type { ObjectInfo } from "../../core/object.ts";
import { prepareChecksum } from "../../hash/checksum.ts";
import type { JoinedWriter, Part, Reader, WriteNote } from "../../store/store.ts";
import type { TransferContext } from "../context.ts";
import { copyPart, noMemory } from "../copies/copier.ts";
import { moveOnSomeThread } from "../threads/on-thread.ts";
import { flowingBytes, forSomeParts } from "./each-part.ts";
import type { PartWay, SourceState } from "./part-help.ts";
import type { FinishedPart } from "./transfer-journal.ts";

/** What is to be moved. */
export interface HelpOrder {
  readonly key: Key;
  readonly storeKey: Key;
  /** The source has to be in this very state. */
  readonly state: SourceState;
  /** By what the write is found. */
  readonly note: WriteNote;
  readonly way: PartWay;
  /** Asked for the next one when there is a place for it. */
  readonly parts: Iterable<Part>;
  /** Hears of each part that is in the target. */
  readonly finished: (part: FinishedPart) => void;
}

/** What brings a part into the target, and what that takes of the memory, in bytes. */
interface Mover {
  readonly bring: (part: Part, signal: AbortSignal) => Promise<FinishedPart>;
  readonly cost: (part: Part) => number;
}

/**
 * Moves parts.
 *
 * @throws SyncError `source-changed`; `no-such-upload`: the write is none any more; what else went wrong with a part
 */
export async function helpOut(
  context: TransferContext,
  order: HelpOrder,
  signal: AbortSignal,
): Promise<void> {
  const { key, note } = order;
  const { source, target } = context;
  const reader = await source.open(entryOf(order), false, signal);
  try {
    requireState(order, reader.info);
    const writer = target.resumable?.join?.(note, key);
    if (writer === undefined) throw new SyncError("no-such-upload", "the write is gone", { key });
    const { bring, cost } = await moverFor(context, order, reader, writer);
    await forSomeParts(context, order.parts, cost, signal, async (part, inner) => {
      order.finished(await context.partSlots.timed(part.length, () => bring(part, inner)));
    });
  } finally {
    await reader.close();
  }
}

async function moverFor(
  context: TransferContext,
  { way, storeKey, state: { versionId } }: HelpOrder,
  reader: Reader,
  writer: JoinedWriter,
): Promise<Mover> {
  const { source, target, move } = context;
  if (way.kind === "copy") {
    const origin = { storeKey, versionId, info: reader.info };
    const bring: Mover["bring"] = (part, signal) => copyPart(context, origin, part, writer, signal);
    return { bring, cost: noMemory };
  }
  const { digests } = way;
  await prepareChecksum(digests.checksum);
  const [from, to] = [
    { store: source, reader },
    { store: target, writer },
  ];
  const setup = { ...move, digests };
  return {
    bring: (part, signal) => moveOnSomeThread(context, from, to, part, setup, signal),
    cost: ({ length }) => (length <= move.shareBytes ? length : flowingBytes),
  };
}

function entryOf({ key, storeKey, state }: HelpOrder): Entry {
  const { size, mtimeMs, versionId } = state;
  const isView = storeKey !== key;
  return {
    ...{ kind: "object", key, size, mtimeMs, versionId },
    ...{ etag: undefined, storageClass: undefined, storeKey: isView ? storeKey : undefined },
  };
}

function requireState({ key, state }: HelpOrder, info: ObjectInfo): void {
  const isSame =
    info.size === state.size && info.mtimeMs === state.mtimeMs && info.etag === state.etag;
  if (isSame) return;
  throw new SyncError("source-changed", `${JSON.stringify(key)} is not what it was`, { key });
}
