/**
 * Whether a directory can be made: asked once, before a run finds out with every file.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../../../core/errors.ts";
import { fileError, systemCode } from "../fs-errors.ts";

/**
 * Looks at the nearest place above a directory that there is. Nothing is made yet.
 *
 * @param called how people call it
 * @throws SyncError `usage` if it is no directory, else what the file system says against it
 */
export function requirePlaceFor(directory: string, called = "TARGET"): void {
  const wanted = path.resolve(directory);
  for (let at = wanted; ; at = path.dirname(at)) {
    const stats = examine(at, wanted);
    if (stats === undefined && at !== path.dirname(at)) continue;
    if (stats?.isDirectory() !== true) {
      const what = stats?.isSymbolicLink() === true ? "a link that leads nowhere" : "no directory";
      throw new SyncError("usage", `${called} ${directory} cannot be made: ${at} is ${what}`, {
        path: directory,
      });
    }
    if (at !== wanted) requireAccess(at, directory);
    return;
  }
}

/** What is there; of a link what it leads to, if anything. */
function examine(at: string, wanted: string): fs.Stats | undefined {
  try {
    return (
      fs.statSync(at, { throwIfNoEntry: false }) ?? fs.lstatSync(at, { throwIfNoEntry: false })
    );
  } catch (thrown) {
    // Of what lies below a file the file will tell.
    if (systemCode(thrown) === "ENOTDIR") return undefined;
    throw fileError(thrown, "create", wanted);
  }
}

function requireAccess(at: string, directory: string): void {
  try {
    fs.accessSync(at, fs.constants.W_OK | fs.constants.X_OK);
  } catch (thrown) {
    throw fileError(thrown, "create", directory);
  }
}
