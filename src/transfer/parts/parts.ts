/**
 * Moves an object in parts.
 *
 * @module
 */
import { type Checksum, checksumForm, isCrc } from "../../core/checksum.ts";
import { etagForm } from "../../core/etag.ts";
import type { ObjectInfo, Written } from "../../core/object.ts";
import { fullChecksum, type PartChecksum, prepareChecksum } from "../../hash/checksum.ts";
import type { DigestChoice } from "../../hash/digest.ts";
import type { Part, Reader } from "../../store/store.ts";
import { tagsToKeep } from "../attributes.ts";
import type { Job, TransferContext } from "../context.ts";
import { blockBytesFor } from "../delta/block-table.ts";
import { findReplaced } from "../delta/replaced-parts.ts";
import { partOfFile, partOfObject } from "../delta/reuse-part.ts";
import type { Sent, SentParts } from "../memory.ts";
import { judgeWritten, type Proof, reportSynced, requireIntact } from "../proof.ts";
import { readBack } from "../read-back.ts";
import { moveOnSomeThread } from "../threads/on-thread.ts";
import { writeSpec } from "../write-spec.ts";
import { flowingBytes, forEachPart } from "./each-part.ts";
import { keptPart, type ResumedMove } from "./kept-part.ts";
import type { MovedPart, MoveSetup } from "./move-part.ts";
import { OrderedDigest } from "./ordered-digest.ts";
import type { PartWay } from "./part-help.ts";
import { partOf, type PartPlan } from "./part-plan.ts";
import { PartwiseWrite } from "./partwise-write.ts";
import { layOut, partChecksums } from "./source-parts.ts";

/** An object on its way in parts. */
interface PartwiseMove extends ResumedMove {
  readonly entry: Job;
  readonly plan: PartPlan;
  /** Signatures are made of blocks of so many bytes; `undefined`: of none. */
  readonly blockBytes: number | undefined;
}

/** Moves an object in parts, several at a time. */
export async function moveInParts(
  context: TransferContext,
  entry: Job,
  signal: AbortSignal,
): Promise<void> {
  const reader = await context.source.open(entry, false, signal);
  try {
    const { written, proof, how } = await copyParts(context, entry, reader, signal);
    // What is written to the source after its last byte was read may look as old as the copy.
    await reader.verifyUnchanged();
    reportSynced(context, entry, reader.info, written, proof, how);
  } finally {
    await reader.close();
  }
}

/** What came of it. */
interface Moved {
  readonly written: Written;
  readonly proof: Proof;
  readonly how: Pick<Sent, "attributes" | "parts">;
}

async function copyParts(
  context: TransferContext,
  entry: Job,
  reader: Reader,
  signal: AbortSignal,
): Promise<Moved> {
  const laidOut = await layOut(context, reader, signal);
  await using replaced = await findReplaced(context, entry, laidOut, signal);
  const plan = replaced?.plan ?? laidOut.plan;
  const tagging = await tagsToKeep(context, reader, signal);
  const { info } = reader;
  const wanted = await writeSpec(context, entry, info, tagging, signal);
  const spec = replaced?.isPlain === true ? { ...wanted, withoutChecksum: true } : wanted;
  const digests = context.digestsFor(info);
  await prepareChecksum(digests.checksum);
  const ordered = orderedDigest(context, info, digests);
  const blockBytes = signsBlocks(context) ? blockBytesFor(plan) : undefined;
  const mustBeHere = [replaced, ordered, blockBytes].some((each) => each !== undefined);
  const shares = mustBeHere || entry.isMade === true ? undefined : moving(digests);
  const write = await PartwiseWrite.begin(context, { entry, info, spec, plan, shares }, signal);
  try {
    const move = { context, entry, reader, write, plan, digests, ordered, replaced, blockBytes };
    const moved = await finish(move, await moveAll(move, signal), laidOut.fitsSource, signal);
    return { ...moved, how: { attributes: spec.attributes, parts: moved.parts } };
  } catch (thrown) {
    await write.fail(thrown);
    throw thrown;
  }
}

function moving(digests: DigestChoice): PartWay {
  return { kind: "move", digests };
}

/** Digests of all bytes, where the source shows some that those of parts do not make. */
function orderedDigest(
  { options }: TransferContext,
  { etag, encryption, checksum }: ObjectInfo,
  digests: DigestChoice,
): OrderedDigest | undefined {
  const isPlain = encryption === undefined || encryption === "AES256";
  const md5 = options.verifyETags && isPlain && etag !== undefined && etagForm(etag).kind === "md5";
  const sum =
    options.verifyChecksums &&
    checksum !== undefined &&
    checksum.algorithm === digests.checksum &&
    !isCrc(checksum.algorithm) &&
    checksumForm(checksum).kind === "full";
  if (!md5 && !sum) return undefined;
  return new OrderedDigest({ md5, sha256: false, checksum: sum ? checksum.algorithm : undefined });
}

