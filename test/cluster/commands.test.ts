/**
 * `s3sync cluster …` as processes, on a server of NATS and between two buckets.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { runCli } from "../support/cli.ts";
import { hasNats } from "../support/nats-server.ts";
import { TempDir } from "../support/temp-dir.ts";
import { CommandScene, countsIn, until } from "./command-kit.ts";

const missing = hasNats ? "" : " (needs nats-server)";

describe.skipIf(!hasNats)(`s3sync cluster${missing}`, () => {
  test("does with two workers what one run does: the same objects, summary and exit code", async () => {
    await using scene = await CommandScene.begin();
    const { source, target } = scene;
    await scene.fill(120);
    for (const key of ["a-old", "z-old"]) await target.put(key, "old");
    scene.work();
    scene.work();
    const submitted = await scene.submit("nightly", "--delete");
    expect(submitted).toMatchObject({ exitCode: 0, stderr: "" });
    expect(submitted.stdout).toBe(
      `job nightly is submitted: ${source.url()} -> ${target.url()}; to wait for it: s3sync cluster wait nightly\n`,
    );
    const waited = await scene.run("wait", "nightly");
    expect(waited.exitCode).toBe(0);
    expect(await target.list()).toEqual(await source.list());
    await using other = await CommandScene.begin();
    for (const key of ["a-old", "z-old"]) await other.target.put(key, "old");
    const single = await runCli(["--delete", source.url(), other.target.url()], { env: scene.env });
    expect(single.exitCode).toBe(0);
    expect(countsIn(waited)).toBe(countsIn(single));
  }, 30_000);

  test("goes on when a worker is killed in the middle", async () => {
    await using scene = await CommandScene.begin();
    const { source, target } = scene;
    await scene.fill(200);
    const first = scene.work();
    await scene.submit("nightly", "--rate-limit-objects", "100");
    await until(async () => (await target.keys()).length >= 50);
    first.kill("SIGKILL");
    await first.exited;
    scene.work();
    const { exitCode, stderr } = await scene.run("wait", "nightly");
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await target.list()).toEqual(await source.list());
  }, 30_000);

  test("ends a job with the error that one run would end with", async () => {
    await using scene = await CommandScene.begin();
    using dir = new TempDir();
    await scene.fill(5);
    scene.work();
    const nowhere = "s3://there-is-no-such-bucket-of-ours/";
    await scene.run("submit", "--job", "lost", scene.source.url(), nowhere);
    const waited = await scene.run("wait", "--summary-json", dir.at("summary.json"), "lost");
    const single = await runCli([scene.source.url(), nowhere], { env: scene.env });
    expect(waited.exitCode).toBe(single.exitCode);
    expect(waited.stderr).toContain("there-is-no-such-bucket-of-ours");
    const summary: unknown = JSON.parse(fs.readFileSync(dir.at("summary.json"), "utf8"));
    expect(summary).toMatchObject({ transferred_object: 0 });
  }, 60_000);

  test("lets a worker finish what is in work when it is told to end", async () => {
    await using scene = await CommandScene.begin();
    await scene.fill(150);
    const worker = scene.work();
    await scene.submit("nightly", "--rate-limit-objects", "50");
    await until(async () => (await scene.target.keys()).length >= 20);
    worker.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
    const said = await new Response(worker.stdout).text();
    expect(said).toContain("ending: what is in work is finished");
    scene.work();
    const { exitCode, stderr } = await scene.run("wait", "nightly");
    expect(exitCode).toBe(0);
    // It was told how far the first one came: nothing is done again.
    expect(stderr).toContain("transferred 150 objects");
    expect(stderr).toContain("skipped 0 objects");
  }, 30_000);

  test("waits for a job that others cancel, and Ctrl-C ends only the waiting", async () => {
    await using scene = await CommandScene.begin();
    await scene.fill(3);
    await scene.submit("idle");
    expect(await scene.run("cancel", "idle")).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await scene.run("wait", "idle");
    expect(exitCode).toBe(130);
    expect(stderr).toContain("[interrupted]");
    expect(stderr).toContain("the job idle was cancelled");
  }, 30_000);
});
