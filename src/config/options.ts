/**
 * The option table. Flags, environment variables, defaults, validation, help, the README's reference and the
 * type of `Config` are all made from it.
 *
 * @module
 */
import type { ValueOf } from "./option.ts";
import { advanced, dangerous } from "./options/advanced.ts";
import { clustering } from "./options/clustering.ts";
import { delta } from "./options/delta.ts";
import { fileKeeping } from "./options/files.ts";
import { filtering } from "./options/filtering.ts";
import { goingBack } from "./options/going-back.ts";
import { annotations, lua, plans, reporting, versioning } from "./options/history.ts";
import { encryption, headers, tagging } from "./options/objects.ts";
import { indexing, locking } from "./options/remembering.ts";
import {
  cleaning,
  logging,
  multipart,
  performance,
  resuming,
  retry,
  timeouts,
} from "./options/running.ts";
import { cutting, sharding } from "./options/sharding.ts";
import { awsConfiguration, sourceOptions, targetOptions } from "./options/sides.ts";
import { sites } from "./options/sites.ts";
import { general, updateChecking, verification } from "./options/syncing.ts";
import { twoWay } from "./options/two-way.ts";
import { undoing } from "./options/undoing.ts";
import { watching } from "./options/watching.ts";

/** Every option by its long name. The order within a group is that of `--help`. */
export const options = {
  ...general,
  ...awsConfiguration,
  ...sourceOptions,
  ...targetOptions,
  ...filtering,
  ...sharding,
  ...cutting,
  ...updateChecking,
  ...verification,
  ...performance,
  ...multipart,
  ...delta,
  ...resuming,
  ...cleaning,
  ...headers,
  ...fileKeeping,
  ...tagging,
  ...annotations,
  ...versioning,
  ...goingBack,
  ...undoing,
  ...encryption,
  ...reporting,
  ...plans,
  ...logging,
  ...retry,
  ...timeouts,
  ...advanced,
  ...indexing,
  ...locking,
  ...twoWay,
  ...watching,
  ...sites,
  ...clustering,
  ...lua,
  ...dangerous,
} as const;

/** Names that upstream's own texts use for some of them, and short ones. */
export const aliases: Readonly<Record<string, OptionName>> = {
  "website-redirect-location": "website-redirect",
  "disable-content-md5": "disable-content-md5-header",
  "skip-existing": "ignore-existing",
  json: "json-tracing",
};

/** Single letters that stand for options. */
export const letters: Readonly<Record<string, OptionName>> = { "-D": "no-delete" };

/** The name of an option, as on the command line. */
export type OptionName = keyof typeof options;

export type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
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
