/**
 * How a job is shown: a line on a terminal while it is waited for, and all about it as JSON.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { version } from "../../src/index.ts";
import { workerLines } from "../../src/report/job-lines.ts";
import { hasNats } from "../support/nats-server.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inTerminal, steering } from "../support/terminal.ts";
import { CommandScene } from "./command-kit.ts";

test("status tells of a worker that was not heard of for some time", () => {
  const worker = { host: "a", version, slots: 4 };
  const workers = [
    { ...worker, pid: 1, at: 99_000 },
    { ...worker, pid: 2, at: 88_000 },
  ];
  expect(workerLines(workers, version, false, 100_000)).toEqual([
    "worker a/1: 4 ranges at the same time",
    "worker a/2: 4 ranges at the same time, last heard of 12 seconds ago",
  ]);
});

const missing = hasNats ? "" : " (needs nats-server)";
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00$/);

describe.skipIf(!hasNats || process.platform === "win32")(
  `on a terminal, cluster wait${missing}`,
  () => {
    /** What it writes while three seconds of work are done. */
    async function shown(flags: readonly string[], env = {}): Promise<string> {
      await using scene = await CommandScene.begin();
      await scene.fill(90);
      await scene.submit("nightly", "--rate-limit-objects", "30");
      // At the same time as whoever waits: else all may be done before that one can draw.
      scene.work();
      return await inTerminal(["cluster", "wait", ...flags, "nightly"], { ...scene.env, ...env });
    }

    test("shows how far the job is, by whom, and at the end what came of it", async () => {
      const text = await shown([]);
      expect(text).toMatch(steering);
      expect(text).toMatch(/sending {2}0\/1 range {2}0 objects {2}.*0 keys\/s {2}1 worker/);
      expect(text).toMatch(/transferred {2}90 objects [^\r\n]+\r\n$/);
    }, 60_000);

    test.each([
      ["with --show-no-progress", ["--show-no-progress"], {}],
      ["in CI", [], { CI: "true" }],
    ])(
      "draws nothing %s",
      async (_, flags, env) => {
        const text = await shown(flags, env);
        expect(text).not.toMatch(steering);
        expect(text).not.toContain("0/1 range");
      },
      60_000,
    );
  },
);

describe.skipIf(!hasNats)(`cluster status --json${missing}`, () => {
  test("tells all about a job, and what failed last", async () => {
    await using scene = await CommandScene.begin();
    using dir = new TempDir();
    for (const name of ["a", "c", "d"]) dir.write(name, "some");
    await scene.target.put("z-old", "old");
    // It is told of, and left out.
    Bun.spawnSync(["mkfifo", dir.at("b")]);
    scene.work();
    const target = scene.target.url();
    await scene.run("submit", "--job", "up", "--shared-path", "--delete", dir.path, target);
    await scene.run("wait", "up");
    const { exitCode, stdout } = await scene.run("status", "--json", "up");
    const standing = {
      ...{
        job: "up",
        state: "done",
        exit_code: 3,
        phase: "delete",
        source: dir.path,
        target,
        version,
      },
      ...{ started: time, ended: time, ranges: { open: 0, finished: 1, given_up: 0 } },
      ...{ transferred_object: 3, transferred_byte: 12, deleted: 1, skipped: 0 },
      ...{ error_count: 0, warning: 1, workers: 1 },
    };
    const warning = {
      ...{ type: "warning", key: "b", code: expect.any(String), message: expect.any(String) },
    };
    expect({ exitCode, json: JSON.parse(stdout) as unknown }).toEqual({
      exitCode: 0,
      json: { ...standing, troubled_ranges: [], last_troubles: [warning] },
    });
    const [job, worker] = (await scene.run("status", "--json")).stdout.trim().split("\n");
    expect(JSON.parse(job ?? "")).toEqual(standing);
    const someone = { worker: expect.any(String), pid: expect.any(Number), version, slots: 4 };
    expect(JSON.parse(worker ?? "")).toEqual({ ...someone, heard: time });
  }, 60_000);

  test("tells why a job failed, and which keys are left", async () => {
    await using scene = await CommandScene.begin();
    await scene.source.put("a", "some");
    scene.work();
    const nowhere = "s3://there-is-no-such-bucket-of-ours/";
    await scene.run("submit", "--job", "lost", scene.source.url(), nowhere);
    await scene.run("wait", "lost");
    const { stdout } = await scene.run("status", "--json", "lost");
    const why = expect.stringContaining("there-is-no-such-bucket-of-ours");
    expect(JSON.parse(stdout)).toEqual({
      ...{ job: "lost", state: "failed", exit_code: 1, phase: "send", reason: why },
      ...{ source: scene.source.url(), target: nowhere, version },
      ...{ started: time, ended: time, ranges: { open: 1, finished: 0, given_up: 0 } },
      ...{ transferred_object: 0, transferred_byte: 0, deleted: 0, skipped: 0 },
      ...{ error_count: 1, warning: 0, workers: 1, at_least: true },
      troubled_ranges: [{ given_up: false, tries: 1, trouble: why }],
      last_troubles: [],
    });
  }, 60_000);

  test("tells of refused deletions what wait tells, and of a dry run that it was one", async () => {
    await using scene = await CommandScene.begin();
    await scene.source.put("a", "some");
    for (const key of ["y-old", "z-old"]) await scene.target.put(key, "old");
    expect(await scene.run("status", "--json")).toMatchObject({ exitCode: 0, stdout: "" });
    scene.work();
    await scene.submit("dry", "--dry-run", "--delete", "--max-delete", "1");
    const { exitCode } = await scene.run("wait", "dry");
    const { stdout } = await scene.run("status", "--json", "dry");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ state: "done", exit_code: exitCode, dry_run: true, transferred_object: 1 },
      ...{ warning: 1, error_count: 0 },
    });
    expect(exitCode).toBe(3);
    expect((await scene.run("status", "dry")).stdout).toContain(
      "objects  1 would be sent (4 B), 1 warning",
    );
  }, 60_000);
});
