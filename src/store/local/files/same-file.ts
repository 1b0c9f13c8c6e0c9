/**
 * Whether a file is still the one that was listed.
 *
 * @module
 */
import fs from "node:fs";

import type { Entry } from "../../../core/entry.ts";
import { SyncError } from "../../../core/errors.ts";
import { typeOfMode } from "../../../core/file-attributes.ts";
import { onDisk } from "../names/disk-names.ts";
import type { GuardedPlace } from "./reader.ts";

/** Compares what a listing told, its time in milliseconds since 1970, with what is there now. */
export function isSameFile(
  stats: fs.Stats,
  listed: { readonly size: number; readonly mtimeMs: number },
): boolean {
  return stats.isFile() && stats.size === listed.size && stats.mtimeMs === listed.mtimeMs;
}

/** The same for whatever else counts as an object. A directory changes with what is in it. */
export function isSameEntry(stats: fs.Stats, listed: Entry): boolean {
  const { fileType } = listed;
  if (fileType === undefined) return isSameFile(stats, listed);
  if (typeOfMode(stats.mode) !== fileType) return false;
  return (
    fileType === "directory" || (stats.size === listed.size && stats.mtimeMs === listed.mtimeMs)
  );
}

/** Removes the very file that was listed; links and whatever took its place stay. */
export function removeListed(
  { directory, name }: GuardedPlace,
  file: string,
  entry: Entry,
): SyncError | undefined {
  const path = directory.path(name);
  const stats = fs.lstatSync(onDisk(path));
  directory.confirm();
  if (!isSameEntry(stats, entry)) return changedSinceListing(file, "delete");
  if (entry.fileType === "directory") fs.rmdirSync(onDisk(path));
  else fs.unlinkSync(onDisk(path));
  return undefined;
}

/** @param operation what was to be done with it: `write`, `delete`, `rename` */
export function changedSinceListing(
  file: string,
  operation: "write" | "delete" | "rename",
): SyncError {
  const text = `${file} changed since it was listed and stays`;
  return new SyncError("precondition", text, { operation, path: file });
}
