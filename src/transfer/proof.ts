/**
 * Judging a transfer, and saying what came out.
 *
 * @module
 */
import { type Checksum, checksumForm } from "../core/checksum.ts";
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import { type ETag, etagForm } from "../core/etag.ts";
import type { ObjectInfo, Written } from "../core/object.ts";
import type { Reader, Store } from "../store/store.ts";
import { judgeChecksum, type PassedChecksums } from "../verify/checksum.ts";
import { judgeETag, type PassedMd5s } from "../verify/etag.ts";
import type { Verdict } from "../verify/verdict.ts";
import type { TransferContext } from "./context.ts";
import type { Sent } from "./memory.ts";
import { unlessUneven } from "./parts/source-parts.ts";

/** Nothing was compared. */
export const nothingShown: Verdicts = { etag: { kind: "none" }, checksum: { kind: "none" } };

/** The digests of the bytes that passed. */
export interface Passed {
  readonly md5: PassedMd5s;
  readonly checksum: PassedChecksums;
  /** It was written without a checksum: none can be shown. */
  readonly isPlain?: boolean | undefined;
}

/** How what one side shows compares with the bytes that passed. */
export interface Verdicts {
  readonly etag: Verdict;
  readonly checksum: Verdict;
}

/** The same for both sides of a transfer. */
export interface Proof {
  readonly source: Verdicts;
  readonly target: Verdicts;
}

/**
 * Compares the bytes that came with what the source shows, before anything becomes visible in the target.
 *
 * @throws SyncError `integrity`
 */
export async function requireIntact(
  context: TransferContext,
  entry: Entry,
  reader: Reader,
  passed: Passed,
  signal: AbortSignal,
): Promise<Verdicts> {
  const info = comparable(context, context.source, reader.info);
  const etag = judgeETag(info, passed.md5);
  const checksum = judgeChecksum(info.checksum, passed.checksum);
  for (const verdict of [etag, checksum]) {
    if (verdict.kind !== "mismatch") continue;
    const sure = await unlessUneven(verdict, reader, signal);
    if (sure.kind !== "mismatch") return { etag: sure, checksum: sure };
    throw notWhatTheSourceShows(context, entry, verdict, verdict === etag ? "ETag" : "checksum");
  }
  return { etag, checksum };
}

function notWhatTheSourceShows(
  { source }: TransferContext,
  { key }: Entry,
  { expected, actual }: Extract<Verdict, { kind: "mismatch" }>,
  what: ProofName,
): SyncError {
  return new SyncError(
    "integrity",
    `${source.name}: the bytes of ${JSON.stringify(key)} have the ${what} ${expected}, the store says ${actual}; nothing was written`,
    {
      operation: "verify",
      key,
      reason: expected,
      hint: hints[what],
      mismatch: { of: fields[what], source: actual, target: expected },
    },
  );
}

type ProofName = "ETag" | "checksum";

const fields = { ETag: "etag", checksum: "checksum" } as const;

const hints: Readonly<Record<ProofName, string | undefined>> = {
  ETag: "If this store's ETags are no MD5s, use --disable-etag-verify.",
  checksum: undefined,
};

/** Judges what the target says it holds. */
export async function judgeWritten(
  context: TransferContext,
  entry: Entry,
  written: Written,
  passed: Passed,
  signal: AbortSignal,
): Promise<Verdicts> {
  const shown = comparable(context, context.target, written);
  const { whole, parts } = passed.checksum;
  const { verifyChecksums, isChecksumImplied } = context.options;
  const isAskedFor =
    context.target.capabilities.checksum !== undefined && isChecksumImplied !== true;
  const isMissing = verifyChecksums && written.checksum === undefined;
  if (isAskedFor && isMissing && passed.isPlain !== true) {
    context.explainUnshown();
  }
  // Of uploads in parts, servers show one that nobody asked for: that leaves nothing open.
  const checksum = whole === undefined && parts === undefined ? undefined : shown.checksum;
  return {
    etag: await judgeWrittenETag(context, entry, shown, passed.md5, signal),
    checksum: judgeChecksum(checksum, passed.checksum),
  };
}

