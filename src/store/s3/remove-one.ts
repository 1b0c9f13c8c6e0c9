/**
 * Deletes objects one by one, each only as it was listed.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import { inParallel } from "../../core/parallel.ts";
import type { Removal } from "../store.ts";
import type { S3Api } from "./api.ts";
import { orRemovedBefore } from "./own-doing.ts";

/** An object that is to go, and its full key. */
export interface ToRemove {
  readonly entry: Entry;
  readonly key: string;
}

/** Deletions that need a request each, at the same time. */
export const parallelDeletes = 16;

/** Deletes what is still as it was listed, with a request for each. */
export function removeKnown(
  api: S3Api,
  asked: readonly ToRemove[],
  signal: AbortSignal,
): Promise<readonly Removal[]> {
  return inParallel(asked, parallelDeletes, (each) => removeOne(api, each, signal));
}

/** Deletes an object if it is still as it was listed. */
export async function removeOne(
  api: S3Api,
  { entry, key }: ToRemove,
  signal: AbortSignal,
): Promise<Removal> {
  const { etag } = entry;
  try {
    if (etag === undefined) throw noETag(api.bucket, key);
    const remove = (): Promise<void> => api.deleteObject(key, etag, signal);
    await orRemovedBefore(api, key, remove, signal);
    return { entry, error: undefined };
  } catch (thrown) {
    const error = toSyncError(thrown, "DeleteObject");
    if (error.code === "aborted") throw error;
    return { entry, error };
  }
}

function noETag(bucket: string, key: string): SyncError {
  const place = { operation: "DeleteObject", bucket, key };
  return new SyncError("precondition", "its ETag is not known, so nobody can tell it apart", place);
}
