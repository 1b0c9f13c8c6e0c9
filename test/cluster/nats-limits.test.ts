/**
 * Limits of a job that two worker processes keep together by servers of NATS: counted where their requests pass.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { Cluster, type OrderInput } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { never } from "./job-kit.ts";
import { WorkerProcesses } from "./worker-process.ts";

/** A worker takes what it may do in a quarter of a second at once. */
const leaseSeconds = 0.25;
const workers = 2;

/** An object that was sent, as the proxy of its worker saw it. */
interface Sent {
  readonly atMs: number;
  readonly bytes: number;
}

let nats: NatsServer;
let source: TestBucket;

beforeAll(async () => {
  if (!hasNats) return;
  nats = await NatsServer.start();
  source = await TestBucket.create();
}, 60_000);
afterAll(async () => {
  if (!hasNats) return;
  await source[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
}, 60_000);

/** What each of two workers sends of a job, each by a proxy of its own. */
async function sentByWorkers(job: string, limit: Partial<OrderInput>): Promise<Sent[][]> {
  await using target = await TestBucket.create();
  await using stack = new AsyncDisposableStack();
  using processes = new WorkerProcesses();
  const servers = nats.url;
  const proxies: FaultProxy[] = [];
  for (let count = 0; count < workers; count++) {
    const proxy = stack.use(await FaultProxy.start(source.server));
    proxies.push(proxy);
    const { endpoint } = proxy;
    await processes.start({ servers, credentials: source.server, endpoint, leastKeys: 10 });
  }
  await using cluster = new Cluster(await openNatsGround({ servers }, never));
  await cluster.submit(job, { source: source.url(`${job}/`), target: target.url(), ...limit });
  const { summary } = await cluster.wait(job, { everyMs: 100 });
  expect(summary).toMatchObject({ errors: 0, warnings: 0 });
  expect(await target.list()).toHaveLength(summary.transferredObjects);
  return proxies.map(({ requests }) =>
    requests
      .filter(({ operation }) => operation === "PutObject")
      .map(({ atMs, headers }) => ({ atMs, bytes: Number(headers.get("content-length")) })),
  );
}

async function plant(prefix: string, count: number, bytes: number): Promise<void> {
  const body = Buffer.alloc(bytes, prefix);
  await Promise.all(
    Array.from({ length: count }, (_, index) => source.put(`${prefix}/object-${index}`, body)),
  );
}

/** So much passed in a second, on the whole. */
function rateOf(all: readonly Sent[], of: (sent: Sent) => number): number {
  const times = all.map(({ atMs }) => atMs);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  return all.reduce((sum, sent) => sum + of(sent), 0) / seconds;
}

/** The most that passed in any two seconds, as so much a second. */
function highestRateOf(all: readonly Sent[], of: (sent: Sent) => number): number {
  const windowMs = 2000;
  const within = (from: number): number =>
    all
      .filter(({ atMs }) => atMs >= from && atMs < from + windowMs)
      .reduce((sum, sent) => sum + of(sent), 0);
  return Math.max(...all.map(({ atMs }) => within(atMs))) / (windowMs / 1000);
}

describe.skipIf(!hasNats)(`two workers${hasNats ? "" : " (needs nats-server)"}`, () => {
  const cases = [
    {
      ...{ name: "objects", count: 500, bytes: 10, perSecond: 100, of: () => 1 },
      limit: { rateLimitObjects: 100 },
    },
    {
      ...{ name: "bytes", count: 160, bytes: 64 * 1024, perSecond: 2 * 1024 * 1024 },
      ...{ of: ({ bytes }: Sent) => bytes, limit: { rateLimitBandwidth: "2MiB" } },
    },
  ] as const;
  test.each(cases)(
    "send together no more $name than they may, and hardly fewer",
    async (each) => {
      const { name, count, bytes, perSecond, of, limit } = each;
      await plant(name, count, bytes);
      const sent = await sentByWorkers(name, limit);
      const all = sent.flat();
      const [rate, highest] = [rateOf(all, of), highestRateOf(all, of)];
      console.error(
        `${name}: limit ${perSecond}, on the whole ${rate.toFixed(1)}, at most ${highest.toFixed(1)} in 2 s; ` +
          `by the workers ${sent.map(({ length }) => length).join(" and ")}`,
      );
      expect(all).toHaveLength(count);
      for (const ofOne of sent) expect(ofOne.length).toBeGreaterThan(count / 10);
      // Each may hold a lease back, and use it together with the next one.
      const burst = workers * leaseSeconds * perSecond;
      expect(highest).toBeLessThan(perSecond + burst);
      expect(rate).toBeWithin(perSecond / 2, perSecond * 1.15);
    },
    60_000,
  );
});
