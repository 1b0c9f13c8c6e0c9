/**
 * ListObjectVersions over the SDK, which gives versions and delete markers apart.
 *
 * @module
 */
import { ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";

import { parseETag } from "../../../core/etag.ts";
import { compareKeys } from "../../../core/key.ts";
import type { VersionsRequest } from "../api.ts";
import type { ListedVersion, VersionsPage } from "../wire/versions-parser.ts";

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
  const versions = [
    ...(page.Versions ?? []).map((version) => ({
      ...common(version),
      size: version.Size ?? 0,
      etag: version.ETag === undefined ? undefined : parseETag(version.ETag),
      storageClass: version.StorageClass,
      checksumAlgorithm: version.ChecksumAlgorithm?.[0],
      checksumType: version.ChecksumType,
      isMarker: false,
    })),
    ...(page.DeleteMarkers ?? []).map((marker) => ({
      ...common(marker),
      ...{ size: 0, etag: undefined, storageClass: undefined, isMarker: true },
    })),
  ];
  const isMore = page.IsTruncated === true && page.NextKeyMarker !== undefined;
  return {
    versions: versions.toSorted(newestFirst),
    next: isMore
      ? { key: decode(page.NextKeyMarker), versionId: page.NextVersionIdMarker }
      : undefined,
  };
}

interface SdkVersion {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly IsLatest?: boolean | undefined;
}

function common(version: SdkVersion) {
  return {
    key: decode(version.Key),
    damaged: false,
    versionId: version.VersionId ?? "null",
    mtimeMs: version.LastModified?.getTime() ?? 0,
    isLatest: version.IsLatest === true,
  };
}

function decode(text = ""): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function newestFirst(a: ListedVersion, b: ListedVersion): number {
  return (
    compareKeys(a.key, b.key) || Number(b.isLatest) - Number(a.isLatest) || b.mtimeMs - a.mtimeMs
  );
}
