/**
 * Moves one part: read, hash, write. The same code runs on the main thread and on the others.
 *
 * @module
 */
import type { Checksum } from "../../core/checksum.ts";
import type { ETag } from "../../core/etag.ts";
import { prepareChecksum } from "../../hash/checksum.ts";
import { digestBytes, type DigestChoice, type Digests, RunningDigest } from "../../hash/digest.ts";
import { type Body, bytesBody } from "../../store/body.ts";
import type { Part, PartReader, PartReceipt, PartWriter } from "../../store/store.ts";
import { isSamePart, type PartProof } from "../../verify/held-part.ts";
import { signBlocks } from "../delta/block-table.ts";
import { type Elsewhere, findElsewhere } from "../delta/elsewhere.ts";
import { Spool } from "../spool.ts";

/** What moving a part yields. */
export interface MovedPart {
  readonly receipt: PartReceipt;
  /** MD5 of the part, if it was asked for. */
  readonly md5: Uint8Array | undefined;
  /** Its additional checksum, likewise. */
  readonly checksum: Checksum | undefined;
  /** The target held these very bytes already: they were not sent. */
  readonly wasThere?: boolean | undefined;
  /** In what is replaced, and not from an earlier try. */
  readonly isReused?: boolean | undefined;
  /** Where what is replaced seems to have these bytes: they were not sent, and are still to be copied. */
  readonly origin?: number | undefined;
  /** Signatures of its blocks, if they were asked for. */
  readonly signatures?: Uint8Array | undefined;
}

/** What has to happen around the bytes of one part, besides hashing and writing them. */
export interface PartWitness {
  /** Called before the part's bytes are shown. */
  begin(part: Part): Promise<void>;
  see(bytes: Uint8Array): void;
  /** The part was shown as a whole. */
  end(): void;
}

/** Buffers that are used again: a fresh one for each part would be garbage faster than it is collected. */
const spare: Uint8Array[] = [];
const mostSpare = 4;

function takeBuffer(length: number): Uint8Array {
  const index = spare.findIndex((buffer) => buffer.byteLength === length);
  return index === -1
    ? new Uint8Array(length)
    : (spare.splice(index, 1)[0] ?? new Uint8Array(length));
}

function giveBuffer(buffer: Uint8Array): void {
  spare.push(buffer);
  if (spare.length > mostSpare) spare.shift();
}

/** What moving a part needs to know about the run. */
export interface MoveSetup {
  readonly digests: DigestChoice;
  /** A part above this does not lie in memory as a whole. */
  readonly shareBytes: number;
  /** For parts that do not fit into memory. */
  readonly tempDir: string;
  /** What the target has of this part: it is not sent again if it has the same bytes. */
  readonly held?: HeldProof | undefined;
  /** Where its bytes may be, if not in `held`. Only of parts that lie in memory as a whole. */
  readonly elsewhere?: Elsewhere | undefined;
  /** Make signatures of blocks of so many bytes. Likewise. */
  readonly blockBytes?: number | undefined;
}

/** A part that a target holds. */
export type HeldProof = PartProof & { readonly etag: ETag | undefined };

/** Moves a part, by the way that its size and the two stores allow. */
export async function movePart(
  reader: PartReader,
  writer: PartWriter,
  part: Part,
  setup: MoveSetup,
  signal: AbortSignal,
  witness?: PartWitness,
): Promise<MovedPart> {
  await prepareChecksum(setup.digests.checksum);
  if (writer.writeAt !== undefined)
    return moveByPieces(reader, writer, part, setup, signal, witness);
  if (part.length <= setup.shareBytes)
    return moveByBuffer(reader, writer, part, setup, signal, witness);
  return moveByStream(reader, writer, part, setup, signal, witness);
}

