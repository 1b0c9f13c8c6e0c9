/**
 * An object that is replaced or deleted while it is read: never a mixture of two states.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, fileDigests, MiB, objectDigests, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const quick: Partial<ConfigInput> = {
  multipartThreshold: five,
  multipartChunksize: five,
  maxParallelUploads: 1,
  initialBackoffMilliseconds: 1,
  forceRetryCount: 2,
  forceRetryIntervalMilliseconds: 1,
};
const before = randomBytes("before", 3 * five);
const after = randomBytes("after", 3 * five);
const longer = randomBytes("longer", 3 * five + 1);
const small = randomBytes("small", 1000);

type Found = Record<string, string>;

/** One way out of a bucket. */
interface Way {
  readonly title: string;
  /** What reads the source, in parts. */
  readonly reads: Operation;
  readonly options: Partial<ConfigInput>;
  readonly toBucket: boolean;
}

const ways: readonly Way[] = [
  { title: "down", reads: "GetObject", options: {}, toBucket: false },
  { title: "from S3 to S3", reads: "GetObject", options: {}, toBucket: true },
  {
    title: "on the server",
    reads: "UploadPartCopy",
    options: { serverSideCopy: true },
    toBucket: true,
  },
];

/** Moves the object `object`; `meddle` runs when its second part is asked for, or at every one. */
async function run(
  way: Way,
  meddle: (bucket: TestBucket) => Promise<void>,
  always = false,
): Promise<{ summary: Summary; found: Found; openUploads: number }> {
  await using from = await TestBucket.create();
  await from.put("object", before);
  await using to = await TestBucket.create();
  using dir = new TempDir();
  await using proxy = await FaultProxy.start(httpServer());
  // Each gate holds one request, so that every part meets one of its own where the object never rests.
  const gates = Array.from({ length: always ? 3 : 1 }, (_, attempt) =>
    proxy.hold(way.reads, "request", { skip: always ? attempt : 1 }),
  );
  const endpoint = proxy.endpoint;
  const running = sync({
    source: from.url(),
    target: way.toBucket ? to.url() : dir.path,
    ...from.side("source"),
    ...(way.toBucket ? { ...to.side("target"), targetEndpointUrl: endpoint } : {}),
    sourceEndpointUrl: endpoint,
    ...quick,
    ...way.options,
  });
  for (const gate of gates) {
    await Promise.race([gate.reached, running]);
    await meddle(from);
    gate.open();
  }
  const summary = await running;
  const found = way.toBucket ? await objectDigests(to) : fileDigests(dir.path);
  return { summary, found, openUploads: await to.openUploads() };
}

describe.each(ways)("while an object travels $title", (way) => {
  test.each([
    { how: "one of the same size", content: after },
    { how: "a longer one", content: longer },
    { how: "a small one", content: small },
    { how: "an empty one", content: new Uint8Array(0) },
  ])("if $how takes its place, that one arrives whole", async ({ content }) => {
    const { summary, found, openUploads } = await run(way, (from) => from.put("object", content));
    expect(found).toEqual({ object: digest(content) });
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
    expect(openUploads).toBe(0);
  });

  test("if it is deleted, that gives one warning, and nothing is left behind", async () => {
    const { summary, found, openUploads } = await run(way, async (from) => {
      const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
      await from.client.send(new DeleteObjectCommand({ Bucket: from.name, Key: "object" }));
    });
    expect(summary).toMatchObject({ transferredObjects: 0, errors: 0, warnings: 1 });
    expect(found).toEqual({});
    expect(openUploads).toBe(0);
  });

  test("if it never rests, that gives one warning, and nothing is left behind", async () => {
    let round = 0;
    const { summary, found, openUploads } = await run(
      way,
      (from) => from.put("object", randomBytes(`round ${++round}`, 3 * five)),
      true,
    );
    expect(summary).toMatchObject({ transferredObjects: 0, errors: 0, warnings: 1 });
    expect(found).toEqual({});
    expect(openUploads).toBe(0);
  });
});

test("an object that is deleted between its listing and its turn gives one warning", async () => {
  await using bucket = await TestBucket.create();
  await bucket.put("a", "1");
  await bucket.put("b", "2");
  using dir = new TempDir();
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("GetObject", "request");
  const side = { ...bucket.side("source"), sourceEndpointUrl: proxy.endpoint };
  const running = sync({ source: bucket.url(), target: dir.path, ...side, workerSize: 1 });
  await gate.reached;
  const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
  await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "b" }));
  gate.open();
  expect(await running).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 1 });
  expect(dir.files()).toEqual(["a"]);
});
