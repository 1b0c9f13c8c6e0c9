/**
 * S3 Express One Zone: what is sent to a directory bucket. None runs here, so a server that only listens stands in
 * for it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, Secret, type Summary, sync } from "../../src/index.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const session = `<?xml version="1.0"?><CreateSessionResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Credentials><SessionToken>the token</SessionToken><SecretAccessKey>session secret</SecretAccessKey><AccessKeyId>SESSION</AccessKeyId><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>`;
/** In no order, as directory buckets list. */
const listing = `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>${["z", "a", "m"].map((key) => `<Contents><Key>p/${key}</Key><Size>1</Size><LastModified>2999-01-01T00:00:00Z</LastModified><ETag>"x"</ETag></Contents>`).join("")}</ListBucketResult>`;
const upload = `<?xml version="1.0"?><InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>`;
const completed = `<?xml version="1.0"?><CompleteMultipartUploadResult><ETag>"y"</ETag></CompleteMultipartUploadResult>`;

interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
}

/** A directory bucket that takes everything and keeps nothing. Reached as a proxy, whatever its name. */
class Listener implements Disposable {
  readonly seen: Seen[] = [];
  private readonly server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      await request.arrayBuffer();
      const url = new URL(request.url);
      this.seen.push({ method: request.method, url, headers: request.headers });
      return this.answer(request, url.searchParams);
    },
  });

  private answer({ method, headers }: Request, query: URLSearchParams): Response {
    const xml = (text: string): Response =>
      new Response(text, { headers: { "content-type": "application/xml" } });
    if (query.has("session")) return xml(session);
    if (query.has("list-type")) return xml(listing);
    if (query.has("uploads")) return xml(upload);
    if (method === "POST") return xml(completed);
    // An ETag that looks like an MD5, and is none.
    const sum = headers.get("x-amz-checksum-crc64nvme");
    const told = { etag: `"${"0".repeat(32)}"` };
    return new Response(null, {
      headers: sum === null ? told : { ...told, "x-amz-checksum-crc64nvme": sum },
    });
  }

  run(input: Pick<ConfigInput, "source" | "target"> & Partial<ConfigInput>): Promise<Summary> {
    return sync({
      ...{ region: "us-east-1", endpointUrl: "http://s3.test", awsMaxAttempts: 1 },
      ...{ accessKey: new Secret("AKID"), secretAccessKey: new Secret("secret") },
      httpProxy: new Secret(this.server.url.origin),
      ...input,
    });
  }

  [Symbol.dispose](): void {
    void this.server.stop(true);
  }
}

const bucket = "s3://logs--use1-az4--x-s3/p/";

describe("a directory bucket", () => {
  test("gets a session, and requests that are signed for it", async () => {
    using listener = new Listener();
    using dir = new TempDir();
    dir.write("new", "x");
    const summary = await listener.run({ source: dir.path, target: bucket });
    expect(summary).toMatchObject({ errors: 0, warnings: 0, transferredObjects: 1 });
    const [first, ...others] = listener.seen;
    expect(first?.url.search).toBe("?session=");
    expect(first?.headers.get("authorization")).toMatch(
      /Credential=AKID\/\d+\/us-east-1\/s3express\//,
    );
    expect(others.length).toBeGreaterThan(1);
    for (const { headers, url } of others) {
      expect(url.hostname).toBe("logs--use1-az4--x-s3.s3.test");
      expect(headers.get("x-amz-s3session-token")).toBe("the token");
      expect(headers.get("authorization")).toMatch(
        /Credential=SESSION\/\d+\/us-east-1\/s3express\//,
      );
      expect(headers.get("x-amz-user-agent")).toContain("s3sync/");
    }
  });

  test("gets a CRC64NVME with each object, which proves it, and no Content-MD5", async () => {
    using listener = new Listener();
    using dir = new TempDir();
    dir.write("new", "hello");
    const summary = await listener.run({ source: dir.path, target: bucket });
    expect(summary).toMatchObject({ etagVerified: 0, checksumVerified: 1, notVerified: 0 });
    const put = listener.seen.find(({ method }) => method === "PUT");
    expect(put?.headers.get("x-amz-checksum-crc64nvme")).toBe("M3eFcAZSQlc=");
    expect(put?.headers.get("content-md5")).toBeNull();
  });

  test("gets none, where that is not wanted", async () => {
    using listener = new Listener();
    using dir = new TempDir();
    dir.write("new", "hello");
    const more = { disableExpressOneZoneAdditionalChecksum: true };
    const summary = await listener.run({ source: dir.path, target: bucket, ...more });
    expect(summary).toMatchObject({ etagVerified: 0, checksumVerified: 0, errors: 0, warnings: 0 });
    const put = listener.seen.find(({ method }) => method === "PUT");
    expect(put?.headers.get("x-amz-checksum-crc64nvme")).toBeNull();
  });

  test("gets large objects in parts, with sums and without Content-MD5", async () => {
    using listener = new Listener();
    using dir = new TempDir();
    dir.write("large", randomBytes("large", 9 * MiB));
    const summary = await listener.run({ source: dir.path, target: bucket });
    expect(summary).toMatchObject({ errors: 0, transferredObjects: 1 });
    const parts = listener.seen.filter(({ url }) => url.searchParams.has("partNumber"));
    expect(parts).toHaveLength(2);
    for (const { headers } of parts) {
      expect(headers.get("x-amz-checksum-crc64nvme")).not.toBeNull();
      expect(headers.get("content-md5")).toBeNull();
    }
    expect(summary.traffic.requests).toMatchObject({ CreateSession: 1, UploadPart: 2 });
  });

  test("lists in no order, by whole directories, and is compared all the same", async () => {
    using listener = new Listener();
    using dir = new TempDir();
    for (const name of ["a", "m", "z"]) dir.write(name, "x");
    const summary = await listener.run({ source: dir.path, target: bucket });
    expect(summary).toMatchObject({ transferredObjects: 0, skipped: 3, errors: 0 });
    const list = listener.seen.find(({ url }) => url.searchParams.has("list-type"));
    expect(list?.url.searchParams.get("prefix")).toBe("p/");
    expect(list?.url.searchParams.has("start-after")).toBe(false);
  });
});
