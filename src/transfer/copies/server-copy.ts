/**
 * Copies an object without moving its bytes through this machine.
 *
 * @module
 */
import { GiB } from "../../core/bytes.ts";
import { storeKeyOf } from "../../core/entry.ts";
import { type ETag, etagForm } from "../../core/etag.ts";
import type { ObjectInfo, Written } from "../../core/object.ts";
import type { CopyOrigin, Part, PartReceipt, Reader } from "../../store/store.ts";
import { judgeCopiedChecksum } from "../../verify/checksum.ts";
import type { Verdict } from "../../verify/verdict.ts";
import { tagsToKeep } from "../attributes.ts";
import type { Job, TransferContext } from "../context.ts";
import { forEachPart } from "../parts/each-part.ts";
import type { PartPlan } from "../parts/part-plan.ts";
import { PartwiseWrite } from "../parts/partwise-write.ts";
import { layOut, unlessUneven } from "../parts/source-parts.ts";
import type { FinishedPart } from "../parts/transfer-journal.ts";
import { comparable, nothingShown, reportSynced } from "../proof.ts";
import { writeSpec } from "../write-spec.ts";
import { copierOf, copyPart, noMemory } from "./copier.ts";

/** The most that one CopyObject takes. */
const copyObjectLimit = 5 * GiB;

const noDigests = { md5: false, sha256: false };

/** Copies an object on the server, at once or in parts. */
export async function copyOnServer(
  context: TransferContext,
  entry: Job,
  signal: AbortSignal,
): Promise<void> {
  // Before anything is asked for.
  copierOf(context);
  const reader = await context.source.open(entry, false, signal);
  try {
    await copyOpened(context, entry, reader, signal);
  } finally {
    await reader.close();
  }
}

/** The same for an object that is open already. The caller closes it. */
export async function copyOpened(
  context: TransferContext,
  entry: Job,
  reader: Reader,
  signal: AbortSignal,
): Promise<void> {
  const { info } = reader;
  const { versionId } = entry;
  const origin: CopyOrigin = { storeKey: storeKeyOf(entry), versionId, info };
  const { plan, fitsSource } = await layOut(context, reader, signal);
  const inParts = copiesInParts(context, info, fitsSource);
  const written = inParts
    ? await copyInParts(context, entry, reader, origin, plan, signal)
    : await copyAtOnce(context, entry, reader, origin, signal);
  context.hasWritten(entry);
  const shown = comparable(context, context.target, written);
  const etag = await judgeCopy(reader, shown, !inParts || fitsSource, signal);
  const checksum = await judgeCopiedSum(context, entry, info, written, signal);
  const proof = { source: { etag, checksum }, target: nothingShown };
  reportSynced(context, entry, info, written, proof);
}

/** An object that was uploaded in parts is copied in the same parts, because only then its ETag stays. */
export function copiesInParts(
  { options }: TransferContext,
  { size, etag }: Pick<ObjectInfo, "size" | "etag">,
  fitsSource: boolean,
): boolean {
  if (size > copyObjectLimit) return true;
  if (options.keepsParts && etag !== undefined && etagForm(etag).kind === "md5") return false;
  return size >= options.thresholdBytes || (size > 0 && fitsSource);
}

async function copyAtOnce(
  context: TransferContext,
  entry: Job,
  reader: Reader,
  origin: CopyOrigin,
  signal: AbortSignal,
): Promise<Written> {
  // The server takes the tags along by itself; only a callback wants to see them.
  const isShown = context.options.preprocess !== undefined;
  const tagging = isShown ? await tagsToKeep(context, reader, signal) : undefined;
  const spec = await writeSpec(context, entry, origin.info, tagging, signal);
  const written = await copierOf(context).copy(context.source, origin, spec, signal);
  context.emit({ type: "moved", key: entry.key, bytes: origin.info.size });
  return written;
}

async function copyInParts(
  context: TransferContext,
  entry: Job,
  reader: Reader,
  origin: CopyOrigin,
  plan: PartPlan,
  signal: AbortSignal,
): Promise<Written> {
  const tagging = await tagsToKeep(context, reader, signal);
  const spec = await writeSpec(context, entry, origin.info, tagging, signal);
  const shares = { kind: "copy" } as const;
  const order = { entry, info: origin.info, spec, plan, shares };
  const write = await PartwiseWrite.begin(context, order, signal);
  const copyOne = async (part: Part, inner: AbortSignal): Promise<PartReceipt> => {
    const copy = (): Promise<FinishedPart> => copyPart(context, origin, part, write.writer, inner);
    const kept = write.trustedPart(part, noDigests);
    const there = kept ?? (await write.ofOthers(part, inner));
    const copied = there ?? (await context.partSlots.timed(part.length, copy));
    context.tellPart(entry, part, write.writer, { wasThere: kept !== undefined });
    write.finish(copied);
    return copied.receipt;
  };
  try {
    const receipts = await forEachPart(context, plan, noMemory, signal, copyOne);
    return await write.commit(receipts, signal);
  } catch (thrown) {
    await write.fail(thrown);
    throw thrown;
  }
}

/** The server made both ETags: those of the same parts must be equal, others say nothing. */
async function judgeCopy(
  reader: Reader,
  to: Written,
  inSameParts: boolean,
  signal: AbortSignal,
): Promise<Verdict> {
  const from = reader.info;
  if (from.etag === undefined || to.etag === undefined) return { kind: "none" };
  if (from.etag === to.etag) return { kind: "match" };
  if (!isPlain(from) || !isPlain(to)) {
    return { kind: "unknown", reason: "an encrypted object's ETag is no MD5" };
  }
  if (!inSameParts || formOf(from.etag) !== formOf(to.etag)) {
    return { kind: "unknown", reason: "the copy has other parts than the source" };
  }
  const mismatch: Verdict = { kind: "mismatch", expected: from.etag, actual: to.etag };
  return unlessUneven(mismatch, reader, signal);
}

/** Not every server tells the checksum of a copy in its answer. */
async function judgeCopiedSum(
  { target, options }: TransferContext,
  { key }: Job,
  { checksum: from }: ObjectInfo,
  written: Written,
  signal: AbortSignal,
): Promise<Verdict> {
  if (!options.verifyChecksums || from === undefined) return { kind: "none" };
  const to = written.checksum ?? (await target.head(key, signal))?.checksum;
  return judgeCopiedChecksum(from, to);
}

function isPlain({ encryption }: ObjectInfo | Written): boolean {
  return encryption === undefined || encryption === "AES256";
}

function formOf(etag: ETag): string {
  const form = etagForm(etag);
  return form.kind === "multipart" ? `multipart ${form.parts}` : form.kind;
}
