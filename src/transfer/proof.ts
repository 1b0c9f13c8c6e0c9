/**
 * Judging a transfer, and saying what came out.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { ObjectInfo, Written } from "../core/object.ts";
import type { Reader } from "../store/store.ts";
import { judgeETag, type Passed, type Verdict } from "../verify/etag.ts";
import type { TransferContext } from "./context.ts";
import { hasEvenParts } from "./source-parts.ts";

/** An ETag that is made of other parts than those that were taken for granted. */
export const unevenParts: Verdict = {
  kind: "unknown",
  reason: "the sizes of the parts in which the object was uploaded are not known, or differ",
};

/** How the two sides of a transfer compare with the bytes that passed. */
export interface Proof {
  readonly source: Verdict;
  readonly target: Verdict;
}

/**
 * Compares the bytes that came with the source's ETag, before anything becomes visible in the target.
 *
 * @throws SyncError `integrity`
 */
export async function requireIntact(
  context: TransferContext,
  entry: Entry,
  reader: Reader,
  passed: Passed,
  signal: AbortSignal,
): Promise<Verdict> {
  if (!context.options.verifyETags) return { kind: "none" };
  const verdict = judgeETag(reader.info, passed);
  if (verdict.kind !== "mismatch") return verdict;
  if (!(await hasEvenParts(reader, signal))) return unevenParts;
  throw new SyncError(
    "integrity",
    `${context.source.name}: the bytes of ${JSON.stringify(entry.key)} have the ETag ${verdict.expected}, the store says ${verdict.actual}; nothing was written`,
    {
      operation: "verify",
      key: entry.key,
      reason: verdict.expected,
      hint: "If this store's ETags are no MD5s, use --disable-etag-verify.",
    },
  );
}

/** Judges what the target says it holds. */
export async function judgeWritten(
  context: TransferContext,
  entry: Entry,
  written: Written,
  passed: Passed,
  signal: AbortSignal,
): Promise<Verdict> {
  if (!context.options.verifyETags) return { kind: "none" };
  const verdict = judgeETag(written, passed);
  if (verdict.kind !== "mismatch" || written.encryption !== undefined) return verdict;
  // Not every server says at the end of a multipart upload that it encrypts.
  const now = await context.target.head(entry.key, signal);
  return now !== undefined && now.etag === written.etag ? judgeETag(now, passed) : verdict;
}

/** Tells that an object is complete, and what is proven of it. */
export function reportSynced(
  context: TransferContext,
  entry: Entry,
  info: ObjectInfo,
  written: Written,
  proof: Proof,
): void {
  const { emit, target } = context;
  const { key } = entry;
  emit({
    type: "synced",
    key,
    size: info.size,
    sourceMtimeMs: info.mtimeMs,
    sourceVersionId: info.versionId,
    target: target.locate(key),
    dryRun: false,
  });
  const verdicts = [proof.source, proof.target];
  const mismatch = verdicts.find((verdict) => verdict.kind === "mismatch");
  const unknown = verdicts.find((verdict) => verdict.kind === "unknown");
  if (mismatch !== undefined) {
    emit({ type: "warning", key, error: notWhatWasSent(context, entry, mismatch) });
  } else if (unknown !== undefined) {
    emit({ type: "unverified", key, reason: unknown.reason });
  } else if (verdicts.some((verdict) => verdict.kind === "match")) {
    emit({ type: "verified", key, sourceETag: info.etag, targetETag: written.etag });
  }
}

function notWhatWasSent(
  context: TransferContext,
  entry: Entry,
  verdict: Extract<Verdict, { kind: "mismatch" }>,
): SyncError {
  return new SyncError(
    "integrity",
    `${context.target.name}: ${JSON.stringify(entry.key)} was written with the ETag ${verdict.expected}, the store says ${verdict.actual}`,
    {
      operation: "verify",
      key: entry.key,
      hint: "If this store's ETags are no MD5s, use --disable-etag-verify.",
    },
  );
}