async function finish(
  move: PartwiseMove,
  moved: readonly MovedPart[],
  fitsSource: boolean,
  signal: AbortSignal,
): Promise<{ written: Written; proof: Proof; parts: SentParts }> {
  const { context, entry, reader, write, plan } = move;
  await reader.verifyUnchanged();
  const md5s = moved.flatMap(({ md5 }) => (md5 === undefined ? [] : [md5]));
  const sums = partChecksums(
    moved.map(({ checksum }, index) => ({ checksum, length: partOf(plan, index + 1).length })),
  );
  const parts = { md5: md5s.length === moved.length ? md5s : undefined, checksum: sums };
  const whole = move.ordered?.finish();
  const crc = sums === undefined ? undefined : wholeCrc(move, sums);
  const source = await requireIntact(
    context,
    entry,
    reader,
    {
      md5: { whole: whole?.md5, parts: fitsSource ? parts.md5 : undefined },
      checksum: { whole: whole?.checksum ?? crc, parts: fitsSource ? sums : undefined },
    },
    signal,
  );
  const receipts = moved.map(({ receipt }) => receipt);
  const written = await write.commit(receipts, signal);
  context.hasWritten(entry);
  const passed = {
    md5: { whole: undefined, parts: parts.md5 },
    checksum: { whole: crc, parts: sums },
    isPlain: move.replaced?.isPlain,
  };
  const target = await judgeWritten(context, entry, written, passed, signal);
  await readBack(context, entry, reader.info, written, plan, md5s, signal);
  const blocks = signedBlocks(move, moved);
  return { written, proof: { source, target }, parts: { ...sentParts(move, md5s, sums), blocks } };
}

function sentParts(
  { plan, digests: { checksum: algorithm } }: PartwiseMove,
  md5s: readonly Uint8Array[],
  sums: readonly PartChecksum[] | undefined,
): SentParts {
  const values = sums?.map(({ value }) => value);
  const isKnown = algorithm !== undefined && values !== undefined;
  return { size: plan.partSize, md5s, checksums: isKnown ? { algorithm, values } : undefined };
}

/** The blocks of all parts; `undefined` unless all were signed. */
function signedBlocks(
  { plan: { size, partSize }, blockBytes }: PartwiseMove,
  moved: readonly MovedPart[],
): SentParts["blocks"] {
  const signatures = moved.flatMap(({ signatures: each }) => (each === undefined ? [] : [each]));
  if (blockBytes === undefined || signatures.length < moved.length) return undefined;
  return { size, partSize, blockBytes, signatures: Buffer.concat(signatures) };
}

/** An index keeps signatures of what goes up: by them the next run finds the bytes again. */
function signsBlocks({ options, source, target }: TransferContext): boolean {
  const goesUp = source.copyAddress === undefined && target.copyAddress !== undefined;
  return options.delta === true && options.memory !== undefined && goesUp;
}

function wholeCrc({ digests }: PartwiseMove, parts: readonly PartChecksum[]): Checksum | undefined {
  return digests.checksum === undefined ? undefined : fullChecksum(digests.checksum, parts);
}

/** Moves all parts. The first failure stops the others; nothing is under way any more on return. */
async function moveAll(move: PartwiseMove, outer: AbortSignal): Promise<readonly MovedPart[]> {
  const cost = (part: Part): number => memoryFor(move, part);
  return forEachPart(move.context, move.plan, cost, outer, (part, signal) =>
    moveOne(move, part, signal),
  );
}

/** A part that waits in a buffer takes its size; one that flows takes little, whatever its size. */
function memoryFor({ context, write }: PartwiseMove, part: Part): number {
  const waits = write.writer.writeAt === undefined && part.length <= context.move.shareBytes;
  return waits ? part.length : flowingBytes;
}

async function moveOne(move: PartwiseMove, part: Part, signal: AbortSignal): Promise<MovedPart> {
  const { context, entry, write } = move;
  const send = (): Promise<MovedPart> => sendPart(move, part, signal);
  const there: MovedPart | undefined =
    (await keptPart(move, part, signal)) ??
    (await write.ofOthers(part, signal)) ??
    (await partOfFile(move, part, signal));
  const moved = there ?? (await context.partSlots.timed(part.length, send));
  context.tellPart(entry, part, write.writer, moved);
  write.finish(moved);
  return moved;
}

async function sendPart(move: PartwiseMove, part: Part, signal: AbortSignal): Promise<MovedPart> {
  const { write, replaced } = move;
  const held = write.heldPart(part);
  const isCopied = held === undefined && replaced?.place.kind === "object" && replaced.isUsable;
  if (!isCopied) return readAndSend(move, part, { held }, signal);
  const proof = replaced.proofOf(part);
  const { elsewhere } = replaced.shifted ?? {};
  const known = { held: proof && { ...proof, etag: undefined }, elsewhere };
  const read = await readAndSend(move, part, known, signal);
  if (read.wasThere !== true) return read;
  const copied = await partOfObject(move, part, read, signal);
  return copied ?? readAndSend(move, part, {}, signal);
}

/** @param known what need not be sent */
function readAndSend(
  move: PartwiseMove,
  part: Part,
  known: Pick<MoveSetup, "held" | "elsewhere">,
  signal: AbortSignal,
): Promise<MovedPart> {
  const { context, reader, write, digests, ordered, blockBytes } = move;
  const from = { store: context.source, reader };
  const to = { store: context.target, writer: write.writer };
  const setup = { ...context.move, digests, blockBytes, ...known };
  const witness = ordered?.witness(part, signal);
  return moveOnSomeThread(context, from, to, part, setup, signal, witness);
}
