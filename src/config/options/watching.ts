/**
 * Options about runs that keep going.
 *
 * @module
 */
import { duration } from "../kinds.ts";
import { onOff, ours, withDefault } from "../option.ts";

/** Keeping going. */
export const watching = {
  watch: onOff(
    "Watch",
    "When all is in step, keep going: do what changes until stopped by a signal. Errors do not end it.",
    ours,
  ),
  debounce: withDefault(
    "Watch",
    duration,
    500,
    "With --watch: wait until a file has not changed for so long: 200ms, 2s.",
    ours,
  ),
  poll: withDefault(
    "Watch",
    duration,
    60_000,
    "With --watch: how often to look for what has changed in a bucket, and in files where the system tells nothing.",
    ours,
  ),
} as const;
