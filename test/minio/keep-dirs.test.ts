/**
 * `--keep-dirs`: directories are objects whose keys end with a slash.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import {
  check,
  type ConfigInput,
  type RunResult,
  type Summary,
  sync,
  type SyncEvent,
} from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";

const time = new Date("2021-02-03T04:05:06.789Z");
const all = { preserve: ["mtime", "mode", "owner"] } as const;

function upload(
  dir: TempDir,
  bucket: TestBucket,
  more: Partial<ConfigInput> = {},
): Promise<RunResult> {
  const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
  return sync({ ...input, keepDirs: true, ...more });
}

async function download(
  bucket: TestBucket,
  dir: TempDir,
  more: Partial<ConfigInput> = {},
): Promise<{ readonly summary: Summary; readonly deleted: readonly string[] }> {
  const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
  const events: SyncEvent[] = [];
  const summary = await sync(
    { ...input, keepDirs: true, ...more },
    { onEvent: (event) => events.push(event) },
  );
  const deleted = events.flatMap((event) => (event.type === "deleted" ? [event.key] : []));
  return { summary, deleted };
}

/** Everything below a directory, directories with a slash. */
function tree(dir: TempDir): string[] {
  return fs
    .readdirSync(dir.path, { recursive: true, withFileTypes: true })
    .map((each) => {
      const name = path.relative(dir.path, path.join(each.parentPath, each.name));
      return each.isDirectory() ? `${name}/` : name;
    })
    .toSorted();
}

function mkdir(dir: TempDir, name: string): string {
  fs.mkdirSync(dir.at(name), { recursive: true });
  return dir.at(name);
}

describe("an upload with --keep-dirs", () => {
  test("stores empty directories, and only these", async () => {
    using dir = new TempDir();
    mkdir(dir, "a/empty");
    dir.write("b/full", "x");
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    expect(await bucket.keys()).toEqual(["a/empty/", "b/full"]);
    expect((await bucket.head("a/empty/")).ContentLength).toBe(0);
    expect(await upload(dir, bucket)).toMatchObject({ transferredObjects: 0 });
  });

  test("with --preserve stores all of them, with modes and times", async () => {
    using dir = new TempDir();
    dir.write("b/full", "x");
    fs.chmodSync(dir.at("b"), 0o750);
    fs.utimesSync(dir.at("b"), time, time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, all);
    expect(await bucket.keys()).toEqual(["b/", "b/full"]);
    expect((await bucket.head("b/")).Metadata).toMatchObject({
      "file-permissions": "0040750",
      "file-mtime": "1612325106789000000ns",
    });
    fs.chmodSync(dir.at("b"), 0o700);
    expect(await upload(dir, bucket, all)).toMatchObject({ transferredObjects: 1 });
    expect((await bucket.head("b/")).Metadata?.["file-permissions"]).toBe("0040700");
    expect(await upload(dir, bucket, all)).toMatchObject({ transferredObjects: 0 });
  });

  test("removes markers of directories that are gone with --delete, and leaves those of others", async () => {
    using dir = new TempDir();
    mkdir(dir, "empty");
    dir.write("full/a", "x");
    await using bucket = await TestBucket.create();
    for (const key of ["empty/", "full/", "gone/"]) await bucket.put(key, "");
    await upload(dir, bucket, { delete: true });
    expect(await bucket.keys()).toEqual(["empty/", "full/", "full/a"]);
  });

  test("follows filters", async () => {
    using dir = new TempDir();
    for (const name of ["wanted", "unwanted"]) mkdir(dir, name);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { exclude: ["unwanted/"] });
    expect(await bucket.keys()).toEqual(["wanted/"]);
  });
});

test("a source of nothing but directories, as that of disks that are not mounted, empties no target", async () => {
  using dir = new TempDir();
  mkdir(dir, "disk");
  await using bucket = await TestBucket.create();
  for (const key of ["disk/a", "disk/b"]) await bucket.put(key, "x");
  const summary = await upload(dir, bucket, { delete: true });
  expect(summary).toMatchObject({ deleted: 0, warnings: 1 });
  expect((await bucket.keys()).filter((key) => key !== "disk/")).toEqual(["disk/a", "disk/b"]);
  await upload(dir, bucket, { delete: true, allowEmptySource: true });
  expect(await bucket.keys()).toEqual(["disk/"]);
});

test("nor does it empty a part of the keys because there are directories elsewhere", async () => {
  using dir = new TempDir();
  for (const name of ["disk", "zoo"]) mkdir(dir, name);
  await using bucket = await TestBucket.create();
  for (const key of ["disk/a", "zoo/b"]) await bucket.put(key, "x");
  const { failures } = await upload(dir, bucket, { delete: true, keyStart: "x" });
  expect(failures.map(({ error }) => error.message)).toEqual([
    `1 object is not deleted: ${dir.path} has no objects; if that is how it should be, use --allow-empty-source`,
  ]);
  expect(await bucket.keys()).toContain("zoo/b");
});

