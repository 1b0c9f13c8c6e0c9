/**
 * Options about runs that are one of many.
 *
 * @module
 */
import { integer, text } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";
import { shard } from "../shard.ts";

/** Many runs that do together what one would do. */
export const sharding = {
  shard: optional(
    "Filtering",
    shard,
    "Only the K-th of N parts of the keys, on both sides: those whose hash falls to it. All N runs together are one run. auto/N: K is what Kubernetes (JOB_COMPLETION_INDEX) or AWS Batch (AWS_BATCH_JOB_ARRAY_INDEX) say, plus 1.",
    ours,
  ),
  "shard-ranges": optional(
    "Filtering",
    text("FILE"),
    "With --shard: parts are ranges of keys instead, so that each run lists only its own. FILE has the N-1 keys at which they end, one a line, as s3sync ranges prints them.",
    ours,
  ),
} as const;

/** What `s3sync ranges` takes. */
export const cutting = {
  count: withDefault(
    "Filtering",
    integer(1, 100_000),
    16,
    "With ranges: into how many ranges the keys are cut.",
    ours,
  ),
  exact: onOff(
    "Filtering",
    "With ranges: list all keys and count them, instead of looking here and there.",
    ours,
  ),
} as const;
