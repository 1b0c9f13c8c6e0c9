/**
 * What a run costs in requests: counts do not depend on the machine, so they show at once when a change makes
 * something dearer.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { checksumAlgorithms } from "../../src/core/checksum.ts";
import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plant, plantObjects, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;

/** Runs through a proxy and counts requests by operation. */
async function counted(
  input: (endpoint: string) => ConfigInput,
): Promise<{ summary: Summary; requests: Record<string, number> }> {
  await using proxy = await FaultProxy.start(httpServer());
  const summary = await sync(input(proxy.endpoint));
  const requests: Record<string, number> = {};
  for (const { operation } of proxy.requests) {
    requests[operation] = (requests[operation] ?? 0) + 1;
  }
  return { summary, requests };
}

function files(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i % 7}/${i}`, `${i}`]));
}

describe("requests", () => {
  test("of a run with nothing to do are those of the listings", async () => {
    // Too few to be listed in several places at once.
    const count = 1500;
    using dir = new TempDir();
    plant(dir, files(count));
    await using bucket = await TestBucket.create();
    const side = bucket.side("target");
    await sync({ source: dir.path, target: bucket.url(), ...side });
    const { summary, requests } = await counted((endpoint) => ({
      source: dir.path,
      target: bucket.url(),
      ...side,
      targetEndpointUrl: endpoint,
      delete: true,
    }));
    expect(summary).toMatchObject({ skipped: count, transferredObjects: 0 });
    expect(requests).toEqual({ ListObjectsV2: 2 });
  });

  test("for small files going up are one each", async () => {
    using dir = new TempDir();
    plant(dir, files(30));
    await using bucket = await TestBucket.create();
    const { requests } = await counted((endpoint) => ({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: endpoint,
    }));
    expect(requests).toEqual({ ListObjectsV2: 1, PutObject: 30 });
  });

  test("for small objects coming down are one each", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, files(30));
    const { requests } = await counted((endpoint) => ({
      source: bucket.url(),
      target: dir.path,
      ...bucket.side("source"),
      sourceEndpointUrl: endpoint,
    }));
    const { ListObjectsV2, ...others } = requests;
    // Keys with and without a leading slash are listed apart.
    expect(ListObjectsV2).toBeLessThanOrEqual(3);
    expect(others).toEqual({ GetObject: 30 });
  });

  test("for a large file are one for each part and two around them", async () => {
    using dir = new TempDir();
    dir.write("large", randomBytes("large", 3 * five));
    await using bucket = await TestBucket.create();
    const { requests } = await counted((endpoint) => ({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: endpoint,
      multipartThreshold: five,
      multipartChunksize: five,
    }));
    expect(requests).toEqual({
      ListObjectsV2: 1,
      CreateMultipartUpload: 1,
      UploadPart: 3,
      CompleteMultipartUpload: 1,
    });
  });

  needing("checks checksums").test.each(checksumAlgorithms)(
    "for a small file with a %s are no more",
    async (algorithm) => {
      using dir = new TempDir();
      plant(dir, files(3));
      await using bucket = await TestBucket.create();
      const { summary, requests } = await counted((endpoint) => ({
        source: dir.path,
        target: bucket.url(),
        ...bucket.side("target"),
        targetEndpointUrl: endpoint,
        additionalChecksumAlgorithm: algorithm,
      }));
      expect(summary).toMatchObject({ etagVerified: 3, checksumVerified: 3 });
      expect(requests).toEqual({ ListObjectsV2: 1, PutObject: 3 });
    },
  );

  needing("keeps and counts tags").test(
    "for objects with tags are one more each, for others none",
    async () => {
      await using bucket = await TestBucket.create();
      await bucket.put("from/tagged", "x", { Tagging: "a=1" });
      await bucket.put("from/large", randomBytes("large", five), { Tagging: "a=1" });
      await bucket.put("from/plain", "x");
      const copy = {
        source: bucket.url("from/"),
        ...bucket.side("source"),
        ...bucket.side("target"),
        multipartThreshold: five,
        multipartChunksize: five,
      };
      const { requests } = await counted((endpoint) => ({
        ...copy,
        target: bucket.url("to/"),
        sourceEndpointUrl: endpoint,
      }));
      expect(requests).toEqual({
        ListObjectsV2: 1,
        HeadObject: 1,
        GetObject: 3,
        GetObjectTagging: 2,
      });
      const without = await counted((endpoint) => ({
        ...copy,
        target: bucket.url("without/"),
        sourceEndpointUrl: endpoint,
        disableTagging: true,
      }));
      expect(without.requests).not.toHaveProperty("GetObjectTagging");
    },
  );

  test("for what comes down do not depend on tags: files have none", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("tagged", "x", { Tagging: "a=1" });
    const { requests } = await counted((endpoint) => ({
      source: bucket.url(),
      target: dir.path,
      ...bucket.side("source"),
      sourceEndpointUrl: endpoint,
    }));
    expect(requests).not.toHaveProperty("GetObjectTagging");
  });

  test("for deleting are one for each thousand", async () => {
    using empty = new TempDir();
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, files(1200));
    const { summary, requests } = await counted((endpoint) => ({
      source: empty.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: endpoint,
      delete: true,
      allowEmptySource: true,
    }));
    expect(summary.deleted).toBe(1200);
    expect(requests).toEqual({ ListObjectsV2: 2, DeleteObjects: 2 });
  });
});
