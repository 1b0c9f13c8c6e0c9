/**
 * What killed runs have left behind: temporary files of ours, which are never data.
 *
 * @module
 */
import fs from "node:fs";

import type { DirectoryHandle } from "./directories/directories.ts";
import { onDisk } from "./names/disk-names.ts";
import { isLeftover, isPartName, isTempName } from "./names/temp-name.ts";

/** Whether a journal is about an unfinished file: then it stays, for a later run to go on with. */
export type IsResumable = ((name: string) => boolean) | undefined;

/** Throws away a draft after something went wrong, of which others tell: a disk that is read-only says so here, too. */
export function dropDraft(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // It stays, or never was.
  }
}

/** Removes a temporary file, if the run that made it is no more, and nobody goes on with it. */
export function removeLeftover(file: string, name: string, isResumable?: IsResumable): void {
  if (isPartName(name) && isResumable?.(name) === true) return;
  try {
    if (isLeftover(name, fs.lstatSync(onDisk(file)).mtimeMs, Date.now()))
      fs.unlinkSync(onDisk(file));
  } catch {
    // Somebody else was faster, or we may not: it stays invisible either way.
  }
}

/** The same for all of a directory. */
export function removeLeftovers(directory: DirectoryHandle, isResumable?: IsResumable): void {
  for (const name of fs.readdirSync(onDisk(directory.self), "utf8")) {
    if (isTempName(name)) removeLeftover(directory.path(name), name, isResumable);
  }
}
