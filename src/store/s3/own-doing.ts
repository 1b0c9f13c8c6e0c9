/**
 * A request with a condition that was repeated, because the answer to its first try was lost, is refused when that
 * try was carried out after all: what it found is its own doing.
 *
 * @module
 */
import { isError } from "../../core/errors.ts";
import { type ETag, etagForm } from "../../core/etag.ts";
import type { ObjectInfo, Written } from "../../core/object.ts";
import type { S3Api } from "./api.ts";

/**
 * Writes, and takes a refused repetition for a success if what we wanted to write is there.
 *
 * @param etag what the object has if it is ours, as far as that can be known
 * @throws SyncError that of `write`
 */
export async function orWrittenBefore(
  api: S3Api,
  key: string,
  etag: ETag | undefined,
  write: () => Promise<Written>,
  signal: AbortSignal,
): Promise<Written> {
  try {
    return await write();
  } catch (error) {
    if (!mayBeOwn(error) || etag === undefined || etagForm(etag).kind === "opaque") throw error;
    const found = await headOf(api, key, signal);
    if (found === "absent" || found?.etag !== etag) throw error;
    return { etag: found.etag, versionId: found.versionId, encryption: found.encryption };
  }
}

/** Deletes; what is gone already is as good. */
export async function orRemovedBefore(
  api: S3Api,
  key: string,
  remove: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (isError(error, "not-found")) return;
    if (mayBeOwn(error) && (await headOf(api, key, signal)) === "absent") return;
    throw error;
  }
}

/** An upload that was completed exists no longer, whoever asks. */
function mayBeOwn(error: unknown): boolean {
  if (isError(error, "no-such-upload")) return true;
  return isError(error, "precondition") && error.repeated;
}

/** `undefined` if nobody can tell. */
async function headOf(
  api: S3Api,
  key: string,
  signal: AbortSignal,
): Promise<ObjectInfo | "absent" | undefined> {
  try {
    return await api.headObject(key, {}, signal);
  } catch (error) {
    return isError(error, "not-found") ? "absent" : undefined;
  }
}
