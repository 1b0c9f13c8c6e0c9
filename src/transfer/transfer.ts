/**
 * Carries out the transfer of one object, and does it over where that helps.
 *
 * @module
 */
import { pause } from "../core/cancel.ts";
import { storeKeyOf } from "../core/entry.ts";
import { isError, type SyncError, toSyncError } from "../core/errors.ts";
import { attributesIn, metadataOf as metadataFrom } from "../core/file-metadata.ts";
import type { UserMetadata } from "../core/object.ts";
import { emptyBody } from "../store/body.ts";
import { cannotBeMade } from "../store/store.ts";
import { carryAlong } from "./companions.ts";
import { metadataOf } from "./comparing/compare-kept.ts";
import type { Job, TransferContext } from "./context.ts";
import { copyWithin } from "./copies/copy-within.ts";
import { copyOnServer } from "./copies/server-copy.ts";
import { moveInParts } from "./parts/parts.ts";
import { LeftOut } from "./preprocess.ts";
import { nothingShown, reportSynced } from "./proof.ts";
import { wayOf } from "./way.ts";
import { moveWhole, streamWhole } from "./whole.ts";

/**
 * Brings one object from the source to the target, verified.
 *
 * Retries of single requests happen below; here the whole object is done over when they were in vain, when
 * it changed under our hands, or when bytes came that are not its own.
 *
 * @throws SyncError what remained in the end
 */
export async function transfer(
  context: TransferContext,
  listed: Job,
  signal: AbortSignal,
): Promise<void> {
  const { redo } = context.options;
  let entry = listed;
  let mismatch: string | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      context.emit({ type: "started", key: entry.key, size: entry.size });
      await attemptOnce(context, entry, signal);
      await carryAlong(context, entry, signal);
      return;
    } catch (thrown) {
      if (thrown instanceof LeftOut) {
        context.emit({ type: "skipped", key: entry.key, source: entry, reason: "preprocess" });
        return;
      }
      const error = toSyncError(thrown, "transfer");
      if (error.reason === cannotBeMade) {
        context.emit({ type: "skipped", key: entry.key, source: entry, reason: error.message });
        return;
      }
      const same = error.code === "integrity" && error.reason === mismatch;
      if (signal.aborted || attempt > redo.count || !isWorthRedoing(error) || same) throw error;
      // The same wrong digest twice: not the way, the object itself is not what its ETag says.
      mismatch = error.code === "integrity" ? error.reason : undefined;
      const { key } = entry;
      const delayMs = redo.intervalMs;
      context.emit({ type: "retry", operation: "transfer", key, attempt, delayMs, error });
      await pause(delayMs, signal);
      if (context.isWritten(entry)) entry = await overOwn(context, entry, signal);
      if (error.code === "source-changed") entry = await relisted(context, entry, signal);
      entry = { ...entry, isRetried: true, inFull: error.code === "integrity" };
    }
  }
}

function isWorthRedoing(error: SyncError): boolean {
  return error.retryable || isError(error, "source-changed", "integrity");
}

/** The entry as it is now. */
async function relisted(context: TransferContext, entry: Job, signal: AbortSignal): Promise<Job> {
  // A version is what it is.
  if (entry.versionId !== undefined) return entry;
  const info = await context.source.head(storeKeyOf(entry), signal);
  if (info === undefined) return entry;
  return { ...entry, size: info.size, mtimeMs: info.mtimeMs, etag: info.etag };
}

/** What an attempt has left in the target is not what was listed there, and nobody else's either. */
async function overOwn(context: TransferContext, entry: Job, signal: AbortSignal): Promise<Job> {
  const info = await context.target.head(entry.key, signal);
  if (info === undefined) return { ...entry, replaces: undefined };
  const { size, mtimeMs, etag } = info;
  return { ...entry, replaces: { ...entry, size, mtimeMs, etag }, replacesOwn: true };
}

async function attemptOnce(
  context: TransferContext,
  entry: Job,
  signal: AbortSignal,
): Promise<void> {
  if (entry.copyOf !== undefined && (await copyWithin(context, entry, signal))) return;
  switch (wayOf(context, entry)) {
    case "directory":
      return makeDirectory(context, entry, signal);
    case "server-copy":
      return copyOnServer(context, entry, signal);
    case "whole":
      return moveWhole(context, entry, signal);
    case "stream":
      return streamWhole(context, entry, signal);
    case "parts":
      return moveInParts(context, entry, signal);
  }
}

async function makeDirectory(
  context: TransferContext,
  entry: Job,
  signal: AbortSignal,
): Promise<void> {
  const { key, size, mtimeMs, etag } = entry;
  const isNoted = context.noteDirectory !== undefined;
  const metadata = isNoted ? await metadataOf(context, context.source, entry, signal) : undefined;
  const attributes = { metadata: {} };
  const spec = { key, size, mtimeMs, attributes };
  const none = { md5: undefined, sha256: undefined };
  const written = await context.target.write(spec, emptyBody, none, signal);
  if (metadata !== undefined) await dressDirectory(context, entry, metadata, signal);
  const info = { size, mtimeMs, etag, versionId: undefined, encryption: undefined, attributes };
  reportSynced(context, entry, info, written, { source: nothingShown, target: nothingShown });
}

/** As long as it is filled its owner may do so; nobody else may do more than in the end. */
async function dressDirectory(
  { target, noteDirectory }: TransferContext,
  entry: Job,
  metadata: UserMetadata,
  signal: AbortSignal,
): Promise<void> {
  const directory = { ...entry, storeKey: undefined, fileType: "directory" } as const;
  const { permissions } = attributesIn(metadata);
  const open = permissions === undefined ? undefined : permissions | ownersOwn;
  const meanwhile = metadataFrom({ type: "directory", permissions: open });
  await target.alignFile?.(directory, meanwhile, false, signal);
  noteDirectory?.(directory, metadata);
}

const ownersOwn = 0o700;
