/**
 * `status`: how the last runs ended, and when.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { lastRuns, type RunNote } from "../../src/index.ts";
import { runLine } from "../../src/report/run-lines.ts";
import { noteRun, runNotes } from "../../src/state/run-notes.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";

const hour = 3600_000;
const nowMs = Date.UTC(2026, 10, 29, 12);
const note = {
  ...{ source: "/srv/photos", target: "s3://bucket/photos/", outcome: "fine" as const },
  ...{ beganMs: nowMs - 2 * hour - 4000, endedMs: nowMs - 2 * hour },
  ...{ transferredObjects: 12, transferredBytes: 3 * 1024 ** 2, deleted: 1, skipped: 5 },
  ...{ errors: 0, warnings: 0 },
} satisfies RunNote;

describe("what is noted of runs", () => {
  test("is the last of each pair, and when that last went well", () => {
    using dir = new TempDir();
    noteRun(dir.path, note);
    noteRun(dir.path, { ...note, source: "/srv/a" });
    const failed = { ...note, outcome: "failed", endedMs: nowMs, error: "no way" } as const;
    noteRun(dir.path, failed);
    noteRun(dir.path, failed);
    expect(runNotes(dir.path)).toEqual([
      { ...note, source: "/srv/a", lastGoodMs: note.endedMs },
      { ...failed, lastGoodMs: note.endedMs },
    ]);
  });

  test("is that of the last thousand pairs: sources may be others each time", () => {
    using dir = new TempDir();
    for (let at = 0; at < 1000; at++) {
      const file = dir.write(`runs/${at}.json`, JSON.stringify({ ...note, source: `/tmp/${at}` }));
      fs.utimesSync(file, at, at);
    }
    noteRun(dir.path, note);
    const sources = runNotes(dir.path).map(({ source }) => source);
    expect(sources).toHaveLength(1000);
    expect(sources).toContain(note.source);
    expect(sources).not.toContain("/tmp/0");
    expect(sources).toContain("/tmp/1");
  });

  test("is that of each shard, in the order of their numbers", () => {
    using dir = new TempDir();
    for (const shard of ["10/16", "2/16", undefined, "2/16"]) noteRun(dir.path, { ...note, shard });
    expect(runNotes(dir.path).map(({ shard }) => shard)).toEqual([undefined, "2/16", "10/16"]);
  });

  test("is for nobody else to read, and what is no note is passed over", () => {
    using dir = new TempDir();
    noteRun(dir.path, note);
    const [name = ""] = dir.files("runs");
    expect(fs.statSync(dir.at("runs", name)).mode & 0o777).toBe(0o600);
    dir.write("runs/other.txt", "x");
    for (const text of ["{", "null", '{"source":"a"}', "[]"]) {
      dir.write(`runs/${name}`, text);
      expect(runNotes(dir.path)).toEqual([]);
    }
  });

  test("is stale when it is older than it may be, and failed whenever that was", () => {
    using dir = new TempDir();
    noteRun(dir.path, note);
    noteRun(dir.path, { ...note, source: "/srv/z", outcome: "failed" });
    const states = (olderThan?: Date): string[] =>
      lastRuns({ stateDir: dir.path, olderThan }).map(({ state }) => state);
    expect(states()).toEqual(["fine", "failed"]);
    expect(states(new Date(note.endedMs - 1))).toEqual(["fine", "failed"]);
    expect(states(new Date(note.endedMs + 1))).toEqual(["stale", "failed"]);
  });
});

describe("a line", () => {
  test("tells state, places, age, duration, objects and bytes", () => {
    expect(runLine({ ...note, state: "fine" }, false, nowMs)).toBe(
      "ok        /srv/photos -> s3://bucket/photos/: 2 hours ago, took 4 seconds, 12 objects (3.00 MiB) sent, 1 object deleted",
    );
  });

  test("tells why a run failed, and when that last went well", () => {
    const failed = {
      ...note,
      source: "a\u001b[1m",
      state: "failed",
      error: "no\u001b[2m",
    } as const;
    const line = runLine({ ...failed, lastGoodMs: nowMs - 50 * hour }, false, nowMs);
    expect(line).toStartWith(String.raw`failed    a\u{1b}[1m -> `);
    expect(line).toEndWith(String.raw`: no\u{1b}[2m (last good run: 2 days ago)`);
    expect(runLine(failed, false, nowMs)).toEndWith("(last good run: never)");
  });

  test("tells which shard it was", () => {
    const shard = { ...note, shard: "3/16", state: "fine" } as const;
    expect(runLine(shard, false, nowMs)).toContain(" -> s3://bucket/photos/ (shard 3/16): 2 hours");
    expect(JSON.parse(runLine(shard, true, nowMs))).toMatchObject({ shard: "3/16" });
  });

  test("is an object with --json", () => {
    expect(JSON.parse(runLine({ ...note, state: "stale" }, true, nowMs))).toMatchObject({
      ...{ source: "/srv/photos", state: "stale", ended: "2026-11-29T10:00:00+00:00" },
      ...{ age_sec: 7200, duration_sec: 4, transferred_object: 12, transferred_byte: 3145728 },
    });
  });
});

/** A directory to send, a bucket, and a state directory of their own. */
async function scene() {
  const dir = new TempDir();
  dir.write("from/a", "12345");
  const bucket = await TestBucket.create();
  const stateDir = ["--state-dir", dir.at("state")];
  const at = { env: serverEnv(bucket.server), cwd: dir.path };
  return {
    ...{ dir, bucket },
    sync: (...args: string[]) => runCli(["--target-force-path-style", ...stateDir, ...args], at),
    status: (...args: string[]) => runCli(["status", ...stateDir, ...args], at),
  };
}

