/**
 * `--links`: symbolic links are kept as such.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { check, type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";

const time = new Date("2021-02-03T04:05:06.789Z");

function upload(
  dir: TempDir,
  bucket: TestBucket,
  more: Partial<ConfigInput> = {},
): Promise<Summary> {
  const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
  return sync({ ...input, links: true, ...more });
}

function download(
  bucket: TestBucket,
  dir: TempDir,
  more: Partial<ConfigInput> = {},
): Promise<Summary> {
  const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
  return sync({ ...input, links: true, ...more });
}

function link(dir: TempDir, name: string, goal: string): string {
  const file = dir.at(name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.symlinkSync(goal, file);
  return file;
}

async function textOf(bucket: TestBucket, key: string): Promise<string> {
  return Buffer.from(await bucket.get(key)).toString();
}

describe("an upload with --links", () => {
  test("stores where a link leads, and marks it as FSx for Lustre does", async () => {
    using dir = new TempDir();
    link(dir, "l", "some/where");
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    expect(await textOf(bucket, "l")).toBe("some/where");
    expect((await bucket.head("l")).Metadata).toEqual({ "file-permissions": "0120777" });
  });

  test("does not follow links to directories, nor links that lead nowhere or in circles", async () => {
    using dir = new TempDir();
    dir.write("d/a.txt", "hello");
    link(dir, "to-d", "d");
    link(dir, "d/up", "..");
    link(dir, "nowhere", "/none/at/all");
    await using bucket = await TestBucket.create();
    expect(await upload(dir, bucket)).toMatchObject({ warnings: 0, errors: 0 });
    expect(await bucket.keys()).toEqual(["d/a.txt", "d/up", "nowhere", "to-d"]);
  });

  test("sends a link again that leads elsewhere, and leaves others alone", async () => {
    using dir = new TempDir();
    link(dir, "same", "goal");
    const other = link(dir, "other", "goal");
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    fs.unlinkSync(other);
    fs.symlinkSync("gaol", other);
    fs.lutimesSync(other, new Date(0), new Date(0));
    expect((await upload(dir, bucket)).transferredObjects).toBe(1);
    expect(await textOf(bucket, "other")).toBe("gaol");
    const kept = { preserve: ["mtime"] } as const;
    await upload(dir, bucket, kept);
    fs.unlinkSync(other);
    fs.symlinkSync("aogl", other);
    fs.lutimesSync(other, new Date(0), new Date(0));
    expect((await upload(dir, bucket, kept)).transferredObjects).toBe(1);
  });

  test("does not follow a link that takes a file's place after it was listed", async () => {
    using dir = new TempDir();
    using outside = new TempDir();
    const file = dir.write("a", "hello");
    const secret = outside.write("secret", "12345");
    await using bucket = await TestBucket.create();
    const filter = (): boolean => {
      fs.unlinkSync(file);
      fs.symlinkSync(secret, file);
      return true;
    };
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    expect(await sync({ ...input, links: true }, { callbacks: { filter } })).toMatchObject({
      warnings: 1,
    });
    expect(await bucket.keys()).toEqual([]);
  });

  test("follows filters and deletes what is no link any more", async () => {
    using dir = new TempDir();
    const gone = link(dir, "gone", "goal");
    link(dir, "left-out", "goal");
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { exclude: ["left-*"] });
    expect(await bucket.keys()).toEqual(["gone"]);
    fs.unlinkSync(gone);
    await upload(dir, bucket, { delete: true, allowEmptySource: true });
    expect(await bucket.keys()).toEqual(["left-out"]);
  });
});

describe("a download with --links", () => {
  test("makes links again, with their times", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    fs.lutimesSync(link(dir, "d/l", "../ünd weiter"), time, time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { preserve: ["mtime"] });
    await download(bucket, restored, { preserve: ["mtime"] });
    expect(fs.readlinkSync(restored.at("d/l"))).toBe("../ünd weiter");
    expect(fs.lstatSync(restored.at("d/l")).mtimeMs).toBe(time.getTime());
  });

  test("replaces links and files by each other, and never writes through one", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    using outside = new TempDir();
    const victim = outside.write("victim", "untouched");
    dir.write("was-link", "new");
    link(dir, "was-file", "goal");
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    link(restored, "was-link", victim);
    restored.write("was-file", "goal-less, and older", time);
    expect(await download(bucket, restored)).toMatchObject({ transferredObjects: 2, warnings: 0 });
    expect(Buffer.from(restored.read("was-link")).toString()).toBe("new");
    expect(fs.readlinkSync(restored.at("was-file"))).toBe("goal");
    expect(Buffer.from(outside.read("victim")).toString()).toBe("untouched");
  });

  test("writes nothing below a link, not even one that it has made itself", async () => {
    using restored = new TempDir();
    using outside = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("d", outside.path, { Metadata: { "file-permissions": "0120777" } });
    await download(bucket, restored);
    expect(fs.readlinkSync(restored.at("d"))).toBe(outside.path);
    await bucket.remove(["d"]);
    await bucket.put("d/evil", "x");
    expect(await download(bucket, restored)).toMatchObject({ transferredObjects: 0, warnings: 1 });
    expect(outside.files()).toEqual([]);
  });

  test("deletes links that only the target has, and not what they lead to", async () => {
    using restored = new TempDir();
    using outside = new TempDir();
    outside.write("victim", "untouched");
    link(restored, "to-outside", outside.path);
    await using bucket = await TestBucket.create();
    await bucket.put("a", "hello");
    expect((await download(bucket, restored, { delete: true })).deleted).toBe(1);
    expect(restored.files()).toEqual(["a"]);
    expect(outside.files()).toEqual(["victim"]);
  });

  test("keeps a backup of a link that it replaces", async () => {
    using restored = new TempDir();
    using backups = new TempDir();
    link(restored, "l", "old");
    await using bucket = await TestBucket.create();
    await bucket.put("l", "new!", { Metadata: { "file-permissions": "0120777" } });
    await download(bucket, restored, { backupDir: backups.path });
    expect(fs.readlinkSync(restored.at("l"))).toBe("new!");
    expect(fs.readlinkSync(backups.at("l"))).toBe("old");
  });

  test("makes files of links where --links is not given", async () => {
    using restored = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("l", "goal", { Metadata: { "file-permissions": "0120777" } });
    await download(bucket, restored, { links: false, preserve: ["mode"] });
    expect(Buffer.from(restored.read("l")).toString()).toBe("goal");
    const stats = fs.lstatSync(restored.at("l"));
    expect(stats.isFile()).toBe(true);
    expect(stats.mode & 0o777).toBe(0o666 & ~process.umask());
    const again = { links: false, preserve: ["mtime", "mode"] } as const;
    expect(await download(bucket, restored, again)).toMatchObject({ transferredObjects: 0 });
  });
});

test("links go with names that are encoded", async () => {
  using dir = new TempDir();
  using restored = new TempDir();
  link(dir, "a%2541", "goal");
  await using bucket = await TestBucket.create();
  await upload(dir, bucket, { encodeNames: true });
  expect(await bucket.keys()).toEqual(["a%41"]);
  await download(bucket, restored, { encodeNames: true });
  expect(fs.readlinkSync(restored.at("a%2541"))).toBe("goal");
});

test("s3sync check --links compares where links lead", async () => {
  using dir = new TempDir();
  link(dir, "same", "goal");
  const other = link(dir, "other", "goal");
  await using bucket = await TestBucket.create();
  await upload(dir, bucket);
  fs.unlinkSync(other);
  fs.symlinkSync("gaol", other);
  const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), links: true };
  const { check: counts } = await check(input);
  expect(counts).toMatchObject({ same: { etag: 1 }, differs: 1, onlyInTarget: 0 });
});
