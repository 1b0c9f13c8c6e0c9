/**
 * What a worker promises to several jobs.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { submit } from "../../src/cluster/control/submit.ts";
import { demandOf } from "../../src/cluster/work/demand.ts";
import { JobScene, never } from "./job-kit.ts";

/** @param counts tasks of each job */
function demands(slots: number, ...counts: number[]): number[] {
  return [...demandOf(slots, new Map(counts.map((count, at) => [`${at}`, count]))).values()];
}

describe("tasks that would find somebody", () => {
  test("of one job are as many as slots are free", () => {
    expect(demands(8, 3)).toEqual([5]);
    expect(demands(8, 20)).toEqual([0]);
  });

  test("are promised once, whatever the number of jobs", () => {
    expect(demands(16, 1, 1)).toEqual([7, 7]);
    expect(demands(10, 2, 2, 2)).toEqual([2, 2, 2]);
  });

  test("are the rest of its share for a job that has less than that", () => {
    expect(demands(16, 100, 1)).toEqual([0, 7]);
    expect(demands(16, 100, 8)).toEqual([0, 0]);
  });

  test("are none where jobs have enough, or nobody is there", () => {
    expect(demands(4, 2, 2, 2, 2, 2)).toEqual([0, 0, 0, 0, 0]);
    expect(demands(0, 1)).toEqual([0]);
    expect(demands(4)).toEqual([]);
  });
});

test("a range gives away as many pieces as find somebody, when another job has the rest of the slots", async () => {
  let looks = 0;
  const hasLooked = Promise.withResolvers<void>();
  const hasCut = Promise.withResolvers<number>();
  let run = "";
  await using scene: JobScene = new JobScene({
    onCall: ({ ground, operation, moment }) => {
      if (ground.name !== "worker 1") return;
      if (operation === "presence.put" && (looks += 1) > 4) hasLooked.resolve();
      if (operation === "tasks.add" && moment === "after")
        hasCut.resolve(scene.servers.tasksOf(run).length);
    },
  });
  for (let index = 0; index < 400; index++) scene.source.set(`${index % 20}/object-${index}`, "x");
  const write = scene.target.write.bind(scene.target);
  scene.target.write = async (...args) => {
    await hasLooked.promise;
    return await write(...args);
  };
  const ground = scene.servers.connect();
  const order = { source: "s3://a/", target: "s3://b/" };
  const other = await submit(ground, "other", order);
  await ground.tasks.add(other.run, ["x", "y", "z"]);
  for (let count = 0; count < 4; count++) await ground.tasks.take(never);
  ({ run } = await submit(ground, "nightly", order));
  scene.work({ slots: 4, lookMs: 1, slices: { mostKeys: 400, leastKeys: 20, leastMs: 0 } });
  // Half of the slots are its share, and one of these works on it: there are two pieces for each that is free.
  expect(await hasCut.promise).toBe(3);
});
