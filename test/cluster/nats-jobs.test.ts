/**
 * Jobs on three servers of NATS and four worker processes, of which each dies now and then, and whoever has submitted them as
 * well: the result is that of one run. Nightly a million keys are compared, and 20,000 objects sent or left alone.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import type { Differences } from "../bench/listing/differences.ts";
import { Endpoint } from "../bench/listing/endpoint.ts";
import { KeySpace } from "../bench/listing/keys.ts";
import { TestBucket } from "../support/bucket.ts";
import { isNightly } from "../support/moments.ts";
import { hasNats, NatsCluster } from "../support/nats-server.ts";
import { patient } from "../support/patience.ts";
import type { TestServer } from "../support/servers.ts";
import { type Disaster, Disasters, drawDisasters, type Victim } from "./disasters.ts";

const seed = Number(process.env["S3SYNC_TEST_SEED"] ?? Date.now() % 1_000_000);
/** So much of the whole. */
const share = Number(process.env["S3SYNC_TEST_SHARE"] ?? (isNightly ? 1 : 0.02));
const keyCount = 1_000_000 * share;
const objectCount = Math.max(1000, 20_000 * share);
/** A page of each side. */
const pages = (2 * keyCount) / 1000;
/** So long that all workers have something to do when one is killed. */
const latencyMs = Math.max(20, 10_000 / pages);
const timeoutMs = patient(isNightly ? 1_800_000 : 120_000);

/** What dies, and how often. */
const few: readonly Victim[] = ["worker", "server", "waiter"];
const many: readonly Victim[] = [
  ...(["worker", "worker", "server", "worker", "waiter", "worker"] as const),
  ...(["worker", "server", "worker", "waiter", "worker", "worker"] as const),
];
const victims = isNightly ? many : few;

/** From one bucket of a server to another. */
interface Pair {
  /** Of the job. */
  readonly name: string;
  readonly server: TestServer;
  readonly source: string;
  readonly target: string;
  readonly options: Pick<ConfigInput, "dryRun">;
  /** At least so many have to be sent. */
  readonly requests: number;
  /** The same at a target of its own, which looks like the other. */
  readonly otherTarget: string;
}

const sides = (endpoint: string): Partial<ConfigInput> => ({
  ...{ sourceEndpointUrl: endpoint, targetEndpointUrl: endpoint },
  ...{ sourceRegion: "us-east-1", targetRegion: "us-east-1" },
  ...{ sourceForcePathStyle: true, targetForcePathStyle: true },
});

const sideArguments = (endpoint: string): string[] =>
  ["source", "target"].flatMap((side) => [
    ...[`--${side}-endpoint-url`, endpoint, `--${side}-region`, "us-east-1"],
    `--${side}-force-path-style`,
  ]);

/** What one run comes to. */
function singleRun({ server, source, otherTarget, options }: Pair): Promise<Summary> {
  const { accessKeyId: accessKey, secretAccessKey, endpoint } = server;
  return sync({
    ...{ source, target: otherTarget, delete: true, ...options },
    ...{ ...sides(endpoint), accessKey, secretAccessKey },
  });
}

/** A summary as it is written into a file. */
interface JobSummary {
  readonly transferred_object: number;
  readonly skipped: number;
  readonly deleted: number;
}

let nats: NatsCluster;

beforeAll(async () => {
  if (hasNats) nats = await NatsCluster.start();
}, timeoutMs);
afterAll(async () => {
  if (hasNats) await nats[Symbol.asyncDispose]();
}, timeoutMs);

/** Does the same by one run, and by a job that disasters befall. */
async function both(
  pair: Pair,
  leastKeys: number,
): Promise<{ readonly single: Summary; readonly job: JobSummary }> {
  const { name, server, source, target, options, requests } = pair;
  const single = await singleRun(pair);
  await using disasters = await Disasters.begin(name, nats, server, seed, {
    // Ranges are in the middle most of the time.
    ...{ slots: 2, leastKeys, mostKeys: leastKeys * 1.5 },
  });
  const startedAt = performance.now();
  const flags = ["--delete", ...(options.dryRun === true ? ["--dry-run"] : [])];
  await disasters.submit(...flags, ...sideArguments(disasters.endpoint), source, target);
  const drawn: Disaster[] = drawDisasters(seed, Math.floor(requests * 0.4), victims);
  if (options.dryRun !== true) drawn.push({ victim: "worker", moment: "deletion" });
  const { exitCode, stderr, summary } = await disasters.go(4, drawn);
  const seconds = (performance.now() - startedAt) / 1000;
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(disasters.deaths).toHaveLength(1 + drawn.length);
  expect(summary).toMatchObject({ error: 0, warning: 0 });
  const job = summary as JobSummary;
  console.error(
    [
      `seed ${seed}: job ${seconds.toFixed(1)} s, one run ${(single.durationMs / 1000).toFixed(1)} s`,
      `killed: ${disasters.deaths.join(", ")}`,
      `${await disasters.redeliveries()} tasks handed out once more`,
      `sent ${job.transferred_object}, skipped ${job.skipped}, deleted ${job.deleted}`,
      `by one run ${single.transferredObjects}, ${single.skipped}, ${single.deleted}`,
    ].join("; "),
  );
  return { single, job };
}

