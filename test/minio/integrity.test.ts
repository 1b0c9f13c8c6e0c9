/**
 * What protects the bytes on the wire, and what the options change about it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type SeenRequest } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plant, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };
const tree = { small: "x", empty: "", large: randomBytes("integrity", 2 * five + 1) };

/** Uploads such files and gives the requests that carried bytes. */
async function upload(
  options: Partial<ConfigInput>,
): Promise<{ summary: Summary; bodies: SeenRequest[]; requests: SeenRequest[] }> {
  using dir = new TempDir();
  plant(dir, tree);
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const side = { ...bucket.side("target"), targetEndpointUrl: proxy.endpoint };
  const input = { source: dir.path, target: bucket.url(), ...side, ...parts, ...options };
  const summary = await sync(input);
  const carries = ({ operation }: SeenRequest): boolean =>
    operation === "PutObject" || operation === "UploadPart";
  return { summary, bodies: proxy.requests.filter(carries), requests: proxy.requests };
}

describe("an upload", () => {
  test("sends Content-MD5 and a signed payload with every body", async () => {
    const { summary, bodies } = await upload({});
    expect(bodies).toHaveLength(5);
    for (const { headers } of bodies) {
      expect(headers.get("content-md5")).toMatch(/^[A-Za-z0-9+/]{22}==$/);
      expect(headers.get("x-amz-content-sha256")).toMatch(/^[0-9a-f]{64}$/);
      expect(headers.get("content-length")).toMatch(/^\d+$/);
    }
    expect(summary).toMatchObject({ etagVerified: 3, notVerified: 0 });
  });

  test("does not sign bodies with --disable-payload-signing, and still sends Content-MD5", async () => {
    const { summary, bodies } = await upload({ disablePayloadSigning: true });
    for (const { headers } of bodies) {
      expect(headers.get("content-md5")).toMatch(/==$/);
      expect(headers.get("x-amz-content-sha256")).toBe("UNSIGNED-PAYLOAD");
    }
    expect(summary).toMatchObject({ etagVerified: 3 });
  });

  test("sends no Content-MD5 with --disable-content-md5-header, and verifies nothing", async () => {
    const { summary, bodies } = await upload({ disableContentMd5Header: true });
    for (const { headers } of bodies) expect(headers.has("content-md5")).toBe(false);
    expect(summary).toMatchObject({ transferredObjects: 3, etagVerified: 0, errors: 0 });
  });

  test("verifies nothing with --disable-etag-verify", async () => {
    const { summary } = await upload({ disableEtagVerify: true });
    expect(summary).toMatchObject({ transferredObjects: 3, etagVerified: 0, errors: 0 });
  });

  test("asks for nothing that it does not need: no HEAD, one PUT for what is small", async () => {
    const { requests } = await upload({});
    expect(requests.map(({ operation }) => operation).toSorted()).toEqual([
      "CompleteMultipartUpload",
      "CreateMultipartUpload",
      "ListObjectsV2",
      "PutObject",
      "PutObject",
      "UploadPart",
      "UploadPart",
      "UploadPart",
    ]);
  });
});

describe("a download", () => {
  test("of a large object asks for one state of it: each range names its ETag", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("large", tree.large);
    using dir = new TempDir();
    await using proxy = await FaultProxy.start(httpServer());
    const side = { ...bucket.side("source"), sourceEndpointUrl: proxy.endpoint };
    await sync({ source: bucket.url(), target: dir.path, ...side, ...parts });
    const ranges = proxy.requests.filter(({ operation }) => operation === "GetObject");
    const { ETag } = await bucket.head("large");
    expect(ranges.length).toBeGreaterThan(1);
    for (const { headers } of ranges) {
      expect(headers.get("range")).toMatch(/^bytes=\d+-\d+$/);
      expect(headers.get("if-match")).toBe(ETag ?? "");
    }
  });
});

describe("a dry run", () => {
  const counts = { transferredObjects: 3, deleted: 1, errors: 0, warnings: 0, dryRun: true };

  test("up says what a run would do, and only reads", async () => {
    using dir = new TempDir();
    plant(dir, tree);
    await using bucket = await TestBucket.create();
    await bucket.put("old", "x");
    await using proxy = await FaultProxy.start(httpServer());
    const side = { ...bucket.side("target"), targetEndpointUrl: proxy.endpoint };
    const input = { source: dir.path, target: bucket.url(), ...side, delete: true };
    expect(await sync({ ...input, dryRun: true })).toMatchObject(counts);
    expect(new Set(proxy.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
    const { dryRun: _dryRun, ...same } = counts;
    expect(await sync(input)).toMatchObject(same);
  });

  test("down creates nothing, not even the directory", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("d/a", "x");
    await bucket.put("marker/", new Uint8Array(0));
    using dir = new TempDir();
    const target = dir.at("new", "target");
    const input = { source: bucket.url(), target, ...bucket.side("source"), dryRun: true };
    expect(await sync(input)).toMatchObject({ transferredObjects: 2, dryRun: true });
    expect(await Bun.file(dir.at("new")).exists()).toBe(false);
    expect(dir.files()).toEqual([]);
  });

  test.each([false, true])("from S3 to S3 writes nothing (server side: %p)", async (copies) => {
    await using from = await TestBucket.create();
    await from.put("a", "x");
    await using to = await TestBucket.create();
    const sides = { ...from.side("source"), ...to.side("target"), serverSideCopy: copies };
    const input = { source: from.url(), target: to.url(), ...sides, dryRun: true };
    expect(await sync(input)).toMatchObject({ transferredObjects: 1, dryRun: true });
    expect(await to.keys()).toEqual([]);
  });
});

test("two downloads into the same directory at the same time do not disturb each other", async () => {
  await using bucket = await TestBucket.create();
  await bucket.put("large", tree.large);
  await bucket.put("small", "x");
  using dir = new TempDir();
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("GetObject", "in-answer");
  const side = bucket.side("source");
  const input = { source: bucket.url(), target: dir.path, ...side, ...parts };
  const first = sync({ ...input, sourceEndpointUrl: proxy.endpoint });
  await gate.reached;
  const second = await sync({ ...input, delete: true });
  gate.open();
  for (const summary of [await first, second]) {
    expect(summary).toMatchObject({ transferredObjects: 2, etagVerified: 2, errors: 0 });
  }
  expect(dir.files()).toEqual(["large", "small"]);
});
