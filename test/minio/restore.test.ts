/**
 * `restore`: a directory becomes what a bucket holds, or held.
 *
 * @module
 */
import { describe, expect } from "bun:test";
import fs from "node:fs";

import { restore, type RestoreInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";

const { test } = needing("keeps versions", "keeps the dates of old versions");
const preserve = ["mtime", "mode", "owner"] as const;
const kept = { preserve, links: true, keepDirs: true, hardLinks: true };
const time = new Date("2021-02-03T04:05:06Z");

/** What `ls -l` shows of all that there is: kinds, modes, times, goals, contents. */
function shown({ path: root }: TempDir): Record<string, string> {
  const names = fs.readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const file = `${root}/${name}`;
      const stats = fs.lstatSync(file);
      const mode = stats.mode.toString(8);
      if (stats.isSymbolicLink()) return [name, `-> ${fs.readlinkSync(file)}`];
      if (stats.isDirectory()) return [name, `directory ${mode} ${stats.mtimeMs}`];
      return [name, `${mode} ${stats.mtimeMs} ${fs.readFileSync(file, "utf8")}`];
    }),
  );
}

/** A directory of all kinds of things, in a bucket that keeps versions. */
async function scene(): Promise<{ dir: TempDir; bucket: TestBucket; send: () => Promise<void> }> {
  const dir = new TempDir();
  const bucket = await TestBucket.create();
  await bucket.keepVersions();
  fs.chmodSync(dir.write("a.txt", "one", time), 0o640);
  fs.chmodSync(dir.write("run/tool", "#!/bin/sh", time), 0o755);
  dir.write("letters/b.txt", "two", time);
  fs.symlinkSync("letters/b.txt", dir.at("link"));
  fs.mkdirSync(dir.at("empty"), { mode: 0o750 });
  for (const name of ["run", "letters", "empty"]) fs.utimesSync(dir.at(name), time, time);
  const send = async (): Promise<void> => {
    const places = { source: dir.path, target: bucket.url("p/") };
    const summary = await sync({ ...places, ...bucket.side("target"), ...kept, delete: true });
    expect(summary).toMatchObject({ errors: 0, warnings: 0 });
  };
  await send();
  return { dir, bucket, send };
}

function inputOf(bucket: TestBucket, into: TempDir, more: Partial<RestoreInput>): RestoreInput {
  return { source: bucket.url("p/"), target: into.path, ...bucket.side("source"), ...more };
}

/** The server's clock counts: a moment lies between the last write and the next one. */
async function now(): Promise<Date> {
  await untilLater();
  const moment = new Date();
  await untilLater();
  return moment;
}

