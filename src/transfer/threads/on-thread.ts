/**
 * Decides which thread moves a part.
 *
 * @module
 */
import { MiB } from "../../core/bytes.ts";
import { isError } from "../../core/errors.ts";
import type { Part, PartReader, PartWriter, Store, Ticket } from "../../store/store.ts";
import type { TransferContext } from "../context.ts";
import { type MovedPart, movePart, type MoveSetup, type PartWitness } from "../parts/move-part.ts";

/** Hashing a smaller part on another thread costs more than it gains. */
const threadFromBytes = MiB;

/** Where parts come from. */
export interface From {
  readonly store: Pick<Store, "ticket">;
  readonly reader: PartReader & { readonly ticket: Ticket | undefined };
}

/** Where parts go. */
export interface To {
  readonly store: Pick<Store, "ticket">;
  readonly writer: PartWriter & { readonly ticket: Ticket | undefined };
}

/** Moves a part on another thread, where both sides can be reached from there, or on this one. */
export async function moveOnSomeThread(
  context: TransferContext,
  from: From,
  to: To,
  part: Part,
  setup: MoveSetup,
  signal: AbortSignal,
  witness?: PartWitness,
): Promise<MovedPart> {
  const { threads } = context;
  const [reader, writer] = [from.reader.ticket, to.writer.ticket];
  const pays = threads.count > 0 && part.length >= threadFromBytes;
  if (witness === undefined && pays && reader !== undefined && writer !== undefined) {
    const [source, target] = await Promise.all([from.store.ticket?.(), to.store.ticket?.()]);
    // This thread mostly waits: it takes its share, as one more.
    const isForOthers = threads.leastLoad <= context.partsHere;
    if (isForOthers && source !== undefined && target !== undefined) {
      try {
        return await threads.run({ source, target, reader, writer, part, setup }, signal);
      } catch (thrown) {
        // Keys that came with the tickets and are no more: only this thread can ask for others.
        if (!isError(thrown, "credentials")) throw thrown;
      }
    }
  }
  context.partsHere += 1;
  try {
    return await movePart(from.reader, to.writer, part, setup, signal, witness);
  } finally {
    context.partsHere -= 1;
  }
}
