/**
 * Compares what a server says it deleted with what it was asked to delete.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";

/**
 * Makes sure that nothing else was deleted than was asked for. MinIO checks neither the MD5 nor the signed SHA-256 of
 * the document, so that over http a flipped bit names another key.
 *
 * @throws SyncError `protocol`
 */
export function requireAsked(
  asked: readonly string[],
  deleted: Iterable<string>,
  bucket: string,
): void {
  const known = new Set(asked);
  for (const key of deleted) {
    if (known.has(key)) continue;
    const text = `the server deleted ${JSON.stringify(key)} in s3://${bucket}, which it was not asked for`;
    throw new SyncError("protocol", text, { operation: "DeleteObjects", bucket, key });
  }
}
