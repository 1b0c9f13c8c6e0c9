/**
 * Jobs that a worker cannot work on: what no worker can ends, what others can waits for them.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { detailsOf } from "../../src/cluster/control/details.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import { type Job, keys } from "../../src/cluster/job/job.ts";
import { ofMachine } from "../../src/cluster/work/unfit.ts";
import { SyncError } from "../../src/core/errors.ts";
import { JobScene } from "./job-kit.ts";

const input = { source: "s3://a/", target: "s3://b/" };

/** Submits a job whose order says more than anybody could have ordered. */
async function submitWith(scene: JobScene, options: Job["order"]["options"]): Promise<void> {
  const ground = scene.servers.connect();
  const job = await submit(ground, "nightly", input);
  await ground.records.put(keys.job("nightly"), { ...job, order: { ...job.order, options } });
}

/** Waits until a job tells of a range that does not go well. */
async function troubleOf(scene: JobScene): Promise<string> {
  const ground = scene.servers.connect();
  for (;;) {
    const { troubled } = await detailsOf(ground, "nightly");
    const [first] = troubled;
    if (first?.trouble !== undefined) return first.trouble;
  }
}

test.each([
  [{ maxDelete: "3" }, "--max-delete needs --delete"],
  [{ noSuchOption: true }, "noSuchOption"],
  [{ watch: true }, "--watch: that needs one run over everything"],
])("an order that no worker understands ends its job, and says why: %p", async (options, said) => {
  await using scene = new JobScene();
  scene.source.set("a", "a");
  await submitWith(scene, options);
  scene.work();
  const { job } = await scene.outcome();
  expect(job.end).toBe("failed");
  expect(job.reason).toContain(said);
  expect(scene.target.keys()).toEqual([]);
});

test("why a job failed is told with what to do about it", async () => {
  await using scene = new JobScene();
  const hint = "make it with: aws s3 mb s3://b";
  scene.target.list = () => {
    throw new SyncError("no-such-bucket", "ListObjectsV2 of s3://b failed", { hint });
  };
  scene.work();
  const { job } = await scene.carryOut();
  expect(job).toMatchObject({ end: "failed", reason: `ListObjectsV2 of s3://b failed (${hint})` });
  const { troubled } = await detailsOf(scene.servers.connect(), "nightly");
  expect(troubled.map(({ trouble }) => trouble)).toEqual([ofMachine(job.reason ?? "")]);
});

test("a worker whose clock is behind leaves a point in time to others, and the range says so", async () => {
  await using scene = new JobScene();
  await submitWith(scene, { pointInTime: { $date: "2999-01-01T00:00:00.000Z" } });
  scene.work();
  expect(await troubleOf(scene)).toContain("by its clock --point-in-time is in the future");
  const { job } = await detailsOf(scene.servers.connect(), "nightly");
  expect(job.end).toBeUndefined();
});

test("what is missing on one machine is done by others, and the range says what it was", async () => {
  await using scene = new JobScene();
  scene.source.set("a", "a");
  const ground = scene.servers.connect();
  await submit(ground, "nightly", { ...input, targetProfile: "of-nobody-at-all" });
  const without = scene.work({ stores: { source: scene.source } });
  expect(await troubleOf(scene)).toContain('there is no profile "of-nobody-at-all"');
  await without.end();
  scene.work();
  const { job, summary } = await scene.outcome();
  expect([job.end, summary.transferredObjects]).toEqual(["done", 1]);
  expect((await detailsOf(ground, "nightly")).troubled).toEqual([]);
});
