/**
 * Many workers where waiting for answers takes the time: two buckets with the same computed keys, compared. Nightly they
 * have a million keys each, and a page takes 100 ms. Each worker works on one range at a time.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { Cluster } from "../../src/cluster/cluster.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { Endpoint } from "../bench/listing/endpoint.ts";
import { KeySpace } from "../bench/listing/keys.ts";
import { isNightly } from "../support/moments.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { patient } from "../support/patience.ts";
import { WorkerProcesses } from "./worker-process.ts";

const keys = isNightly ? 1_000_000 : 40_000;
const latencyMs = isNightly ? 100 : 50;
/** So many times as fast four workers are, at least. */
const least = 3.5;
const credentials = { accessKeyId: "anybody", secretAccessKey: "anything" };

/** How long a job takes with so many workers, in seconds. */
async function secondsWith(count: number, endpoint: string): Promise<number> {
  await using server = await NatsServer.start();
  const stop = new AbortController();
  await using cluster = new Cluster(await openNatsGround({ servers: server.url }, stop.signal));
  using workers = new WorkerProcesses();
  for (let begun = 0; begun < count; begun++) {
    await workers.start({ servers: server.url, credentials, slots: 1, leastKeys: 2000 });
  }
  await cluster.submit("compare", {
    ...{ source: "s3://source/", target: "s3://target/", delete: true },
    ...{ sourceEndpointUrl: endpoint, targetEndpointUrl: endpoint },
    ...{ sourceRegion: "us-east-1", targetRegion: "us-east-1" },
    ...{ sourceForcePathStyle: true, targetForcePathStyle: true },
  });
  const { job, summary } = await cluster.wait("compare", { everyMs: 100 });
  expect(job.end).toBe("done");
  const { totals } = await cluster.state("compare");
  expect(totals?.ranges.finished).toBeGreaterThanOrEqual(count);
  expect(summary).toMatchObject({ skipped: keys, transferredObjects: 0, errors: 0 });
  return summary.durationMs / 1000;
}

describe.skipIf(!hasNats)("a comparison that waits for listings", () => {
  test(
    `of ${keys} keys is shared by four workers, and nightly ${least} times as fast`,
    async () => {
      const endpoint = new Endpoint(new KeySpace(keys, 100), latencyMs);
      using server = Bun.serve({
        ...{ hostname: "127.0.0.1", port: 0, idleTimeout: 0 },
        fetch: (request) => endpoint.answer(request),
      });
      const url = `http://127.0.0.1:${server.port}`;
      const one = await secondsWith(1, url);
      const four = await secondsWith(4, url);
      const { pages, needless } = endpoint.stats();
      console.error(
        `${keys} keys: one worker ${one.toFixed(1)} s, four ${four.toFixed(1)} s, ${(one / four).toFixed(2)} times as fast; ${pages} pages`,
      );
      expect(needless).toBe(0);
      // In a short run, on a machine that does much else, beginning and ending count for too much.
      if (isNightly) expect(one / four).toBeGreaterThan(least);
    },
    patient(isNightly ? 900_000 : 120_000),
  );
});
