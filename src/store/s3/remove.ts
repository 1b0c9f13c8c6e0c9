/**
 * Deletes objects.
 *
 * @module
 */
import { batchesOf } from "../../core/batches.ts";
import { pause } from "../../core/cancel.ts";
import type { Entry } from "../../core/entry.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import type { Removal } from "../store.ts";
import { mostKeysPerDelete, type S3Api } from "./api.ts";
import { orRemovedBefore } from "./own-doing.ts";
import { namedError } from "./wire/s3-errors.ts";

/** An object that is to go, and its full key. */
export interface ToRemove {
  readonly entry: Entry;
  readonly key: string;
}

/** How often keys are sent again that the server was too busy to delete, and the wait between, in milliseconds. */
const deleteAttempts = 4;
const deletePauseMs = 500;
/** Deletions that need a request each, at the same time. */
const parallelDeletes = 16;

/** Deletes objects, a thousand with a request. */
export async function removeAll(
  api: S3Api,
  asked: readonly ToRemove[],
  signal: AbortSignal,
): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  for (const batch of batchesOf(asked, mostKeysPerDelete)) {
    const keys = batch.map(({ key }) => key);
    const failures = await deleteBatch(api, keys, signal);
    for (const { entry, key } of batch) removals.push({ entry, error: failures.get(key) });
  }
  return removals;
}

/** Deletes what is still as it was listed: a request for each, because no other says which state is meant. */
export async function removeKnown(
  api: S3Api,
  asked: readonly ToRemove[],
  signal: AbortSignal,
): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  for (const batch of batchesOf(asked, parallelDeletes)) {
    removals.push(...(await Promise.all(batch.map((each) => removeOne(api, each, signal)))));
  }
  return removals;
}

async function removeOne(
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

/** Deletes keys; those that the server was only too busy for are sent again. */
async function deleteBatch(
  api: S3Api,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SyncError>> {
  const failed = new Map<string, SyncError>();
  let left = keys;
  for (let attempt = 1; ; attempt++) {
    const errors = await deleteOnce(api, left, signal);
    for (const key of left) {
      const error = errors.get(key);
      if (error === undefined) failed.delete(key);
      else failed.set(key, error);
    }
    left = [...errors].flatMap(([key, { retryable }]) => (retryable ? [key] : []));
    if (left.length === 0 || attempt === deleteAttempts) return failed;
    await pause(attempt * deletePauseMs, signal);
  }
}

async function deleteOnce(
  api: S3Api,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, SyncError>> {
  const asked = new Set(keys);
  const failures = await api.deleteObjects(keys, signal);
  return new Map(
    failures.map(({ key, reason, message }) => {
      const place = { operation: "DeleteObjects", bucket: api.bucket, key };
      const error = namedError({ reason, message, status: 0, requestId: undefined }, place);
      // An answer about a key that nobody asked for leaves open which one was not deleted.
      if (!asked.has(key)) throw error;
      return [key, error];
    }),
  );
}
