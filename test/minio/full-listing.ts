/**
 * MinIO holds an object `a` beside an object `a/b`, but its listings leave `a/b` out. Here they are complete,
 * as those of S3 itself.
 *
 * @module
 */
import type { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { inByteOrder } from "../support/trees.ts";

/** Starts a proxy that lists exactly these keys, as far as they are there. Everything else is MinIO's. */
export async function listingAll(bucket: TestBucket, keys: readonly string[]): Promise<FaultProxy> {
  const known = new Map<string, string>();
  for (const key of inByteOrder(keys)) {
    const head = await bucket.head(key);
    known.set(
      key,
      `<Contents><Key>${encodeURIComponent(key)}</Key>` +
        `<LastModified>${head.LastModified?.toISOString() ?? ""}</LastModified>` +
        `<ETag>${head.ETag ?? ""}</ETag><Size>${head.ContentLength ?? 0}</Size></Contents>`,
    );
  }
  const proxy = await FaultProxy.start(bucket.server);
  const isOfBucket = (target: string): boolean => target.startsWith(`/${bucket.name}?`);
  proxy.inject(({ operation, target }) => operation === "ListObjectsV2" && isOfBucket(target), {
    kind: "rewrite",
    rewrite: ({ status, headers }, { target }) => {
      const query = new URL(target, "http://proxy").searchParams;
      const [prefix, after] = [query.get("prefix") ?? "", query.get("start-after") ?? ""];
      const wanted = Array.from(known, ([key, xml]) => ({ key, xml })).filter(
        ({ key }) =>
          key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
      );
      const contents = wanted.map(({ xml }) => xml).join("");
      const body = `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`;
      return { status, headers, body: Buffer.from(body) };
    },
  });
  return proxy;
}
