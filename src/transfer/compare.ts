/**
 * A closer look at an object of which the listings do not tell whether it must be sent.
 *
 * @module
 */
import { type Entry, storeKeyOf } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import { type ETag, etagForm } from "../core/etag.ts";
import type { ObjectInfo } from "../core/object.ts";
import { judgeUpdate, type UpdateCheck } from "../diff/update-check.ts";
import { singleETag } from "../hash/etag.ts";
import type { Reader, Store } from "../store/store.ts";
import { judgeETag } from "../verify/etag.ts";
import type { Verdict } from "../verify/verdict.ts";
import type { TransferContext } from "./context.ts";
import { digestParts } from "./digest-parts.ts";
import { planParts } from "./part-plan.ts";
import { defaultPartBytes, hasEvenParts } from "./source-parts.ts";

/** What a look found. */
export type Found =
  | { readonly kind: "stale" }
  | { readonly kind: "current" }
  /** It is sent, because nothing shows that it need not be. */
  | { readonly kind: "unknown"; readonly error: SyncError };

/** An object, and where it lies. */
interface Placed {
  readonly store: Store;
  readonly entry: Entry;
}

/** An object that is read. */
interface Held {
  readonly store: Store;
  readonly reader: Reader;
}

/**
 * Looks whether an object must be sent: asks the target again if the check says so, and compares contents where
 * only these tell.
 *
 * @param listed what the listing shows in the target
 */
export async function mustBeSent(
  context: TransferContext,
  check: UpdateCheck,
  source: Entry,
  listed: Entry | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const target = check.headEachTarget ? await askTarget(context, source, signal) : listed;
  if (target === undefined) return { kind: check.sendsMissing ? "stale" : "current" };
  const judgement = judgeUpdate(source, target, check.rule);
  if (judgement !== "look") return { kind: judgement === "send" ? "stale" : "current" };
  const verdict = await compareContents(
    context,
    { store: context.source, entry: source },
    { store: context.target, entry: target },
    signal,
  );
  if (verdict.kind === "match") return { kind: "current" };
  if (verdict.kind === "mismatch") return { kind: "stale" };
  const reason = verdict.kind === "unknown" ? verdict.reason : "neither side has ETags";
  return { kind: "unknown", error: incomparable(source, reason) };
}

async function askTarget(
  { target }: TransferContext,
  { key }: Entry,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  const info = await target.head(key, signal);
  if (info === undefined) return undefined;
  const { size, mtimeMs, etag } = info;
  const { storageClass } = info.attributes;
  return { kind: "object", key, size, mtimeMs, etag, storageClass, storeKey: undefined };
}

function incomparable({ key }: Entry, reason: string): SyncError {
  const text = `${JSON.stringify(key)} is sent, because it cannot be compared: ${reason}`;
  return new SyncError("incomparable", text, { key });
}

/** Makes the ETag that one side shows of the bytes that the other side holds. */
async function compareContents(
  context: TransferContext,
  source: Placed,
  target: Placed,
  signal: AbortSignal,
): Promise<Verdict> {
  const [shown, held] = source.entry.etag === undefined ? [target, source] : [source, target];
  const { etag } = shown.entry;
  if (etag === undefined) return { kind: "none" };
  const reader = await held.store.open(held.entry, false, signal);
  try {
    const verdict =
      etagForm(etag).kind === "multipart"
        ? await compareByParts(context, shown, { store: held.store, reader }, signal)
        : await compareWhole(context, shown, etag, { store: held.store, reader }, signal);
    await reader.verifyUnchanged();
    return verdict;
  } finally {
    await reader.close();
  }
}

async function compareWhole(
  context: TransferContext,
  shown: Placed,
  etag: ETag,
  held: Held,
  signal: AbortSignal,
): Promise<Verdict> {
  const { size } = held.reader.info;
  const [whole] = await digestParts(
    context,
    held.store,
    held.reader,
    planParts(size, size, undefined),
    signal,
  );
  if (whole !== undefined && singleETag(whole) === etag) return { kind: "match" };
  // Only now it matters whether it is an MD5 at all.
  const info = await shown.store.head(storeKeyOf(shown.entry), signal);
  return judgeETag(infoOf(info, etag), { whole, parts: undefined });
}

function infoOf(info: ObjectInfo | undefined, etag: ETag): Pick<ObjectInfo, "etag" | "encryption"> {
  return { etag, encryption: info?.encryption };
}

async function compareByParts(
  context: TransferContext,
  shown: Placed,
  held: Held,
  signal: AbortSignal,
): Promise<Verdict> {
  const reader = await shown.store.open(shown.entry, false, signal);
  try {
    const known = await reader.partSize?.(1, signal);
    // Where the server cannot tell, the parts may well be as ours would be.
    const partSize = known ?? context.options.chunkBytes ?? defaultPartBytes;
    const plan = planParts(held.reader.info.size, partSize, undefined);
    const parts = await digestParts(context, held.store, held.reader, plan, signal);
    const verdict = judgeETag(reader.info, { whole: undefined, parts });
    if (verdict.kind !== "mismatch" || (await hasEvenParts(reader, signal))) return verdict;
    return { kind: "unknown", reason: "the sizes of its parts are not known, or differ" };
  } finally {
    await reader.close();
  }
}
