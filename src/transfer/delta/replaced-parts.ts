/**
 * What the target has already: the parts of the object or file that is replaced, and what is known of each. With
 * `--delta` only parts that differ are sent.
 *
 * @module
 */
import { isCrc } from "../../core/checksum.ts";
import type { Entry } from "../../core/entry.ts";
import { storeKeyOf } from "../../core/entry.ts";
import { isError, onOneLine, toSyncError } from "../../core/errors.ts";
import { etagForm } from "../../core/etag.ts";
import type { KnownParts } from "../../state/known-object.ts";
import type { CopyOrigin, Part, Reader, ShownPart, Store } from "../../store/store.ts";
import type { PartProof } from "../../verify/held-part.ts";
import type { Job, TransferContext } from "../context.ts";
import { mustBePlain } from "../copies/plain-copies.ts";
import { isLegalPartSize, partOf, type PartPlan, planParts } from "../parts/part-plan.ts";
import { Shifted } from "./elsewhere.ts";

/** An object whose parts are known: equal ones, the last one shorter. */
export interface KnownLayout {
  /** Bytes of the whole. */
  readonly size: number;
  /** Bytes of each part but the last. */
  readonly partSize: number;
  /** In the order of the parts. */
  readonly proofs: readonly PartProof[];
}

/** Where parts can be taken from. */
export type Replaced =
  /** The server copies them. */
  | { readonly kind: "object"; readonly origin: CopyOrigin }
  /** They are read from the file. */
  | { readonly kind: "file"; readonly reader: Reader };

/** Parts that need not be sent. Dispose of them. */
export class ReplacedParts implements AsyncDisposable {
  /** Until something does not add up: what is left is sent then. */
  isUsable = true;

  /** @param plan the parts in which the object is to be written */
  constructor(
    readonly plan: PartPlan,
    readonly place: Replaced,
    private readonly layout: KnownLayout,
    /** What is written has to do without a checksum. */
    readonly isPlain = false,
    /** The bytes of parts that are not where they were. */
    readonly shifted?: Shifted | undefined,
  ) {}

  /** What is known of the part that the object has at the same place; `undefined` if none is as long there. */
  proofOf({ number, offset, length }: Part): PartProof | undefined {
    const { size, partSize, proofs } = this.layout;
    const isSameRange = Math.min(partSize, size - offset) === length;
    return this.isUsable && isSameRange ? proofs[number - 1] : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.place.kind === "file") await this.place.reader.close();
  }
}

/**
 * Finds out which parts the target may have already.
 *
 * @param laidOut the parts in which the object would be written without that
 * @returns `undefined` if nothing is known of any: then all is sent
 */
export function findReplaced(
  context: TransferContext,
  entry: Job,
  laidOut: { readonly plan: PartPlan; readonly fitsSource: boolean },
  signal: AbortSignal,
): Promise<ReplacedParts | undefined> | undefined {
  const { options, source, target } = context;
  const { replaces } = entry;
  if (options.delta !== true || entry.inFull === true || replaces === undefined) return undefined;
  const [isFromS3, isToS3] = [source, target].map((side) => side.copyAddress !== undefined);
  if (isFromS3 === isToS3) return undefined;
  return isToS3 === true
    ? ofObject(context, laidOut.plan, replaces, signal)
    : ofFile(context, entry, laidOut, replaces, signal);
}

/** The new object gets the parts of the old one, as far as the user wants no others. */
async function ofObject(
  context: TransferContext,
  { size }: PartPlan,
  replaces: Entry,
  signal: AbortSignal,
): Promise<ReplacedParts | undefined> {
  const { target, options } = context;
  if (replaces.etag === undefined || target.serverSideCopy?.accepts(target) !== true) {
    return undefined;
  }
  const layout = await layoutOf(context, target, replaces, signal);
  if (layout === undefined) return undefined;
  const { partSize } = layout;
  const isWanted = options.chunkBytes === undefined || options.chunkBytes === partSize;
  const limits = target.capabilities.partLimits;
  if (!isWanted || !isLegalPartSize(size, partSize, limits)) return undefined;
  const { mtimeMs, etag } = replaces;
  const unknown = { versionId: undefined, encryption: undefined, attributes: { metadata: {} } };
  const info = { size: replaces.size, mtimeMs, etag, ...unknown };
  const origin: CopyOrigin = { storeKey: storeKeyOf(replaces), info };
  const plan = planParts(size, partSize, limits);
  const first = partOf(planParts(replaces.size, partSize, undefined), 1);
  try {
    const isPlain = await mustBePlain(context, origin, first, layout.proofs[0], signal);
    if (isPlain && (await hidesMd5s(target, replaces, signal))) {
      context.explainNoDelta("copies would have neither a checksum nor an MD5 to be proven by");
      return undefined;
    }
    const shifted = Shifted.of(options.memory?.blocksOf(replaces), replaces.size);
    return new ReplacedParts(plan, { kind: "object", origin }, layout, isPlain, shifted);
  } catch (thrown) {
    const error = toSyncError(thrown);
    if (signal.aborted || error.retryable) throw error;
    context.explainNoDelta(onOneLine(error.message));
    return undefined;
  }
}

