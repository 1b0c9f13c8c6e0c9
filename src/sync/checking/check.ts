/**
 * `check()`: proves that two sides hold the same, and changes nothing.
 *
 * @module
 */
import { camelCase, type OptionName, optionNames } from "../../config/options.ts";
import { filtering } from "../../config/options/filtering.ts";
import { lua } from "../../config/options/history.ts";
import { retry, timeouts } from "../../config/options/running.ts";
import { sharding } from "../../config/options/sharding.ts";
import { awsConfiguration, sourceOptions, targetOptions } from "../../config/options/sides.ts";
import { onlyFor } from "../../config/rules/tables.ts";
import type { Config } from "../../config/shape.ts";
import type { Run } from "../run.ts";
import { begin, configOf, type SyncHandlers, type SyncInput } from "../sync.ts";

/** Of what is only about what is written, or about objects that are sent. */
const ofNoUse: readonly OptionName[] = [
  "preprocess-callback-lua-script",
  "upstream-event-keys",
  "force-retry-count",
  "force-retry-interval-milliseconds",
];

/** The options that a check understands: which objects it is about, and how both sides are reached and read. */
export const checkOptions: ReadonlySet<OptionName> = new Set<OptionName>(
  [
    ...onlyFor.check,
    ...namesOf(awsConfiguration, sourceOptions, targetOptions, filtering, sharding, lua),
    ...namesOf(retry, timeouts),
    ...(["source-sse-c", "source-sse-c-key", "source-sse-c-key-md5"] as const),
    ...(["target-sse-c", "target-sse-c-key", "target-sse-c-key-md5"] as const),
    ...(["worker-size", "max-parallel-uploads", "max-parallel-listings", "threads"] as const),
    ...(["max-memory", "temp-dir", "rate-limit-bandwidth", "multipart-chunksize"] as const),
    ...(["callback", "continue-on-error", "ignore-symlinks", "max-keys"] as const),
    ...(["preserve", "links", "specials", "keep-dirs", "filename-encoding"] as const),
    ...(["disable-stalled-stream-protection", "config", "json-tracing"] as const),
    ...(["aws-sdk-tracing", "disable-color-tracing", "show-no-progress"] as const),
  ].filter((name) => !ofNoUse.includes(name)),
);

function namesOf(...groups: readonly Partial<Record<OptionName, unknown>>[]): OptionName[] {
  return groups.flatMap((group) => Object.keys(group) as OptionName[]);
}

/**
 * Reads the options of a check. Those that mean nothing to it are left out.
 *
 * @throws SyncError `usage`
 */
export function checkConfig({ source, target, ...given }: SyncInput): Config {
  const values: Record<string, unknown> = { ...given };
  for (const name of optionNames) if (!checkOptions.has(name)) delete values[camelCase(name)];
  return configOf({ ...values, source, target }, "check");
}

/**
 * Compares two sides, and changes nothing. Without options no body of an object in S3 is read: files are read and
 * hashed as their objects were, objects are compared by their ETags and checksums.
 *
 * ```ts
 * const run = check({ source: "./photos", target: "s3://bucket/photos/", readData: true });
 * for await (const event of run) {
 *   if (event.type === "checked" && event.verdict !== "same") show(event.key, event.verdict);
 * }
 * const { check: counts, errors } = await run.result;
 * ```
 *
 * @returns a promise of the counters, `check` among them, which can be iterated for the events, as that of `sync()`
 */
export function check(input: SyncInput, handlers: SyncHandlers = {}): Run {
  return begin(() => checkConfig(input), input, handlers);
}
