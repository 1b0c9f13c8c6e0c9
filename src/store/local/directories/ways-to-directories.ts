/**
 * Which way to reach directories suits a tree.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { onDisk } from "../names/disk-names.ts";
import type { Directories, DirectoryHandle, TreeOptions } from "./directories.ts";
import { ExaminedDirectories } from "./examined-directories.ts";
import { OpenDirectories } from "./open-directories.ts";

/** Whether files can be named through an open directory. macOS and Windows have nothing of the kind that Bun reaches. */
const hasDescriptorPaths = process.platform === "linux";

/**
 * The directories of a tree that others may change meanwhile.
 *
 * @param root may itself be a link: the user named it
 */
export function guardedDirectories(
  root: string,
  options: TreeOptions,
  byDescriptor = hasDescriptorPaths,
): Directories {
  return byDescriptor ? new OpenDirectories(root, options) : new ExaminedDirectories(root, options);
}

/** The same by plain paths, links followed: for what the user wants to be read. */
export function plainDirectories(root: string): Directories {
  const enter = (names: readonly string[]): DirectoryHandle => {
    const self = names.length === 0 ? root : root + path.sep + names.join(path.sep);
    return {
      self,
      path: (name) => self + path.sep + name,
      stats: () => fs.statSync(onDisk(self)),
      nameOf: (name) => name,
      learnFrom: () => undefined,
      confirm: () => undefined,
      sync: () => Promise.resolve(),
      leave: () => undefined,
    };
  };
  return { enter, close: () => undefined };
}
