/**
 * How a request names the object that is to be copied.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#API_CopyObject_RequestSyntax x-amz-copy-source
 * @module
 */
import type { CopySource } from "./api.ts";
import { encodeComponent, encodeKey } from "./wire/encode.ts";

/** `bucket/key`, of an access point `arn:…/object/key`; encoded, with the version if one is meant. */
export function copySourceText({ bucket, key, versionId }: CopySource): string {
  const object = bucket.startsWith("arn:") ? `${bucket}/object/${key}` : `${bucket}/${key}`;
  const version = versionId === undefined ? "" : `?versionId=${encodeComponent(versionId)}`;
  return encodeKey(object) + version;
}
