/**
 * Rules about options that do not go together, with each other or with the places.
 *
 * @module
 */
import { isCrc } from "../core/checksum.ts";
import { compareKeys } from "../core/key.ts";
import { camelCase, type OptionName, options } from "./options.ts";
import { asBucketUrl, asForeignUrl, overlapOf } from "./place.ts";
import type { Config } from "./shape.ts";

/** Options that mean one side and make sense only if that side is S3. */
const aboutOneSide = [
  "profile",
  "access-key",
  "secret-access-key",
  "session-token",
  "region",
  "endpoint-url",
  "accelerate",
  "request-payer",
  "force-path-style",
  "no-sign-request",
] as const;

const updateChecks = ["check-size", "check-etag", "check-mtime-and-etag"] as const;

/** No two of a line can be given together. */
const exclusive: readonly (readonly OptionName[])[] = [
  [...updateChecks, "update", "ignore-existing"],
  ["remove-modified-filter", "update"],
  ["remove-modified-filter", "ignore-existing"],
  ["remove-modified-filter", "check-mtime-and-etag"],
  ["existing", "ignore-existing"],
  ["tagging", "disable-tagging"],
  ["target-sse-c", "sse"],
];

/** The first of a line needs the second. */
const dependent: readonly (readonly [OptionName, OptionName])[] = [
  ["disable-additional-checksum-verify", "additional-checksum-algorithm"],
  ["max-delete", "delete"],
  ["delete-excluded", "delete"],
  ["sse-kms-key-id", "sse"],
  ...(["source", "target"] as const).flatMap((side) => {
    const [kind, key, md5] = [
      `${side}-sse-c`,
      `${side}-sse-c-key`,
      `${side}-sse-c-key-md5`,
    ] as const;
    return [[kind, key] as const, [key, md5] as const, [md5, kind] as const];
  }),
];

/** Where an option makes sense. */
const needs: Readonly<
  Record<"localSource" | "localTarget" | "s3Source" | "s3Target" | "s3Both", readonly OptionName[]>
> = {
  localSource: ["ignore-symlinks", "no-guess-mime-type"],
  localTarget: ["fsync"],
  s3Source: ["enable-additional-checksum", "source-sse-c", "source-sse-c-key"],
  s3Target: [
    "disable-payload-signing",
    "disable-content-md5-header",
    "additional-checksum-algorithm",
    "full-object-checksum",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "metadata",
    "website-redirect",
    "put-last-modified-metadata",
    "storage-class",
    "acl",
    "tagging",
    "sse",
    "sse-kms-key-id",
    "target-sse-c",
    "target-sse-c-key",
    "if-none-match",
  ],
  s3Both: ["server-side-copy", "no-sync-system-metadata", "no-sync-user-defined-metadata"],
};

/** All violations, each a sentence that names the options. */
export function ruleViolations(config: Config): string[] {
  return [
    ...placeRules(config),
    ...credentialRules(config),
    ...combinationRules(config),
    ...sideRules(config),
    ...needRules(config),
    ...checkRules(config),
  ];
}

function placeRules(config: Config): string[] {
  const { source, target } = config;
  if (source.kind === "local" && target.kind === "local") {
    return [bothLocal(source.path, target.path)];
  }
  if (source.kind === "local" || target.kind === "local") return [];
  const sameService = plainUrl(config.sourceEndpointUrl) === plainUrl(config.targetEndpointUrl);
  if (!sameService || source.bucket !== target.bucket) return [];
  const overlap = overlapOf(source.prefix, target.prefix, config.delete);
  return overlap === undefined ? [] : [overlap];
}

/**
 * Guesses at the bucket that was meant. The disk is not asked, so SOURCE, which is more often the side that is
 * there, is the guess only where TARGET is clearly a path.
 */
function bothLocal(source: string, target: string): string {
  for (const [name, path] of [
    ["SOURCE", source],
    ["TARGET", target],
  ] as const) {
    const url = asForeignUrl(path);
    if (url !== undefined) {
      return `${name} ${JSON.stringify(path)} is not an S3 URL; write ${url} for a bucket`;
    }
  }
  const sourceUrl = /^[./~\\]/.test(target) ? asBucketUrl(source) : undefined;
  const url = asBucketUrl(target) ?? sourceUrl ?? "s3://BUCKET/PREFIX";
  return `both sides are local: ${source} and ${target}; write ${url} for a bucket`;
}

/** Spellings of the same URL look alike. */
function plainUrl(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).href.replace(/\/+$/, "");
}

function given(config: Config, name: OptionName): boolean {
  return config[camelCase(name)] !== options[name].fallback;
}

/** The name of a side's option, where there is one. */
function sideOption(side: "source" | "target", rest: string): OptionName | undefined {
  const name = `${side}-${rest}`;
  return name in options ? (name as OptionName) : undefined;
}

function credentialRules(config: Config): string[] {
  const problems: string[] = [];
  for (const side of ["source", "target"] as const) {
    const [key, secret, token, profile] = [
      `${side}-access-key`,
      `${side}-secret-access-key`,
      `${side}-session-token`,
      `${side}-profile`,
    ] as const;
    if (given(config, key) !== given(config, secret)) {
      problems.push(`--${key} and --${secret} need each other`);
    }
    if (given(config, token) && !given(config, key)) {
      problems.push(`--${token} needs --${key}`);
    }
    for (const other of [key, secret, token] as const) {
      if (given(config, profile) && given(config, other)) {
        problems.push(`--${profile} cannot be combined with --${other}`);
      }
    }
  }
  if (config.sourceNoSignRequest) {
    for (const rest of ["profile", "access-key", "secret-access-key", "session-token"] as const) {
      const name = `source-${rest}` as const;
      if (given(config, name)) {
        problems.push(`--source-no-sign-request cannot be combined with --${name}`);
      }
    }
    if (config.sourceRequestPayer) {
      problems.push("--source-no-sign-request cannot be combined with --source-request-payer");
    }
  }
  return problems;
}

function combinationRules(config: Config): string[] {
  const problems: string[] = [];
  for (const group of exclusive) {
    const [first, ...others] = group.filter((name) => given(config, name));
    for (const other of others) problems.push(`--${first} cannot be combined with --${other}`);
  }
  for (const [name, needed] of dependent) {
    if (given(config, name) && !given(config, needed)) problems.push(`--${name} needs --${needed}`);
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
        problems.push(`--${name} makes no sense: ${side.toUpperCase()} is local`);
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
    [source === "s3", needs.s3Source, "needs an S3 SOURCE"],
    [target === "s3", needs.s3Target, "needs an S3 TARGET"],
    [source === "s3" && target === "s3", needs.s3Both, "needs S3 on both sides"],
  ] as const;
  return unmet.flatMap(([isMet, names, what]) =>
    isMet ? [] : names.filter((name) => given(config, name)).map((name) => `--${name} ${what}`),
  );
}

function checkRules(config: Config): string[] {
  const problems: string[] = [];
  const { keyStart, keyEnd } = config;
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
  if (config.removeModifiedFilter && !config.headEachTarget) {
    for (const name of ["check-size", "check-etag"] as const) {
      if (given(config, name)) {
        problems.push(`--${name} with --remove-modified-filter needs --head-each-target`);
      }
    }
  }
  return problems;
}
