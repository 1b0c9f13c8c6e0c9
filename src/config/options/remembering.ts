/**
 * Options about what is remembered from run to run, and about runs that must not overlap.
 *
 * @module
 */
import { duration, text } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";

/** The index. */
export const indexing = {
  index: optional(
    "Index and Lock",
    text("FILE"),
    "Between files and S3: remember in this file what both sides were shown to hold, so that unchanged files are not read again to be compared.",
    ours,
  ),
  "trust-index": onOff(
    "Index and Lock",
    "From files to S3: do not list the bucket, but take the index for what it holds, until --rescan.",
    ours,
  ),
  rescan: optional(
    "Index and Lock",
    duration,
    "With --trust-index: list the bucket all the same when that was last done so long ago: 12h, 7d. 0: now. Default: 7d. With --watch: look at everything so often, whatever is told. Default: 1h.",
    ours,
  ),
} as const;

/** Locks. */
export const locking = {
  lock: optional(
    "Index and Lock",
    text("FILE"),
    "Do nothing, and end with 1, while another run holds this file. A run that is no more holds it no longer.",
    ours,
  ),
  "lock-wait": withDefault(
    "Index and Lock",
    duration,
    0,
    "How long to wait for the lock: 30s, 10m, 2h.",
    ours,
  ),
} as const;
