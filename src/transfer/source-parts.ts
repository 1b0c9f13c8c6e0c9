/**
 * The parts in which the source was uploaded: only with them its ETag can be made again.
 *
 * @module
 */
import { MiB } from "../core/bytes.ts";
import { etagForm } from "../core/etag.ts";
import { md5Of } from "../hash/digest.ts";
import type { Reader } from "../store/store.ts";
import type { TransferContext } from "./context.ts";
import { isLegalPartSize, type PartPlan, planParts } from "./part-plan.ts";

/** Part size when neither the user nor the source says anything. */
export const defaultPartBytes = 8 * MiB;

/** Decides on the parts. The source's own layout is taken where it can be: then both ETags are the same. */
export async function layOut(
  context: TransferContext,
  reader: Reader,
  signal: AbortSignal,
): Promise<{ plan: PartPlan; fitsSource: boolean }> {
  const { size, etag } = reader.info;
  const limits = context.target.capabilities.partLimits;
  const wanted = context.options.chunkBytes;
  const form = etag === undefined ? undefined : etagForm(etag);
  let isGuess = false;
  if (form?.kind === "multipart") {
    const known = await reader.partSize?.(1, signal);
    isGuess = known === undefined;
    const isFree = wanted === undefined || limits === undefined || wanted === known;
    const isUniform = known !== undefined && Math.ceil(size / known) === form.parts;
    if (isUniform && isFree && isLegalPartSize(size, known, limits)) {
      return { plan: planParts(size, known, limits), fitsSource: true };
    }
  }
  const plan = planParts(size, wanted ?? defaultPartBytes, limits);
  // Not every server can tell the parts of an object: as many as ours may well be ours.
  const fitsSource = isGuess && form?.kind === "multipart" && plan.count === form.parts;
  return { plan, fitsSource };
}

/** A small object may still have been uploaded in parts: its ETag is then made of theirs. */
export async function partDigests(
  context: TransferContext,
  reader: Reader,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<readonly Uint8Array[] | undefined> {
  const { etag } = reader.info;
  const form = etag === undefined ? undefined : etagForm(etag);
  if (form?.kind !== "multipart" || !context.options.verifyETags) return undefined;
  if (form.parts === 1) return [md5Of(bytes)];
  const partSize = await reader.partSize?.(1, signal);
  if (partSize === undefined || Math.ceil(bytes.byteLength / partSize) !== form.parts) {
    return undefined;
  }
  return Array.from({ length: form.parts }, (_, index) =>
    md5Of(bytes.subarray(index * partSize, (index + 1) * partSize)),
  );
}

/**
 * Whether all parts are as long as the first one, apart from the last. They are taken to be, until an ETag does
 * not fit: each part costs a request.
 */
export async function hasEvenParts(reader: Reader, signal: AbortSignal): Promise<boolean> {
  const { size, etag } = reader.info;
  const form = etag === undefined ? undefined : etagForm(etag);
  if (form?.kind !== "multipart" || form.parts === 1) return true;
  const first = await reader.partSize?.(1, signal);
  if (first === undefined) return false;
  for (let number = 2; number < form.parts; number++) {
    if ((await reader.partSize?.(number, signal)) !== first) return false;
  }
  return Math.ceil(size / first) === form.parts;
}
