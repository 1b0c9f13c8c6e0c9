/**
 * Additional checksums on their way through a server that checks them itself.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { GetObjectAttributesCommand, HeadObjectCommand } from "@aws-sdk/client-s3";

import { type ChecksumAlgorithm, checksumAlgorithms, isCrc } from "../../src/core/checksum.ts";
import { checksumOf, prepareChecksum } from "../../src/hash/checksum.ts";
import { type ConfigInput, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { type Answer, FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const parts: Partial<ConfigInput> = { multipartThreshold: five, multipartChunksize: five };
const contents: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(0),
  small: randomBytes("small", 1000),
  "one-part": randomBytes("one-part", five),
  "two-parts": randomBytes("two-parts", 2 * five),
  "three-parts": randomBytes("three-parts", 2 * five + 1),
};
const count = Object.keys(contents).length;
const inParts = ["one-part", "two-parts", "three-parts"];

/** Every algorithm, of parts and of all bytes, where there is a choice. */
const kinds = checksumAlgorithms.flatMap((algorithm) => [
  ...(algorithm === "CRC64NVME" ? [] : [{ algorithm, full: false }]),
  ...(isCrc(algorithm) ? [{ algorithm, full: true }] : []),
]);

async function run(input: ConfigInput) {
  const events: SyncEvent[] = [];
  const summary = await sync(input, { onEvent: (event) => events.push(event) });
  return { summary, events };
}

/** What the server shows, by way of the SDK. */
async function shown(bucket: TestBucket, key: string, algorithm: ChecksumAlgorithm) {
  const command = new HeadObjectCommand({
    Bucket: bucket.name,
    Key: key,
    ChecksumMode: "ENABLED",
  });
  const head = await bucket.client.send(command);
  return head[`Checksum${algorithm}`];
}

const checking = needing(
  "checks checksums",
  "keeps checksums of parts",
  "keeps checksums of whole uploads",
);
checking.describe.each(kinds)("$algorithm, of all bytes: $full,", ({ algorithm, full }) => {
  let bucket: TestBucket;
  let dir: TempDir;
  const choice: Partial<ConfigInput> = {
    additionalChecksumAlgorithm: algorithm,
    fullObjectChecksum: full,
  };

  beforeAll(async () => {
    await prepareChecksum(algorithm);
    bucket = await TestBucket.create();
    dir = new TempDir();
    for (const [name, bytes] of Object.entries(contents)) dir.write(name, bytes);
  });

  afterAll(async () => {
    dir[Symbol.dispose]();
    await bucket[Symbol.asyncDispose]();
  });

  test("goes up with what is written, and is what the server computes", async () => {
    const { summary } = await run({
      source: dir.path,
      target: bucket.url("up/"),
      ...bucket.side("target"),
      ...choice,
      ...parts,
    });
    expect(summary).toMatchObject({
      transferredObjects: count,
      etagVerified: count,
      checksumVerified: count,
      notVerified: 0,
      warnings: 0,
      errors: 0,
    });
    for (const [name, bytes] of Object.entries(contents)) {
      const value = await shown(bucket, `up/${name}`, algorithm);
      const isOfParts = !full && inParts.includes(name);
      if (isOfParts) expect(value).toMatch(/^[A-Za-z0-9+/=]+-[123]$/);
      else expect(value).toBe(checksumOf(algorithm, bytes).value);
    }
  });

  test("is compared when objects come down", async () => {
    using to = new TempDir();
    const { summary, events } = await run({
      source: bucket.url("up/"),
      target: to.path,
      ...bucket.side("source"),
      enableAdditionalChecksum: true,
      ...parts,
    });
    expect(summary).toMatchObject({ checksumVerified: count, notVerified: 0, warnings: 0 });
    for (const [name, bytes] of Object.entries(contents)) {
      expect(Buffer.compare(to.read(name), bytes)).toBe(0);
    }
    const proven = events.find(({ type }) => type === "checksum-verified");
    expect(proven).toMatchObject({ sourceChecksum: { algorithm }, targetChecksum: undefined });
  });

  test("goes from bucket to bucket, and stays what it was", async () => {
    const { summary } = await run({
      source: bucket.url("up/"),
      target: bucket.url("copy/"),
      ...bucket.side("source"),
      ...bucket.side("target"),
      enableAdditionalChecksum: true,
      ...choice,
      ...parts,
    });
    expect(summary).toMatchObject({ checksumVerified: count, notVerified: 0, warnings: 0 });
    for (const name of Object.keys(contents)) {
      expect(await shown(bucket, `copy/${name}`, algorithm)).toBe(
        await shown(bucket, `up/${name}`, algorithm),
      );
    }
  });

  // MinIO refuses to copy parts into an upload with checksums; that is tested on the wire.
  test("goes along with a copy on the server", async () => {
    const both = { ...bucket.side("source"), ...bucket.side("target"), ...choice };
    const source = bucket.url("whole/");
    const whole = { multipartThreshold: 16 * MiB };
    await run({ source: dir.path, target: source, ...bucket.side("target"), ...choice, ...whole });
    const { summary } = await run({
      source,
      target: bucket.url("copied/"),
      ...both,
      serverSideCopy: true,
      enableAdditionalChecksum: true,
      ...whole,
    });
    expect(summary).toMatchObject({ transferredObjects: count, checksumVerified: count });
    for (const [name, bytes] of Object.entries(contents)) {
      expect(await shown(bucket, `copied/${name}`, algorithm)).toBe(
        checksumOf(algorithm, bytes).value,
      );
    }
  });
});

