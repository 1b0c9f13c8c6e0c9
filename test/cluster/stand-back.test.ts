/**
 * Workers that fail by what is wrong with them, and not with the job.
 *
 * @module
 */
import { expect, test } from "bun:test";
import { hostname } from "node:os";

import { detailsOf } from "../../src/cluster/control/details.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import { rangesOf } from "../../src/cluster/job/stored.ts";
import { workersOf } from "../../src/cluster/work/presence.ts";
import { StandBack } from "../../src/cluster/work/stand-back.ts";
import { SyncError } from "../../src/core/errors.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { until } from "../support/until.ts";
import { JobScene } from "./job-kit.ts";

/** A source that a worker without the right keys sees, and how often it asked. */
function locked(): { store: MemoryStore; asked: () => number } {
  const store = new MemoryStore("source:");
  let count = 0;
  store.list = () => {
    count += 1;
    throw new SyncError("credentials", "ListObjectsV2 of s3://a failed: InvalidAccessKeyId");
  };
  return { store, asked: () => count };
}

test("a worker without the right keys leaves the work to one who has them", async () => {
  await using scene = new JobScene();
  const { source, target } = scene;
  for (let index = 0; index < 50; index++) source.set(`object-${index}`, "x");
  const { store, asked } = locked();
  const ground = scene.servers.connect();
  // Who has waited longest gets it first: three slots before the one that can.
  scene.work({ slots: 3, stores: { source: store, target } });
  await until(async () => (await workersOf(ground)).length === 1);
  scene.work({ slots: 1 });
  await until(async () => (await workersOf(ground)).length === 2);
  const { job, summary } = await scene.carryOut();
  expect([job.end, summary.transferredObjects]).toEqual(["done", 50]);
  // A machine that is slow may come to look again.
  expect(asked()).toBeWithin(1, 3);
});

test("a range that a worker without the right keys has tried while others are there counts no try, and names it", async () => {
  await using scene = new JobScene();
  const ground = scene.servers.connect();
  // Somebody else, who is busy.
  const busy = { host: "other", pid: 1, slots: 1 };
  const { version } = await submit(ground, "nightly", { source: "s3://a/", target: "s3://b/" });
  await ground.presence.put("worker.busy", { ...busy, version });
  const { store } = locked();
  scene.work({ slots: 8, stores: { source: store, target: scene.target } });
  const trouble = `${hostname()}/${process.pid}: ListObjectsV2 of s3://a failed: InvalidAccessKeyId`;
  await until(async () => (await detailsOf(ground, "nightly")).troubled.length > 0);
  const { job, troubled } = await detailsOf(ground, "nightly");
  expect(troubled.map((each) => each.trouble)).toEqual([trouble]);
  expect((await rangesOf(ground, job.run)).map(({ tries }) => tries)).toEqual([0]);
});

/** A worker that knows whether others are there, at a time that one says. */
function standing() {
  const scene = { nowMs: 0, isForOthers: true, standsBack: false };
  const standBack = new StandBack(
    "nightly-1",
    {
      standBack: () => Promise.resolve(void (scene.standsBack = true)),
      backTo: () => void (scene.standsBack = false),
      isForOthers: () => Promise.resolve(scene.isForOthers),
    },
    () => scene.nowMs,
  );
  return { scene, standBack };
}

test("who stands back tries again after a while, with one task at a time, and longer each time", async () => {
  const { scene, standBack } = standing();
  expect(standBack.begin()).toBeDefined();
  // All of them were begun at the same time.
  for (let count = 0; count < 8; count++) expect(await standBack.failed()).toBe(true);
  expect(standBack.begin()).toBeUndefined();
  scene.nowMs = 1000;
  {
    using only = standBack.begin();
    expect(only).toBeDefined();
    expect(standBack.begin()).toBeUndefined();
    await standBack.failed();
  }
  scene.nowMs = 2000;
  expect(standBack.begin()).toBeUndefined();
  scene.nowMs = 3000;
  expect(standBack.begin()).toBeDefined();
  standBack.wentWell();
  expect([standBack.begin() !== undefined, scene.standsBack]).toEqual([true, false]);
});

test("where nobody else is left who may do better, tries are counted, and all slots go on", async () => {
  const { scene, standBack } = standing();
  scene.isForOthers = false;
  expect(await standBack.failed()).toBe(false);
  expect(scene.standsBack).toBe(true);
  expect([standBack.begin(), standBack.begin()]).not.toContain(undefined);
});
