/**
 * Files and directories that may not be read or written, and disks that are full.
 *
 * @module
 */
import { afterEach, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plant, plantObjects, randomBytes } from "../support/trees.ts";
import { canMount, canRestrict, runOnTinyDisk, runRestricted } from "./restricted.ts";

const env = serverEnv(httpServer());
const closed: string[] = [];

/** Takes all permissions away until the test is over. */
function close(path: string, mode = 0): void {
  fs.chmodSync(path, mode);
  closed.push(path);
}

afterEach(() => {
  for (const path of closed.splice(0)) {
    if (fs.existsSync(path)) fs.chmodSync(path, 0o755);
  }
});

function recordsOf(stdout: string, level: string): string[] {
  return stdout.split("\n").filter((line) => line.includes(` ${level} `));
}

describe.skipIf(!canRestrict)("where file modes bind (needs a plain user, or setpriv)", () => {
  test("an unreadable file gives one warning and exit code 3, the others go up", async () => {
    using dir = new TempDir();
    plant(dir, { a: "1", b: "2", c: "3" });
    close(dir.at("b"));
    await using bucket = await TestBucket.create();
    const result = await runRestricted([dir.path, bucket.url()], { env });
    expect(result.exitCode).toBe(3);
    expect(recordsOf(result.stdout, "WARN")).toEqual([
      expect.stringMatching(/cannot read .*\/b: permission denied/),
    ]);
    expect(await bucket.keys()).toEqual(["a", "c"]);
  });

  test("an unreadable single file as SOURCE gives a message, and nothing is stored", async () => {
    using dir = new TempDir();
    const file = dir.write("a", "1");
    close(file);
    await using bucket = await TestBucket.create();
    const result = await runRestricted([file, bucket.url()], { env });
    expect([1, 3]).toContain(result.exitCode);
    expect(result.stdout + result.stderr).toMatch(/cannot read .*\/a: permission denied/);
    expect(await bucket.keys()).toEqual([]);
  });

  test("an unreadable directory gives a warning, and nothing is deleted", async () => {
    using dir = new TempDir();
    plant(dir, { "open/a": "1", "shut/b": "2" });
    close(dir.at("shut"));
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { old: "x", "shut/b": "2", "shut/c": "3" });
    const result = await runRestricted(["--delete", dir.path, bucket.url()], { env });
    expect(result.exitCode).toBe(3);
    expect(recordsOf(result.stdout, "WARN")).toEqual([
      expect.stringMatching(/cannot list .*\/shut: permission denied/),
      expect.stringMatching(/not deleted/),
    ]);
    expect(await bucket.keys()).toEqual(["old", "open/a", "shut/b", "shut/c"]);
  });

  test("an unreadable SOURCE is an error, and nothing is deleted", async () => {
    using dir = new TempDir();
    dir.write("source/a", "1");
    close(dir.at("source"));
    await using bucket = await TestBucket.create();
    await bucket.put("old", "x");
    const result = await runRestricted(["--delete", dir.at("source"), bucket.url()], { env });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^s3sync: .*source: permission denied/m);
    expect(await bucket.keys()).toEqual(["old"]);
  });

  test("an unwritable TARGET is an error, and nothing half-written is left", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", "d/b": "2" });
    using dir = new TempDir();
    dir.write("target/kept", "x");
    close(dir.at("target"), 0o555);
    const result = await runRestricted([bucket.url(), dir.at("target")], { env });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^s3sync: cannot .*target.*: permission denied/m);
    expect(result.stderr).not.toContain("/proc/");
    fs.chmodSync(dir.at("target"), 0o755);
    expect(dir.files()).toEqual(["target/kept"]);
  });

  test("a TARGET that cannot be created is one error, before anything is tried", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", b: "2", c: "3" });
    using dir = new TempDir();
    dir.write("parent/kept", "x");
    close(dir.at("parent"), 0o555);
    const result = await runRestricted([bucket.url(), dir.at("parent", "new")], { env });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^s3sync: cannot create .*new: permission denied\n$/);
    expect(result.stdout).toBe("");
  });

  test("an unreadable directory of the target gives a warning; nothing is deleted or written there", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "shut/a": "new", open: "1" });
    using dir = new TempDir();
    plant(dir, { "shut/a": "old", "shut/b": "old", gone: "x" });
    close(dir.at("shut"));
    const result = await runRestricted(["--delete", bucket.url(), dir.path], { env });
    expect(result.exitCode).toBe(3);
    expect(result.stdout).toMatch(/cannot list .*\/shut: permission denied/);
    fs.chmodSync(dir.at("shut"), 0o755);
    expect(dir.files()).toEqual(["gone", "open", "shut/a", "shut/b"]);
    expect(fs.readFileSync(dir.at("shut/a"), "utf8")).toBe("old");
  });

  test("a file in a directory that may not be changed is not deleted, which gives a warning", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("new", "1");
    using dir = new TempDir();
    plant(dir, { "fixed/old": "x", other: "y" });
    close(dir.at("fixed"), 0o555);
    const result = await runRestricted(["--delete", bucket.url(), dir.path], { env });
    expect(result.exitCode).toBe(3);
    expect(recordsOf(result.stdout, "WARN")).toEqual([
      expect.stringMatching(/cannot delete .*fixed\/old: permission denied/),
    ]);
    expect(dir.files()).toEqual(["fixed/old", "new"]);
  });
});

describe.skipIf(!canMount)("on a full disk (needs Linux and the right to mount)", () => {
  test.each([
    { what: "a small object", sizes: [MiB + 1] },
    { what: "a large object", sizes: [20 * MiB] },
    { what: "the last of many", sizes: Array.from({ length: 30 }, () => MiB / 16) },
  ])(
    "a download of $what is an error that names the disk, and leaves no temporary file",
    async ({ sizes }) => {
      await using bucket = await TestBucket.create();
      const tree = Object.fromEntries(sizes.map((size, i) => [`o${i}`, randomBytes(`${i}`, size)]));
      await plantObjects(bucket, tree);
      using dir = new TempDir();
      const disk = dir.at("disk");
      fs.mkdirSync(disk);
      const result = await runOnTinyDisk(disk, [bucket.url(), disk], { env });
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toMatch(/^s3sync: .*cannot write .*: no space left on the disk$/m);
      expect(result.left.filter((name) => !/^o\d+$/.test(name))).toEqual([]);
    },
  );

  test("a body that finds no room in --temp-dir is an error that says what to do", async () => {
    using source = new TempDir();
    await using from = await TestBucket.create();
    await from.put("large", randomBytes("large", 6 * MiB));
    await using to = await TestBucket.create();
    const disk = source.at("disk");
    fs.mkdirSync(disk);
    const options = ["--max-memory=16MiB", `--temp-dir=${disk}`];
    const result = await runOnTinyDisk(disk, [...options, from.url(), to.url()], { env });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(/^s3sync: .*(--temp-dir|no space)/m);
    expect(result.left).toEqual([]);
    expect(await to.keys()).toEqual([]);
  });
});
