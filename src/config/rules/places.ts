/**
 * Rules about SOURCE and TARGET themselves.
 *
 * @module
 */
import path from "node:path";

import { asBucketUrl, asForeignUrl, overlapOf } from "../place.ts";
import type { Config } from "../shape.ts";
import { accessOf } from "../sides.ts";

/** What is wrong with the two places. */
export function placeRules(config: Config): string[] {
  const { source, target } = config;
  if (source.kind === "local" && target.kind === "local") {
    const areAllowed = config.allowBothLocalStorage || config.purpose === "check";
    if (!areAllowed) return [bothLocal(source.path, target.path)];
    const overlap = overlapOf(directory(source.path), directory(target.path), config);
    return overlap === undefined ? [] : [overlap];
  }
  if (source.kind !== "s3" || target.kind !== "s3") return [];
  const sameService =
    plainUrl(accessOf(config, "source").endpointUrl) ===
    plainUrl(accessOf(config, "target").endpointUrl);
  if (!sameService || source.bucket !== target.bucket) return [];
  const overlap = overlapOf(source.prefix, target.prefix, config);
  return overlap === undefined ? [] : [overlap];
}

/**
 * Guesses at the bucket that was meant. The disk is not asked, so SOURCE, which is more often the side that is
 * there, is the guess only where TARGET is clearly a path.
 */
function bothLocal(source: string, target: string): string {
  for (const [name, place] of [
    ["SOURCE", source],
    ["TARGET", target],
  ] as const) {
    const url = asForeignUrl(place);
    if (url !== undefined) {
      return `${name} ${JSON.stringify(place)} is not an S3 URL; write ${url} for a bucket`;
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

function directory(place: string): string {
  return path.resolve(place) + path.sep;
}