/** Of 500 keys one has only the source, one only the target, and one is of another size there. */
const differences: Differences = (bucket, index) => {
  switch (index % 500) {
    case 77:
      return bucket === "source" ? "usual" : "missing";
    case 177:
      return bucket === "source" ? "missing" : "usual";
    case 277:
      return bucket === "source" ? "usual" : "other";
    default:
      return "usual";
  }
};

/** Puts objects into a bucket. */
async function putAll(bucket: TestBucket, objects: ReadonlyMap<string, string>): Promise<void> {
  const rest = [...objects];
  const put = async (): Promise<void> => {
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) await bucket.put(...next);
  };
  await Promise.all(Array.from({ length: 64 }, put));
}

/** Of the objects a quarter is in the target as well, and one is older there; others are only there. */
async function fill(source: TestBucket, target: TestBucket): Promise<void> {
  const names = Array.from({ length: objectCount }, (_, index) => `${index % 40}/object-${index}`);
  const contents = (name: string): readonly [string, string] => [name, `contents of ${name}`];
  await putAll(target, new Map(names.filter((_, i) => i % 4 === 0).map((name) => [name, "old"])));
  await putAll(source, new Map(names.map(contents)));
  await putAll(target, new Map(names.filter((_, i) => i % 4 === 1).map(contents)));
  await putAll(
    target,
    new Map(names.filter((_, i) => i % 4 === 2).map((name) => [`${name}-old`, name])),
  );
}

describe.skipIf(!hasNats)(
  `a job to which all happens that can${hasNats ? "" : " (needs nats-server)"}`,
  () => {
    test(
      `finds of ${keyCount} keys on both sides what one run finds`,
      async () => {
        const endpoint = new Endpoint(
          new KeySpace(keyCount, Math.max(4, 100 * share)),
          latencyMs,
          differences,
        );
        using server = Bun.serve({
          ...{ hostname: "127.0.0.1", port: 0, idleTimeout: 0 },
          fetch: (request) => endpoint.answer(request),
        });
        const { single, job } = await both(
          {
            name: "compare",
            server: {
              ...{ endpoint: `http://127.0.0.1:${server.port}`, caFile: undefined },
              ...{ accessKeyId: "anybody", secretAccessKey: "anything" },
            },
            ...{ source: "s3://source/", target: "s3://target/", otherTarget: "s3://target/" },
            options: { dryRun: true },
            requests: pages,
          },
          500,
        );
        const some = keyCount / 500;
        expect(single).toMatchObject({ transferredObjects: 2 * some, deleted: some });
        expect(single.transferredObjects + single.skipped).toBe(keyCount - some);
        // Nothing changes, so whatever is done again comes to the same: nothing is counted twice, nothing is left out.
        expect(job).toMatchObject({
          transferred_object: single.transferredObjects,
          ...{ skipped: single.skipped, deleted: single.deleted },
        });
        expect(endpoint.stats().needless).toBe(0);
      },
      timeoutMs,
    );

    test(
      `leaves a bucket with ${objectCount} objects as one run leaves it`,
      async () => {
        await using source = await TestBucket.create();
        await using target = await TestBucket.create();
        await using reference = await TestBucket.create();
        await fill(source, target);
        const { server } = source;
        const urls = { source: target.url(), target: reference.url() };
        const { accessKeyId: accessKey, secretAccessKey } = server;
        await sync({ ...urls, ...sides(server.endpoint), accessKey, secretAccessKey });
        const places = { source: source.url(), target: target.url(), otherTarget: reference.url() };
        // Three of four are read and written.
        const requests = 1.5 * objectCount;
        const pair = { name: "move", server, ...places, options: {}, requests };
        const { single, job } = await both(pair, 200);
        expect(await target.list()).toEqual(await reference.list());
        // What somebody did who died before he could tell is found the same, or gone.
        expect(job.transferred_object + job.skipped).toBe(objectCount);
        expect(job.transferred_object).toBeWithin(1, single.transferredObjects + 1);
        expect(job.deleted).toBeWithin(1, single.deleted + 1);
      },
      timeoutMs,
    );
  },
);
