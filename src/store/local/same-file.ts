/**
 * Whether a file is still the one that was listed.
 *
 * @module
 */
import type fs from "node:fs";

import { SyncError } from "../../core/errors.ts";

/** Compares what a listing told, its time in milliseconds since 1970, with what is there now. */
export function isSameFile(
  stats: fs.Stats,
  listed: { readonly size: number; readonly mtimeMs: number },
): boolean {
  return stats.isFile() && stats.size === listed.size && stats.mtimeMs === listed.mtimeMs;
}

/** @param operation what was to be done with it: `write`, `delete`, `rename` */
export function changedSinceListing(
  file: string,
  operation: "write" | "delete" | "rename",
): SyncError {
  const text = `${file} changed since it was listed and stays`;
  return new SyncError("precondition", text, { operation, path: file });
}
