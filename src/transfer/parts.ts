/**
 * Moves an object in parts.
 *
 * @module
 */
import { MiB } from "../core/bytes.ts";
import { throwIfAborted } from "../core/cancel.ts";
import type { Entry } from "../core/entry.ts";
import { toSyncError } from "../core/errors.ts";
import { etagForm } from "../core/etag.ts";
import type { Written } from "../core/object.ts";
import type { Part, Reader, Writer } from "../store/store.ts";
import type { TransferContext } from "./context.ts";
import type { MovedPart, PartWitness } from "./move-part.ts";
import { moveOnSomeThread } from "./on-thread.ts";
import { OrderedDigest } from "./ordered-digest.ts";
import { partOf, type PartPlan } from "./part-plan.ts";
import { judgeWritten, type Proof, reportSynced, requireIntact } from "./proof.ts";
import { layOut } from "./source-parts.ts";
import { writeSpec } from "./whole.ts";

/** What a part takes of the memory that is not kept as a whole. */
export const flowingBytes = MiB;

/** An object on its way in parts. */
interface PartwiseMove {
  readonly context: TransferContext;
  readonly entry: Entry;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly plan: PartPlan;
  /** Only if the source's ETag is the MD5 of the whole. */
  readonly ordered: OrderedDigest | undefined;
}

/** Moves an object in parts, several at a time. */
export async function moveInParts(
  context: TransferContext,
  entry: Entry,
  signal: AbortSignal,
): Promise<void> {
  const reader = await context.source.open(entry, false, signal);
  try {
    const { written, proof } = await copyParts(context, entry, reader, signal);
    // What is written to the source after its last byte was read may look as old as the copy.
    await reader.verifyUnchanged();
    reportSynced(context, entry, reader.info, written, proof);
  } finally {
    await reader.close();
  }
}

async function copyParts(
  context: TransferContext,
  entry: Entry,
  reader: Reader,
  signal: AbortSignal,
): Promise<{ written: Written; proof: Proof }> {
  const { plan, fitsSource } = await layOut(context, reader, signal);
  const writer = await context.target.beginWrite(writeSpec(context, entry, reader.info), signal);
  try {
    const ordered = needsOrder(context, reader) ? new OrderedDigest() : undefined;
    const move = { context, entry, reader, writer, plan, ordered };
    return await finish(move, await moveAll(move, signal), fitsSource, signal);
  } catch (thrown) {
    const error = await writer.abort();
    if (error !== undefined) context.emit({ type: "warning", key: entry.key, error });
    throw thrown;
  }
}

function needsOrder(context: TransferContext, reader: Reader): boolean {
  const { etag, encryption } = reader.info;
  if (!context.options.verifyETags || etag === undefined) return false;
  if (encryption !== undefined && encryption !== "AES256") return false;
  return etagForm(etag).kind === "md5";
}

async function finish(
  move: PartwiseMove,
  moved: readonly MovedPart[],
  fitsSource: boolean,
  signal: AbortSignal,
): Promise<{ written: Written; proof: Proof }> {
  const { context, entry, reader, writer } = move;
  await reader.verifyUnchanged();
  const md5s = moved.flatMap(({ md5 }) => (md5 === undefined ? [] : [md5]));
  const parts = md5s.length === moved.length ? md5s : undefined;
  const whole = move.ordered?.finish();
  const passed = { whole, parts: fitsSource ? parts : undefined };
  const source = await requireIntact(context, entry, reader, passed, signal);
  const receipts = moved.map(({ receipt }) => receipt);
  const written = await writer.commit(receipts, signal);
  const target = await judgeWritten(context, entry, written, { whole: undefined, parts }, signal);
  return { written, proof: { source, target } };
}

/** Moves all parts. The first failure stops the others; nothing is under way any more on return. */
async function moveAll(move: PartwiseMove, outer: AbortSignal): Promise<readonly MovedPart[]> {
  const cost = (part: Part): number => memoryFor(move, part);
  return forEachPart(move.context, move.plan, cost, outer, (part, signal) =>
    moveOne(move, part, signal),
  );
}

/**
 * Works on all parts of a plan, in order of their start, as many at a time as the run allows.
 *
 * @param cost what a part takes of the memory, in bytes
 * @throws the first failure, when nothing is under way any more
 */
export async function forEachPart<T>(
  context: TransferContext,
  plan: PartPlan,
  cost: (part: Part) => number,
  outer: AbortSignal,
  work: (part: Part, signal: AbortSignal) => Promise<T>,
): Promise<readonly T[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  const results: Promise<T>[] = [];
  for (let number = 1; number <= plan.count && !signal.aborted; number++) {
    const part = partOf(plan, number);
    const releaseSlot = await context.partSlots.take();
    const releaseMemory = await context.memory.take(cost(part));
    const result = signal.aborted ? Promise.reject(signal.reason as Error) : work(part, signal);
    results.push(result);
    result
      .catch((thrown: unknown) => failure.abort(toSyncError(thrown)))
      .finally(() => {
        releaseMemory();
        releaseSlot();
      });
  }
  const settled = await Promise.allSettled(results);
  throwIfAborted(signal);
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/** A part that waits in a buffer takes its size; one that flows takes little, whatever its size. */
function memoryFor({ context, writer }: PartwiseMove, part: Part): number {
  const waits = writer.writeAt === undefined && part.length <= context.move.shareBytes;
  return waits ? part.length : flowingBytes;
}

/** Shows the bytes in their order to whoever needs them so. */
function witnessOf(
  { ordered }: PartwiseMove,
  part: Part,
  signal: AbortSignal,
): PartWitness | undefined {
  if (ordered === undefined) return undefined;
  return {
    begin: () => ordered.turn(part.number, signal),
    see: (bytes) => ordered.update(bytes),
    end: () => ordered.done(),
  };
}

async function moveOne(move: PartwiseMove, part: Part, signal: AbortSignal): Promise<MovedPart> {
  const { context, entry, reader, writer } = move;
  const from = { store: context.source, reader };
  const to = { store: context.target, writer };
  const moved = await moveOnSomeThread(
    context,
    from,
    to,
    part,
    signal,
    witnessOf(move, part, signal),
  );
  context.emit({ type: "moved", key: entry.key, bytes: part.length });
  return moved;
}
