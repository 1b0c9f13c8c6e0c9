/**
 * `--check-etag` of objects in parts: the parts in which the other side has them make the ETag, whatever ours would
 * be.
 *
 * @module
 */
import { expect } from "bun:test";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const { describe, test } = needing("tells parts by their numbers");

const bytes = randomBytes("parts", 13 * MiB);
const other = Uint8Array.from(bytes);
other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
/** Neither the default size of parts, nor half of it. */
const partSize = 6 * MiB;

/** A bucket with an object of three parts in it, and a directory with the same content. */
class BothSides implements AsyncDisposable {
  private constructor(
    readonly bucket: TestBucket,
    readonly dir: TempDir,
    readonly proxy: FaultProxy,
  ) {}

  static async create(): Promise<BothSides> {
    const both = new BothSides(
      await TestBucket.create(),
      new TempDir(),
      await FaultProxy.start(httpServer()),
    );
    both.dir.write("a", bytes, secondsAgo(60));
    const parts = { multipartThreshold: partSize, multipartChunksize: partSize };
    await both.sync(both.dir.path, both.bucket.url("from/"), parts);
    await both.sync(both.dir.path, both.bucket.url("to/"), parts);
    return both;
  }

  /** @returns how many objects were sent, after what was read of them to compare */
  async sync(source: string, target: string, more: Partial<ConfigInput>) {
    const { proxy, bucket } = this;
    const before = proxy.requests.length;
    const { endpoint } = proxy;
    const summary = await sync({
      source,
      target,
      ...(source.startsWith("s3:")
        ? { ...bucket.side("source"), sourceEndpointUrl: endpoint }
        : {}),
      ...(target.startsWith("s3:")
        ? { ...bucket.side("target"), targetEndpointUrl: endpoint }
        : {}),
      ...more,
    });
    return { summary, operations: proxy.requests.slice(before).map(({ operation }) => operation) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

type Ends = readonly [source: string, target: string];

const ways = {
  up: ({ dir, bucket }: BothSides): Ends => [dir.path, bucket.url("to/")],
  down: ({ dir, bucket }: BothSides): Ends => [bucket.url("from/"), dir.path],
  across: ({ bucket }: BothSides): Ends => [bucket.url("from/"), bucket.url("to/")],
};

/** Puts other bytes into the target, of the same size and later than the source. */
async function damageTarget(way: keyof typeof ways, { dir, bucket }: BothSides): Promise<void> {
  if (way === "down") dir.write("a", other, secondsAgo(-60));
  else await bucket.put("to/a", other);
}

describe.each(["up", "down", "across"] as const)("--check-etag --auto-chunksize %s", (way) => {
  const check = { checkEtag: true, autoChunksize: true };

  test("sends nothing where the content is the same", async () => {
    await using both = await BothSides.create();
    const { summary, operations } = await both.sync(...ways[way](both), check);
    expect(summary).toMatchObject({ skipped: 1, transferredObjects: 0, warnings: 0 });
    // Of files the bytes are read, of objects never.
    const asking = ["ListObjectsV2", "HeadObject"];
    expect(operations.filter((operation) => !asking.includes(operation))).toEqual([]);
  });

  test("sends what differs in one byte", async () => {
    await using both = await BothSides.create();
    await damageTarget(way, both);
    const { summary } = await both.sync(...ways[way](both), check);
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, warnings: 0 });
    const now = way === "down" ? both.dir.read("a") : await both.bucket.get("to/a");
    expect(Buffer.compare(now, bytes)).toBe(0);
    if (way !== "across") return;
    const { ETag } = await both.bucket.head("from/a");
    expect(await both.bucket.head("to/a")).toMatchObject({ ETag });
  });
});