/** Each piece is hashed and written as it comes. */
async function moveByPieces(
  reader: PartReader,
  writer: PartWriter,
  part: Part,
  setup: MoveSetup,
  signal: AbortSignal,
  witness: PartWitness | undefined,
): Promise<MovedPart> {
  const running = new RunningDigest(setup.digests);
  let at = part.offset;
  const sink = async (piece: Uint8Array): Promise<void> => {
    running.update(piece);
    witness?.see(piece);
    await writer.writeAt?.(at, piece);
    at += piece.byteLength;
  };
  await witness?.begin(part);
  await reader.readPieces(part.offset, part.length, sink, signal);
  witness?.end();
  const { md5, checksum } = running.finish();
  return { receipt: { number: part.number, etag: undefined }, md5, checksum };
}

/** The digests go ahead of the bytes, so the part waits in a buffer. */
async function moveByBuffer(
  reader: PartReader,
  writer: PartWriter,
  part: Part,
  setup: MoveSetup,
  signal: AbortSignal,
  witness: PartWitness | undefined,
): Promise<MovedPart> {
  const buffer = takeBuffer(part.length);
  try {
    await reader.read(part.offset, buffer, signal);
    await witness?.begin(part);
    witness?.see(buffer);
    witness?.end();
    const digests = digestBytes(buffer, setup.digests);
    const { blockBytes } = setup;
    const signatures = blockBytes === undefined ? undefined : signBlocks(buffer, blockBytes);
    const moved =
      foundElsewhere(part, buffer, digests, setup) ??
      (await sendUnlessThere(writer, part, bytesBody(buffer), digests, setup, signal));
    return { ...moved, signatures };
  } finally {
    giveBuffer(buffer);
  }
}

/**
 * The part is too large for memory, and its digests go ahead of it: it is read twice where that is cheap, else
 * it waits on disk.
 */
async function moveByStream(
  reader: PartReader,
  writer: PartWriter,
  part: Part,
  setup: MoveSetup,
  signal: AbortSignal,
  witness: PartWitness | undefined,
): Promise<MovedPart> {
  const { offset, length } = part;
  const running = new RunningDigest(setup.digests);
  await using spool = reader.stream === undefined ? await Spool.open(setup.tempDir) : undefined;
  const sink = async (piece: Uint8Array): Promise<void> => {
    running.update(piece);
    witness?.see(piece);
    await spool?.write(piece);
  };
  await witness?.begin(part);
  await reader.readPieces(offset, length, sink, signal);
  witness?.end();
  const digests = running.finish();
  const source = (): AsyncIterable<Uint8Array> =>
    spool?.read() ?? reader.stream?.(offset, length) ?? noBytes();
  const body: Body = { kind: "stream", length, open: () => streamOf(source()) };
  return await sendUnlessThere(writer, part, body, digests, setup, signal);
}

async function sendUnlessThere(
  writer: PartWriter,
  part: Part,
  body: Body,
  digests: Digests,
  { held }: MoveSetup,
  signal: AbortSignal,
): Promise<MovedPart> {
  const { md5, checksum } = digests;
  if (held !== undefined && isSamePart(held, digests)) {
    const receipt = { number: part.number, etag: held.etag, checksum };
    return { receipt, md5, checksum, wasThere: true };
  }
  return { receipt: await writer.writePart(part, body, digests, signal), md5, checksum };
}

/** A part that need not be sent, although it is not where it was. */
function foundElsewhere(
  { number, offset }: Part,
  bytes: Uint8Array,
  digests: Digests,
  { held, elsewhere }: MoveSetup,
): MovedPart | undefined {
  if (elsewhere === undefined) return undefined;
  if (held !== undefined && isSamePart(held, digests)) return undefined;
  const origin = findElsewhere(elsewhere, bytes, offset, held !== undefined);
  if (origin === undefined) return undefined;
  const { md5, checksum } = digests;
  return { receipt: { number, etag: undefined }, md5, checksum, wasThere: true, origin };
}

async function* noBytes(): AsyncGenerator<Uint8Array, void, undefined> {}

function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
