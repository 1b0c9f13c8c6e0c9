/**
 * Something that lies in a directory, held in a way that nobody can put a link to something else in its place.
 *
 * @module
 */
import fs from "node:fs";

import { typeOfMode } from "../../../core/file-attributes.ts";
import type { Reached } from "./native.ts";

/** Opens a file only to name it, for which nobody needs any rights (Linux: `O_PATH`). */
const pathOnly = process.platform === "linux" ? 0o10000000 : undefined;

/**
 * Does something with what lies at a path. No link is followed: a link itself is what it is about.
 *
 * @param use hears how it is reached, and what it is
 */
export function holding<T>(path: string, use: (place: Reached, stats: fs.Stats) => T): T {
  const seen = fs.lstatSync(path);
  if (seen.isSymbolicLink() || pathOnly === undefined) {
    return use({ kind: "path", path, isLink: seen.isSymbolicLink() }, seen);
  }
  // What a descriptor leads to nobody can replace.
  const descriptor = fs.openSync(path, pathOnly | fs.constants.O_NOFOLLOW);
  try {
    const stats = fs.fstatSync(descriptor);
    // It has become a link meanwhile.
    const isLink = typeOfMode(stats.mode) === "link";
    const held = isLink ? path : `/proc/self/fd/${descriptor}`;
    return use({ kind: "path", path: held, isLink }, stats);
  } finally {
    fs.closeSync(descriptor);
  }
}
