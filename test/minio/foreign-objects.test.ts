/**
 * Objects that other programs stored in their own way: with uneven parts, encrypted, versioned. They travel
 * like any other, and what cannot be proven is said to be unproven, not wrong.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import {
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from "@aws-sdk/client-s3";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, fileDigests, MiB, plant, randomBytes } from "../support/trees.ts";
import { uploadParts } from "../support/upload-parts.ts";

/** Uploads an object in parts of these sizes. */
async function putParts(
  bucket: TestBucket,
  key: string,
  sizes: readonly number[],
): Promise<string> {
  const bodies = sizes.map((size, index) => randomBytes(`${key} ${index}`, size));
  await uploadParts(bucket, key, bodies);
  return digest(Buffer.concat(bodies));
}

const telling = needing("tells parts by their numbers");

telling.describe.each([
  { title: "growing", sizes: [5, 6, 7] },
  { title: "as many as if they were even", sizes: [6, 5, 5] },
  { title: "of the size that nobody would choose", sizes: [5.5, 5.5, 1] },
  { title: "but one", sizes: [9] },
  { title: "but one, small", sizes: [1] },
])("an object in uneven parts ($title: $sizes MiB)", ({ sizes }) => {
  const bytes = sizes.map((size) => size * MiB);
  const arrived = { transferredObjects: 1, errors: 0, warnings: 0 };

  test.each([
    { title: "in parts", options: {} },
    { title: "with parts of the user's", options: { multipartChunksize: 5 * MiB } },
    { title: "at once", options: { multipartThreshold: 64 * MiB } },
  ] as { title: string; options: Partial<ConfigInput> }[])(
    "comes down, $title",
    async ({ options }) => {
      await using bucket = await TestBucket.create();
      const expected = await putParts(bucket, "object", bytes);
      using dir = new TempDir();
      const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
      const summary = await sync({ ...input, forceRetryCount: 0, ...options });
      expect(summary).toMatchObject(arrived);
      expect(summary.etagVerified + summary.notVerified).toBe(1);
      expect(digest(dir.read("object"))).toBe(expected);
    },
  );

  test.each([false, true])("is copied (server side: %p)", async (serverSideCopy) => {
    await using from = await TestBucket.create();
    const expected = await putParts(from, "object", bytes);
    await using to = await TestBucket.create();
    const sides = { ...from.side("source"), ...to.side("target"), serverSideCopy };
    const input = { source: from.url(), target: to.url(), ...sides, forceRetryCount: 0 };
    const summary = await sync(input);
    expect(summary).toMatchObject(arrived);
    expect(summary.etagVerified + summary.notVerified).toBe(1);
    expect(digest(await to.get("object"))).toBe(expected);
  });
});

const encrypting = needing("encrypts as its bucket says", "encrypts with KMS");
encrypting.describe.each(["AES256", "aws:kms"] as const)(
  "in buckets that encrypt with %s",
  (algorithm) => {
    const tree = { small: randomBytes("small", 1000), large: randomBytes("large", 9 * MiB) };

    async function encrypted(): Promise<TestBucket> {
      const bucket = await TestBucket.create();
      const key = algorithm === "aws:kms" ? { KMSMasterKeyID: "s3sync-key" } : {};
      const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, ...key } };
      await bucket.client.send(
        new PutBucketEncryptionCommand({
          Bucket: bucket.name,
          ServerSideEncryptionConfiguration: { Rules: [rule] },
        }),
      );
      return bucket;
    }

    test("objects go up, are copied and come down, and nothing is called wrong", async () => {
      using dir = new TempDir();
      plant(dir, tree);
      await using first = await encrypted();
      await using second = await encrypted();
      using back = new TempDir();
      const hops: ConfigInput[] = [
        { source: dir.path, target: first.url(), ...first.side("target") },
        {
          source: first.url(),
          target: second.url(),
          ...first.side("source"),
          ...second.side("target"),
        },
        { source: second.url(), target: back.path, ...second.side("source") },
      ];
      for (const hop of hops) {
        const summary = await sync(hop);
        expect(summary).toMatchObject({ transferredObjects: 2, errors: 0, warnings: 0 });
        expect(summary.etagVerified + summary.notVerified).toBe(2);
        expect(await sync(hop)).toMatchObject({ transferredObjects: 0, skipped: 2 });
      }
      expect(await second.head("small")).toMatchObject({ ServerSideEncryption: algorithm });
      for (const [name, bytes] of Object.entries(tree)) {
        expect(digest(back.read(name))).toBe(digest(bytes));
      }
    });
  },
);

