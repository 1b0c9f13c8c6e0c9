/**
 * ETag arithmetic: how S3 makes the ETag of unencrypted and SSE-S3 objects from their bytes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 * @module
 */
import type { ETag } from "../core/etag.ts";
import { hex } from "./digest.ts";

/** The ETag of an object written by one PutObject: the MD5 of its bytes. */
export function singleETag(md5: Uint8Array): ETag {
  return hex(md5) as ETag;
}

/**
 * The ETag of an object written by a multipart upload: the MD5 over the MD5s of its parts, and their number.
 *
 * @param partMd5s one 16-byte digest per part, in part order
 */
export function multipartETag(partMd5s: readonly Uint8Array[]): ETag {
  const whole = new Bun.CryptoHasher("md5");
  for (const md5 of partMd5s) whole.update(md5);
  return `${hex(whole.digest())}-${partMd5s.length}` as ETag;
}
