/**
 * The parts in which the source was uploaded: only with them its ETag can be made again.
 *
 * @module
 */
import { MiB } from "../../core/bytes.ts";
import { type Checksum, checksumForm } from "../../core/checksum.ts";
import { etagForm } from "../../core/etag.ts";
import type { ObjectInfo } from "../../core/object.ts";
import type { PartChecksum } from "../../hash/checksum.ts";
import { digestBytes, type DigestChoice } from "../../hash/digest.ts";
import type { Reader } from "../../store/store.ts";
import type { Verdict } from "../../verify/verdict.ts";
import type { TransferContext } from "../context.ts";
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
    if (isGuess) context.hidesParts = true;
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

/** The digests of the parts in which the source was uploaded. */
export interface SourceParts {
  readonly md5s: readonly Uint8Array[] | undefined;
  readonly checksums: readonly PartChecksum[] | undefined;
}

/** A small object may still have been uploaded in parts: what it shows is then made of theirs. */
export async function partDigests(
  context: TransferContext,
  reader: Reader,
  bytes: Uint8Array,
  choice: DigestChoice,
  signal: AbortSignal,
): Promise<SourceParts | undefined> {
  const count = context.isVerifying ? partCount(reader.info) : undefined;
  if (count === undefined) return undefined;
  const partSize = count === 1 ? bytes.byteLength : await reader.partSize?.(1, signal);
  if (partSize === undefined || Math.ceil(bytes.byteLength / partSize) !== count) return undefined;
  const digests = Array.from({ length: count }, (_, index) => {
    const part = bytes.subarray(index * partSize, (index + 1) * partSize);
    return { ...digestBytes(part, { ...choice, sha256: false }), length: part.byteLength };
  });
  return {
    md5s: digests.flatMap(({ md5 }) => (md5 === undefined ? [] : [md5])),
    checksums: partChecksums(digests),
  };
}

/** How many parts made what the object shows; `undefined` if it was written at once. */
function partCount({ etag, checksum }: ObjectInfo): number | undefined {
  const form = etag === undefined ? undefined : etagForm(etag);
  if (form?.kind === "multipart") return form.parts;
  const sum = checksum === undefined ? undefined : checksumForm(checksum);
  return sum?.kind === "composite" ? sum.parts : undefined;
}

/** The checksums of parts, if there is one of each. */
export function partChecksums(
  parts: readonly { readonly checksum?: Checksum | undefined; readonly length: number }[],
): readonly PartChecksum[] | undefined {
  const sums = parts.flatMap(({ checksum, length }) =>
    checksum === undefined ? [] : [{ value: checksum.value, length }],
  );
  return sums.length === parts.length ? sums : undefined;
}

/** An ETag or a checksum that is made of other parts than those that were taken for granted tells nothing. */
export async function unlessUneven(
  verdict: Verdict,
  reader: Reader,
  signal: AbortSignal,
): Promise<Verdict> {
  if (verdict.kind !== "mismatch" || (await hasEvenParts(reader, signal))) return verdict;
  return {
    kind: "unknown",
    reason: "the sizes of the parts in which the object was uploaded are not known, or differ",
  };
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
