/**
 * Takes a part from what is replaced, if it holds the very same bytes.
 *
 * @module
 */
import { onOneLine, SyncError, toSyncError } from "../../core/errors.ts";
import type { Part } from "../../store/store.ts";
import { nowhere, toNowhere } from "../../store/wrap/nowhere.ts";
import { isSamePart } from "../../verify/held-part.ts";
import type { ResumedMove } from "../parts/kept-part.ts";
import type { MovedPart } from "../parts/move-part.ts";
import { moveOnSomeThread } from "../threads/on-thread.ts";

/**
 * A part of a download, from the file that is replaced; `undefined` if it has to be fetched.
 *
 * It is read twice: bytes that are others must not get into the new file, because zeros over them may be left out.
 *
 * @throws SyncError `precondition` when somebody writes to the file meanwhile
 */
export async function partOfFile(
  { context, write, digests, replaced }: ResumedMove,
  part: Part,
  signal: AbortSignal,
): Promise<MovedPart | undefined> {
  if (replaced?.place.kind !== "file") return undefined;
  const proof = replaced.proofOf(part);
  if (proof === undefined) return undefined;
  const { target } = context;
  const from = { store: target, reader: replaced.place.reader };
  const setup = { ...context.move, digests };
  const away = { store: nowhere, writer: toNowhere };
  try {
    const found = await moveOnSomeThread(context, from, away, part, setup, signal);
    if (!isSamePart(proof, found)) return undefined;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    replaced.isUsable = false;
    return undefined;
  }
  const to = { store: target, writer: write.writer };
  const moved = await moveOnSomeThread(context, from, to, part, setup, signal);
  if (!isSamePart(proof, moved)) {
    const { key } = write.order.entry;
    const text = `${target.name}: ${JSON.stringify(key)} is being written to by somebody else`;
    throw new SyncError("precondition", text, { operation: "write", key });
  }
  return { ...moved, wasThere: true, isReused: true };
}

/**
 * A part of an upload, copied on the server from the object that is replaced; `undefined` if it has to be sent.
 *
 * What the server says of the copy must be what was read: by its checksum, or its MD5. It copies only from the object
 * that was seen.
 *
 * @param read what was read, and what the object has at the same place, or where it says
 */
export async function partOfObject(
  { context, write, replaced }: ResumedMove,
  part: Part,
  read: MovedPart,
  signal: AbortSignal,
): Promise<MovedPart | undefined> {
  const { target } = context;
  if (replaced?.place.kind !== "object" || !replaced.isUsable) return undefined;
  const { origin } = replaced.place;
  const from = { ...part, offset: read.origin ?? part.offset };
  try {
    const { writer } = write;
    const receipt = await target.serverSideCopy?.copyPart(target, origin, from, writer, signal);
    if (receipt !== undefined && isSamePart(receipt, read)) {
      if (read.origin !== undefined) replaced.shifted?.found(part.offset - from.offset);
      return { ...read, receipt, wasThere: true, isReused: true };
    }
    // What was found by blocks may have other bytes before and after them.
    if (read.origin !== undefined) {
      replaced.shifted?.missed();
      return undefined;
    }
    context.explainNoDelta("the server does not say that its copies are what was sent");
  } catch (thrown) {
    const error = toSyncError(thrown);
    if (signal.aborted || error.retryable) throw error;
    // One that was replaced meanwhile is none of ours; for anything else there is a reason.
    if (error.code !== "source-changed") context.explainNoDelta(onOneLine(error.message));
  }
  replaced.isUsable = false;
  return undefined;
}
