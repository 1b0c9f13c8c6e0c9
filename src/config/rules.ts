/**
 * Rules about options that do not go together, with each other or with the places.
 *
 * @module
 */
import { camelCase, type OptionName, options } from "./options.ts";
import { asBucketUrl, asForeignUrl, overlapOf } from "./place.ts";
import type { Config } from "./shape.ts";

/** Options that mean one side and make sense only if that side is S3. */
const needsS3 = [
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

/** All violations, each a sentence that names the options. */
export function ruleViolations(config: Config): string[] {
  return [...placeRules(config), ...credentialRules(config), ...sideRules(config)];
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

function sideRules(config: Config): string[] {
  const problems: string[] = [];
  for (const side of ["source", "target"] as const) {
    if (given(config, `${side}-accelerate`) && given(config, `${side}-endpoint-url`)) {
      problems.push(`--${side}-accelerate cannot be combined with --${side}-endpoint-url`);
    }
    if (config[side].kind === "s3") continue;
    for (const rest of needsS3) {
      const name = sideOption(side, rest);
      if (name !== undefined && given(config, name)) {
        problems.push(`--${name} makes no sense: ${side.toUpperCase()} is local`);
      }
    }
  }
  const s3ToS3 = config.source.kind === "s3" && config.target.kind === "s3";
  if (config.serverSideCopy && !s3ToS3) {
    problems.push("--server-side-copy needs S3 on both sides");
  }
  if (config.source.kind === "s3" && config.ignoreSymlinks) {
    problems.push("--ignore-symlinks needs a local SOURCE");
  }
  if (config.source.kind === "s3" && config.noGuessMimeType) {
    problems.push("--no-guess-mime-type needs a local SOURCE");
  }
  if (config.target.kind === "local") {
    for (const name of ["disable-payload-signing", "disable-content-md5-header"] as const) {
      if (given(config, name)) problems.push(`--${name} needs an S3 TARGET`);
    }
  }
  return problems;
}
