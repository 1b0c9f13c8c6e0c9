/**
 * Named texts that stand beside an object: up to 1,000, each up to 1 MiB.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/annotations-overview.html
 * @module
 */
import type { ETag } from "./etag.ts";

/** An annotation as a listing shows it. */
export interface Annotation {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: ETag | undefined;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
}
