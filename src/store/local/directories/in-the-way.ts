/**
 * What stands where a directory is wanted, and how to say so.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../../../core/errors.ts";
import type { Key } from "../../../core/key.ts";
import { onDisk } from "../names/disk-names.ts";

/** Says what stands in the way of a directory. */
export function inTheWay(directory: string): SyncError {
  return new SyncError("path-clash", `${directory} is in the way: it is not a directory`, {
    path: directory,
    hint: "Nothing is written through symbolic links or over files.",
  });
}

/** A link where none is followed. */
export function linkInTheWay(link: string): SyncError {
  return new SyncError("path-clash", `${link} is in the way: it is a symbolic link`, {
    path: link,
    hint: "With --follow-target-links, links to directories inside the target are followed.",
  });
}

/** A link that may not be followed. */
export function linkLeadsOut(link: string, root: string): SyncError {
  return new SyncError("path-clash", `${link} is not followed: it leads out of ${root}`, {
    path: link,
  });
}

/** Something else that would be replaced, or written into. */
export function takenForOne(file: string, occupant: string): SyncError {
  const text = `${file} cannot be told from ${occupant} on this file system`;
  return new SyncError("path-clash", text, {
    path: occupant,
    reason: sameName,
    hint: "Rename one of the two, or write to a file system that tells them apart.",
  });
}

/** The reason of errors about names that are taken for one. */
export const sameName = "same-name";

/** Somebody else is at work in the tree. */
export function replacedMeanwhile(directory: string): SyncError {
  return new SyncError("path-clash", `${directory} was replaced while it was in use`, {
    path: directory,
  });
}

/** What stands where a key could not be written. */
export function inPlaceOfAnother(file: string): SyncError {
  const text = `${file} stays: a key that this file system cannot tell from it could not be written`;
  return new SyncError("precondition", text, { operation: "delete", path: file });
}

/** A directory where a file is wanted. */
export function directoryInPlace(file: string, key: Key): SyncError {
  const text = `cannot write ${file}: a directory stands where the file is wanted`;
  return new SyncError("path-clash", text, { operation: "write", path: file, key });
}

/** Whether there is a symbolic link. */
export function isLink(file: string): boolean {
  return fs.lstatSync(onDisk(file), { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Whether a directory is another, or lies below it. Both are real paths. */
export function liesInside(directory: string, root: string): boolean {
  const top = root.endsWith(path.sep) ? root : root + path.sep;
  return directory === root || directory.startsWith(top);
}

/** A key that ends with `/` is a directory, and holds nothing itself. */
export function holdsData(key: Key): SyncError {
  const text = `the key ${JSON.stringify(key)} holds data but names a directory`;
  return new SyncError("unsafe-key", text, { key });
}
