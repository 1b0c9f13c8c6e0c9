/**
 * The parts of an object over the SDK: GetObjectAttributes, and HEAD with the number of a part.
 *
 * @module
 */
import { GetObjectAttributesCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";

import { parseETag } from "../../../core/etag.ts";
import type { HeadedPart, ObjectPartsPage } from "../api.ts";
import { missing } from "./answers.ts";
import { checksumOf } from "./inputs.ts";

/**
 * Reads one page of an object's parts.
 *
 * @param customer what the server needs to know of the customer's key
 */
export async function listObjectParts(
  client: S3Client,
  Bucket: string,
  { key, versionId }: { readonly key: string; readonly versionId: string | undefined },
  after: number,
  customer: object,
  signal: AbortSignal,
): Promise<ObjectPartsPage> {
  const command = new GetObjectAttributesCommand({
    ...{ Bucket, Key: key, VersionId: versionId, MaxParts: 1000 },
    ObjectAttributes: ["ETag", "ObjectParts"],
    ...(after === 0 ? {} : { PartNumberMarker: String(after) }),
    ...customer,
  });
  const { ETag, ObjectParts } = await client.send(command, { abortSignal: signal });
  const parts = (ObjectParts?.Parts ?? []).map((part) => ({
    number: part.PartNumber ?? missing("GetObjectAttributes", "number of a part"),
    length: part.Size ?? missing("GetObjectAttributes", "size of a part"),
    checksum: checksumOf(part),
  }));
  const next = Number(ObjectParts?.NextPartNumberMarker);
  return {
    etag: ETag === undefined ? undefined : parseETag(ETag),
    parts,
    next: ObjectParts?.IsTruncated === true && next > after ? next : undefined,
  };
}

/**
 * Asks for a part with its checksum.
 *
 * @param customer what the server needs to know of the customer's key
 */
export async function headPartChecksum(
  client: S3Client,
  Bucket: string,
  { key, versionId }: { readonly key: string; readonly versionId: string | undefined },
  number: number,
  customer: object,
  signal: AbortSignal,
): Promise<HeadedPart | undefined> {
  const command = new HeadObjectCommand({
    ...{ Bucket, Key: key, VersionId: versionId, PartNumber: number },
    ChecksumMode: "ENABLED",
    ...customer,
  });
  const head = await client.send(command, { abortSignal: signal });
  const { ContentLength: length, ETag, PartsCount } = head;
  if (PartsCount === undefined || length === undefined) return undefined;
  return {
    length,
    checksum: checksumOf(head),
    etag: ETag === undefined ? undefined : parseETag(ETag),
  };
}
