/**
 * Deletes versions for good, a thousand with a request.
 *
 * @module
 */
import { batchesOf } from "../../core/batches.ts";
import { pause } from "../../core/cancel.ts";
import { SyncError } from "../../core/errors.ts";
import type { Version } from "../../core/version.ts";
import type { Removal } from "../store.ts";
import { mostKeysPerDelete, type ObjectVersion, type S3Api } from "./api.ts";
import { namedError } from "./wire/s3-errors.ts";

/** How often versions are sent again that the server was too busy to delete, and the wait between, in milliseconds. */
const deleteAttempts = 4;
const deletePauseMs = 500;

/**
 * Deletes versions.
 *
 * @param locate makes full keys
 */
export async function removeVersions(
  api: S3Api,
  versions: readonly Version[],
  locate: (version: Version) => string,
  signal: AbortSignal,
): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  for (const batch of batchesOf(versions, mostKeysPerDelete)) {
    const asked = batch.map((entry) => ({
      entry,
      version: { key: locate(entry), versionId: entry.versionId },
    }));
    const failures = await removeBatch(
      api,
      asked.map(({ version }) => version),
      signal,
    );
    for (const { entry, version } of asked) {
      const error = failures.get(nameOf(version));
      removals.push({ entry, error: error?.code === "not-found" ? undefined : error });
    }
  }
  return removals;
}

async function removeBatch(
  api: S3Api,
  batch: readonly ObjectVersion[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SyncError>> {
  const failed = new Map<string, SyncError>();
  let left = batch;
  for (let attempt = 1; ; attempt++) {
    const errors = await removeOnce(api, left, signal);
    for (const version of left) {
      const error = errors.get(nameOf(version));
      if (error === undefined) failed.delete(nameOf(version));
      else failed.set(nameOf(version), error);
    }
    left = left.filter((version) => errors.get(nameOf(version))?.retryable === true);
    if (left.length === 0 || attempt === deleteAttempts) return failed;
    await pause(attempt * deletePauseMs, signal);
  }
}

async function removeOnce(
  api: S3Api,
  versions: readonly ObjectVersion[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SyncError>> {
  const asked = new Set(versions.map(nameOf));
  const failures = await api.deleteVersions(versions, signal);
  return new Map(
    failures.map(({ key, versionId = onlyVersionOf(key, versions), reason, message }) => {
      const place = { operation: "DeleteObjects", bucket: api.bucket, key };
      const error = namedError({ reason, message, status: 0, requestId: undefined }, place);
      // An answer about what nobody asked for leaves open which one was not deleted.
      if (!asked.has(nameOf({ key, versionId }))) throw error;
      return [nameOf({ key, versionId }), error];
    }),
  );
}

/** Some servers name the key alone. */
function onlyVersionOf(key: string, asked: readonly ObjectVersion[]): string {
  const [one, ...others] = asked.filter((version) => version.key === key);
  return one === undefined || others.length > 0 ? "null" : one.versionId;
}

function nameOf({ key, versionId }: ObjectVersion): string {
  return `${versionId} ${key}`;
}
