/**
 * What goes wrong with one job alone does not keep a worker from others.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { submit } from "../../src/cluster/control/submit.ts";
import type { Records } from "../../src/cluster/ground.ts";
import { keys } from "../../src/cluster/job/job.ts";
import { requireJob } from "../../src/cluster/job/stored.ts";
import { SyncError } from "../../src/core/errors.ts";
import { until } from "../support/until.ts";
import { JobScene } from "./job-kit.ts";

const tooLarge = "the NATS servers refuse it: message size exceeds maximum allowed";
const order = { source: "s3://a/", target: "s3://b/" };

/** Has servers refuse to change some records, whatever is tried. */
function refuse(records: Records, isRefused: (key: string) => boolean, error: SyncError): void {
  const update = records.update.bind(records);
  records.update = async (key, ...rest) => {
    if (isRefused(key)) throw error;
    return await update(key, ...rest);
  };
}

/** Two jobs, and a worker that is refused what is about the first. */
async function begin(
  isRefused: (run: string, key: string) => boolean,
  code: "server" | "credentials",
) {
  const scene = new JobScene({ delayFactor: 0.001 });
  scene.source.set("a", "a");
  scene.source.set("z", "z");
  const ground = scene.servers.connect();
  const { run } = await submit(ground, "poisoned", { ...order, keyEnd: "m" });
  await submit(ground, "nightly", { ...order, keyStart: "m" });
  const warnings: string[] = [];
  const worker = scene.work({
    onEvent: (event) => void (event.type === "warning" && warnings.push(event.error.message)),
  });
  refuse(worker.ground.records, (key) => isRefused(run, key), new SyncError(code, tooLarge));
  return { scene, ground, worker, warnings };
}

describe("a job whose record the servers refuse", () => {
  test("fails with the reason after eight tries, and others go on", async () => {
    const { scene, ground, warnings } = await begin(
      (run, key) => key.startsWith(keys.ranges(run)),
      "server",
    );
    await using _ = scene;
    expect((await scene.outcome()).job.end).toBe("done");
    await until(async () => (await requireJob(ground, "poisoned")).job.end !== undefined);
    const { job } = await requireJob(ground, "poisoned");
    const reason = `8 tries to go on with it came to nothing: ${tooLarge}`;
    expect(job).toMatchObject({ end: "failed", reason });
    expect(warnings).toEqual(Array.from({ length: 8 }, () => tooLarge));
    expect(await ground.tasks.count(job.run)).toBe(0);
    expect<string[]>(scene.target.keys()).toEqual(["z"]);
  });

  test("is left alone when not even its end can be written, and others go on", async () => {
    const { scene, ground, warnings } = await begin(
      (run, key) => key.startsWith(keys.ranges(run)) || key === keys.job("poisoned"),
      "server",
    );
    await using _ = scene;
    expect((await scene.outcome()).job.end).toBe("done");
    await until(async () => warnings.length === 9);
    expect(warnings.at(-1)).toBe(
      `the job poisoned is left alone, and cannot be ended: ${tooLarge}`,
    );
    expect((await requireJob(ground, "poisoned")).job.end).toBeUndefined();
    expect((await scene.carryOut({ keyStart: "m" })).job.end).toBe("done");
  });

  test("fails as well where it cannot be led to its end", async () => {
    const { scene, ground, worker } = await begin(() => false, "server");
    await using _ = scene;
    const { run } = (await requireJob(ground, "poisoned")).job;
    const { records } = worker.ground;
    const all = records.all.bind(records);
    records.all = (prefix) => {
      if (prefix === keys.ranges(run)) throw new SyncError("server", tooLarge);
      return all(prefix);
    };
    expect((await scene.outcome()).job.end).toBe("done");
    await until(async () => (await requireJob(ground, "poisoned")).job.end !== undefined);
    const { job } = await requireJob(ground, "poisoned");
    const reason = `8 tries to go on with it came to nothing: ${tooLarge}`;
    expect(job).toMatchObject({ end: "failed", reason });
  });
});

test("servers that let a worker do nothing end it", async () => {
  const { scene, worker } = await begin(() => true, "credentials");
  await using _ = scene;
  const thrown = await worker.ended.catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: "credentials" });
});