describe("s3sync status", () => {
  test("tells of runs that went well", async () => {
    const { dir, bucket, sync, status } = await scene();
    using _dir = dir;
    await using _bucket = bucket;
    await sync("from", bucket.url("p/"));
    const { exitCode, stdout } = await status("--older-than", "1h", "from");
    expect(exitCode).toBe(0);
    expect(stdout).toStartWith(`ok        ${dir.at("from")} -> ${bucket.url("p/")}: `);
    expect(stdout).toContain("1 object (5 B) sent");
    expect(await status("-q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("tells by its exit code of runs that are too long ago", async () => {
    const { dir, bucket, sync, status } = await scene();
    using _dir = dir;
    await using _bucket = bucket;
    await sync("from", bucket.url("p/"));
    const { exitCode, stdout } = await status("-q", "--older-than", "now");
    expect(exitCode).toBe(3);
    expect(stdout).toStartWith("stale ");
  });

  test("tells by its exit code of runs that failed, and why they did", async () => {
    const { dir, bucket, sync, status } = await scene();
    using _dir = dir;
    await using _bucket = bucket;
    await sync("from", bucket.url("p/"));
    expect((await sync("from", "s3://no-such-bucket-anywhere/")).exitCode).toBe(1);
    const { exitCode, stdout } = await status("--json");
    expect(exitCode).toBe(1);
    const lines = stdout.trimEnd().split("\n");
    const found = lines.map((line) => JSON.parse(line) as { readonly state: string });
    expect(found.toSorted((a, b) => (a.state < b.state ? -1 : 1))).toMatchObject([
      { state: "failed", error: expect.stringContaining("NoSuchBucket"), transferred_object: 0 },
      { state: "fine", target: bucket.url("p/"), transferred_byte: 5 },
    ]);
    const secret = bucket.server.secretAccessKey;
    for (const name of dir.files("state")) {
      expect(String(dir.read(`state/${name}`))).not.toContain(secret);
    }
  });

  test("tells of each pair of two-way syncs", async () => {
    const { dir, bucket, sync, status } = await scene();
    using _dir = dir;
    await using _bucket = bucket;
    dir.write("other/b", "1");
    const bsync = (...args: string[]) => sync("bsync", "--state", dir.at("pairs"), ...args);
    expect(await bsync("from", bucket.url("p/"))).toMatchObject({ exitCode: 0 });
    expect(await bsync("other", bucket.url("o/"))).toMatchObject({ exitCode: 0 });
    dir.write("from/new", "123");
    fs.rmSync(dir.at("other"), { recursive: true });
    dir.write("other", "no directory");
    expect((await bsync()).exitCode).not.toBe(0);
    const { exitCode, stdout } = await status();
    expect(exitCode).toBe(1);
    const [first, second] = stdout.split("\n");
    expect(first).toStartWith(`ok        ${dir.at("from")} -> ${bucket.url("p/")}: `);
    expect(first).toContain("1 object (3 B) sent");
    expect(second).toStartWith(`failed    ${dir.at("other")} -> ${bucket.url("o/")}: `);
    expect(second).toMatch(/sent: .+ \(last good run: \d+ seconds? ago\)$/);
  });

  test("does not know of dry runs, and says so", async () => {
    const { dir, bucket, sync, status } = await scene();
    using _dir = dir;
    await using _bucket = bucket;
    await sync("--dry-run", "from", bucket.url("p/"));
    expect(await status()).toMatchObject({ exitCode: 3, stdout: "no run is known\n" });
  });

  test("does without a place where runs can be noted", async () => {
    using dir = new TempDir();
    dir.write("from/a", "x");
    dir.write("state", "no directory");
    await using bucket = await TestBucket.create();
    const args = ["--target-force-path-style", "from", bucket.url()];
    const options = { env: { ...serverEnv(bucket.server), XDG_STATE_HOME: dir.at("state") } };
    expect((await runCli(args, { ...options, cwd: dir.path })).exitCode).toBe(0);
  });
});
