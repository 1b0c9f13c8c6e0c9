/**
 * `s3sync cluster …` as processes, on a server of NATS and between two buckets.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { runCli, startCli } from "../support/cli.ts";
import { hasNats } from "../support/nats-server.ts";
import { programOf } from "../support/other-servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { CommandScene, countsIn, SaidLines, withoutTimes } from "./command-kit.ts";
import { never } from "./job-kit.ts";

const missing = hasNats ? "" : " (needs nats-server)";

/** A folder for a server of our own, and the program for it. */
function embedded(dir: TempDir): Record<string, string> {
  return { S3SYNC_STATE_DIR: dir.path, NATS_SERVER: programOf("nats-server") };
}

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
    expect(await scene.run("retry", "nightly")).toMatchObject({
      exitCode: 0,
      stdout:
        "nothing of job nightly failed, so nothing is done again; what is new since takes another submit\n",
    });
    await using other = await CommandScene.begin();
    for (const key of ["a-old", "z-old"]) await other.target.put(key, "old");
    const single = await runCli(["--delete", source.url(), other.target.url()], { env: scene.env });
    expect(single.exitCode).toBe(0);
    expect(countsIn(waited)).toBe(countsIn(single));
  }, 60_000);

  test("goes on when a worker is killed in the middle", async () => {
    await using scene = await CommandScene.begin(3000);
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
  }, 60_000);

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
  }, 60_000);

  test("tries the whole thing on this machine with a server of its own", async () => {
    await using scene = await CommandScene.begin();
    using dir = new TempDir();
    const { source, target } = scene;
    await scene.fill(30);
    await target.put("z-old", "old");
    const env = { ...scene.env, ...embedded(dir), S3SYNC_NATS: "" };
    const args = ["cluster", "submit", "--nats", "embedded", "--delete"];
    const whole = await runCli([...args, source.url(), target.url()], { env });
    expect(whole).toMatchObject({ exitCode: 0, stdout: "" });
    expect(whole.stderr).toMatch(/^s3sync: job job-[0-9a-f]{6} is submitted, and worked on here/);
    expect(whole.stderr).toContain("transferred  30 objects");
    expect(whole.stderr).toContain("deleted 1 objects");
    expect(await target.list()).toEqual(await source.list());
    const status = await runCli(["cluster", "status", "--nats", "embedded"], { env });
    expect(status.stdout).toMatch(/^job-[0-9a-f]{6}  done {7}s3:.*1\/1 range, 30 sent/);
    expect(status.stdout).toEndWith("\nno worker is there\n");
  }, 60_000);

  test("cancels what only this process could do when it is stopped", async () => {
    await using scene = await CommandScene.begin();
    using dir = new TempDir();
    await scene.fill(150);
    const env = { ...scene.env, ...embedded(dir) };
    const slowly = ["--rate-limit-objects", "50", scene.source.url(), scene.target.url()];
    const args = ["cluster", "submit", "--nats", "embedded", "--job", "here", ...slowly];
    const child = startCli(args, { env });
    await until(async () => (await scene.target.keys()).length >= 20);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    const status = await runCli(["cluster", "status", "--nats", "embedded", "--json"], { env });
    expect(JSON.parse(status.stdout)).toMatchObject({ job: "here", state: "cancelled" });
  }, 60_000);

  test("tells of a job that a killed command has left on this machine, and how to end it", async () => {
    await using scene = await CommandScene.begin();
    using dir = new TempDir();
    const { source, target } = scene;
    await scene.fill(150);
    const env = { ...scene.env, ...embedded(dir) };
    const args = ["cluster", "submit", "--nats", "embedded"];
    const slowly = ["--rate-limit-objects", "20", source.url(), target.url("slow/")];
    const child = startCli([...args, "--job", "slow", ...slowly], { env });
    await until(async () => (await target.keys()).length >= 20);
    child.kill("SIGKILL");
    await child.exited;
    const next = await runCli([...args, "--job", "next", source.url(), target.url("next/")], {
      env,
    });
    expect(next.exitCode).toBe(0);
    expect(next.stderr).toContain(
      `job slow (${source.url()} -> ${target.url("slow/")}), which is not over, is worked on here as well; to end it: s3sync cluster cancel --nats embedded slow`,
    );
    const cancelled = await runCli(["cluster", "cancel", "--nats", "embedded", "slow"], { env });
    expect(cancelled.stdout).toBe("job slow is cancelled: what was done stays\n");
  }, 60_000);

  test("tells of each object what one run tells, and ends with its exit code", async () => {
    await using scene = await CommandScene.begin();
    using dir = new TempDir();
    for (const name of ["a", "c"]) dir.write(name, name);
    // It is told of, and left out.
    Bun.spawnSync(["mkfifo", dir.at("b")]);
    scene.work();
    const places = [dir.path, scene.target.url()];
    await scene.run("submit", "--job", "up", "--shared-path", ...places);
    const waited = await scene.run("wait", "up");
    expect(await scene.target.keys()).toEqual(["a", "c"]);
    const single = await runCli([dir.path, scene.source.url()], { env: scene.env });
    expect([waited.exitCode, single.exitCode]).toEqual([3, 3]);
    expect(withoutTimes(waited.stdout)).toBe(withoutTimes(single.stdout));
    expect(countsIn(waited)).toBe(countsIn(single));
    const { stdout } = await scene.run("status", "up");
    expect(stdout).toContain("state    done, ");
    expect(stdout).toContain("warning  b: ");
  }, 60_000);

  test("fails with what no try can mend, and retry does that again", async () => {
    await using scene = await CommandScene.begin();
    await scene.fill(5);
    scene.work();
    const nowhere = "s3://there-is-no-such-bucket-of-ours/";
    await scene.run("submit", "--job", "lost", scene.source.url(), nowhere);
    expect((await scene.run("wait", "lost")).exitCode).toBe(1);
    const table = await scene.run("status", "--json");
    expect(table.exitCode).toBe(0);
    const [job, worker] = table.stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(job).toMatchObject({ job: "lost", state: "failed", target: nowhere, workers: 1 });
    expect(worker).toMatchObject({ slots: 4 });
    const { stdout } = await scene.run("status", "lost");
    expect(stdout).toContain("ranges   1 left undone, 0 finished, 0 given up");
    expect(stdout).toContain("there-is-no-such-bucket-of-ours");
    expect(await scene.run("retry", "lost")).toMatchObject({
      exitCode: 0,
      stdout: "1 range of job lost is done again; to wait for it: s3sync cluster wait lost\n",
    });
    expect((await scene.run("wait", "lost")).exitCode).toBe(1);
  }, 60_000);

  test("says when nobody works on a job, and Ctrl-C ends only the waiting", async () => {
    await using scene = await CommandScene.begin();
    await scene.fill(3);
    await scene.submit("idle");
    const waiting = startCli(["cluster", "wait", "idle"], { env: scene.env });
    const said = new SaidLines(waiting.stdout);
    await said.until("no worker is there; to start one: s3sync cluster worker");
    await using ground = await openNatsGround({ servers: scene.nats.url }, never);
    const stranger = { host: "elsewhere", pid: 1, version: "0.0.0", slots: 4 };
    await ground.presence.put("worker.stranger", stranger);
    await said.until("every worker is of another version than s3sync");
    waiting.kill("SIGINT");
    expect(await waiting.exited).toBe(130);
    const stderr = await new Response(waiting.stderr).text();
    expect(stderr).toContain(
      "the job idle goes on; to wait for it again: s3sync cluster wait idle",
    );
    const status = await scene.run("status");
    expect(status.stdout).toContain("idle  sending");
    expect(status.stdout).toContain(
      "worker elsewhere/1: 4 ranges at the same time, of another version: 0.0.0",
    );
  }, 60_000);

  test("leaves a job alone that another version has submitted, and says so", async () => {
    await using scene = await CommandScene.begin();
    await scene.submit("old");
    await using ground = await openNatsGround({ servers: scene.nats.url }, never);
    const job = await ground.records.get("jobs.old");
    await ground.records.put("jobs.old", { ...Object(job?.value), version: "0.0.0" });
    const said = new SaidLines(scene.work().stdout);
    await said.until("the job old was submitted with s3sync 0.0.0, this worker is");
    const waited = await scene.run("wait", "old");
    expect(waited).toMatchObject({ exitCode: 2, stdout: "" });
    expect(waited.stderr).toContain("the job old was submitted with s3sync 0.0.0, this is ");
    const { stdout } = await scene.run("status");
    expect(stdout).toMatch(/^old  going on   s3:.*: for .*, by s3sync 0\.0\.0\n/);
    expect(await scene.run("forget", "old")).toMatchObject({ exitCode: 2 });
    expect(await scene.run("cancel", "old")).toMatchObject({ exitCode: 0 });
    expect(await scene.run("forget", "old")).toMatchObject({
      ...{ exitCode: 0, stderr: "" },
      stdout: "job old is forgotten: what it has done stays\n",
    });
    expect((await scene.run("status")).stdout).toStartWith("no job is known\n");
    expect(await scene.run("wait", "old")).toMatchObject({ exitCode: 1 });
  }, 60_000);

  test("takes the same order twice, as from a pod that is started anew, but no other one", async () => {
    await using scene = await CommandScene.begin();
    await scene.submit(
      "nightly",
      "--delete",
      "--max-delete",
      "10%",
      "--filter-mtime-after",
      "2020-01-01T00:00:00Z",
    );
    const again = await scene.submit(
      "nightly",
      "--delete",
      "--max-delete",
      "10%",
      "--filter-mtime-after",
      "2020-01-01T00:00:00Z",
    );
    expect(again).toMatchObject({ exitCode: 0, stderr: "" });
    expect(again.stdout).toContain("job nightly is under way already");
    const other = await scene.submit("nightly");
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain("there is a job nightly already, and it is not over");
    const json = await scene.submit("another", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ job: "another", source: scene.source.url() });
  }, 60_000);

  test("submits and waits in one, also for the same order that is under way already", async () => {
    await using scene = await CommandScene.begin();
    using dir = new TempDir();
    await scene.fill(3);
    const flags = ["--wait", "--summary-json", dir.at("summary.json")];
    const places = [scene.source.url(), scene.target.url()];
    const args = ["cluster", "submit", "--job", "nightly", ...flags, ...places];
    const first = startCli(args, { env: scene.env });
    await new SaidLines(first.stderr).until("job nightly is submitted");
    first.kill("SIGINT");
    expect(await first.exited).toBe(130);
    const second = startCli(args, { env: scene.env });
    const said = new SaidLines(second.stderr);
    await said.until("job nightly is under way already");
    scene.work();
    await said.until("transferred   3 objects");
    expect(await second.exited).toBe(0);
    const summary: unknown = JSON.parse(fs.readFileSync(dir.at("summary.json"), "utf8"));
    expect(summary).toMatchObject({ transferred_object: 3 });
  }, 60_000);

  test("waits for a job that others cancel", async () => {
    await using scene = await CommandScene.begin();
    await scene.fill(3);
    await scene.submit("idle");
    expect(await scene.run("cancel", "idle")).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await scene.run("wait", "idle");
    expect(exitCode).toBe(130);
    expect(stderr).toContain("[interrupted]");
    expect(stderr).toContain(
      "the job idle was cancelled; what was under way then is done in part, and not counted",
    );
    const { stdout } = await scene.run("status", "idle");
    expect(stdout).toContain("objects  at least 0 sent (0 B)");
    const json = await scene.run("status", "--json", "idle");
    expect(JSON.parse(json.stdout)).toMatchObject({ exit_code: 130, at_least: true });
  }, 60_000);
});
