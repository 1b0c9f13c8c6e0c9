/**
 * What a worker does with a range whose record is another than it was told.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { JobRun } from "../../src/cluster/job-run.ts";
import { usualSharing } from "../../src/cluster/parts/part-sharing.ts";
import { rangeId } from "../../src/cluster/range-state.ts";
import { RangeWork, usualSlices } from "../../src/cluster/range-work.ts";
import { rangesOf } from "../../src/cluster/stored.ts";
import { JobScene, never } from "./job-kit.ts";

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
    ...{ tell: () => undefined, wanted: () => 0 },
  });
  const work = new RangeWork({
    ...{ ground, job: open, stage: "send", startedAt: 0, id: rangeId({}) },
    ...{ slices: usualSlices, wanted: () => 0, ending: never },
  });
  expect(await work.run()).toEqual({ kind: "done" });
  expect(await rangesOf(ground, job.run)).toEqual(before);
});
