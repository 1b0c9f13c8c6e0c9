/**
 * Jobs that are forgotten: nothing of them stays, whoever dies of it and whatever happens meanwhile.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { cancel, retry } from "../../src/cluster/control/change-job.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import type { Ground } from "../../src/cluster/ground.ts";
import { asJob, keys } from "../../src/cluster/job/job.ts";
import { forget } from "../../src/cluster/work/forget.ts";
import { SyncError } from "../../src/core/errors.ts";
import { rejection } from "../core/rejection.ts";
import type { MemoryServers } from "../support/memory-ground.ts";
import { JobScene } from "./job-kit.ts";
import { until } from "./parts-kit.ts";

const input = { source: "s3://a/", target: "s3://b/" };

/** What is kept on the servers of jobs of that name, and their runs. */
function keptOf({ records, notes }: MemoryServers, name: string): string[] {
  const isOfIt = (key: string): boolean => key.includes(name);
  return [...records.entries.keys(), ...notes.keys()].filter(isOfIt);
}

/** A cluster with a job that is over, in which something failed. */
async function failed(options: ConstructorParameters<typeof JobScene>[0] = {}): Promise<JobScene> {
  const scene = new JobScene(options);
  for (let index = 0; index < 10; index++) scene.source.set(`object-${index}`, "x");
  const write = scene.target.write.bind(scene.target);
  scene.target.write = async () => {
    throw new SyncError("access-denied", "no entry");
  };
  const worker = scene.work();
  await scene.carryOut({ continueOnError: true, rateLimitObjects: 1000 });
  await worker.end();
  scene.target.write = write;
  return scene;
}

