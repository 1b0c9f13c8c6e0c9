/**
 * Worker processes that are killed while a large object is on its way: the other one finishes it, and nothing is sent again but
 * what was under way.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { follow } from "../../src/cluster/control/follow.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import type { Ground } from "../../src/cluster/ground.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { asRun } from "../../src/cluster/parts/records.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type SeenRequest } from "../support/fault-proxy.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { patient } from "../support/patience.ts";
import { httpServer } from "../support/servers.ts";
import { digest, randomBytes } from "../support/trees.ts";
import { uploadParts } from "../support/upload-parts.ts";
import { never } from "./job-kit.ts";
import { numbersTo, partBytes, smallParts, until } from "./parts-kit.ts";
import { leaseMs, WorkerProcesses } from "./worker-process.ts";

const count = 16;
/** So many parts arrive; all others wait until somebody is dead. */
const passing = 4;
const content = randomBytes("large", count * partBytes);
const sharing = {
  ...{ fromBytes: partBytes, takeBytes: 3 * partBytes },
  ...{ tellMs: 200, patienceMs: 2000, lookMs: 50 },
};

const ways = [
  { way: "sent", operation: "UploadPart", serverSideCopy: false },
  { way: "copied by the server", operation: "UploadPartCopy", serverSideCopy: true },
] as const;
const deaths = ways.flatMap((way) => [
  { ...way, victim: "who leads" as const },
  { ...way, victim: "who helps" as const },
]);

/** Two buckets, the first with the object in it. */
async function buckets(stack: AsyncDisposableStack): Promise<readonly [TestBucket, TestBucket]> {
  const from = stack.use(await TestBucket.create());
  const bodies = numbersTo(count).map((number) =>
    content.subarray((number - 1) * partBytes, number * partBytes),
  );
  await uploadParts(from, "large", bodies);
  return [from, stack.use(await TestBucket.create())];
}

function orderFor(from: TestBucket, to: TestBucket, { endpoint }: FaultProxy) {
  return {
    ...{ source: from.url(), target: to.url(), ...smallParts },
    ...{ sourceEndpointUrl: endpoint, targetEndpointUrl: endpoint },
    ...{ sourceRegion: "us-east-1", targetRegion: "us-east-1" },
    ...{ sourceForcePathStyle: true, targetForcePathStyle: true },
  };
}

/** What records tell of the parts. */
interface Noted {
  readonly numbers: readonly number[];
  /** The first part that somebody has taken to help; `undefined`: nobody has. */
  readonly helpsFrom: number | undefined;
}

async function noted(ground: Ground): Promise<Noted> {
  const numbers: number[] = [];
  let helpsFrom: number | undefined;
  for await (const { key, value } of ground.records.all("parts.")) {
    const { by, parts } = asRun(value);
    numbers.push(...parts.map(([number]) => number));
    if (by.startsWith("helper-")) helpsFrom = Number(key.slice(key.lastIndexOf(".") + 1));
  }
  return { numbers, helpsFrom };
}

/** When all that arrived is noted, and somebody helps. */
async function untilShared(ground: Ground): Promise<Noted & { readonly helpsFrom: number }> {
  for (;;) {
    const { numbers, helpsFrom } = await noted(ground);
    if (numbers.length === passing && helpsFrom !== undefined) return { numbers, helpsFrom };
  }
}

function partNumber({ target }: SeenRequest): number {
  return Number(/[?&]partNumber=(\d+)/.exec(target)?.[1]);
}

describe.skipIf(!hasNats)("a large object, as processes have it", () => {
  test.each(deaths)(
    "$way, is finished by the other one when $victim is killed: only what was under way goes again",
    async ({ operation, serverSideCopy, victim }) => {
      await using stack = new AsyncDisposableStack();
      const [from, to] = await buckets(stack);
      const server = stack.use(await NatsServer.start());
      const ground = stack.use(await openNatsGround({ servers: server.url, leaseMs }, never));
      const proxy = stack.use(await FaultProxy.start(httpServer()));
      const gate = proxy.hold(operation, "request", { skip: passing });
      const parts = (): number[] =>
        proxy.requests.filter((request) => request.operation === operation).map(partNumber);
      using workers = new WorkerProcesses();
      const wish = { servers: server.url, credentials: from.server, slots: 1, sharing };
      const leader = await workers.start(wish);
      await submit(ground, "nightly", { ...orderFor(from, to, proxy), serverSideCopy });
      await until(() => proxy.count("CreateMultipartUpload") === 1);
      const helper = await workers.start(wish);
      const { numbers, helpsFrom } = await untilShared(ground);
      await until(() => parts().some((number) => number >= helpsFrom));
      const isLeader = victim === "who leads";
      const dying = isLeader ? leader : helper;
      dying.kill("SIGKILL");
      await dying.exited;
      // Whatever was on its way has arrived at the proxy by then.
      await noted(ground);
      const underWay = parts()
        .filter((number) => !numbers.includes(number))
        .filter((number) => number < helpsFrom === isLeader);
      gate.open();
      const { job, summary } = await follow(ground, "nightly", { signal: never, everyMs: 50 });
      expect([job.end, job.reason]).toEqual(["done", undefined]);
      expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, etagVerified: 1 });
      const again = parts().filter((number, at, all) => all.indexOf(number) < at);
      expect(underWay.length).toBeGreaterThan(0);
      expect(underWay).toEqual(expect.arrayContaining(again));
      expect(parts()).toHaveLength(count + again.length);
      expect(proxy.count("CreateMultipartUpload")).toBe(1);
      expect(await to.list()).toEqual(await from.list());
      expect(digest(await to.get("large"))).toBe(digest(content));
      expect(await to.openUploads()).toBe(0);
    },
    patient(60_000),
  );
});
