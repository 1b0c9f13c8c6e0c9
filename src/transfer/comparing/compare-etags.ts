/**
 * Compares the contents of both sides by the ETag that one of them shows.
 *
 * @module
 */
import { storeKeyOf } from "../../core/entry.ts";
import { type ETag, etagForm } from "../../core/etag.ts";
import type { ObjectInfo } from "../../core/object.ts";
import { singleETag } from "../../hash/etag.ts";
import { judgeETag } from "../../verify/etag.ts";
import type { Verdict } from "../../verify/verdict.ts";
import type { TransferContext } from "../context.ts";
import { digestParts, type Held, type Placed, planAsShown } from "../parts/digest-parts.ts";
import { inOnePiece, planParts } from "../parts/part-plan.ts";
import { defaultPartBytes, unlessUneven } from "../parts/source-parts.ts";

/** Makes the ETag that one side shows of the bytes that the other side holds. */
export async function compareContents(
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

/** Whether an object that was uploaded as ours are has this ETag. Where it cannot be told, it has not. */
export async function hasETag(
  context: TransferContext,
  { store, entry }: Placed,
  etag: ETag,
  signal: AbortSignal,
): Promise<boolean> {
  const reader = await store.open(entry, false, signal);
  try {
    const { size } = reader.info;
    const isWhole = etagForm(etag).kind !== "multipart";
    const partBytes = context.options.chunkBytes ?? defaultPartBytes;
    const plan = isWhole ? inOnePiece(size) : planParts(size, partBytes, undefined);
    const choice = { md5: true, sha256: false };
    const moved = await digestParts(context, { store, reader }, plan, choice, signal);
    await reader.verifyUnchanged();
    const parts = moved.flatMap(({ md5 }) => (md5 === undefined ? [] : [md5]));
    const passed = isWhole ? { whole: parts[0], parts: undefined } : { whole: undefined, parts };
    return judgeETag({ etag, encryption: undefined }, passed).kind === "match";
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
  const plan = inOnePiece(size);
  const [digests] = await digestParts(context, held, plan, { md5: true, sha256: false }, signal);
  const whole = digests?.md5;
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
    const plan = await planAsShown(context, reader, held.reader.info.size, signal);
    const moved = await digestParts(context, held, plan, { md5: true, sha256: false }, signal);
    const parts = moved.flatMap(({ md5 }) => (md5 === undefined ? [] : [md5]));
    const verdict = judgeETag(reader.info, { whole: undefined, parts });
    return await unlessUneven(verdict, reader, signal);
  } finally {
    await reader.close();
  }
}
