/**
 * Clocks that are wrong, and clocks that jump while a run is under way: the server refuses what is signed with them, and
 * the run goes by the server's clock from then on. Nothing that is measured goes by a clock that can jump.
 *
 * @module
 */
import { afterEach, describe, expect, setSystemTime, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, plant, randomBytes } from "../support/trees.ts";

const hour = 3_600_000;
const tree = {
  ...{ a: "1", b: "2", c: "3" },
  large: randomBytes("clock", 11 * MiB),
};
const all = { transferredObjects: 4, etagVerified: 4, errors: 0, warnings: 0 };
const options: Partial<ConfigInput> = {
  ...{ workerSize: 1, threads: 0, maxParallelUploads: 1 },
  ...{ multipartThreshold: 5 * MiB, multipartChunksize: 5 * MiB, awsMaxAttempts: 1 },
};

afterEach(() => {
  setSystemTime();
});

/** Sets this process's clock, not the server's. */
function jump(byMs: number): void {
  setSystemTime();
  setSystemTime(new Date(Date.now() + byMs));
}

/** Runs, and meddles at the second request of a kind. */
async function runMeddled(
  proxy: FaultProxy,
  operation: Operation,
  meddle: () => void,
  input: ConfigInput,
): Promise<Summary> {
  const gate = proxy.hold(operation, "request", { skip: 1 });
  const running = sync(input);
  await Promise.race([gate.reached, running]);
  meddle();
  gate.open();
  return running;
}

async function roundTrip(meddle: () => void, before: () => void): Promise<Summary[]> {
  using dir = new TempDir();
  plant(dir, tree);
  using back = new TempDir();
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const { endpoint } = proxy;
  before();
  const up = await runMeddled(proxy, "PutObject", meddle, {
    ...{ source: dir.path, target: bucket.url(), ...options },
    ...{ ...bucket.side("target"), targetEndpointUrl: endpoint },
  });
  before();
  const down = await runMeddled(proxy, "GetObject", meddle, {
    ...{ source: bucket.url(), target: back.path, ...options },
    ...{ ...bucket.side("source"), sourceEndpointUrl: endpoint },
  });
  setSystemTime();
  expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
  return [up, down];
}

const nothing = (): void => undefined;

describe.each([
  { how: "an hour behind", byMs: -hour },
  { how: "a day ahead", byMs: 24 * hour },
  { how: "years behind", byMs: -80_000 * hour },
])("a clock that is $how", ({ byMs }) => {
  test("is no matter: everything goes up and down at the first try", async () => {
    const runs = await roundTrip(nothing, () => jump(byMs));
    for (const summary of runs) expect(summary).toMatchObject(all);
  });
});

describe.each([
  { how: "back by two hours", byMs: -2 * hour },
  { how: "forward by two hours", byMs: 2 * hour },
  { how: "back by a month", byMs: -720 * hour },
])("a clock that jumps $how in the middle of a run", ({ byMs }) => {
  test("is no matter, and the time that the run took is told right", async () => {
    const begin = performance.now();
    const runs = await roundTrip(
      () => jump(byMs),
      () => setSystemTime(),
    );
    const took = performance.now() - begin;
    for (const summary of runs) {
      expect(summary).toMatchObject(all);
      expect(summary.durationMs).toBeGreaterThan(0);
      expect(summary.durationMs).toBeLessThan(took);
    }
  });
});

test("a clock that jumps back does not lengthen a deadline", async () => {
  using dir = new TempDir();
  dir.write("a", "1");
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const silence = proxy.inject("PutObject", { kind: "stall", at: "before-answer" });
  const running = sync({
    ...{ source: dir.path, target: bucket.url(), ...options, forceRetryCount: 0 },
    ...{ ...bucket.side("target"), targetEndpointUrl: proxy.endpoint },
    ...{ readTimeoutMilliseconds: 500 },
  });
  await silence.met;
  jump(-24 * hour);
  const summary = await running;
  expect(summary).toMatchObject({ errors: 1, transferredObjects: 0 });
});