describe("restoring", () => {
  test("brings back all that was kept of files, without being told", async () => {
    const { dir, bucket } = await scene();
    using from = dir;
    await using store = bucket;
    using into = new TempDir();
    expect(await restore(inputOf(store, into, {}))).toMatchObject({ errors: 0, warnings: 0 });
    expect(shown(into)).toEqual(shown(from));
  });

  test("brings back what there was at a time, over what is newer", async () => {
    const { dir, bucket, send } = await scene();
    using from = dir;
    await using store = bucket;
    const then = shown(from);
    const at = await now();
    from.write("a.txt", "ONE");
    fs.chmodSync(from.at("run/tool"), 0o600);
    fs.unlinkSync(from.at("letters/b.txt"));
    // MinIO keeps no versions of what ends with a slash.
    fs.utimesSync(from.at("letters"), time, time);
    fs.unlinkSync(from.at("link"));
    fs.symlinkSync("elsewhere", from.at("link"));
    from.write("new/c.txt", "three");
    await send();
    expect(shown(from)).not.toEqual(then);
    const input = inputOf(store, from, { at, delete: true });
    expect(await restore(input)).toMatchObject({ errors: 0, warnings: 0, deleted: 2 });
    expect(shown(from)).toEqual(then);
    // What is there already is left alone.
    expect(await restore(input)).toMatchObject({ transferredObjects: 0, deleted: 0, warnings: 0 });
  });

  test("leaves files that the bucket has not, unless --delete is given", async () => {
    const { dir, bucket } = await scene();
    using _from = dir;
    await using store = bucket;
    using into = new TempDir();
    into.write("own.txt", "mine");
    await restore(inputOf(store, into, {}));
    expect(into.files()).toContain("own.txt");
    expect(await restore(inputOf(store, into, { delete: true }))).toMatchObject({ deleted: 1 });
    expect(into.files()).not.toContain("own.txt");
  });

  test("of some keys leaves all others alone, with --delete, too", async () => {
    const { dir, bucket } = await scene();
    using _from = dir;
    await using store = bucket;
    using into = new TempDir();
    into.write("own.txt", "mine");
    into.write("letters/own.txt", "mine");
    await restore(inputOf(store, into, { only: ["/letters/"], delete: true }));
    expect(into.files()).toEqual(["letters/b.txt", "own.txt"]);
  });

  test("replaces what has other bytes of the same size and time; with --check-size that stays", async () => {
    const { dir, bucket } = await scene();
    using _from = dir;
    await using store = bucket;
    using into = new TempDir();
    for (const at of [undefined, await now()]) {
      into.write("a.txt", "ONE", time);
      await restore(inputOf(store, into, { at, checkSize: true }));
      expect(String(into.read("a.txt"))).toBe("ONE");
      await restore(inputOf(store, into, { at }));
      expect(String(into.read("a.txt"))).toBe("one");
    }
  });

  test("by sizes asks about nothing that has the right one", async () => {
    const { dir, bucket } = await scene();
    using _from = dir;
    await using store = bucket;
    using into = new TempDir();
    await restore(inputOf(store, into, {}));
    const { traffic } = await restore(inputOf(store, into, { checkSize: true, only: ["*.txt"] }));
    expect(traffic.requests).toEqual({ ListObjectsV2: 1 });
  });

  test("can leave out what was kept", async () => {
    const { dir, bucket } = await scene();
    using _from = dir;
    await using store = bucket;
    using into = new TempDir();
    await restore(inputOf(store, into, { preserve: [], keepDirs: false, links: false }));
    expect(fs.statSync(into.at("a.txt")).mtimeMs).toBeGreaterThan(time.getTime());
    expect(fs.lstatSync(into.at("link")).isSymbolicLink()).toBe(false);
  });

  test("is refused where the bucket cannot tell what it held", async () => {
    await using store = await TestBucket.create();
    await store.put("p/a", "x");
    using into = new TempDir();
    const error = await rejection(restore(inputOf(store, into, { at: new Date() })));
    const message = expect.stringContaining("keeps no versions");
    expect(error).toMatchObject({ code: "usage", message });
  });

  test.each([
    [{ source: "./a", target: "./b" }, "a bucket is restored into a directory"],
    [{ source: "s3://a/", target: "s3://b/" }, "a bucket is restored into a directory"],
    [{ source: "s3://a/", target: "./b", at: new Date(9e12) }, "--at is in the future"],
    [{ source: "s3://a/", target: "./b", maxDelete: "5" }, "--max-delete needs --delete"],
  ] as const)("%j is refused: %s", async (input, message) => {
    expect(await rejection(restore(input))).toMatchObject({ code: "usage", message });
  });
});

describe("s3sync restore", () => {
  test("does it, and says what it did", async () => {
    const { dir, bucket, send } = await scene();
    using from = dir;
    await using store = bucket;
    const at = (await now()).toISOString();
    from.write("a.txt", "changed");
    await send();
    using into = new TempDir();
    const env = serverEnv(store.server);
    const force = "--source-force-path-style";
    const args = ["restore", force, "--at", at, "--only", "a.txt", store.url("p/"), into.path];
    const dry = await runCli([...args, "--dry-run"], { env });
    expect(dry.stderr).toContain("[dry-run]");
    expect(into.files()).toEqual([]);
    expect(await runCli(args, { env })).toMatchObject({ exitCode: 0, stdout: "" });
    expect(into.files()).toEqual(["a.txt"]);
    expect(String(into.read("a.txt"))).toBe("one");
  });

  test("refuses options that mean nothing to it", async () => {
    const { exitCode, stderr } = await runCli(["restore", "--exclude", "*", "s3://a/", "b"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--exclude means nothing to restore");
  });
});
