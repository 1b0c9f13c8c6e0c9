/**
 * What killed runs have left behind: temporary files of ours, which are never data.
 *
 * @module
 */
import fs from "node:fs";

import type { DirectoryHandle } from "./directories.ts";
import { isLeftover, isTempName } from "./temp-name.ts";

/** Removes a temporary file, if the run that made it is no more. */
export function removeLeftover(file: string, name: string): void {
  try {
    if (isLeftover(name, fs.lstatSync(file).mtimeMs, Date.now())) fs.unlinkSync(file);
  } catch {
    // Somebody else was faster, or we may not: it stays invisible either way.
  }
}

/** The same for all of a directory. */
export function removeLeftovers(directory: DirectoryHandle): void {
  for (const name of fs.readdirSync(directory.self)) {
    if (isTempName(name)) removeLeftover(directory.path(name), name);
  }
}
