/**
 * Options about versions, annotations, reports and scripts.
 *
 * @module
 */
import { GiB, MiB } from "../../core/bytes.ts";
import { milliseconds, moment, size, text } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";
import { existingFile } from "../pattern-kinds.ts";

/** Annotations of objects. */
export const annotations = {
  "enable-sync-object-annotations": onOff(
    "Object Annotation",
    "S3 to S3: copy annotations along with objects. This takes requests of its own.",
  ),
  "disable-check-annotation-etag": onOff(
    "Object Annotation",
    "Do not compare the ETags of annotations, but their sizes and times.",
  ),
  "sync-latest-object-annotations": onOff(
    "Object Annotation",
    "S3 to S3: bring the annotations of what is unchanged in step, too.",
  ),
} as const;

/** Versions. */
export const versioning = {
  "enable-versioning": onOff(
    "Versioning",
    "S3 to S3: copy all versions of all objects, oldest first. Both buckets have to keep versions.",
  ),
  "sync-delete-markers": onOff(
    "Versioning",
    "With --enable-versioning: delete again also what was written again later, not only what is deleted now.",
    ours,
  ),
  "point-in-time": optional(
    "Versioning",
    moment,
    'Send what the source held at this time: 2025-07-16T12:00:00Z, "2025-07-16 12:00" or 2025-07-16 (UTC), now, or an age: 90m, 12h, 3d, 2w. Sent is what has another size or ETag.',
  ),
} as const;

/** Plans. */
export const plans = {
  "plan-file": optional(
    "Reporting",
    text("FILE"),
    "With --dry-run: write what would be done to this file, to be carried out by --apply-plan.",
    ours,
  ),
  "apply-plan": optional(
    "Reporting",
    text("FILE"),
    "Do what this plan says and nothing else. What has changed since it was made is left alone, with a warning.",
    ours,
  ),
  "export-batch-manifest": optional(
    "Reporting",
    text("FILE"),
    "With --dry-run, from S3: write what would be copied as a CSV manifest for S3 Batch Operations.",
    ours,
  ),
} as const;

/** Reports. */
export const reporting = {
  "report-sync-status": onOff(
    "Reporting",
    "Compare both sides, tell of each object whether it is the same, and change nothing. By ETags, or by what an option for the update check says.",
  ),
  "report-metadata-sync-status": onOff("Reporting", "Compare headers and metadata, too."),
  "report-tagging-sync-status": onOff("Reporting", "Compare tags, too."),
  "report-extra-as-mismatch": onOff(
    "Reporting",
    "Exit code 3 also if the target has objects that the source has not.",
    ours,
  ),
  "report-file": optional(
    "Reporting",
    text("FILE"),
    "Write the report to this file, too: as CSV if its name ends with .csv, else as JSON, one object a line.",
    ours,
  ),
  "report-annotations-sync-status": onOff("Reporting", "Compare annotations, too."),
} as const;

/** Scripts. */
export const lua = {
  "preprocess-callback-lua-script": optional(
    "Lua scripting support",
    existingFile,
    "Script that may change headers before an object is written.",
  ),
  "event-callback-lua-script": optional(
    "Lua scripting support",
    existingFile,
    "Script that hears what happens.",
  ),
  "filter-callback-lua-script": optional(
    "Lua scripting support",
    existingFile,
    "Script that decides which objects are sent.",
  ),
  "upstream-event-keys": onOff(
    "Lua scripting support",
    "Give event scripts the keys as the Rust s3sync does: full ones of the target in some events, else below the prefix.",
    ours,
  ),
  "allow-lua-os-library": onOff(
    "Lua scripting support",
    "Scripts may use the libraries os and io.",
  ),
  "lua-vm-memory-limit": withDefault(
    "Lua scripting support",
    size(0, 5 * GiB),
    64 * MiB,
    "Memory that each script may use. 0: no limit.",
  ),
  "lua-callback-timeout-milliseconds": withDefault(
    "Lua scripting support",
    milliseconds,
    10_000,
    "Time that a call of a script may take. 0: no limit.",
  ),
  "allow-lua-unsafe-vm": onOff("Dangerous", "Scripts may use the libraries os, io and debug."),
} as const;
