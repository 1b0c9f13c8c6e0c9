/**
 * What SOURCE and TARGET mean.
 *
 * @module
 */
import path from "node:path";

import { SyncError } from "../core/errors.ts";
import type { Purpose } from "./purpose.ts";

/** A side of a run. */
export type Place =
  | WrittenPlace
  /** A store that the caller of the library has made. */
  | { readonly kind: "store"; readonly name: string };

/** A place that can be written down. */
export type WrittenPlace =
  | { readonly kind: "local"; readonly path: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Taken literally: `?`, `#`, `..` and `%41` are what they are. May be empty. */
      readonly prefix: string;
    };

const scheme = "s3://";
/** The ARN of an access point, on an Outpost or not, and what follows it. */
const accessPoint =
  /^(arn:[^:/]*:s3[^:/]*:[^:/]*:[^:/]*:(?:outpost[:/][^:/]+[:/])?accesspoint[:/][^/]+)(?:\/(.*))?$/s;

/**
 * Reads `s3://bucket[/prefix]`, an access point's `s3://arn:…[/prefix]`, or a path.
 *
 * @throws SyncError `usage`
 */
export function parsePlace(
  argument: string,
  name: "SOURCE" | "TARGET" | "DIRECTORY" | "the place" | "--source-inventory" | "--backup-prefix",
): WrittenPlace {
  if (argument === "") throw new SyncError("usage", `${name} is empty`, { hint: usageHint });
  if (!argument.startsWith(scheme)) {
    if (/^s3:|^[a-z][a-z0-9+.-]+:\/\//i.test(argument)) {
      throw new SyncError("usage", `${name} ${shown(argument)} is not an S3 URL`, {
        hint: usageHint,
      });
    }
    return { kind: "local", path: argument };
  }
  const rest = argument.slice(scheme.length);
  const [, arn, belowArn] = accessPoint.exec(rest) ?? [];
  if (arn !== undefined) return { kind: "s3", bucket: withSlashes(arn), prefix: belowArn ?? "" };
  const slash = rest.indexOf("/");
  const bucket = slash === -1 ? rest : rest.slice(0, slash);
  if (bucket === "") {
    throw new SyncError("usage", `${name} ${JSON.stringify(argument)} names no bucket`, {
      hint: usageHint,
    });
  }
  return { kind: "s3", bucket, prefix: slash === -1 ? "" : rest.slice(slash + 1) };
}

/** A URL of another kind may hold a password before the `@`, or a signature after the `?`. */
function shown(url: string): string {
  return JSON.stringify(url.replace(/\?.*$/s, "?…").replace(/\/\/[^/]*@/, "//…@"));
}

/** `arn:partition:service:region:account`. */
const arnFields = 5;

/** An ARN in the one of its two spellings that everybody takes: the same place has to have the same name. */
function withSlashes(arn: string): string {
  const parts = arn.split(":");
  return `${parts.slice(0, arnFields).join(":")}:${parts.slice(arnFields).join("/")}`;
}

const usageHint = "Write s3://BUCKET[/PREFIX] or a path.";

/** A place as the user wrote it. */
export function placeName(place: Place): string {
  switch (place.kind) {
    case "local":
      return place.path;
    case "s3":
      return `${scheme}${place.bucket}/${place.prefix}`;
    case "store":
      return place.name;
  }
}

/** The name of a place that is the same from wherever it is said. */
export function absoluteName(place: Place): string {
  return place.kind === "local" ? path.resolve(place.path) : placeName(place);
}

/**
 * What a local path would be as an S3 URL, if it looks like a bucket and not like a path.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function asBucketUrl(given: string): string | undefined {
  return /^[a-z0-9][a-z0-9.-]{2,62}(?:\/|$)/.test(given) ? `s3://${given}` : undefined;
}

/**
 * What `bucket:path`, as other tools write it, or a bare ARN would be as an S3 URL. One letter before the colon
 * is a drive.
 */
export function asForeignUrl(given: string): string | undefined {
  if (accessPoint.test(given)) return `${scheme}${given}`;
  const [, bucket, key = ""] = /^([^/\\:.][^/\\:]+):\/*([^\\]*)$/s.exec(given) ?? [];
  return bucket === undefined ? undefined : asBucketUrl(`${bucket}/${key}`);
}

/**
 * Whether a name is that of a directory bucket, or of an access point of one: S3 Express One Zone.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html
 */
export function isDirectoryBucket(bucket: string): boolean {
  return bucket.endsWith("--x-s3") || bucket.endsWith("--xa-s3");
}

/**
 * What is wrong with two prefixes of the same bucket, if anything.
 *
 * @param run what is done with them, and whether what only the target has is to be deleted
 */
export function overlapOf(
  source: string,
  target: string,
  run: { readonly purpose: Purpose; readonly delete: boolean },
): string | undefined {
  if (source === target) return "SOURCE and TARGET are the same";
  if (run.purpose === "check") return undefined;
  if (target.startsWith(source)) {
    return "TARGET lies inside SOURCE: what is written would be copied again, without end";
  }
  if (source.startsWith(target) && run.delete) {
    return "SOURCE lies inside TARGET: --delete would delete it";
  }
  return undefined;
}
