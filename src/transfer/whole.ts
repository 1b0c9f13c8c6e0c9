/**
 * Moves an object in one piece.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import type { Written } from "../core/object.ts";
import { prepareChecksum } from "../hash/checksum.ts";
import { digestBytes, type Digests } from "../hash/digest.ts";
import { bytesBody } from "../store/body.ts";
import type { PartWriter, Reader } from "../store/store.ts";
import { tagsToKeep } from "./attributes.ts";
import type { Job, TransferContext } from "./context.ts";
import { movePart } from "./parts/move-part.ts";
import { inOnePiece } from "./parts/part-plan.ts";
import { partDigests, type SourceParts } from "./parts/source-parts.ts";
import { judgeWritten, type Passed, reportSynced, requireIntact } from "./proof.ts";
import { readBack } from "./read-back.ts";
import { writeSpec } from "./write-spec.ts";

/**
 * Moves an object through memory.
 *
 * @throws SyncError `source-changed` also when it has grown since it was listed: it has no more memory than that
 */
export async function moveWhole(
  context: TransferContext,
  entry: Job,
  signal: AbortSignal,
): Promise<void> {
  const release = await context.memory.take(entry.size);
  try {
    const reader = await context.source.open(entry, true, signal);
    try {
      if (reader.info.size > entry.size && entry.isMade !== true) throw grown(context, entry);
      await moveBytes(context, entry, reader, release, signal);
    } finally {
      await reader.close();
    }
  } finally {
    release();
  }
}

function grown({ source }: TransferContext, { key }: Job): SyncError {
  const text = `${source.name}: ${JSON.stringify(key)} grew since it was listed`;
  return new SyncError("source-changed", text, { operation: "read", key });
}

/** @param release gives back the memory of the bytes */
async function moveBytes(
  context: TransferContext,
  entry: Job,
  reader: Reader,
  release: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { info } = reader;
  const tagging = await tagsToKeep(context, reader, signal);
  const spec = await writeSpec(context, entry, info, tagging, signal);
  const bytes = await reader.bytes(signal);
  await reader.verifyUnchanged();
  const choice = context.digestsFor(info);
  if (choice.checksum !== undefined) await prepareChecksum(choice.checksum);
  const digests = digestBytes(bytes, choice);
  const parts = await partDigests(context, reader, bytes, choice, signal);
  const source = await requireIntact(context, entry, reader, passedAs(digests, parts), signal);
  const written = await context.target.write(spec, bytesBody(bytes), digests, signal);
  context.hasWritten(entry);
  context.emit({ type: "moved", key: entry.key, bytes: bytes.byteLength });
  const target = await judgeWritten(context, entry, written, passedAs(digests), signal);
  // Reading back takes memory, too: if all held theirs meanwhile, nobody would get any.
  release();
  await readBack(context, entry, info, written, inOnePiece(info.size), [digests.md5], signal);
  // What is written to the source meanwhile may look as old as the copy.
  await reader.verifyUnchanged();
  reportSynced(context, entry, info, written, { source, target }, spec);
}

/** What passed in one piece, and the parts in which the source has it. */
function passedAs(digests: Digests, parts?: SourceParts): Passed {
  return {
    md5: { whole: digests.md5, parts: parts?.md5s },
    checksum: { whole: digests.checksum, parts: parts?.checksums },
  };
}

/** Moves an object that is to be written in one request but is too large for memory. */
export async function streamWhole(
  context: TransferContext,
  entry: Job,
  signal: AbortSignal,
): Promise<void> {
  const reader = await context.source.open(entry, false, signal);
  try {
    const { info } = reader;
    const tagging = await tagsToKeep(context, reader, signal);
    const spec = await writeSpec(context, entry, info, tagging, signal);
    const setup = { ...context.move, digests: context.digestsFor(info) };
    const part = { number: 1, offset: 0, length: info.size };
    let written: Written | undefined;
    const put: PartWriter = {
      writePart: async (_part, body, digests, inner) => {
        await reader.verifyUnchanged();
        const passed = passedAs(digests);
        const source = await requireIntact(context, entry, reader, passed, inner);
        written = await context.target.write(spec, body, digests, inner);
        context.hasWritten(entry);
        context.emit({ type: "moved", key: entry.key, bytes: info.size });
        await reader.verifyUnchanged();
        const target = await judgeWritten(context, entry, written, passed, inner);
        await readBack(context, entry, info, written, inOnePiece(info.size), [digests.md5], inner);
        reportSynced(context, entry, info, written, { source, target }, spec);
        return { number: 1, etag: written.etag };
      },
    };
    await movePart(reader, put, part, setup, signal);
  } finally {
    await reader.close();
  }
}
