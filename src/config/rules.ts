/**
 * Rules about options that do not go together, with each other or with the places.
 *
 * @module
 */
import { isCrc } from "../core/checksum.ts";
import { compareKeys } from "../core/key.ts";
import { camelCase, type OptionName, options } from "./options.ts";
import { isDirectoryBucket } from "./place.ts";
import { placeRules } from "./rules/places.ts";
import {
  aboutOneSide,
  dependent,
  excludes,
  exclusive,
  foreignOptions,
  incomplete,
  needs,
  notInDirectoryBuckets,
  together,
  whatStoresKeep,
  whatStoresTell,
} from "./rules/tables.ts";
import type { Config } from "./shape.ts";

/** All violations, each a sentence that names the options. */
export function ruleViolations(config: Config): string[] {
  return [
    ...placeRules(config),
    ...credentialRules(config),
    ...combinationRules(config),
    ...sideRules(config),
    ...needRules(config),
    ...bucketRules(config),
    ...checkRules(config),
    ...valueRules(config),
    ...purposeRules(config),
  ];
}

function purposeRules(config: Config): string[] {
  return foreignOptions(config.purpose)
    .filter(([name]) => given(config, name))
    .map(([name, other]) => `--${name} belongs to s3sync ${other}`);
}

function given(config: Config, name: OptionName): boolean {
  const value = config[camelCase(name)];
  return Array.isArray(value) ? value.length > 0 : value !== options[name].fallback;
}

/** The name of a side's option, where there is one. */
function sideOption(side: "source" | "target", rest: string): OptionName | undefined {
  const name = `${side}-${rest}`;
  return name in options ? (name as OptionName) : undefined;
}

const sides = ["", "source-", "target-"] as const;

function credentialRules(config: Config): string[] {
  return [...sides.flatMap((side) => identityRules(config, side)), ...anonymityRules(config)];
}

/** Who somebody is: a profile, or a key with its secret, which may be in a keyring. */
function identityRules(config: Config, side: (typeof sides)[number]): string[] {
  const problems: string[] = [];
  const [key, secret, token, profile, keyring] = [
    `${side}access-key`,
    `${side}secret-access-key`,
    `${side}session-token`,
    `${side}profile`,
    `${side}keyring`,
  ] as const;
  const hasSecret = given(config, secret) || given(config, keyring);
  if (given(config, key) ? !hasSecret : given(config, secret)) {
    problems.push(`--${key} and --${secret} need each other`);
  }
  if (given(config, token) && !given(config, key)) problems.push(`--${token} needs --${key}`);
  const excluded = [
    ...([key, secret, token] as const).map((other) => [profile, other] as const),
    ...([secret, token, profile] as const).map((other) => [keyring, other] as const),
  ];
  for (const [one, other] of excluded) {
    if (given(config, one) && given(config, other)) {
      problems.push(`--${one} cannot be combined with --${other}`);
    }
  }
  return problems;
}

function anonymityRules(config: Config): string[] {
  if (!config.sourceNoSignRequest) return [];
  const identity = [
    "profile",
    "access-key",
    "secret-access-key",
    "session-token",
    "keyring",
  ] as const;
  const others = [
    ...identity.map((rest) => `source-${rest}` as const),
    "source-request-payer",
  ] as const;
  return others
    .filter((name) => given(config, name))
    .map((name) => `--source-no-sign-request cannot be combined with --${name}`);
}

function combinationRules(config: Config): string[] {
  const problems: string[] = [];
  for (const group of exclusive) {
    const [first, ...others] = group.filter((name) => given(config, name));
    for (const other of others) problems.push(`--${first} cannot be combined with --${other}`);
  }
  const clear = together[config.purpose] ?? [];
  for (const [first, ...others] of excludes) {
    if (!given(config, first)) continue;
    for (const other of others.filter((name) => given(config, name))) {
      if (clear.includes(first) && clear.includes(other)) continue;
      problems.push(`--${first} cannot be combined with --${other}`);
    }
  }
  for (const [name, needed] of [...dependent, ...incomplete]) {
    if (!given(config, name) || given(config, needed)) continue;
    // A site is deleted from unless that is forbidden: it takes no --delete that could be missing.
    const isForbidden = needed === "delete" && config.purpose === "site";
    const why = isForbidden ? "cannot be combined with --no-delete" : `needs --${needed}`;
    problems.push(`--${name} ${why}`);
  }
  return problems;
}

