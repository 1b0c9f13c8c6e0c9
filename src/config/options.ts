/**
 * The option table. Flags, environment variables, defaults, validation, help, the README's reference and the
 * type of `Config` are all made from it.
 *
 * @module
 */
import os from "node:os";

import { GiB, MiB, TiB } from "../core/bytes.ts";
import { integer, milliseconds, secret, size, text, url } from "./kinds.ts";
import { onOff, optional, ours, type ValueOf, withDefault } from "./option.ts";

const count = integer(1, 65_535);
const partSize = size(5 * MiB, 5 * GiB);

/** Every option by its long name. The order within a group is that of `--help`. */
export const options = {
  "dry-run": onOff("General", "Say what would be done, and do nothing."),
  "server-side-copy": onOff(
    "General",
    "S3 to S3: let the server copy. Both sides must be the same storage service.",
  ),

  "aws-config-file": optional(
    "AWS Configuration",
    text("FILE"),
    "The AWS configuration file. Default: ~/.aws/config.",
  ),
  "aws-shared-credentials-file": optional(
    "AWS Configuration",
    text("FILE"),
    "The AWS credentials file. Default: ~/.aws/credentials.",
  ),
  "source-profile": optional("AWS Configuration", text("NAME"), "AWS profile of the source."),
  "source-access-key": optional("AWS Configuration", secret("KEY"), "Access key of the source."),
  "source-secret-access-key": optional(
    "AWS Configuration",
    secret("KEY"),
    "Secret access key of the source.",
  ),
  "source-session-token": optional(
    "AWS Configuration",
    secret("TOKEN"),
    "Session token of the source.",
  ),
  "target-profile": optional("AWS Configuration", text("NAME"), "AWS profile of the target."),
  "target-access-key": optional("AWS Configuration", secret("KEY"), "Access key of the target."),
  "target-secret-access-key": optional(
    "AWS Configuration",
    secret("KEY"),
    "Secret access key of the target.",
  ),
  "target-session-token": optional(
    "AWS Configuration",
    secret("TOKEN"),
    "Session token of the target.",
  ),

  "source-region": optional("Source Options", text("REGION"), "Region of the source bucket."),
  "source-endpoint-url": optional(
    "Source Options",
    url,
    "Endpoint of an S3-compatible source, such as http://127.0.0.1:9000.",
  ),
  "source-accelerate": onOff("Source Options", "Use S3 Transfer Acceleration for the source."),
  "source-request-payer": onOff("Source Options", "Pay for the requests to the source bucket."),
  "source-force-path-style": onOff(
    "Source Options",
    "Put the source bucket into the path, not into the host name.",
  ),
  "source-no-sign-request": onOff(
    "Source Options",
    "Read the source anonymously, without credentials.",
  ),

  "target-region": optional("Target Options", text("REGION"), "Region of the target bucket."),
  "target-endpoint-url": optional(
    "Target Options",
    url,
    "Endpoint of an S3-compatible target, such as http://127.0.0.1:9000.",
  ),
  "target-accelerate": onOff("Target Options", "Use S3 Transfer Acceleration for the target."),
  "target-request-payer": onOff("Target Options", "Pay for the requests to the target bucket."),
  "target-force-path-style": onOff(
    "Target Options",
    "Put the target bucket into the path, not into the host name.",
  ),

  "disable-etag-verify": onOff("Verification", "Do not compare ETags with the bytes that passed."),

  "worker-size": withDefault("Performance", count, 16, "Objects in work at the same time."),
  "max-parallel-uploads": withDefault(
    "Performance",
    count,
    16,
    "Parts of large objects that are moved at the same time, in either direction.",
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

  "json-tracing": onOff("Tracing/Logging", "Log records as JSON, one a line."),
  "tracing-stderr": onOff("Tracing/Logging", "Log to stderr instead of stdout."),
  "disable-color-tracing": onOff("Tracing/Logging", "No colours."),
  "show-no-progress": onOff("Tracing/Logging", "Neither progress nor the summary line."),

  "aws-max-attempts": withDefault(
    "Retry Options",
    integer(1, 1000),
    10,
    "How often a request is tried.",
  ),
  "initial-backoff-milliseconds": withDefault(
    "Retry Options",
    milliseconds,
    100,
    "The wait before the second try; each further one may be twice as long, at random.",
  ),
  "force-retry-count": withDefault(
    "Retry Options",
    integer(0, 1000),
    5,
    "How often an object is done over that failed in spite of that, or changed meanwhile.",
  ),
  "force-retry-interval-milliseconds": withDefault(
    "Retry Options",
    milliseconds,
    1000,
    "The wait before an object is done over.",
  ),

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

  "warn-as-error": onOff("Advanced", "Warnings are errors."),
  "ignore-symlinks": onOff("Advanced", "Leave symbolic links in the source out."),
  "no-guess-mime-type": onOff("Advanced", "Do not derive a Content-Type from a file's name."),
  "max-keys": withDefault("Advanced", integer(1, 1000), 1000, "Keys per page of a listing."),
  "disable-stalled-stream-protection": onOff(
    "Advanced",
    "Wait for ever for a body that does not move.",
  ),
  "disable-payload-signing": onOff(
    "Advanced",
    "Do not sign bodies. Content-MD5 still protects them.",
  ),
  "disable-content-md5-header": onOff(
    "Advanced",
    "No Content-MD5. It also disables the ETag verification of uploads.",
  ),

  delete: onOff(
    "Dangerous",
    "Delete what is in the target but not in the source. Try it with --dry-run first.",
  ),
} as const;

/** The name of an option, as on the command line. */
export type OptionName = keyof typeof options;

type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** The values of all options, by their names in camel case. */
export type OptionValues = {
  readonly [Name in OptionName as CamelCase<Name>]: ValueOf<(typeof options)[Name]>;
};

/** `multipart-chunksize` → `multipartChunksize`. */
export function camelCase(name: OptionName): keyof OptionValues {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  ) as keyof OptionValues;
}

/** The names of all options, in the order of the table. */
export const optionNames = Object.keys(options) as readonly OptionName[];