/** What a store shows, as far as the user wants it compared. */
export function comparable<T extends Pick<Written, "etag" | "checksum">>(
  { options }: TransferContext,
  { capabilities }: Store,
  shown: T,
): T {
  const { verifyETags, verifyChecksums, verifyParts } = options;
  const { etag, checksum } = shown;
  const isWanted = verifyETags && capabilities.etags;
  return {
    ...shown,
    etag: isWanted && (verifyParts || !isOfParts(etag)) ? etag : undefined,
    checksum: verifyChecksums && (verifyParts || !isComposite(checksum)) ? checksum : undefined,
  };
}

function isOfParts(etag: ETag | undefined): boolean {
  return etag !== undefined && etagForm(etag).kind === "multipart";
}

function isComposite(checksum: Checksum | undefined): boolean {
  return checksum !== undefined && checksumForm(checksum).kind === "composite";
}

async function judgeWrittenETag(
  { target }: TransferContext,
  { key }: Entry,
  written: Written,
  passed: PassedMd5s,
  signal: AbortSignal,
): Promise<Verdict> {
  const verdict = judgeETag(written, passed);
  if (verdict.kind !== "mismatch" || written.encryption !== undefined) return verdict;
  // Not every server says at the end of a multipart upload that it encrypts.
  const now = await target.head(key, signal);
  return now !== undefined && now.etag === written.etag ? judgeETag(now, passed) : verdict;
}

/**
 * Tells that an object is complete, and what is proven of it.
 *
 * The last parameter is for those who remember objects: how it was written.
 */
export function reportSynced(
  context: TransferContext,
  entry: Entry,
  info: ObjectInfo,
  written: Written,
  proof: Proof,
  { attributes, parts }: Pick<Sent, "attributes" | "parts"> = {},
): void {
  const { emit, target: store } = context;
  const { key } = entry;
  const target = store.locate(key);
  emit({
    type: "synced",
    key,
    size: info.size,
    sourceMtimeMs: info.mtimeMs,
    sourceVersionId: info.versionId,
    sourceETag: info.etag,
    targetVersionId: written.versionId,
    targetETag: written.etag,
    target,
    dryRun: false,
  });
  const etags = [proof.source.etag, proof.target.etag];
  const checksums = [proof.source.checksum, proof.target.checksum];
  const mismatch = reportMismatch(context, entry, etags, "ETag");
  if (reportMismatch(context, entry, checksums, "checksum") || mismatch) return;
  const [byETag, byChecksum] = [isProven(etags), isProven(checksums)];
  if (byETag) {
    emit({ type: "verified", key, target, sourceETag: info.etag, targetETag: written.etag });
  }
  if (byChecksum) {
    const { checksum: sourceChecksum } = info;
    const targetChecksum = written.checksum;
    emit({ type: "checksum-verified", key, target, sourceChecksum, targetChecksum });
  }
  const isProvenAtAll = byETag || byChecksum;
  context.options.memory?.sent({
    entry,
    info,
    written,
    isProven: isProvenAtAll,
    attributes,
    parts,
  });
  const unknown = [...etags, ...checksums].find((verdict) => verdict.kind === "unknown");
  if (!isProvenAtAll && unknown !== undefined) {
    context.explainUnverified();
    emit({ type: "unverified", key, reason: unknown.reason });
  }
}

/** Something fits, and nothing stays open. */
function isProven(verdicts: readonly Verdict[]): boolean {
  return (
    verdicts.some(({ kind }) => kind === "match") &&
    !verdicts.some(({ kind }) => kind === "unknown")
  );
}

/** Warns of what does not fit. */
function reportMismatch(
  { emit, target }: TransferContext,
  { key }: Entry,
  verdicts: readonly Verdict[],
  what: ProofName,
): boolean {
  const mismatch = verdicts.find((verdict) => verdict.kind === "mismatch");
  if (mismatch === undefined) return false;
  const { expected, actual } = mismatch;
  const error = new SyncError(
    "integrity",
    `${target.name}: ${JSON.stringify(key)} was written with the ${what} ${expected}, the store says ${actual}`,
    {
      operation: "verify",
      key,
      hint: hints[what],
      mismatch: { of: fields[what], source: expected, target: actual },
    },
  );
  emit({ type: "warning", key, error });
  return true;
}
