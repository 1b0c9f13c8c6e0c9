/**
 * Versions over the SDK, which gives versions and delete markers apart.
 *
 * @module
 */
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";

import { parseETag } from "../../../core/etag.ts";
import type { DeleteFailure, ObjectVersion, VersionsRequest } from "../api.ts";
import { requireAsked } from "../asked-for.ts";
import { withoutSecrets } from "../wire/redact.ts";
import { newestFirst, type VersionsPage } from "../wire/versions-parser.ts";
import { byXml } from "../wire/xml.ts";
import { keyReader } from "./answers.ts";

/** Reads one page of versions. Of the same second those that are no markers come first. */
export async function listVersions(
  client: S3Client,
  Bucket: string,
  { prefix, mark, maxKeys }: VersionsRequest,
  signal: AbortSignal,
): Promise<VersionsPage> {
  const command = new ListObjectVersionsCommand({
    Bucket,
    Prefix: prefix,
    KeyMarker: mark?.key,
    VersionIdMarker: mark?.versionId,
    MaxKeys: maxKeys,
    EncodingType: "url",
  });
  const page = await client.send(command, { abortSignal: signal });
  const read = keyReader(page.EncodingType);
  const versions = [
    ...(page.Versions ?? []).map((version) => ({
      ...common(version, read),
      size: version.Size ?? 0,
      etag: version.ETag === undefined ? undefined : parseETag(version.ETag),
      storageClass: version.StorageClass,
      checksumAlgorithm: version.ChecksumAlgorithm?.[0],
      checksumType: version.ChecksumType,
      isMarker: false,
    })),
    ...(page.DeleteMarkers ?? []).map((marker) => ({
      ...common(marker, read),
      ...{ size: 0, etag: undefined, storageClass: undefined, isMarker: true },
    })),
  ];
  const isMore = page.IsTruncated === true && page.NextKeyMarker !== undefined;
  return {
    versions: versions.toSorted(newestFirst),
    next: isMore
      ? { key: read(page.NextKeyMarker), versionId: page.NextVersionIdMarker }
      : undefined,
  };
}

/** Deletes versions, those whose keys XML cannot name one by one. */
export async function deleteVersions(
  client: S3Client,
  Bucket: string,
  versions: readonly ObjectVersion[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const keys = versions.map(({ key }) => key);
  const others = new Set(byXml(keys).others);
  const objects = versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
  for (const each of objects.filter(({ Key }) => others.has(Key))) {
    await client.send(new DeleteObjectCommand({ Bucket, ...each }), { abortSignal: signal });
  }
  const Objects = objects.filter(({ Key }) => !others.has(Key));
  if (Objects.length === 0) return [];
  const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects } });
  const { Deleted, Errors } = await client.send(command, { abortSignal: signal });
  requireAsked(
    keys,
    (Deleted ?? []).flatMap(({ Key }) => Key ?? []),
    Bucket,
  );
  return (Errors ?? []).map(({ Key, VersionId, Code, Message }) => ({
    key: Key ?? "",
    versionId: VersionId,
    reason: Code ?? "",
    message: withoutSecrets(Message ?? ""),
  }));
}

interface SdkVersion {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly IsLatest?: boolean | undefined;
}

function common(version: SdkVersion, read: (text?: string) => string) {
  return {
    key: read(version.Key),
    damaged: false,
    versionId: version.VersionId ?? "null",
    mtimeMs: version.LastModified?.getTime() ?? 0,
    isLatest: version.IsLatest === true,
  };
}