/** Encrypted with keys of KMS or a customer, an object has an ETag that proves nothing; so will the one that replaces it. */
async function hidesMd5s(store: Store, object: Entry, signal: AbortSignal): Promise<boolean> {
  const info = await store.head(storeKeyOf(object), signal);
  return (info?.encryption ?? "AES256") !== "AES256";
}

/** The file is compared with the parts in which the source has the object. */
async function ofFile(
  context: TransferContext,
  entry: Job,
  { plan, fitsSource }: { readonly plan: PartPlan; readonly fitsSource: boolean },
  replaces: Entry,
  signal: AbortSignal,
): Promise<ReplacedParts | undefined> {
  if (!fitsSource) return undefined;
  const layout = await layoutOf(context, context.source, entry, signal);
  if (layout === undefined || layout.partSize !== plan.partSize) return undefined;
  const reader = await openIfThere(context, replaces, signal);
  if (reader === undefined) return undefined;
  // A file has parts only as far as it goes.
  const { size } = reader.info;
  const there = { ...layout, proofs: layout.proofs.slice(0, Math.ceil(size / plan.partSize)) };
  return new ReplacedParts(plan, { kind: "file", reader }, there);
}

/** A file that is gone, or cannot be read, is of no use; whether it can be replaced shows later. */
async function openIfThere(
  { target }: TransferContext,
  replaces: Entry,
  signal: AbortSignal,
): Promise<Reader | undefined> {
  try {
    return await target.open(replaces, false, signal);
  } catch (thrown) {
    if (isError(thrown, "aborted")) throw thrown;
    return undefined;
  }
}

/** What the index knows costs no request. */
async function layoutOf(
  context: TransferContext,
  store: Store,
  object: Entry,
  signal: AbortSignal,
): Promise<KnownLayout | undefined> {
  const known = context.options.memory?.partsOf(object);
  const remembered = known === undefined ? undefined : layoutKnown(known, object.size);
  if (remembered !== undefined) return remembered;
  const shown = await store.shownParts?.(object, signal);
  if (shown !== undefined) return layoutShown(shown);
  if (!context.hasToldOfDelta && (await hasUntoldParts(store, object, signal))) {
    context.explainNoDelta("its checksums of parts are not told; --index remembers them");
  }
  return undefined;
}

/** Whether an object was written in parts with checksums that a server could tell. */
async function hasUntoldParts(store: Store, object: Entry, signal: AbortSignal): Promise<boolean> {
  if (object.etag === undefined || etagForm(object.etag).kind !== "multipart") return false;
  try {
    const { checksum } = (await store.head(storeKeyOf(object), signal)) ?? {};
    return checksum !== undefined && !isCrc(checksum.algorithm);
  } catch (thrown) {
    // All is sent either way.
    if (signal.aborted) throw thrown;
    return false;
  }
}

/** What an index knows of an object's parts. `undefined` if nothing proves that they are the same. */
export function layoutKnown(
  { size: partSize, md5s, checksums }: KnownParts,
  size: number,
): KnownLayout | undefined {
  const count = Math.ceil(size / partSize);
  // It would be all that is compared where nobody wants MD5s.
  const strong = checksums === undefined || isCrc(checksums.algorithm) ? undefined : checksums;
  const proofs = Array.from({ length: count }, (_, index) => {
    const md5 = md5s?.[index];
    const value = strong?.values[index];
    return {
      md5: md5 === undefined ? undefined : Uint8Array.fromHex(md5),
      checksum:
        strong === undefined || value === undefined
          ? undefined
          : { algorithm: strong.algorithm, value },
    };
  });
  return proven({ size, partSize, proofs });
}

/** What a store shows of an object's parts. `undefined` if they are not equal, or if nothing proves anything. */
export function layoutShown(shown: readonly ShownPart[]): KnownLayout | undefined {
  const [first] = shown;
  const last = shown.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const partSize = first.length;
  const isEven = shown.slice(0, -1).every(({ length }) => length === partSize);
  if (partSize === 0 || !isEven || last.length > partSize) return undefined;
  const size = shown.reduce((sum, { length }) => sum + length, 0);
  return proven({ size, partSize, proofs: shown.map(({ checksum }) => ({ checksum })) });
}

/** Other bytes may have the same CRC: that one is the same proves nothing. */
function proven(layout: KnownLayout): KnownLayout | undefined {
  const isStrong = ({ md5, checksum }: PartProof): boolean =>
    md5 !== undefined || (checksum !== undefined && !isCrc(checksum.algorithm));
  return layout.proofs.every(isStrong) ? layout : undefined;
}
