/**
 * Options about runs that keep going.
 *
 * @module
 */
import { duration } from "../kinds.ts";
import { listenAddress } from "../listen-address.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";
import { eventSource } from "../queue.ts";

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
  "source-events": optional(
    "Watch",
    eventSource,
    "With --watch: hear of changes in the source bucket by a queue of SQS (its URL), or from MinIO (listen).",
    ours,
  ),
  "metrics-listen": optional(
    "Watch",
    listenAddress,
    "With --watch: answer /metrics, for Prometheus, and /healthz at this address of the machine.",
    ours,
  ),
} as const;
