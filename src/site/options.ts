/**
 * The options of `s3sync site`, and what they mean for a run.
 *
 * @module
 */
import fs from "node:fs";

import type { Option } from "../config/option.ts";
import { camelCase, type OptionName, optionNames, options } from "../config/options.ts";
import { filtering } from "../config/options/filtering.ts";
import { indexing, locking } from "../config/options/remembering.ts";
import {
  logging,
  multipart,
  performance,
  resuming,
  retry,
  timeouts,
} from "../config/options/running.ts";
import { awsConfiguration, targetOptions } from "../config/options/sides.ts";
import { parsePlace } from "../config/place.ts";
import { onlyFor } from "../config/rules/tables.ts";
import type { Config, ConfigInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import type { PublishedRule } from "../diff/update-check.ts";
import { sha256Hex } from "../hash/digest.ts";
import { configOf } from "../sync/sync.ts";
import { defaultTemplate, indexTemplate } from "./index-page.ts";
import type { Redirect } from "./redirects-file.ts";
import type { SiteRules } from "./rules.ts";
import type { Template } from "./template.ts";

/** The options that publishing understands: of what is published, how the bucket is reached and written, and running. */
export const siteOptions: ReadonlySet<OptionName> = new Set<OptionName>([
  ...onlyFor.site,
  ...(["dry-run", "config", "max-delete", "allow-empty-source", "delete-excluded"] as const),
  ...namesOf(awsConfiguration, targetOptions, filtering, retry, timeouts, logging),
  ...namesOf(performance, multipart, resuming, indexing, locking),
  ...([
    "filename-encoding",
    "ignore-symlinks",
    "plan-file",
    "confirm-deletes",
    "require-marker",
    "journal",
  ] as const),
  ...(["storage-class", "acl", "sse", "sse-kms-key-id", "backup-prefix"] as const),
  ...(["continue-on-error", "warn-as-error", "max-keys", "disable-etag-verify"] as const),
  ...(["additional-checksum-algorithm", "full-object-checksum", "read-back-verify"] as const),
  ...(["disable-payload-signing", "disable-stalled-stream-protection"] as const),
]);

function namesOf(...groups: readonly Partial<Record<OptionName, unknown>>[]): OptionName[] {
  return groups.flatMap((group) => Object.keys(group) as OptionName[]);
}

/** Half of a site does not go by itself, unless it is said. */
const usualDeleteLimit = "50%";

/**
 * Reads the options of publishing. Those that mean nothing to it are left out.
 *
 * @throws SyncError `usage`
 */
export function siteConfig({ source, target, ...given }: ConfigInput): Config {
  const values: Record<string, unknown> = { ...given };
  for (const name of optionNames) if (!siteOptions.has(name)) delete values[camelCase(name)];
  const place = parsePlace(target, "TARGET");
  if (parsePlace(source, "SOURCE").kind !== "local" || place.kind !== "s3") {
    throw new SyncError("usage", "a directory is published to a bucket", {
      hint: "For example: s3sync site ./public s3://bucket",
    });
  }
  const deletes = given.noDelete !== true;
  const chosen = {
    ...values,
    delete: deletes,
    maxDelete: given.maxDelete ?? (deletes ? usualDeleteLimit : undefined),
  };
  return configOf({ ...chosen, source, target: asDirectory(target, place.prefix) }, "site");
}

/** A site lies below its prefix: with `docs`, all of `docs-old/…` would be deleted. */
function asDirectory(target: string, prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? target : `${target}/`;
}

/**
 * How files are judged that are published already.
 *
 * @param madeUntilMs what was written later may be compressed otherwise
 * @param clockOffsetMs how far the clock of the service is ahead, as far as it is known
 */
export function publishedRule(
  { check, mtimeTolerance: toleranceMs }: Config,
  madeUntilMs: number,
  clockOffsetMs: () => number | undefined,
): PublishedRule {
  const hashes = check === "mtime" ? "none" : check;
  // An answer tells whole seconds: half of one is what the offset may be too small by.
  const mostOffset = (): number => {
    const offsetMs = clockOffsetMs();
    return offsetMs === undefined ? 0 : offsetMs + 500;
  };
  return { kind: "published", hashes, madeUntilMs, toleranceMs, clockOffsetMs: mostOffset };
}

/**
 * What tells the rules of a run, and which objects it is about: changes with either. So it does with the redirects that
 * win over files: when one goes, the file is older than what was published in its place.
 */
export function digestOf(
  config: Config,
  rules: SiteRules,
  redirects: readonly Pick<Redirect, "key" | "force">[],
): string {
  const winners = redirects.filter(({ force }) => force).map(({ key }) => key);
  const filters = namesOf(filtering).map((name) => {
    const { kind }: Option = options[name];
    const value: unknown = config[camelCase(name)];
    return value === undefined ? "" : kind.format(value);
  });
  return sha256Hex(JSON.stringify([rules.digest, ...filters, ...winners]));
}

/** What a site is called: the last part of its prefix, or the bucket. */
export function siteNameOf({ target }: Config): string {
  if (target.kind !== "s3") return "";
  return target.prefix.split("/").findLast((part) => part !== "") ?? target.bucket;
}

/**
 * The template of index pages.
 *
 * @throws SyncError `usage`
 */
export function templateOf({ template: file }: Config): Template {
  if (file === undefined) return defaultTemplate;
  try {
    return indexTemplate(fs.readFileSync(file, "utf8"));
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new SyncError("usage", `--template ${file}: ${said}`, { path: file, cause: thrown });
  }
}
