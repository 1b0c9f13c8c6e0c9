/**
 * Limits of objects and bytes a second, in whole runs.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, randomBytes } from "../support/trees.ts";

/** The most that came within a second. */
function mostInASecond(times: readonly number[]): number {
  const inOrder = times.toSorted((a, b) => a - b);
  return Math.max(
    0,
    ...inOrder.map((at, index) => {
      const end = inOrder.findIndex((later) => later >= at + 1000);
      return (end === -1 ? inOrder.length : end) - index;
    }),
  );
}

async function timed(input: ConfigInput, type: SyncEvent["type"]) {
  const times: number[] = [];
  const since = performance.now();
  const onEvent = (event: SyncEvent): void => {
    if (event.type === type) times.push(performance.now());
  };
  const summary = await sync(input, { onEvent });
  return { summary, times, seconds: (performance.now() - since) / 1000 };
}

describe("--rate-limit-objects 50", () => {
  test("sends no more than 50 objects in a second", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    for (let i = 0; i < 90; i++) dir.write(`${i}`, "x");
    const { summary, times, seconds } = await timed(
      { source: dir.path, target: bucket.url(), ...bucket.side("target"), rateLimitObjects: 50 },
      "started",
    );
    expect(summary).toMatchObject({ transferredObjects: 90, errors: 0, warnings: 0 });
    expect(seconds).toBeGreaterThan(1.7);
    expect(mostInASecond(times)).toBeLessThanOrEqual(53);
  });

  test("deletes no more than 50 objects in a second", async () => {
    await using bucket = await TestBucket.create();
    await Promise.all(Array.from({ length: 80 }, (_, index) => bucket.put(`${index}`, "x")));
    using dir = new TempDir();
    const { summary, times, seconds } = await timed(
      {
        ...{ source: dir.path, target: bucket.url(), ...bucket.side("target") },
        ...{ rateLimitObjects: 50, delete: true, allowEmptySource: true },
      },
      "deleted",
    );
    expect(summary).toMatchObject({ deleted: 80, errors: 0 });
    expect(seconds).toBeGreaterThan(1.4);
    expect(mostInASecond(times)).toBeLessThanOrEqual(55);
  });

  test("does not count what need not be sent", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    for (let i = 0; i < 200; i++) dir.write(`${i}`, "x");
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    await sync(input);
    const { summary, seconds } = await timed({ ...input, rateLimitObjects: 50 }, "skipped");
    expect(summary).toMatchObject({ skipped: 200 });
    expect(seconds).toBeLessThan(2);
  });
});

describe("--rate-limit-bandwidth 4MiB", () => {
  const content = {
    large: randomBytes("rate", 7 * MiB),
    ...Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        `small/${index}`,
        randomBytes(`${index}`, 200_000),
      ]),
    ),
  };
  const bytes = Object.values(content).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const limit = 4 * MiB;
  const how = {
    rateLimitBandwidth: limit,
    multipartThreshold: 5 * MiB,
    multipartChunksize: 5 * MiB,
    threads: 2,
  };

  test("goes up and comes down no faster, and arrives whole", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    for (const [name, each] of Object.entries(content)) dir.write(name, each);
    const up = await timed(
      { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...how },
      "moved",
    );
    expect(up.summary).toMatchObject({ etagVerified: 11, errors: 0, warnings: 0 });
    expect(up.seconds).toBeGreaterThan((bytes / limit) * 0.9);
    using back = new TempDir();
    const down = await timed(
      { source: bucket.url(), target: back.path, ...bucket.side("source"), ...how },
      "moved",
    );
    expect(down.summary).toMatchObject({ etagVerified: 11, errors: 0, warnings: 0 });
    expect(down.seconds).toBeGreaterThan((bytes / limit) * 0.9);
    expect(down.seconds).toBeLessThan((bytes / limit) * 2 + 1);
    expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
  }, 30_000);

  test("does not slow down what the server copies", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("from/a", content.large);
    await using proxy = await FaultProxy.start(httpServer());
    const { summary, seconds } = await timed(
      {
        ...{ source: bucket.url("from/"), target: bucket.url("to/") },
        ...{ ...bucket.side("source"), ...bucket.side("target"), serverSideCopy: true },
        ...{ sourceEndpointUrl: proxy.endpoint, targetEndpointUrl: proxy.endpoint },
        rateLimitBandwidth: MiB,
      },
      "moved",
    );
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0 });
    expect(seconds).toBeLessThan(5);
  });
});