describe("a job that is forgotten", () => {
  test("is gone with all that was noted of it, and no other one", async () => {
    await using scene = await failed();
    const ground = scene.servers.connect();
    await submit(ground, "other", input);
    expect(keptOf(scene.servers, "nightly").length).toBeGreaterThan(3);
    const { run } = await forget(ground, "nightly");
    expect(keptOf(scene.servers, "nightly")).toEqual([]);
    expect(await ground.tasks.count(run)).toBe(0);
    expect(keptOf(scene.servers, "other")).toHaveLength(2);
  });

  test("is over: what goes on is cancelled first", async () => {
    await using scene = new JobScene();
    const ground = scene.servers.connect();
    await submit(ground, "nightly", input);
    expect(await rejection(forget(ground, "nightly"))).toMatchObject({
      code: "usage",
      message: "the job nightly is not over",
    });
    await cancel(ground, "nightly");
    await forget(ground, "nightly");
    expect(await rejection(forget(ground, "nightly"))).toMatchObject({ code: "not-found" });
  });

  test("is stopped where somebody works on it who has not heard that it ended", async () => {
    await using scene = new JobScene();
    for (let index = 0; index < 500; index++) scene.source.set(`object-${index}`, "x");
    const ground = scene.servers.connect();
    const write = scene.target.write.bind(scene.target);
    let written = 0;
    scene.target.write = async (...args) => {
      written += 1;
      if (written === 100) {
        await ground.records.remove(keys.job("nightly"));
      }
      return await write(...args);
    };
    scene.work();
    const { run } = await submit(ground, "nightly", input);
    while ((await ground.tasks.count(run)) > 0);
    expect(scene.target.keys().length).toBeLessThan(300);
  });

  test("is not, or whole, when somebody begins it once more meanwhile", async () => {
    let [calls, moment] = [0, 0];
    let retried: Promise<unknown> = Promise.resolve();
    for (; calls >= moment; moment++) {
      calls = 0;
      await using scene: JobScene = await failed({
        onCall: async ({ ground }) => {
          if (ground.name !== "forgetter" || calls++ !== moment) return;
          retried = retry(scene.servers.connect(), "nightly");
          await retried.catch(() => undefined);
        },
      });
      const forgotten = await forget(scene.servers.connect("forgetter"), "nightly").catch(
        (thrown: unknown) => thrown,
      );
      if (calls <= moment) break;
      if (forgotten instanceof SyncError) {
        expect(forgotten.message).toBe("the job nightly is not over");
        scene.work();
        expect((await scene.outcome()).summary).toMatchObject({ errors: 0 });
        expect(scene.target.keys()).toHaveLength(10);
      } else {
        expect(await rejection(retried)).toMatchObject({ code: "not-found" });
        expect(keptOf(scene.servers, "nightly")).toEqual([]);
      }
    }
    expect(moment).toBeGreaterThan(8);
  }, 20_000);

  test("is so, or goes on, when that comes while somebody begins it once more", async () => {
    let [calls, moment] = [0, 0];
    let forgotten: Promise<unknown> = Promise.resolve();
    for (; calls >= moment; moment++) {
      calls = 0;
      await using scene: JobScene = await failed({
        onCall: async ({ ground }) => {
          if (ground.name !== "retrier" || calls++ !== moment) return;
          forgotten = forget(scene.servers.connect(), "nightly").then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          await forgotten;
        },
      });
      const retried = await retry(scene.servers.connect("retrier"), "nightly").catch(
        (thrown: unknown) => thrown,
      );
      if (calls <= moment) break;
      if ((await forgotten) === undefined) {
        expect(retried).toMatchObject({ code: "not-found" });
        expect(keptOf(scene.servers, "nightly")).toEqual([]);
      } else {
        scene.work();
        expect((await scene.outcome()).summary).toMatchObject({ errors: 0 });
      }
    }
    expect(moment).toBeGreaterThan(8);
  }, 20_000);

  test("is so in the end though somebody dies of it", async () => {
    let [calls, moment] = [0, 0];
    for (; calls >= moment; moment++) {
      calls = 0;
      await using scene: JobScene = await failed({
        onCall: ({ ground }) => {
          if (ground.name === "forgetter" && calls++ === moment) ground.crash();
        },
      });
      const { servers } = scene;
      await forget(servers.connect("forgetter"), "nightly").catch(() => undefined);
      if (calls <= moment) break;
      const isThere = servers.records.entries.has(keys.job("nightly"));
      scene.work();
      if (isThere) {
        await until(() => !keptOf(servers, "nightly").some((key) => key.startsWith("left.")));
        await retry(servers.connect(), "nightly");
        expect((await scene.outcome()).summary).toMatchObject({ errors: 0 });
      } else {
        await until(() => keptOf(servers, "nightly").length === 0);
      }
    }
    expect(moment).toBeGreaterThan(8);
  }, 20_000);

  test("ended long ago: workers do it by themselves after 30 days", async () => {
    await using scene = await failed();
    const ground = scene.servers.connect();
    const stored = await ground.records.get(keys.job("nightly"));
    const day = 24 * 3_600_000;
    const endedAgo = async (days: number): Promise<void> => {
      const endedAt = Date.now() - days * day;
      await ground.records.put(keys.job("nightly"), { ...Object(stored?.value), endedAt });
    };
    await endedAgo(29);
    let looks = 0;
    const worker = scene.work({ lookMs: 1 });
    const { presence } = worker.ground;
    const put = presence.put.bind(presence);
    presence.put = async (...args) => {
      looks += 1;
      return await put(...args);
    };
    await until(() => looks > 3);
    expect(keptOf(scene.servers, "nightly").length).toBeGreaterThan(3);
    await endedAgo(31);
    await until(() => keptOf(scene.servers, "nightly").length === 0);
  });

  test("ended long ago, and servers refuse to forget it: workers go on with others", async () => {
    let refusals = 0;
    await using scene = await failed();
    const { records } = scene.servers.connect();
    const stored = await records.get(keys.job("nightly"));
    await records.put(keys.job("nightly"), { ...Object(stored?.value), endedAt: 1 });
    const worker = scene.work({ lookMs: 1 });
    const its = worker.ground.records;
    const put = its.put.bind(its);
    its.put = async (key, value) => {
      if (!key.startsWith(keys.allLeft)) return await put(key, value);
      refusals += 1;
      throw new SyncError("server", "not this one");
    };
    await until(() => refusals > 0);
    await submit(scene.servers.connect(), "next", input);
    await untilOver(records);
    await worker.end();
    expect(refusals).toBe(1);
  });
});

async function untilOver(records: Ground["records"]): Promise<void> {
  let end: unknown;
  while (end === undefined) end = asJob((await records.get(keys.job("next")))?.value)?.end;
}
