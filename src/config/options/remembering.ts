/**
 * Options about what is remembered from run to run, and about runs that must not overlap.
 *
 * @module
 */
import { duration, text } from "../kinds.ts";
import { optional, ours, withDefault } from "../option.ts";

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