/** Another checksum in the head of an answer. */
function forged(answer: Answer): Answer {
  return { ...answer, headers: new Map(answer.headers).set("x-amz-checksum-crc32", "AAAAAA==") };
}

describe("a checksum that is not that of the bytes", () => {
  test("keeps an object from coming down", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("a", "content", { ChecksumAlgorithm: "CRC32" });
    await using proxy = await FaultProxy.start(httpServer());
    const fault = proxy.inject("GetObject", { kind: "rewrite", rewrite: forged });
    const { summary, events } = await run({
      source: bucket.url(),
      target: dir.path,
      ...bucket.side("source"),
      sourceEndpointUrl: proxy.endpoint,
      enableAdditionalChecksum: true,
      forceRetryIntervalMilliseconds: 0,
    });
    expect(fault.hits).toBeGreaterThan(0);
    expect(summary).toMatchObject({ transferredObjects: 0, warnings: 1, errors: 0 });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        key: "a",
        error: expect.objectContaining({ code: "integrity" }),
      }),
    );
    expect(fs.readdirSync(dir.path)).toEqual([]);
  });

  test("is a warning where the target shows it", async () => {
    using dir = new TempDir();
    dir.write("a", "content");
    await using bucket = await TestBucket.create();
    await using proxy = await FaultProxy.start(httpServer());
    const fault = proxy.inject("PutObject", { kind: "rewrite", rewrite: forged });
    const { summary, events } = await run({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: proxy.endpoint,
      additionalChecksumAlgorithm: "CRC32",
    });
    expect(fault.hits).toBe(1);
    expect(summary).toMatchObject({ transferredObjects: 1, checksumVerified: 0, warnings: 1 });
    const warning = events.find((event) => event.type === "warning");
    expect(warning?.error.message).toMatch(
      /was written with the checksum \S+, the store says AAAAAA==$/,
    );
  });
});

test("where the target shows no checksums, one warning says that they prove nothing", async () => {
  using dir = new TempDir();
  for (const name of ["a", "b", "c"]) dir.write(name, "content");
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const silent = ({ headers, ...answer }: Answer): Answer => {
    const left = [...headers].filter(([name]) => !name.toLowerCase().startsWith("x-amz-checksum"));
    return { ...answer, headers: new Map(left) };
  };
  const fault = proxy.inject("PutObject", { kind: "rewrite", rewrite: silent });
  const { summary, events } = await run({
    ...{ source: dir.path, target: bucket.url(), ...bucket.side("target") },
    ...{ targetEndpointUrl: proxy.endpoint, additionalChecksumAlgorithm: "SHA256" },
  });
  expect(fault.hits).toBe(3);
  expect(summary).toMatchObject({ etagVerified: 3, checksumVerified: 0, warnings: 1 });
  const warning = events.find((event) => event.type === "warning");
  expect(warning).toMatchObject({ key: undefined, error: { code: "unsupported" } });
});

describe("a checksum", () => {
  needing("checks checksums").test(
    "is not compared when that is switched off, but kept",
    async () => {
      using dir = new TempDir();
      dir.write("a", "content");
      await using bucket = await TestBucket.create();
      const { summary } = await run({
        source: dir.path,
        target: bucket.url(),
        ...bucket.side("target"),
        additionalChecksumAlgorithm: "SHA256",
        disableAdditionalChecksumVerify: true,
      });
      expect(summary).toMatchObject({ etagVerified: 1, checksumVerified: 0, notVerified: 0 });
      expect(await shown(bucket, "a", "SHA256")).toBe(
        checksumOf("SHA256", Buffer.from("content")).value,
      );
    },
  );

  test("that nobody asked for is neither sent nor compared", async () => {
    using dir = new TempDir();
    dir.write("a", "content");
    await using bucket = await TestBucket.create();
    const { summary } = await run({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
    });
    expect(summary).toMatchObject({ etagVerified: 1, checksumVerified: 0 });
    const command = new GetObjectAttributesCommand({
      Bucket: bucket.name,
      Key: "a",
      ObjectAttributes: ["Checksum"],
    });
    const { Checksum } = await bucket.client.send(command);
    expect(Checksum?.ChecksumSHA256).toBeUndefined();
  });

  test("that a server shows without being asked leaves nothing unproven", async () => {
    using dir = new TempDir();
    dir.write("a", contents["two-parts"]);
    await using bucket = await TestBucket.create();
    await using proxy = await FaultProxy.start(httpServer());
    const own = "<ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME></CompleteMultipart";
    const showing = ({ status, headers, body }: Answer): Answer => {
      const text = body.toString().replace("</CompleteMultipart", own);
      return { status, headers, body: Buffer.from(text) };
    };
    const fault = proxy.inject("CompleteMultipartUpload", { kind: "rewrite", rewrite: showing });
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts };
    const { summary } = await run({
      ...{ ...input, targetEndpointUrl: proxy.endpoint, disableEtagVerify: true },
    });
    expect(fault.hits).toBe(1);
    expect(summary).toMatchObject({ transferredObjects: 1, notVerified: 0, warnings: 0 });
  });
});
