/**
 * Which options two-way syncs understand: those that say where and as whom, how objects are moved and what they get,
 * and their own. What decides what is sent in one direction makes no sense here.
 *
 * @module
 */
import type { Group, Option } from "../config/option.ts";
import { type OptionName, optionNames, options } from "../config/options.ts";

const groups: ReadonlySet<Group> = new Set<Group>([
  "AWS Configuration",
  "Target Options",
  "Verification",
  "Performance",
  "Multipart Settings",
  "Metadata/Headers",
  "Encryption",
  "Tracing/Logging",
  "Retry Options",
  "Timeout Options",
  "Two-way Sync",
  "Watch",
]);

const single: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(["dry-run", "max-delete", "fsync", "continue-on-error", "warn-as-error"] as const),
  ...([
    "include",
    "exclude",
    "ignore-file",
    "max-keys",
    "no-guess-mime-type",
    "encode-names",
    "filename-encoding",
  ] as const),
  ...(["backup-prefix", "backup-dir", "require-marker", "allow-empty-source"] as const),
  ...(["confirm-deletes", "read-back-verify", "tagging", "disable-payload-signing"] as const),
  ...(["disable-stalled-stream-protection", "summary-json", "config", "show-no-progress"] as const),
  "rescan",
]);

/** The options of `s3sync bsync`. */
export const bsyncOptions: ReadonlySet<OptionName> = new Set(
  optionNames.filter((name) => {
    const { group }: Option = options[name];
    return single.has(name) || (groups.has(group) && !name.startsWith("source-"));
  }),
);

const lasting: ReadonlySet<Group> = new Set<Group>([
  ...(["AWS Configuration", "Target Options", "Filtering", "Metadata/Headers"] as const),
  ...(["Tagging", "Encryption"] as const),
]);

/** Of these, options that decide what is in step, and where: whoever gives one once wants it in every run. */
export const lastingOptions: ReadonlySet<OptionName> = new Set<OptionName>([
  ...[...bsyncOptions].filter((name) => lasting.has((options[name] satisfies Option).group)),
  ...([
    "encode-names",
    "filename-encoding",
    "require-marker",
    "backup-prefix",
    "backup-dir",
  ] as const),
  ...(["conflict-resolve", "conflict-loser"] as const),
]);
