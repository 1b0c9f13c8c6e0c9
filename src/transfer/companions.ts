/**
 * What stands beside an object and goes with it by calls of its own: access control lists, annotations.
 *
 * @module
 */
import { type Acl, isPrivate, isSameAcl, ownedBy } from "../core/acl.ts";
import type { Annotation } from "../core/annotation.ts";
import { type Entry, storeKeyOf } from "../core/entry.ts";
import { isError, SyncError } from "../core/errors.ts";
import type { SyncEvent } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import { md5Of } from "../hash/digest.ts";
import type { Companions } from "../store/store.ts";
import { judgeETag } from "../verify/etag.ts";
import type { TransferContext } from "./context.ts";

/** Both sides of an object. */
export interface Beside {
  readonly context: TransferContext;
  readonly source: Entry;
  readonly from: Companions;
  readonly to: Companions;
  readonly dryRun: boolean;
}

/** Carries along what stands beside an object that has just been sent. */
export async function carryAlong(
  context: TransferContext,
  source: Entry,
  signal: AbortSignal,
): Promise<void> {
  const rules = context.options.companions;
  if (rules === undefined) return;
  const beside = besideOf(context, source, false);
  if (beside === undefined) return;
  if (rules.acl) await bringAclInStep(beside, true, signal);
  if (rules.annotations) await bringAnnotationsInStep(beside, rules.byETag, signal);
}

/** `undefined` where a side has no such things. */
export function besideOf(
  context: TransferContext,
  source: Entry,
  dryRun: boolean,
): Beside | undefined {
  const [from, to] = [context.source.companions, context.target.companions];
  if (from === undefined || to === undefined) return undefined;
  return { context, source, from, to, dryRun };
}

/**
 * Gives the target's object the rights of the source's. What the one owner may do, the other one may.
 *
 * @param isNew it was just written: so it is private
 * @returns whether there was a difference
 */
export async function bringAclInStep(
  { context, source, from, to, dryRun }: Beside,
  isNew: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { key, versionId } = source;
  try {
    const given = await from.acl(storeKeyOf(source), versionId, signal);
    if (isNew && isPrivate(given)) return false;
    const now = await to.acl(key, undefined, signal);
    const wanted = ownedBy(given, now.owner);
    if (isSameAcl(wanted, now)) return false;
    if (!dryRun) await to.setAcl(key, wanted, signal);
    return true;
  } catch (error) {
    if (!(error instanceof SyncError && hasNone(error))) throw error;
    const text = `the access control list of ${JSON.stringify(key)} is not copied: ${error.message}`;
    const hint = "Rights of others than the owner need a target bucket with ACLs enabled.";
    const told = new SyncError("unsupported", text, { key, reason: error.reason, hint });
    context.emit({ type: "warning", key, error: told });
    return false;
  }
}

/** Buckets with ACLs disabled, and servers that know none: MinIO overlooks the headers and misses a document. */
const refusals: ReadonlySet<string> = new Set(["AccessControlListNotSupported", "MalformedXML"]);

function hasNone({ code, reason }: SyncError): boolean {
  return code === "unsupported" || refusals.has(reason ?? "");
}

/** The list of an object that is about to be rewritten; `undefined` if it is private, or nobody may know. */
export async function aclToKeep(
  { target: { companions } }: TransferContext,
  key: Key,
  signal: AbortSignal,
): Promise<Acl | undefined> {
  try {
    const acl = await companions?.acl(key, undefined, signal);
    return acl === undefined || isPrivate(acl) ? undefined : acl;
  } catch (error) {
    const isUnknown = error instanceof SyncError && hasNone(error);
    if (isUnknown || isError(error, "access-denied")) return undefined;
    throw error;
  }
}

/**
 * Gives the target's object the annotations of the source's, and no others.
 *
 * @returns whether there was a difference
 */
export async function bringAnnotationsInStep(
  beside: Beside,
  byETag: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { source, from, to, dryRun } = beside;
  const { key, versionId } = source;
  const wanted = await from.annotations(storeKeyOf(source), versionId, signal);
  const there = new Map<string, Annotation>();
  for (const annotation of await to.annotations(key, undefined, signal)) {
    there.set(annotation.name, annotation);
  }
  let changes = 0;
  for (const annotation of wanted) {
    const { name } = annotation;
    const now = there.get(name);
    there.delete(name);
    if (now !== undefined && isSameAnnotation(annotation, now, byETag)) continue;
    changes += 1;
    if (dryRun) tell(beside, annotation, { change: "written", isVerified: false });
    else await copyAnnotation(beside, annotation, signal);
  }
  for (const annotation of there.values()) {
    changes += 1;
    if (!dryRun) await to.removeAnnotation(key, annotation.name, signal);
    tell(beside, annotation, { change: "removed", isVerified: false });
  }
  return changes > 0;
}

/** Whether two annotations of one name hold the same, as far as listings tell. */
export function isSameAnnotation(source: Annotation, target: Annotation, byETag: boolean): boolean {
  if (source.size !== target.size) return false;
  return byETag && source.etag !== undefined && target.etag !== undefined
    ? source.etag === target.etag
    : target.mtimeMs >= source.mtimeMs;
}

async function copyAnnotation(
  beside: Beside,
  annotation: Annotation,
  signal: AbortSignal,
): Promise<void> {
  const { context, source, from, to } = beside;
  const { key, versionId } = source;
  const { name } = annotation;
  const text = await from.annotation(storeKeyOf(source), versionId, name, signal);
  const written = await to.setAnnotation(key, name, text, signal);
  const verdict = judgeETag(written, { whole: md5Of(text), parts: undefined });
  tell(beside, annotation, { change: "written", isVerified: verdict.kind === "match" });
  if (verdict.kind !== "mismatch" || !context.options.verifyETags) return;
  const { expected, actual } = verdict;
  const what = `annotation ${JSON.stringify(name)} of ${JSON.stringify(key)}`;
  const error = new SyncError(
    "integrity",
    `${context.target.name}: the ${what} was written with the ETag ${expected}, the store says ${actual}`,
    {
      operation: "verify",
      key,
      mismatch: { of: "etag", source: expected, target: actual, annotation: name },
    },
  );
  context.emit({ type: "warning", key, error });
}

function tell(
  { context, source: { key }, dryRun }: Beside,
  { name, size, etag }: Annotation,
  outcome: Pick<Extract<SyncEvent, { type: "annotation" }>, "change" | "isVerified">,
): void {
  const target = context.target.locate(key);
  context.emit({ type: "annotation", key, target, name, size, etag, ...outcome, dryRun });
}
