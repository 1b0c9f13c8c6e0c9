/**
 * `s3sync ranges`: cuts the keys of a bucket into ranges of about as many keys each.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { asKey, compareKeys, keyRanges, MemoryStore, sync } from "../../src/index.ts";
import { balancedCuts } from "../../src/list/balance.ts";
import type { Sampled } from "../../src/list/sample-keys.ts";
import { weighKeys } from "../../src/list/weigh-keys.ts";
import { openS3 } from "../../src/store/s3/open.ts";
import { s3Options } from "../contract/s3-subject.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { patient } from "../support/patience.ts";
import { httpServer, isUsualServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const count = isUsualServer() ? 20_000 : 4000;
const timeoutMs = patient(120_000);

/** Some folders hold ten times as many as others. */
const keys = Array.from({ length: count }, (_, at) => {
  const folder = at % 10 === 0 ? `small/${at % 70}` : `large-${at % 3}`;
  return asKey(`${folder}/IMG_${String(at).padStart(6, "0")}.jpg`);
}).toSorted(compareKeys);

let bucket: TestBucket;

beforeAll(async () => {
  bucket = await TestBucket.create();
  const source = new MemoryStore("memory:");
  for (const key of keys) source.set(key, new Uint8Array(0));
  const summary = await sync({ source, target: bucket.url("p/"), ...bucket.side("target") });
  expect(summary).toMatchObject({ transferredObjects: count, errors: 0 });
  await bucket.put("other/a", "x");
}, timeoutMs);
afterAll(() => bucket[Symbol.asyncDispose](), timeoutMs);

/** How many keys each range has. */
function sizes(cuts: readonly string[]): number[] {
  const ends = [...cuts, undefined];
  return ends.map((until, index) => {
    const after = ends[index - 1];
    return keys.filter(
      (key) =>
        (after === undefined || compareKeys(key, after) > 0) &&
        (until === undefined || compareKeys(key, until) <= 0),
    ).length;
  });
}

describe(`${count} keys`, () => {
  const place = () => ({ place: bucket.url("p/"), ...bucket.side("target") });

  test(
    "that are looked at here and there are cut into 8 ranges, none more than 1.2 times as long as the others",
    async () => {
      const store = await openS3({ ...s3Options(bucket, "p/"), maxKeys: 100 }, () => undefined);
      const { firstKey } = store;
      if (firstKey === undefined) throw new Error("a bucket finds its first key");
      const sampled: Sampled = {
        list: (range, signal) => store.list(range, signal),
        firstKey: (range, signal) => firstKey.call(store, range, signal),
      };
      const exactness = { mostCounted: 1000, mostShare: 1 / 32 };
      const weighed = await weighKeys(sampled, exactness, new AbortController().signal);
      const found = sizes(balancedCuts(weighed, 8) ?? []);
      await store.close();
      expect(found).toHaveLength(8);
      expect(Math.max(...found)).toBeLessThan((1.2 * count) / 8);
    },
    timeoutMs,
  );

  test(
    "are cut exactly, as they are few enough to be counted, also when that is asked for",
    async () => {
      for (const exact of [false, true]) {
        const found = sizes(await keyRanges({ ...place(), count: 16, exact }));
        expect(found).toHaveLength(16);
        expect(Math.max(...found) - Math.min(...found)).toBeLessThanOrEqual(1);
      }
    },
    timeoutMs,
  );

  test(
    "are shared by runs by what the command prints",
    async () => {
      using dir = new TempDir();
      const env = serverEnv(httpServer());
      const made = await runCli(
        ["ranges", "--force-path-style", "--count", "3", bucket.url("p/")],
        {
          env,
        },
      );
      expect([made.exitCode, made.stderr]).toEqual([0, ""]);
      expect(made.stdout.trimEnd().split("\n")).toHaveLength(2);
      const shardRanges = dir.write("cuts", made.stdout);
      const found: number[] = [];
      for (const number of [1, 2, 3]) {
        const shard = { number, count: 3 };
        const target = new MemoryStore("memory:");
        const source = { source: bucket.url("p/"), ...bucket.side("source") };
        await sync({ ...source, target, shard, shardRanges, dryRun: true }).then((summary) =>
          found.push(summary.transferredObjects),
        );
      }
      expect(found.reduce((sum, one) => sum + one, 0)).toBe(count);
      expect(Math.max(...found) - Math.min(...found)).toBeLessThanOrEqual(1);
    },
    timeoutMs,
  );
});

describe("a place", () => {
  test("with too few keys is not cut", async () => {
    const { exitCode, stderr } = await runCli(
      ["ranges", "--force-path-style", bucket.url("other/")],
      { env: serverEnv(httpServer()) },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain("has not enough keys for 16 ranges");
  });

  test("must be a bucket", async () => {
    const { exitCode, stderr } = await runCli(["ranges", "./here"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("ranges are those of a bucket, and ./here is a path");
  });
});