function sideRules(config: Config): string[] {
  const problems: string[] = [];
  for (const side of ["source", "target"] as const) {
    if (given(config, `${side}-accelerate`) && given(config, `${side}-endpoint-url`)) {
      problems.push(`--${side}-accelerate cannot be combined with --${side}-endpoint-url`);
    }
    if (config[side].kind === "s3") continue;
    for (const rest of aboutOneSide) {
      const name = sideOption(side, rest);
      if (name !== undefined && given(config, name)) {
        const what = config[side].kind === "local" ? "local" : "a store of the caller's";
        problems.push(`--${name} makes no sense: ${side.toUpperCase()} is ${what}`);
      }
    }
  }
  return problems;
}

function needRules(config: Config): string[] {
  const [source, target] = [config.source.kind, config.target.kind];
  const unmet = [
    [source === "local", needs.localSource, "needs a local SOURCE"],
    [target === "local", needs.localTarget, "needs a local TARGET"],
    [source === "local" || target === "local", needs.anyLocal, "needs a local side"],
    [source === "s3", needs.s3Source, "needs an S3 SOURCE"],
    [target === "s3", needs.s3Target, "needs an S3 TARGET"],
    [source === "s3" && target === "s3", needs.s3Both, "needs S3 on both sides"],
  ] as const;
  const isKept = (name: OptionName): boolean =>
    (source === "store" && whatStoresTell.has(name)) ||
    (target === "store" && whatStoresKeep.has(name));
  return unmet.flatMap(([isMet, names, what]) =>
    isMet
      ? []
      : names
          .filter((name) => given(config, name) && !isKept(name))
          .map((name) => `--${name} ${what}`),
  );
}

function bucketRules(config: Config): string[] {
  const isDirectory = [config.source, config.target].some(
    (place) => place.kind === "s3" && isDirectoryBucket(place.bucket),
  );
  if (!isDirectory) return [];
  return notInDirectoryBuckets
    .filter((name) => given(config, name))
    .map((name) => `--${name} does not work with directory buckets`);
}

function checkRules(config: Config): string[] {
  const problems: string[] = [];
  if (config.sse !== undefined && config.sse !== "AES256") {
    for (const name of ["check-etag", "check-mtime-and-etag"] as const) {
      if (!given(config, name)) continue;
      problems.push(
        `--${name} cannot be combined with --sse ${config.sse}: ETags are no MD5s then`,
      );
    }
  }
  if (config.removeModifiedFilter && !config.headEachTarget) {
    for (const name of ["check-size", "check-etag", "if-match"] as const) {
      if (!given(config, name)) continue;
      problems.push(`--${name} with --remove-modified-filter needs --head-each-target`);
    }
  }
  const looksAtParts = config.checkEtag || config.checkMtimeAndEtag || config.reportSyncStatus;
  if (config.autoChunksize && config.source.kind === "local" && !looksAtParts) {
    problems.push(
      "--auto-chunksize with a local SOURCE needs --check-etag or --check-mtime-and-etag",
    );
  }
  if (config.syncLatestTagging && config.source.kind === "local" && config.tagging === undefined) {
    problems.push("--sync-latest-tagging with a local SOURCE needs --tagging: files have no tags");
  }
  return problems;
}

function valueRules(config: Config): string[] {
  const problems: string[] = [];
  const { keyStart, keyEnd, pointInTime } = config;
  if (config.shard !== undefined && config.keepDirs && config.target.kind === "local") {
    problems.push(
      "--shard cannot be combined with --keep-dirs and a local TARGET: directories get their times when all is in them",
    );
  }
  if (keyStart !== undefined && keyEnd !== undefined && compareKeys(keyStart, keyEnd) >= 0) {
    problems.push("no key lies after --key-start and not after --key-end");
  }
  const { additionalChecksumAlgorithm: algorithm } = config;
  if (config.fullObjectChecksum && algorithm !== undefined && !isCrc(algorithm)) {
    problems.push(`--full-object-checksum cannot be combined with ${algorithm}`);
  }
  if (config.sse === "AES256" && config.sseKmsKeyId !== undefined) {
    problems.push("--sse-kms-key-id needs --sse aws:kms or aws:kms:dsse");
  }
  const { rescan, trustIndex, watch } = config;
  if (rescan !== undefined && !trustIndex && !watch) {
    problems.push("--rescan needs --trust-index or --watch");
  }
  if (rescan === 0 && watch) problems.push("--rescan 0 cannot be combined with --watch");
  if (config.poll === 0 && watch) problems.push("--poll 0 cannot be combined with --watch");
  if (config.filenameEncoding !== "utf-8" && process.platform === "win32") {
    problems.push("--filename-encoding makes no sense on Windows: names are no bytes there");
  }
  if (pointInTime !== undefined && pointInTime.getTime() > Date.now()) {
    problems.push("--point-in-time is in the future");
  }
  return problems;
}
