/**
 * What is done again of a job that is over, and what is not.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { cancel, retry } from "../../src/cluster/control/change-job.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import { keys, tookMs } from "../../src/cluster/job/job.ts";
import { rejection } from "../core/rejection.ts";
import { JobScene } from "./job-kit.ts";

/** Puts as many objects on a side. */
function fill(store: JobScene["source"], count: number): void {
  for (let index = 0; index < count; index++) store.set(`object-${index}`, "x");
}

describe("retry", () => {
  test("leaves a job alone of which nothing failed", async () => {
    await using scene = new JobScene();
    fill(scene.source, 50);
    scene.target.set("z-old", "x");
    scene.work();
    const { job, summary } = await scene.carryOut({ delete: true });
    expect(await retry(scene.servers.connect(), "nightly")).toEqual({ ranges: 0, goesOn: false });
    expect(await scene.outcome()).toEqual({ job, summary, troubles: [] });
  });

  test("looks again at what was not to be deleted: one may have made room for it", async () => {
    await using scene = new JobScene();
    fill(scene.source, 50);
    fill(scene.target, 60);
    scene.work();
    const { job } = await scene.carryOut({ delete: true, maxDelete: "5" });
    expect(job.reason).toContain("--max-delete");
    for (let index = 50; index < 57; index++) scene.target.delete(`object-${index}`);
    const { ranges, goesOn } = await retry(scene.servers.connect(), "nightly");
    expect(goesOn).toBe(true);
    expect(ranges).toBeGreaterThan(0);
    const again = await scene.outcome();
    expect(again.job.reason).toBeUndefined();
    expect(again.summary).toMatchObject({ deleted: 3, warnings: 0 });
    expect(scene.target.keys()).toEqual(scene.source.keys());
  });

  test("adds up the times that a job took, without what was between", async () => {
    await using scene = new JobScene();
    const ground = scene.servers.connect();
    const { name } = await submit(ground, "nightly", { source: "s3://a/", target: "s3://b/" });
    const ended = await cancel(ground, name);
    await ground.records.put(keys.job(name), { ...ended, startedAt: 1000, endedAt: 61_000 });
    await retry(ground, name);
    const { startedAt, ...job } = await cancel(ground, name);
    expect(startedAt).toBeGreaterThan(61_000);
    expect(tookMs({ ...job, startedAt, endedAt: startedAt + 5000 })).toBe(65_000);
  });

  test("of a job that goes on says how to wait for it, or to end it", async () => {
    await using scene = new JobScene();
    const ground = scene.servers.connect();
    await submit(ground, "nightly", { source: "s3://a/", target: "s3://b/" });
    expect(await rejection(retry(ground, "nightly"))).toMatchObject({
      code: "usage",
      hint: "To wait for it: s3sync cluster wait nightly; to end it: s3sync cluster cancel nightly",
    });
  });
});
