/**
 * `restore()`: makes a directory what a bucket holds, or held at some time. A run of `sync()` whose options are chosen
 * for that.
 *
 * @module
 */
import { camelCase, type OptionName, optionNames } from "../config/options.ts";
import { fileKeeping } from "../config/options/files.ts";
import { filtering } from "../config/options/filtering.ts";
import { multipart, performance, resuming, retry, timeouts } from "../config/options/running.ts";
import { awsConfiguration, sourceOptions } from "../config/options/sides.ts";
import { parsePlace } from "../config/place.ts";
import { onlyFor } from "../config/rules/tables.ts";
import type { Config, ConfigInput, OptionsInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import { usualAspects } from "../core/file-attributes.ts";
import type { Run } from "./run.ts";
import { begin, configOf, type SyncHandlers } from "./sync.ts";

/** From where to where, and how. */
export type RestoreInput = ConfigInput;

/** One list of patterns says what is restored, and nothing else about the order of patterns has to be known. */
const ofNoUse: readonly OptionName[] = ["include", "exclude", "ignore-file"];

/** The options that restoring understands: of when, which objects, and how both sides are reached and written. */
export const restoreOptions: ReadonlySet<OptionName> = new Set<OptionName>(
  [
    ...onlyFor.restore,
    ...(["delete", "max-delete", "allow-empty-source", "check-size", "dry-run"] as const),
    ...namesOf(awsConfiguration, sourceOptions, filtering, fileKeeping, retry, timeouts),
    ...namesOf(performance, multipart, resuming),
    ...(["source-sse-c", "source-sse-c-key", "source-sse-c-key-md5"] as const),
    ...(["encode-names", "filename-encoding", "follow-target-links", "fsync", "temp-dir"] as const),
    ...(["backup-dir", "journal"] as const),
    ...(["continue-on-error", "warn-as-error", "ignore-glacier-warnings", "max-keys"] as const),
    ...(["disable-etag-verify", "disable-multipart-verify", "enable-additional-checksum"] as const),
    ...(["disable-stalled-stream-protection", "config", "lock", "lock-wait"] as const),
    ...(["json-tracing", "summary-json", "tracing-stderr", "show-no-progress"] as const),
    ...(["aws-sdk-tracing", "disable-color-tracing"] as const),
  ].filter((name) => !ofNoUse.includes(name)),
);

function namesOf(...groups: readonly Partial<Record<OptionName, unknown>>[]): OptionName[] {
  return groups.flatMap((group) => Object.keys(group) as OptionName[]);
}

/**
 * Reads the options of restoring. Those that mean nothing to it are left out.
 *
 * @throws SyncError `usage`
 */
export function restoreConfig({ source, target, ...given }: RestoreInput): Config {
  const values: Record<string, unknown> = { ...given, ...keptBy(given) };
  for (const name of optionNames) if (!restoreOptions.has(name)) delete values[camelCase(name)];
  const { at, only, ...others } = values;
  const chosen: Record<string, unknown> = { ...others, pointInTime: at, include: only };
  if (parsePlace(source, "SOURCE").kind !== "s3" || parsePlace(target, "TARGET").kind === "s3") {
    throw new SyncError("usage", "a bucket is restored into a directory", {
      hint: "For example: s3sync restore s3://bucket/photos/ ./photos",
    });
  }
  try {
    return configOf({ ...chosen, source, target }, "restore");
  } catch (thrown) {
    throw named(thrown);
  }
}

/** All that there is of a file, unless somebody says otherwise, or something else that does not go with it. */
function keptBy(given: OptionsInput): OptionsInput {
  const { filenameEncoding = "utf-8" } = given;
  if (filenameEncoding !== "utf-8") return given;
  return {
    preserve: given.preserve ?? usualAspects,
    links: given.links ?? given.followTargetLinks !== true,
    hardLinks: given.hardLinks ?? true,
    specials: given.specials ?? true,
    keepDirs: given.keepDirs ?? given.encodeNames !== true,
  };
}

/** Nobody has given the options that stand for those of restoring. */
function named(thrown: unknown): unknown {
  if (!(thrown instanceof SyncError)) return thrown;
  const { code, message, ...details } = thrown;
  const said = message.replaceAll("--point-in-time", "--at").replaceAll("--include", "--only");
  return new SyncError(code, said, details);
}

/**
 * Makes a directory what a bucket holds, or held at some time, with attributes, links and empty directories as far as
 * they were kept. What has the same size and ETag is left alone, whatever its time. Files that the bucket has not are
 * removed with `delete`.
 *
 * ```ts
 * await restore({ source: "s3://bucket/photos/", target: "./photos", at: "3d", only: ["/2026/"] });
 * ```
 *
 * @returns a promise of the counters, which can be iterated for the events, as that of `sync()`
 */
export function restore(input: RestoreInput, handlers: SyncHandlers = {}): Run {
  return begin(() => restoreConfig(input), input, handlers);
}
