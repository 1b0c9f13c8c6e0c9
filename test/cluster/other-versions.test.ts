/**
 * Jobs that another version of s3sync has submitted: told of, ended and forgotten, but not read.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { cancel } from "../../src/cluster/control/change-job.ts";
import { detailsOf } from "../../src/cluster/control/details.ts";
import { follow, stateOf } from "../../src/cluster/control/follow.ts";
import { keys } from "../../src/cluster/job/job.ts";
import { requireJob } from "../../src/cluster/job/stored.ts";
import { forget } from "../../src/cluster/work/forget.ts";
import { detailLines, jobLines } from "../../src/report/job-lines.ts";
import { version } from "../../src/sync/version.ts";
import { rejection } from "../core/rejection.ts";
import { MemoryServers } from "../support/memory-ground.ts";
import { never } from "./job-kit.ts";

const startedAt = Date.parse("2026-01-01T00:00:00Z");
const nowMs = startedAt + 3 * 3_600_000;
const order = { source: "s3://a/", target: "s3://b/", howEver: { it: ["is", "packed"] } };
const record = {
  ...{ name: "nightly", run: "nightly-1", version: "99.1.0", order, startedAt },
  stage: { of: "its own" },
};

/** A cluster with such a job, whose range this version would read as nonsense. */
async function scene() {
  const ground = new MemoryServers().connect();
  await ground.records.put(keys.job("nightly"), record);
  await ground.records.put(keys.range("nightly-1", "first"), { how: "ever" });
  await ground.tasks.add("nightly-1", ["first"]);
  await ground.presence.put("worker.1", { host: "a", pid: 1, version: "99.1.0", slots: 4 });
  await ground.presence.put("worker.2", { host: "b", pid: 2, version, slots: 4 });
  return ground;
}

describe("a job of another version", () => {
  test("is told of with its version, and without totals", async () => {
    const ground = await scene();
    const { job } = await requireJob(ground, "nightly");
    const state = await stateOf(ground, job);
    expect(state).toMatchObject({ totals: undefined, workers: 2, strangers: 1 });
    expect(jobLines([state], false, nowMs)).toEqual([
      "nightly  going on   s3://a/ -> s3://b/: for 3 hours, by s3sync 99.1.0",
    ]);
    const [json = ""] = jobLines([state], true, nowMs);
    expect(JSON.parse(json)).toEqual({
      ...{ job: "nightly", state: "going on", source: "s3://a/", target: "s3://b/" },
      ...{ version: "99.1.0", started: "2026-01-01T00:00:00+00:00", workers: 2 },
    });
    expect(detailLines(await detailsOf(ground, "nightly"), false, nowMs)).toEqual([
      "job      nightly: s3://a/ -> s3://b/",
      "state    going on, for 3 hours, by s3sync 99.1.0",
      "workers  2",
    ]);
  });

  test("is not waited for: one line says why", async () => {
    const thrown = await rejection(follow(await scene(), "nightly", { signal: never }));
    expect(thrown).toMatchObject({
      code: "usage",
      message: `the job nightly was submitted with s3sync 99.1.0, this is ${version}: both must be the same`,
    });
  });

  test("is cancelled: what its own version has noted of it stays", async () => {
    const ground = await scene();
    await cancel(ground, "nightly");
    const stored = await ground.records.get(keys.job("nightly"));
    expect(stored?.value).toMatchObject({ ...record, end: "cancelled" });
    expect(await ground.tasks.count("nightly-1")).toBe(0);
    expect((await ground.records.get(keys.range("nightly-1", "first")))?.value).toEqual({
      how: "ever",
    });
  });

  test("is forgotten when it is over", async () => {
    const ground = await scene();
    await cancel(ground, "nightly");
    await forget(ground, "nightly");
    expect(await Array.fromAsync(ground.records.all(""))).toEqual([]);
  });
});
