/**
 * Jobs on three servers of NATS and worker processes, of which each dies now and then: the result is that of one run.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { Cluster } from "../../src/cluster/cluster.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { isNightly } from "../support/moments.ts";
import { hasNats, NatsCluster } from "../support/nats-server.ts";
import { patient } from "../support/patience.ts";
import { WorkerProcesses } from "./worker-process.ts";

const objects = isNightly ? 50_000 : 3000;
const extra = 300;
const timeoutMs = patient(isNightly ? 900_000 : 120_000);

let servers: NatsCluster;

beforeAll(async () => {
  if (hasNats) servers = await NatsCluster.start();
}, timeoutMs);
afterAll(async () => {
  if (hasNats) await servers[Symbol.asyncDispose]();
}, timeoutMs);

function orderFor(source: TestBucket, target: TestBucket) {
  const { endpoint } = source.server;
  return {
    source: source.url(),
    target: target.url(),
    ...{ sourceEndpointUrl: endpoint, targetEndpointUrl: endpoint },
    ...{ sourceRegion: "us-east-1", targetRegion: "us-east-1" },
    ...{ sourceForcePathStyle: true, targetForcePathStyle: true },
    delete: true,
  };
}

async function fill(source: TestBucket, target: TestBucket): Promise<void> {
  const put = async (bucket: TestBucket, keys: readonly string[]): Promise<void> => {
    for (let at = 0; at < keys.length; at += 64) {
      await Promise.all(
        keys.slice(at, at + 64).map((key) => bucket.put(key, `contents of ${key}`)),
      );
    }
  };
  const names = Array.from({ length: objects }, (_, index) => `${index % 40}/object-${index}`);
  await put(source, names);
  await put(
    target,
    Array.from({ length: extra }, (_, index) => `${index % 40}/old-${index}`),
  );
}

describe.skipIf(!hasNats)("a job on three servers of NATS", () => {
  test(
    "is done though workers are killed, a server dies and comes back, and nobody waits for it",
    async () => {
      await using source = await TestBucket.create();
      await using target = await TestBucket.create();
      await using reference = await TestBucket.create();
      await fill(source, target);
      const stop = new AbortController();
      const submitter = new Cluster(await openNatsGround({ servers: servers.url }, stop.signal));
      await submitter.submit("nightly", orderFor(source, target));
      // Whoever has submitted it goes away.
      await submitter[Symbol.asyncDispose]();
      using workers = new WorkerProcesses();
      const wish = { servers: servers.url, credentials: source.server };
      await workers.start(wish);
      await workers.start(wish);
      await using onlooker = new Cluster(
        await openNatsGround({ servers: servers.url }, stop.signal),
      );
      const deaths = ["worker", "server", "worker"];
      let passed = 0;
      const accident = async (): Promise<void> => {
        const kind = deaths.shift();
        if (kind === "worker") {
          await workers.killOne();
          await workers.start(wish);
        } else if (kind === "server") {
          const leader = await servers.leaderOf("KV_S3SYNC_RECORDS");
          await leader.kill();
          await leader.revive();
        }
      };
      let trouble: Promise<void> = Promise.resolve();
      const { job, summary } = await onlooker.wait("nightly", {
        everyMs: 200,
        onState: ({ totals }) => {
          const { transferredObjects, skipped } = totals.counts;
          const done = transferredObjects + skipped;
          const due = Math.floor((done * 4) / objects);
          if (due > passed && deaths.length > 0) {
            passed += 1;
            trouble = trouble.then(accident);
          }
        },
      });
      await trouble;
      expect([job.end, job.reason]).toEqual(["done", undefined]);
      expect(summary).toMatchObject({ errors: 0, warnings: 0 });
      expect(summary.transferredObjects + summary.skipped).toBe(objects);
      const { accessKeyId: accessKey, secretAccessKey } = source.server;
      const order = { ...orderFor(source, reference), accessKey, secretAccessKey };
      await sync(order);
      expect(await target.list()).toEqual(await reference.list());
      expect(deaths).toEqual([]);
    },
    timeoutMs,
  );
});
