/**
 * What the summary says of requests and bytes is what passed on the wire, and what a dry run foretells is what
 * the run then sends.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, Secret, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { type Capability, needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plant, plantObjects, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const small = { multipartThreshold: five, multipartChunksize: five };

interface Case {
  readonly name: string;
  readonly input: (bucket: TestBucket, dir: TempDir) => ConfigInput;
  /** Operations that only the objects themselves make necessary, not what listings tell. */
  readonly unforeseen?: readonly string[];
  /** Parts that are not told are asked for once, and warned of. */
  readonly needs?: readonly Capability[];
}

const telling = ["tells parts by their numbers"] as const;

const cases: readonly Case[] = [
  {
    name: "up",
    input: (bucket, dir) => ({ source: dir.path, target: bucket.url("up/"), ...small }),
  },
  {
    name: "up, read back",
    input: (bucket, dir) => ({
      source: dir.path,
      target: bucket.url("up/"),
      ...small,
      readBackVerify: true,
    }),
  },
  {
    name: "up with --delete",
    input: (bucket, dir) => ({ source: dir.path, target: bucket.url("from/"), delete: true }),
  },
  {
    name: "down",
    input: (bucket, dir) => ({ source: bucket.url("from/"), target: dir.at("down"), ...small }),
  },
  {
    name: "down, in the source's parts",
    input: (bucket, dir) => ({
      source: bucket.url("from/"),
      target: dir.at("down"),
      multipartThreshold: five,
    }),
    needs: telling,
  },
  {
    name: "across",
    input: (bucket) => ({ source: bucket.url("from/"), target: bucket.url("to/"), ...small }),
    unforeseen: ["GetObjectTagging"],
  },
  {
    name: "across, in the source's parts",
    input: (bucket) => ({
      source: bucket.url("from/"),
      target: bucket.url("to/"),
      autoChunksize: true,
    }),
    needs: telling,
    unforeseen: ["GetObjectTagging"],
  },
  {
    name: "across, copied by the server",
    input: (bucket) => ({
      source: bucket.url("from/"),
      target: bucket.url("to/"),
      serverSideCopy: true,
    }),
    needs: telling,
    unforeseen: ["GetObjectTagging"],
  },
];

/** Files, and the same and more as objects: some small, one in a part and a half, one with tags. */
async function prepare(bucket: TestBucket, dir: TempDir): Promise<void> {
  const large = randomBytes("large", five + 5);
  plant(dir, { "a/1": "1", "a/2": "22", empty: "" });
  dir.write("large", large);
  const side = bucket.side("target");
  await sync({ source: dir.path, target: bucket.url("from/"), ...side, ...small });
  await plantObjects(bucket, { "from/more/1": "x", "from/more/2": "yy" });
  await bucket.put("from/tagged", "x", { Tagging: "a=1" });
  // Of another time and size, so that there is something to send.
  dir.write("a/1", "changed");
}

async function run(
  input: ConfigInput,
  { server }: TestBucket,
  endpointUrl = server.endpoint,
): Promise<Summary> {
  return sync({
    ...input,
    endpointUrl,
    accessKey: new Secret(server.accessKeyId),
    secretAccessKey: new Secret(server.secretAccessKey),
    region: "us-east-1",
    forcePathStyle: true,
  });
}

describe("the summary counts requests and bytes as they pass on the wire:", () => {
  for (const { name, input, needs = [] } of cases) {
    needing(...needs).test(name, async () => {
      using dir = new TempDir();
      await using bucket = await TestBucket.create();
      await prepare(bucket, dir);
      await using proxy = await FaultProxy.start(httpServer());
      const summary = await run(input(bucket, dir), bucket, proxy.endpoint);
      const seen: Record<string, number> = {};
      for (const { operation } of proxy.requests) seen[operation] = (seen[operation] ?? 0) + 1;
      expect(summary).toMatchObject({ errors: 0, warnings: 0 });
      expect(summary.traffic.requests).toEqual(seen);
    });
  }

  test("bytes up are those of the bodies", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    dir.write("small", "12345");
    dir.write("large", randomBytes("large", five + 5));
    const input = { source: dir.path, target: bucket.url(), ...small };
    const { traffic, transferredBytes } = await run(input, bucket);
    expect(transferredBytes).toBe(five + 10);
    // The document that completes an upload goes up, too.
    expect(traffic.sentBytes - transferredBytes).toBeGreaterThan(0);
    expect(traffic.sentBytes - transferredBytes).toBeLessThan(2000);
  });

  test("bytes down are those of the bodies", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("small", "12345");
    await bucket.put("large", randomBytes("large", five + 5));
    const input = { source: bucket.url(), target: dir.at("to"), ...small };
    const { traffic, transferredBytes } = await run(input, bucket);
    expect(transferredBytes).toBe(five + 10);
    // And pages of listings.
    expect(traffic.receivedBytes - transferredBytes).toBeGreaterThan(0);
    expect(traffic.receivedBytes - transferredBytes).toBeLessThan(5000);
    expect(traffic.sentBytes).toBe(0);
  });
});

describe("a dry run foretells the requests of the run:", () => {
  for (const { name, input, unforeseen = [], needs = [] } of cases) {
    needing(...needs).test(name, async () => {
      using dir = new TempDir();
      await using bucket = await TestBucket.create();
      await prepare(bucket, dir);
      const wanted = input(bucket, dir);
      const foretold = await run({ ...wanted, dryRun: true }, bucket);
      const done = await run(wanted, bucket);
      const requests = Object.entries(done.traffic.requests).filter(
        ([operation]) => !unforeseen.includes(operation),
      );
      expect(done.transferredObjects).toBeGreaterThan(0);
      expect(foretold.traffic.requests).toEqual(Object.fromEntries(requests));
      const documents = 5000;
      const [told, moved] = [foretold.traffic, done.traffic];
      expect(Math.abs(told.sentBytes - moved.sentBytes)).toBeLessThan(documents);
      expect(Math.abs(told.receivedBytes - moved.receivedBytes)).toBeLessThan(documents);
    });
  }
});
