/**
 * Workers that end by themselves.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { submit } from "../../src/cluster/control/submit.ts";
import { JobScene } from "./job-kit.ts";

test("a worker ends when it has had nothing to do for so long, and not before", async () => {
  await using scene = new JobScene();
  const { source, target } = scene;
  source.set("a", "a");
  const write = target.write.bind(target);
  target.write = async (...given) => {
    // Longer than it would wait for something to do.
    await Bun.sleep(900);
    return await write(...given);
  };
  const told: string[] = [];
  const order = { source: "s3://a/", target: "s3://b/" };
  await submit(scene.servers.connect(), "nightly", order);
  const worker = scene.work({
    idleMs: 600,
    onEvent: (event) => void (event.type === "notice" && told.push(event.message)),
  });
  const { job, summary } = await scene.outcome();
  expect([job.end, summary.transferredObjects]).toEqual(["done", 1]);
  expect(told).not.toContain("nothing to do any more: ending");
  await worker.ended;
  expect(told).toContain("nothing to do any more: ending");
});
