/**
 * What a worker does with a range whose record is another than it was told.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { cancel } from "../../src/cluster/control/change-job.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import { rangeId } from "../../src/cluster/job/range-state.ts";
import { rangesOf } from "../../src/cluster/job/stored.ts";
import { usualSharing } from "../../src/cluster/parts/part-sharing.ts";
import { JobRun } from "../../src/cluster/work/job-run.ts";
import { Presence } from "../../src/cluster/work/presence.ts";
import { RangeWork, usualSlices } from "../../src/cluster/work/range-work.ts";
import { until } from "../support/until.ts";
import { JobScene, never } from "./job-kit.ts";

test("a job whose end was heard before an older answer came is not begun", async () => {
  let isHeld = false;
  await using scene: JobScene = new JobScene({
    onCall: async ({ ground, operation, moment }) => {
      const isAnswer = operation === "records.get" && moment === "after";
      if (isHeld || !isAnswer || ground.name !== "worker 1") return;
      isHeld = true;
      await cancel(scene.servers.connect(), "nightly");
      // The news of it needs some turns.
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    },
  });
  scene.source.set("a", "a");
  const told: string[] = [];
  const order = { source: "s3://a/", target: "s3://b/" };
  const ground = scene.servers.connect();
  const { run } = await submit(ground, "nightly", order);
  const worker = scene.work({
    slots: 1,
    onEvent: (event) => void (event.type === "notice" && told.push(event.message)),
  });
  expect((await scene.outcome()).job.end).toBe("cancelled");
  await until(async () => isHeld && (await ground.tasks.count(run)) === 0);
  await worker.end();
  expect(told).toEqual([]);
  expect(scene.target.keys()).toEqual([]);
});

test("who still sends when others delete lets go of a range", async () => {
  await using scene = new JobScene();
  const { source, target } = scene;
  source.set("a", "a");
  target.set("b", "b");
  scene.work();
  const { job } = await scene.carryOut({ delete: true });
  const ground = scene.servers.connect();
  const before = await rangesOf(ground, job.run);
  expect(before.map(({ stage }) => stage)).toEqual(["delete"]);
  await using open = new JobRun(ground, job, {
    ...{ stores: { source, target }, sharing: usualSharing },
    ...{ tell: () => undefined, wanted: () => 0, standing: new Presence(ground, 1) },
  });
  const work = new RangeWork({
    ...{ ground, job: open, stage: "send", startedAt: 0, id: rangeId({}) },
    ...{ slices: usualSlices, wanted: () => 0, ending: never },
  });
  expect(await work.run()).toEqual({ kind: "done" });
  expect(await rangesOf(ground, job.run)).toEqual(before);
});
