/**
 * Options about publishing sites.
 *
 * @module
 */
import { duration, oneOf } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";
import { existingFile } from "../pattern-kinds.ts";

/** Which files are hashed to find out whether they changed. */
const checks = ["newer", "mtime", "all"] as const;

/** Publishing. */
export const sites = {
  "no-delete": onOff(
    "Sites",
    "With site: leave what the bucket has and the directory has not. Also -D.",
    ours,
  ),
  check: withDefault(
    "Sites",
    oneOf(checks, "HOW"),
    "newer",
    "With site: of files that have the size of what is published, hash those that are newer (newer), send those that are newer without hashing (mtime), or hash every one (all).",
    ours,
  ),
  "mtime-tolerance": withDefault(
    "Sites",
    duration,
    0,
    "With site: by how much a file must be newer than what is published to count as newer: 2s, 1m.",
    ours,
  ),
  "generate-index": onOff(
    "Sites",
    "With site: publish an index.html for each directory that has none: a page that lists it.",
    ours,
  ),
  template: optional(
    "Sites",
    existingFile,
    "With --generate-index: a page with {{…}} to be filled in, instead of the usual one.",
    ours,
  ),
} as const;
