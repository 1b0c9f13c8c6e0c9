/**
 * Makes directories, and tells them apart.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { systemCode } from "../fs-errors.ts";
import { onDisk } from "../names/disk-names.ts";

/** The device and the number of a file on it: what no other one has as long as it is there. */
export function identityOf({ dev, ino }: Pick<fs.Stats, "dev" | "ino">): string {
  return `${dev}:${ino}`;
}

/** Whether there is anything, a link that leads nowhere included. */
export function isThere(file: string): boolean {
  return fs.lstatSync(onDisk(file), { throwIfNoEntry: false }) !== undefined;
}

/** Makes a directory. Whether it was missing. */
export function mkdirIfMissing(directory: string): boolean {
  try {
    fs.mkdirSync(onDisk(directory));
    return true;
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
    return false;
  }
}

/**
 * Makes the root of a tree, and what is missing above it.
 *
 * @param syncs wait until the disk has them
 */
export function makeRoot(root: string, syncs: boolean): void {
  const first = fs.mkdirSync(root, { recursive: true });
  if (first === undefined || !syncs) return;
  for (let at = path.resolve(root); ; at = path.dirname(at)) {
    syncDirectory(path.dirname(at));
    if (at === path.resolve(first) || at === path.dirname(at)) return;
  }
}

/** Waits until the disk has a directory's names. Windows keeps them by itself, and lets nobody open a directory. */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(onDisk(directory), fs.constants.O_RDONLY);
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
