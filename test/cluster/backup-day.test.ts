/**
 * Backups of a job are of the day on which it was begun, whoever makes them and when.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { submit } from "../../src/cluster/control/submit.ts";
import { keys } from "../../src/cluster/job/job.ts";
import { TestBucket } from "../support/bucket.ts";
import { serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { JobScene } from "./job-kit.ts";

/** Workers have credentials of their own. */
const variables = serverEnv(httpServer());
const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);

beforeAll(() => {
  Object.assign(process.env, variables);
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("a job makes its backups in the folder of the day on which it was begun", async () => {
  await using source = await TestBucket.create();
  await using target = await TestBucket.create();
  await source.put("a", "new and longer");
  await target.put("p/a", "old");
  await using scene = new JobScene();
  const ground = scene.servers.connect();
  const job = await submit(ground, "nightly", {
    ...{ source: source.url(), target: target.url("p/"), backupPrefix: "old/{date}" },
  });
  const startedAt = Date.parse("2020-01-31T23:59:59Z");
  await ground.records.put(keys.job("nightly"), { ...job, startedAt });
  scene.work({ stores: {} });
  expect((await scene.outcome()).summary).toMatchObject({ transferredObjects: 1, errors: 0 });
  const found = (await target.keys()).filter((key) => key.endsWith("/a"));
  expect(found).toEqual(["old/2020-01-31/a", "p/a"]);
});
