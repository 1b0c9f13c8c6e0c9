/**
 * ListObjectVersions and GetBucketVersioning.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
 * @module
 */
import type { Versioning, VersionsRequest } from "../api.ts";
import type { DirectClient } from "../wire/client.ts";
import { parseVersionsPage, type VersionsPage } from "../wire/versions-parser.ts";
import { elementText } from "../wire/xml.ts";

/** Reads one page of versions. */
export async function listVersions(
  client: DirectClient,
  { prefix, mark, maxKeys }: VersionsRequest,
  signal: AbortSignal,
): Promise<VersionsPage> {
  return client.call(
    {
      name: "ListObjectVersions",
      method: "GET",
      query: {
        versions: "",
        "encoding-type": "url",
        "max-keys": String(maxKeys),
        prefix: prefix === "" ? undefined : prefix,
        "key-marker": mark?.key,
        "version-id-marker": mark?.versionId,
      },
    },
    async (response) => parseVersionsPage(await response.text()),
    signal,
  );
}

/** Asks whether the bucket keeps versions. */
export async function getBucketVersioning(
  client: DirectClient,
  signal: AbortSignal,
): Promise<Versioning> {
  return client.call(
    { name: "GetBucketVersioning", method: "GET", query: { versioning: "" } },
    async (response) => asVersioning(elementText(await response.text(), "Status")),
    signal,
  );
}

/** A bucket that never kept versions has no status. */
export function asVersioning(status: string | undefined): Versioning {
  return status === "Enabled" || status === "Suspended" ? status : undefined;
}
