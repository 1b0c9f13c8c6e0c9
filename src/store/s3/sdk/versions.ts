/**
 * ListObjectVersions over the SDK, which gives versions and delete markers apart.
 *
 * @module
 */
import { ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";

import { parseETag } from "../../../core/etag.ts";
import type { VersionsRequest } from "../api.ts";
import { newestFirst, type VersionsPage } from "../wire/versions-parser.ts";
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