needing("keeps versions").test(
  "in a versioned bucket, what is deleted is hidden, and a new upload brings it back",
  async () => {
    await using bucket = await TestBucket.create();
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await bucket.client.send(
      new PutBucketVersioningCommand({ Bucket: bucket.name, VersioningConfiguration }),
    );
    using dir = new TempDir();
    dir.write("a", "x");
    using empty = new TempDir();
    const up = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    expect(await sync(up)).toMatchObject({ transferredObjects: 1, etagVerified: 1 });
    const emptying = { ...up, source: empty.path, delete: true, allowEmptySource: true };
    expect(await sync(emptying)).toMatchObject({ deleted: 1 });
    expect(await bucket.keys()).toEqual([]);
    expect(await sync(up)).toMatchObject({ transferredObjects: 1, etagVerified: 1 });
    expect(await bucket.keys()).toEqual(["a"]);
  },
);

needing("opens buckets by policies").test(
  "a public bucket is read without credentials",
  async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("d/a", "x");
    const arn = `arn:aws:s3:::${bucket.name}`;
    const Statement = [
      {
        Effect: "Allow",
        Principal: { AWS: ["*"] },
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: [arn, `${arn}/*`],
      },
    ];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await bucket.client.send(new PutBucketPolicyCommand({ Bucket: bucket.name, Policy }));
    using dir = new TempDir();
    const summary = await sync({
      source: bucket.url(),
      target: dir.path,
      sourceEndpointUrl: bucket.server.endpoint,
      sourceForcePathStyle: true,
      sourceNoSignRequest: true,
    });
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, errors: 0 });
    expect(dir.files()).toEqual(["d/a"]);
  },
);

describe("from a server that does not tell the parts of objects", () => {
  /** Downloads objects that were uploaded in parts of 6 MiB. */
  async function fetched(more: Partial<ConfigInput>) {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    for (const name of ["a", "b"]) dir.write(name, randomBytes(name, 13 * MiB));
    const parts = { multipartThreshold: 5 * MiB, multipartChunksize: 6 * MiB };
    await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts });
    await using proxy = await FaultProxy.start(httpServer());
    const refusal = proxy.inject(
      ({ method, target }) => method === "HEAD" && target.includes("partNumber="),
      { kind: "refuse", status: 501, code: "NotImplemented" },
    );
    using back = new TempDir();
    const told: string[] = [];
    const summary = await sync(
      {
        source: bucket.url(),
        target: back.path,
        ...bucket.side("source"),
        sourceEndpointUrl: proxy.endpoint,
        ...more,
      },
      { onEvent: (event) => event.type === "warning" && told.push(event.error.message) },
    );
    expect(refusal.hits).toBeGreaterThan(0);
    expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
    return { summary, told };
  }

  test("all arrive, and one warning says why they are not verified", async () => {
    const { summary, told } = await fetched({});
    expect(summary).toMatchObject({ transferredObjects: 2, etagVerified: 0, notVerified: 2 });
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("does not tell in which parts objects were uploaded");
  });

  test("they are verified where the user knows the size of the parts", async () => {
    const { summary, told } = await fetched({ multipartChunksize: 6 * MiB });
    expect(summary).toMatchObject({ transferredObjects: 2, etagVerified: 2, warnings: 0 });
    expect(told).toEqual([]);
  });
});
