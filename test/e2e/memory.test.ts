/**
 * Parts that are larger than all the memory that a run may take. They pass all the same, and the process
 * stays small.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";

import { HeadObjectCommand } from "@aws-sdk/client-s3";

import { TestBucket } from "../support/bucket.ts";
import { serverEnv } from "../support/cli.ts";
import { memoryDirectory } from "../support/minio-server.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";
import { canMeasure, type Measured, runMeasured, summaryOf } from "./measured.ts";

const GiB = 1024 * MiB;
/** What the runtime, the SDK and the collector's slack take whatever a run does: seen 75 to 120 MiB. */
const runtimeBytes = 144 * MiB;
const timeoutMs = 120_000;

/** One large object in the making. */
interface Large {
  readonly bytes: number;
  readonly chunkMiB: number;
}

/** A file with holes, so that it costs nothing, and with other bytes at the start of each 64 MiB. */
function plantLarge(dir: TempDir, { bytes }: Large): string {
  const file = dir.write("large");
  const descriptor = fs.openSync(file, "r+");
  fs.ftruncateSync(descriptor, bytes);
  for (let at = 0; at < bytes; at += 64 * MiB) {
    const mark = randomBytes(`at ${at}`, MiB);
    fs.writeSync(descriptor, mark, 0, Math.min(mark.byteLength, bytes - at), at);
  }
  fs.closeSync(descriptor);
  return file;
}

/** The ETag of a file in such parts, made by reading it once. */
async function etagOfFile(file: string, partBytes: number): Promise<string> {
  const whole = createHash("md5");
  const size = fs.statSync(file).size;
  let count = 0;
  for (let at = 0; at < size; at += partBytes) {
    const part = createHash("md5");
    const end = Math.min(at + partBytes, size) - 1;
    for await (const piece of fs.createReadStream(file, { start: at, end, highWaterMark: MiB })) {
      part.update(piece as Buffer);
    }
    whole.update(part.digest());
    count += 1;
  }
  return `${whole.digest("hex")}-${count}`;
}

async function shownETag(bucket: TestBucket): Promise<string | undefined> {
  const head = await bucket.client.send(
    new HeadObjectCommand({ Bucket: bucket.name, Key: "large" }),
  );
  return head.ETag?.replaceAll('"', "");
}

function run(source: string, target: string, large: Large, memory: number): Promise<Measured> {
  const options = [`--max-memory=${memory}`, `--multipart-chunksize=${large.chunkMiB}MiB`];
  return runMeasured([source, target, "--json-tracing", ...options], {
    env: serverEnv(httpServer()),
  });
}

function expectWithin(result: Measured, memory: number): void {
  expect(result.exitCode).toBe(0);
  expect(summaryOf(result)).toMatchObject({ transferred_object: 1, etag_verified: 1 });
  expect(result.peak).toBeLessThan(runtimeBytes + memory);
}

describe.skipIf(!canMeasure).each([
  { memory: 64 * MiB, large: { bytes: 410 * MiB, chunkMiB: 200 } },
  { memory: 16 * MiB, large: { bytes: 210 * MiB + 1, chunkMiB: 100 } },
])("with --max-memory $memory (needs /proc)", ({ memory, large }) => {
  let dir: TempDir;
  let bucket: TestBucket;
  let etag: string;

  beforeAll(async () => {
    dir = new TempDir();
    bucket = await TestBucket.create();
    etag = await etagOfFile(plantLarge(dir, large), large.chunkMiB * MiB);
  }, timeoutMs);
  afterAll(async () => {
    dir[Symbol.dispose]();
    await bucket[Symbol.asyncDispose]();
  });

  test(
    "a large file goes up in larger parts than that",
    async () => {
      expectWithin(await run(dir.path, bucket.url(), large, memory), memory);
      expect(await shownETag(bucket)).toBe(etag);
    },
    timeoutMs,
  );

  test(
    "a large object comes down in larger parts than that",
    async () => {
      using back = new TempDir();
      expectWithin(await run(bucket.url(), back.path, large, memory), memory);
      expect(await etagOfFile(back.at("large"), large.chunkMiB * MiB)).toBe(etag);
    },
    timeoutMs,
  );

  test(
    "a large object is copied in larger parts than that",
    async () => {
      await using other = await TestBucket.create();
      expectWithin(await run(bucket.url(), other.url(), large, memory), memory);
      expect(await shownETag(other)).toBe(etag);
    },
    timeoutMs,
  );
});

describe.skipIf(!canMeasure)("many objects below the threshold (needs /proc)", () => {
  const count = 40;
  const memory = 32 * MiB;
  let dir: TempDir;
  let bucket: TestBucket;

  beforeAll(async () => {
    dir = new TempDir();
    for (let i = 0; i < count; i++) dir.write(`${i}`, randomBytes(`${i}`, 7 * MiB));
    bucket = await TestBucket.create();
  });
  afterAll(async () => {
    dir[Symbol.dispose]();
    await bucket[Symbol.asyncDispose]();
  });

  /** Runs, and checks that the budget was kept: twice, because `fetch` copies what it sends. */
  async function expectFrugal(source: string, target: string): Promise<void> {
    const args = [source, target, "--json-tracing", `--max-memory=${memory}`];
    const result = await runMeasured(args, { env: serverEnv(httpServer()) });
    expect(summaryOf(result)).toMatchObject({ transferred_object: count, etag_verified: count });
    expect(result.peak).toBeLessThan(runtimeBytes + 2 * memory);
  }

  test("share the memory when they go up", () => expectFrugal(dir.path, bucket.url()), timeoutMs);

  test(
    "share the memory when they come down",
    async () => {
      using back = new TempDir();
      await expectFrugal(bucket.url(), back.path);
    },
    timeoutMs,
  );

  test(
    "share the memory when they are copied",
    async () => {
      await using other = await TestBucket.create();
      await expectFrugal(bucket.url(), other.url());
    },
    timeoutMs,
  );
});

/** Where the large object and its copy fit. */
const hasRoom = (): boolean => {
  const { bavail, bsize } = fs.statfsSync(memoryDirectory());
  return bavail * bsize > 11 * GiB && os.freemem() > 12 * GiB;
};

describe.skipIf(process.env["S3SYNC_TEST_LARGE"] !== "1" || !canMeasure || !hasRoom())(
  "the largest part that there can be (needs S3SYNC_TEST_LARGE=1, 12 GiB of memory disk and some minutes)",
  () => {
    test(
      "5 GiB and one MiB go up in a part of 5 GiB and the rest, with 64 MiB",
      async () => {
        const large = { bytes: 5 * GiB + MiB, chunkMiB: 5 * 1024 };
        const memory = 64 * MiB;
        using dir = new TempDir();
        const file = plantLarge(dir, large);
        await using bucket = await TestBucket.create();
        const startedAt = performance.now();
        const result = await run(dir.path, bucket.url(), large, memory);
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
        console.log(`peak ${(result.peak / MiB).toFixed(0)} MiB in ${seconds} s`);
        expectWithin(result, memory);
        expect(await shownETag(bucket)).toBe(await etagOfFile(file, large.chunkMiB * MiB));
      },
      20 * 60_000,
    );
  },
);
