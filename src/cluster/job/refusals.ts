/**
 * What cannot be ordered of a cluster: the work is done elsewhere, by many, and in pieces. Pure.
 *
 * @module
 */
import { camelCase, type OptionName, optionNames } from "../../config/options.ts";
import { Secret } from "../../config/secret.ts";
import type { Config, OptionsInput } from "../../config/shape.ts";

/** What each machine has of its own. */
export const ofOneMachine: readonly OptionName[] = [
  ...(["aws-config-file", "aws-shared-credentials-file", "ca-bundle"] as const),
  ...(["state-dir", "temp-dir"] as const),
];

/** Why, and which options. */
const refused: readonly (readonly [reason: string, names: readonly OptionName[]])[] = [
  [
    "keys do not travel: each worker has credentials of its own, or a profile of that name",
    [
      ...(["access-key", "source-access-key", "target-access-key"] as const),
      ...(["keyring", "source-keyring", "target-keyring"] as const),
    ],
  ],
  ["it is about one machine: give it to the workers' environment", ofOneMachine],
  ["workers share the keys by themselves", ["shard", "shard-ranges"]],
  [
    "it keeps or reads a file on one machine",
    [
      ...(["index", "trust-index", "rescan", "lock", "lock-wait", "journal"] as const),
      ...(["plan-file", "apply-plan", "export-batch-manifest", "report-file"] as const),
      ...(["files-from", "ignore-file", "backup-dir", "keep-partial"] as const),
    ],
  ],
  [
    "code does not travel",
    [
      ...(["callback", "filter-callback-lua-script", "event-callback-lua-script"] as const),
      "preprocess-callback-lua-script",
    ],
  ],
  [
    "that needs one run over everything",
    [
      ...(["preserve", "links", "hard-links", "specials", "keep-dirs"] as const),
      ...(["max-keys", "source-inventory", "enable-versioning", "sync-delete-markers"] as const),
      ...(["report-sync-status", "report-metadata-sync-status"] as const),
      ...(["report-tagging-sync-status", "report-annotations-sync-status"] as const),
      ...(["watch", "source-events", "metrics-listen"] as const),
    ],
  ],
];

/** What each of them is when nobody has asked for it. */
const none: ReadonlySet<unknown> = new Set([undefined, false, ""]);

/**
 * What speaks against an order, one line for each option.
 *
 * @param config what it comes to
 * @param given what somebody has said of it
 * @param sharedPath whether a local path is the same directory on every machine
 */
export function refusals(config: Config, given: OptionsInput, sharedPath: boolean): string[] {
  const isGiven = (name: OptionName): boolean => !isNone(given[camelCase(name)]);
  const isSecret = (name: OptionName): boolean => config[camelCase(name)] instanceof Secret;
  const reasons = new Map<OptionName, string>();
  for (const name of optionNames.filter(isSecret)) {
    reasons.set(name, "nothing secret is put into the queue");
  }
  // What is known of an option by its name tells more.
  for (const [reason, names] of refused) {
    for (const name of names.filter(isGiven)) reasons.set(name, reason);
  }
  const places = [config.source, config.target].some(({ kind }) => kind === "local");
  const path =
    "a local path is another directory on each machine; if it is the same everywhere, add --shared-path";
  return [
    ...[...reasons].map(([name, reason]) => `--${name}: ${reason}`),
    ...(places && !sharedPath ? [path] : []),
  ];
}

function isNone(value: unknown): boolean {
  return none.has(value) || (Array.isArray(value) && value.length === 0);
}
