/**
 * What SOURCE and TARGET mean.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";

/** A side of a run. */
export type Place =
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
export function parsePlace(argument: string, name: "SOURCE" | "TARGET"): Place {
  if (argument === "") throw new SyncError("usage", `${name} is empty`, { hint: usageHint });
  if (!argument.startsWith(scheme)) {
    if (/^s3:/i.test(argument)) {
      throw new SyncError("usage", `${name} ${JSON.stringify(argument)} is not an S3 URL`, {
        hint: usageHint,
      });
    }
    return { kind: "local", path: argument };
  }
  const rest = argument.slice(scheme.length);
  const [, arn, belowArn] = accessPoint.exec(rest) ?? [];
  if (arn !== undefined) return { kind: "s3", bucket: arn, prefix: belowArn ?? "" };
  const slash = rest.indexOf("/");
  const bucket = slash === -1 ? rest : rest.slice(0, slash);
  if (bucket === "") {
    throw new SyncError("usage", `${name} ${JSON.stringify(argument)} names no bucket`, {
      hint: usageHint,
    });
  }
  return { kind: "s3", bucket, prefix: slash === -1 ? "" : rest.slice(slash + 1) };
}

const usageHint = "Write s3://BUCKET[/PREFIX] or a path.";

/** A place as the user wrote it. */
export function placeName(place: Place): string {
  return place.kind === "local" ? place.path : `${scheme}${place.bucket}/${place.prefix}`;
}

/**
 * What a local path would be as an S3 URL, if it looks like a bucket and not like a path.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function asBucketUrl(path: string): string | undefined {
  return /^[a-z0-9][a-z0-9.-]{2,62}(?:\/|$)/.test(path) ? `s3://${path}` : undefined;
}
