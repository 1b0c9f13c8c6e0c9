/**
 * What all workers of a job keep together.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { submit } from "../../src/cluster/control/submit.ts";
import { usualSharing } from "../../src/cluster/parts/part-sharing.ts";
import { JobRun } from "../../src/cluster/work/job-run.ts";
import { Presence } from "../../src/cluster/work/presence.ts";
import { SharedPace } from "../../src/cluster/work/shared-pace.ts";
import { SyncError } from "../../src/core/errors.ts";
import { MemoryServers } from "../support/memory-ground.ts";
import { JobScene, never } from "./job-kit.ts";

describe("a pace that is shared", () => {
  test("is kept by all together, whoever asks", async () => {
    const servers = new MemoryServers();
    const paces = Array.from(
      { length: 3 },
      (_, index) => new SharedPace(200, servers.connect(`${index}`).records, "shared.x.objects"),
    );
    const startedAt = performance.now();
    await Promise.all(
      paces.flatMap((pace) => Array.from({ length: 100 }, () => pace.take(1, never))),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    // 300 units at 200 a second; the last leases need not be used up.
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(3);
  });

  test("lets somebody else pass when one gives up", async () => {
    const pace = new SharedPace(1, new MemoryServers().connect().records, "shared.x.objects");
    await pace.take(1, never);
    const stop = new AbortController();
    const late = pace.take(1, stop.signal);
    stop.abort();
    expect(await late.catch(() => "gave up")).toBe("gave up");
  });

  test("limits a job as a whole", async () => {
    await using scene = new JobScene();
    for (let index = 0; index < 150; index++) scene.source.set(`object-${index}`, "x");
    for (let count = 0; count < 3; count++) scene.work();
    const { summary } = await scene.carryOut({ rateLimitObjects: 100 });
    expect(summary.transferredObjects).toBe(150);
    expect(summary.durationMs).toBeGreaterThan(900);
  });
});

test("a server that is too busy gets less to do from all workers, when one is told so", async () => {
  const servers = new MemoryServers();
  const job = await submit(servers.connect(), "nightly", { source: "s3://a/", target: "s3://b/" });
  const open = (name: string): JobRun => {
    const ground = servers.connect(name);
    return new JobRun(ground, job, {
      ...{ stores: {}, sharing: usualSharing, standing: new Presence(ground, 1) },
      ...{ tell: () => undefined, wanted: () => 0 },
    });
  };
  await using first = open("first");
  await using second = open("second");
  const heard = Promise.withResolvers<void>();
  second.shared.workers.slowDown = heard.resolve;
  const error = new SyncError("throttled", "SlowDown");
  first.hear({
    ...{ type: "retry", operation: "PutObject", key: "a", attempt: 1, delayMs: 1, error },
  });
  await heard.promise;
});
