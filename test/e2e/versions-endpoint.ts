/**
 * A synthetic S3 whose buckets keep two versions of each of their computed keys, and are copies of each other.
 * A process of its own:
 *
 *     bun test/e2e/versions-endpoint.ts KEYS
 *
 * The first line on stdout is its port.
 *
 * @module
 */
import { KeySpace } from "../bench/listing/keys.ts";

const modified = "2025-03-01T12:00:00.000Z";
const keysPerPage = 500;
const keys = new KeySpace(Number(process.argv[2]), 10);

function versionXml(index: number, id: string): string {
  return (
    `<Version><Key>${keys.key(index)}</Key><VersionId>${id}</VersionId><IsLatest>${id === "v2"}</IsLatest>` +
    `<LastModified>${modified}</LastModified><ETag>&quot;9e107d9d372bb6826bd81d3542a419d6&quot;</ETag>` +
    `<Size>1</Size><StorageClass>STANDARD</StorageClass></Version>`
  );
}

function page(after: string | null): string {
  const from = after === null ? 0 : keys.firstAfter(after);
  const to = Math.min(from + keysPerPage, keys.count);
  let versions = "";
  for (let index = from; index < to; index++) {
    versions += versionXml(index, "v2") + versionXml(index, "v1");
  }
  const next =
    to === keys.count
      ? ""
      : `<NextKeyMarker>${keys.key(to - 1)}</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>`;
  return `<ListVersionsResult><IsTruncated>${next !== ""}</IsTruncated>${next}${versions}</ListVersionsResult>`;
}

function answer(request: Request): Response {
  const { searchParams: query } = new URL(request.url);
  if (query.has("versioning")) {
    return new Response(
      "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    );
  }
  if (query.has("versions")) return new Response(page(query.get("key-marker")));
  if (request.method !== "HEAD") return new Response(null, { status: 405 });
  return new Response(null, {
    headers: {
      "last-modified": new Date(modified).toUTCString(),
      etag: '"9e107d9d372bb6826bd81d3542a419d6"',
      "content-length": "1",
      "x-amz-meta-s3sync_origin_version_id": query.get("versionId") ?? "",
    },
  });
}

const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: answer });
process.stdout.write(`${server.port}\n`);