describe("a download with --keep-dirs", () => {
  test("makes empty directories again", async () => {
    using restored = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("a/empty/", "");
    await download(bucket, restored);
    expect(tree(restored)).toEqual(["a/", "a/empty/"]);
    const { summary } = await download(bucket, restored);
    expect(summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
  });

  test("gives directories their modes and times when all is in them, also those that let nobody in", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    dir.write("d/e/a.txt", "x");
    for (const name of ["d/e", "d"]) {
      fs.chmodSync(dir.at(name), name === "d" ? 0o500 : 0o111);
      fs.utimesSync(dir.at(name), time, time);
    }
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, all);
    await download(bucket, restored, all);
    for (const [name, mode] of [
      ["d", "40500"],
      ["d/e", "40111"],
    ] as const) {
      const stats = fs.statSync(restored.at(name));
      expect([stats.mode.toString(8), stats.mtimeMs]).toEqual([mode, time.getTime()]);
    }
    // Files that come later change the time of their directory: it is given again.
    fs.writeFileSync(dir.at("d/new"), "x");
    fs.utimesSync(dir.at("d"), time, time);
    await upload(dir, bucket, all);
    await download(bucket, restored, all);
    expect(fs.statSync(restored.at("d")).mtimeMs).toBe(time.getTime());
    for (const each of [dir, restored]) fs.chmodSync(each.at("d/e"), 0o700);
  });

  test("with --delete removes directories that only the target has, also those that its deletions leave empty", async () => {
    using restored = new TempDir();
    mkdir(restored, "gone/deep/er");
    restored.write("left/by/delete", "x");
    restored.write("kept/a", "x");
    restored.write("kept/b", "x");
    mkdir(restored, "marked");
    await using bucket = await TestBucket.create();
    await bucket.put("kept/a", "x");
    await bucket.put("marked/", "");
    const expected = [
      ...["kept/b", "left/by/delete", "left/by/", "left/"],
      ...["gone/deep/er/", "gone/deep/", "gone/"],
    ];
    const pretended = await download(bucket, restored, { delete: true, dryRun: true });
    expect(pretended.deleted).toEqual(expected);
    const before = tree(restored);
    expect(before).toContain("gone/deep/er/");
    const { deleted, summary } = await download(bucket, restored, { delete: true });
    expect(deleted).toEqual(expected);
    expect(summary).toMatchObject({ deleted: expected.length, warnings: 0 });
    expect(tree(restored)).toEqual(["kept/", "kept/a", "marked/"]);
  });

  test("with --delete lets a file take the place of a directory, and the other way round", async () => {
    using restored = new TempDir();
    await using bucket = await TestBucket.create();
    for (const key of ["a", "b/c/d", "e/f"]) await bucket.put(key, key);
    for (const name of ["a/x/y", "a/z", "b", "keep"]) restored.write(name, "old");
    fs.symlinkSync("keep", restored.at("e"));
    const more = { delete: true, links: true };
    const { summary: tried } = await download(bucket, restored, { ...more, dryRun: true });
    const { summary } = await download(bucket, restored, more);
    const { transferredObjects, deleted, warnings } = summary;
    expect(tried).toMatchObject({ transferredObjects, deleted, warnings });
    expect(summary).toMatchObject({ transferredObjects: 3, warnings: 0, errors: 0 });
    expect(restored.files()).toEqual(["a", "b/c/d", "e/f"]);
    for (const name of restored.files()) expect(String(restored.read(name))).toBe(name);
  });

  test("with --delete leaves what lies in the place of a file where nothing may be deleted", async () => {
    using restored = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("a", "new");
    for (const name of ["a/x", "a/y"]) restored.write(name, "old");
    for (const dryRun of [true, false]) {
      const more = { delete: true, maxDelete: "1", dryRun };
      const { summary } = await download(bucket, restored, more);
      expect(summary).toMatchObject({ transferredObjects: 0, warnings: 2 });
    }
    expect(restored.files()).toEqual(["a/x", "a/y"]);
  });

  test("leaves directories in which a filter protects something", async () => {
    using restored = new TempDir();
    restored.write("d/protected", "x");
    restored.write("d/gone", "x");
    await using bucket = await TestBucket.create();
    await bucket.put("a", "x");
    await download(bucket, restored, { delete: true, exclude: ["protected"] });
    expect(tree(restored)).toEqual(["a", "d/", "d/protected"]);
  });

  test("removes no directory where a guard forbids deletions", async () => {
    using restored = new TempDir();
    mkdir(restored, "empty");
    for (const name of ["1", "2", "3"]) restored.write(name, "x");
    await using bucket = await TestBucket.create();
    await bucket.put("a", "x");
    const { deleted } = await download(bucket, restored, { delete: true, maxDelete: "2" });
    expect(deleted).toEqual([]);
    expect(tree(restored)).toContain("empty/");
  });

  test("without --keep-dirs leaves empty directories alone", async () => {
    using restored = new TempDir();
    mkdir(restored, "empty");
    await using bucket = await TestBucket.create();
    await bucket.put("a", "x");
    await download(bucket, restored, { delete: true, keepDirs: false });
    expect(tree(restored)).toEqual(["a", "empty/"]);
  });

  test("puts no directory aside as a backup", async () => {
    using restored = new TempDir();
    using backups = new TempDir();
    restored.write("d/gone", "x");
    await using bucket = await TestBucket.create();
    await bucket.put("a", "x");
    const { summary } = await download(bucket, restored, { delete: true, backupDir: backups.path });
    expect(summary).toMatchObject({ warnings: 0, deleted: 2 });
    expect(backups.files()).toEqual(["d/gone"]);
  });
});

test("s3sync check --keep-dirs finds directories that one side has not", async () => {
  using dir = new TempDir();
  mkdir(dir, "both");
  mkdir(dir, "here");
  await using bucket = await TestBucket.create();
  await bucket.put("both/", "");
  await bucket.put("there/", "");
  const input = {
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    keepDirs: true,
  };
  const { check: counts } = await check(input);
  expect(counts).toMatchObject({
    same: { empty: 1 },
    differs: 0,
    onlyInSource: 1,
    onlyInTarget: 1,
  });
});
