/**
 * Options about speed, patience and what is said meanwhile.
 *
 * @module
 */
import os from "node:os";

import { GiB, MiB, TiB } from "../../core/bytes.ts";
import { integer, milliseconds, moment, size, text } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";

const count = integer(1, 65_535);
const partSize = size(5 * MiB, 5 * GiB);

/** How much is done at the same time. */
export const performance = {
  "worker-size": optional(
    "Performance",
    count,
    "Objects in work at the same time. Default: 16 to begin with, then as many as pay off, up to 64.",
  ),
  "max-parallel-uploads": withDefault(
    "Performance",
    count,
    16,
    "Parts of large objects that are moved at the same time, in either direction, where the line is wide enough.",
  ),
  "max-parallel-listings": withDefault(
    "Performance",
    count,
    16,
    "Places at which both sides are listed at the same time, where waiting for pages takes the time. 1: only one.",
  ),
  "max-parallel-listing-max-depth": optional(
    "Performance",
    count,
    "Has no effect: listings are cut anywhere between two keys, not only at folders.",
  ),
  "object-listing-queue-size": optional(
    "Performance",
    integer(1, 2 ** 32 - 1),
    "Has no effect: a listing is never ahead of the work by more than some pages.",
  ),
  "allow-parallel-listings-in-express-one-zone": onOff(
    "Performance",
    "Has no effect: directory buckets are listed one page after the other.",
  ),
  "rate-limit-objects": optional(
    "Performance",
    integer(1, 2 ** 32 - 1),
    "No more objects a second than this are sent or deleted.",
  ),
  "rate-limit-bandwidth": optional(
    "Performance",
    size(MiB, 100 * GiB),
    "No more bytes a second than this are read from the source. What the server copies does not count.",
  ),
  threads: withDefault(
    "Performance",
    integer(0, 256),
    Math.max(1, os.availableParallelism() - 1),
    "Threads that hash and move the parts of large objects. 0: only the main one. Default: one less than there are processors.",
    ours,
  ),
  "max-memory": withDefault(
    "Performance",
    size(16 * MiB, TiB),
    256 * MiB,
    "What all buffers together may take. Bodies beyond their share pass through --temp-dir or are read twice.",
    ours,
  ),
  "temp-dir": withDefault(
    "Performance",
    text("DIR"),
    os.tmpdir(),
    "Where bodies go that are too large for --max-memory. Default: the system's temporary directory.",
    ours,
  ),
} as const;

/** When and how objects are cut. */
export const multipart = {
  "multipart-threshold": withDefault(
    "Multipart Settings",
    partSize,
    8 * MiB,
    "From this size on an object is moved in parts.",
  ),
  "multipart-chunksize": optional(
    "Multipart Settings",
    partSize,
    "Size of a part. Grows by itself where 10,000 parts would not do. Default: 8MiB, or that of the source object.",
  ),
  "auto-chunksize": onOff(
    "Multipart Settings",
    "Keep the parts of the source, and its single part if it has only one: then both sides have the same ETag.",
  ),
} as const;

/** What is left of a run that ends before its time, and what the next one makes of it. */
export const resuming = {
  "no-resume": onOff(
    "Multipart Settings",
    "Begin anew what an earlier run has not brought to its end, large objects and plans, and keep nothing for a later one.",
    ours,
  ),
  "keep-partial": onOff(
    "Multipart Settings",
    "When the run is stopped by Ctrl-C or SIGTERM: leave unfinished large objects for the next run to go on with.",
    ours,
  ),
  "state-dir": optional(
    "Multipart Settings",
    text("DIR"),
    "Where journals of unfinished work are kept. Default: s3sync in $XDG_STATE_HOME, or in ~/.local/state; in %LOCALAPPDATA% on Windows.",
    ours,
  ),
} as const;

/** What `s3sync cleanup` takes. */
export const cleaning = {
  "older-than": optional(
    "Cleanup",
    moment,
    "With cleanup: leave what was begun, or last written, later than so long ago, or than this time: 12h, 7d, 2030-02-19. Default: 7d. With status: runs of which the last good one is older are stale.",
    ours,
  ),
  others: onOff(
    "Cleanup",
    "With cleanup: abort uploads, too, that were begun elsewhere, or by another program.",
    ours,
  ),
} as const;

/** What is printed, and how. */
export const logging = {
  "json-tracing": onOff("Tracing/Logging", "Log records as JSON, one a line."),
  "summary-json": optional(
    "Tracing/Logging",
    text("FILE"),
    "Write the summary to this file, as JSON, when the run has ended.",
    ours,
  ),
  "tracing-stderr": onOff("Tracing/Logging", "Log to stderr instead of stdout."),
  "aws-sdk-tracing": onOff(
    "Tracing/Logging",
    "With -vv: log every request, its answer, bytes and duration.",
  ),
  "span-events-tracing": onOff(
    "Tracing/Logging",
    "With -vv: log when the run, its transfers and (with --aws-sdk-tracing) its requests begin and end.",
  ),
  "disable-color-tracing": onOff("Tracing/Logging", "No colours."),
  "show-no-progress": onOff("General", "Neither progress nor the summary line."),
} as const;

/** What is tried again. */
export const retry = {
  "aws-max-attempts": withDefault(
    "Retry Options",
    integer(0, 2 ** 32 - 1),
    10,
    "How often a request is tried. 0 is like 1.",
  ),
  "initial-backoff-milliseconds": withDefault(
    "Retry Options",
    milliseconds,
    100,
    "The wait before the second try; each further one may be twice as long, at random.",
  ),
  "force-retry-count": withDefault(
    "Retry Options",
    integer(0, 2 ** 32 - 1),
    5,
    "How often an object is done over that failed in spite of that, or changed meanwhile.",
  ),
  "force-retry-interval-milliseconds": withDefault(
    "Retry Options",
    milliseconds,
    1000,
    "The wait before an object is done over.",
  ),
} as const;

/** What is waited for. */
export const timeouts = {
  "operation-timeout-milliseconds": withDefault(
    "Timeout Options",
    milliseconds,
    0,
    "Limit for a request with all its tries. 0: none.",
  ),
  "operation-attempt-timeout-milliseconds": withDefault(
    "Timeout Options",
    milliseconds,
    0,
    "Limit for one try. 0: none.",
  ),
  "connect-timeout-milliseconds": withDefault(
    "Timeout Options",
    milliseconds,
    3100,
    "Limit for opening a connection. 0: none.",
  ),
  "read-timeout-milliseconds": withDefault(
    "Timeout Options",
    milliseconds,
    60_000,
    "Limit for the server's answer to begin. Copies and completions get ten minutes at least. 0: none.",
  ),
} as const;
