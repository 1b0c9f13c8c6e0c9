/**
 * Hard links, files with holes, FIFOs, sockets, devices and extended attributes.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { loadNative } from "../../src/store/local/attributes/native.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, MiB, randomBytes } from "../support/trees.ts";

const isRoot = process.geteuid?.() === 0;
const native = await loadNative();
const onLinux = native === undefined ? test.skip : test;
const usual = { preserve: ["mtime", "mode", "owner"] } as const;
const parts = { multipartThreshold: 5 * MiB, multipartChunksize: 5 * MiB };

function upload(dir: TempDir, bucket: TestBucket, more: Partial<ConfigInput>): Promise<Summary> {
  return sync({ source: dir.path, target: bucket.url(), ...bucket.side("target"), ...more });
}

function download(bucket: TestBucket, dir: TempDir, more: Partial<ConfigInput>): Promise<Summary> {
  return sync({ source: bucket.url(), target: dir.path, ...bucket.side("source"), ...more });
}

function inode(file: string): number {
  return fs.lstatSync(file).ino;
}

/** Names of one file, and one of another with the same bytes and time. */
function plantLinked(dir: TempDir): void {
  const time = new Date(1_600_000_000_000);
  const first = dir.write("a", "hello", time);
  fs.mkdirSync(dir.at("d"));
  fs.linkSync(first, dir.at("d", "b"));
  fs.linkSync(first, dir.at("c"));
  dir.write("other", "hello", time);
}

describe("--hard-links", () => {
  const options = { ...usual, hardLinks: true };

  test("makes files one again that were one, and no others", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    plantLinked(dir);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, options);
    expect(Buffer.from(await bucket.get("d/b")).toString()).toBe("hello");
    await download(bucket, restored, options);
    expect(inode(restored.at("d/b"))).toBe(inode(restored.at("a")));
    expect(inode(restored.at("c"))).toBe(inode(restored.at("a")));
    expect(inode(restored.at("other"))).not.toBe(inode(restored.at("a")));
    expect(restored.files()).toEqual(["a", "c", "d/b", "other"]);
    expect(await download(bucket, restored, options)).toMatchObject({ transferredObjects: 0 });
  });

  test("joins what was restored without it, and fetches nothing for that", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    plantLinked(dir);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, options);
    await download(bucket, restored, usual);
    expect(inode(restored.at("c"))).not.toBe(inode(restored.at("a")));
    const pretended = await download(bucket, restored, { ...options, dryRun: true });
    expect(pretended.transferredObjects).toBe(2);
    const summary = await download(bucket, restored, options);
    expect(summary.traffic.requests["GetObject"]).toBeUndefined();
    expect(summary.transferredObjects).toBe(2);
    expect(fs.lstatSync(restored.at("a")).nlink).toBe(3);
    expect(restored.files()).toEqual(["a", "c", "d/b", "other"]);
  });

  test("parts files again that are not one any more", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    plantLinked(dir);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, options);
    await download(bucket, restored, options);
    fs.unlinkSync(dir.at("c"));
    dir.write("c", "world");
    await upload(dir, bucket, options);
    await download(bucket, restored, options);
    expect(Buffer.from(restored.read("c")).toString()).toBe("world");
    expect(Buffer.from(restored.read("a")).toString()).toBe("hello");
    expect(fs.lstatSync(restored.at("a")).nlink).toBe(2);
  });

  test("without it every name gets a file of its own", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    plantLinked(dir);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, usual);
    expect((await bucket.head("a")).Metadata?.["s3sync-hard-link"]).toBeUndefined();
    await download(bucket, restored, options);
    expect(fs.lstatSync(restored.at("a")).nlink).toBe(1);
  });
});

describe("files with holes", () => {
  /** With data in the middle. */
  function plantHole(dir: TempDir, name: string, size: number): void {
    const descriptor = fs.openSync(dir.at(name), "w");
    fs.ftruncateSync(descriptor, size);
    fs.writeSync(descriptor, randomBytes(name, 10_000), 0, 10_000, 1_000_001);
    fs.closeSync(descriptor);
  }

  test.each([{ threads: 0 }, { threads: 1 }])("have them again, with %j", async (more) => {
    using dir = new TempDir();
    using restored = new TempDir();
    plantHole(dir, "small", 2 * MiB);
    plantHole(dir, "large", 16 * MiB + 1);
    dir.write("zeros", new Uint8Array(MiB));
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { ...usual, ...parts, ...more });
    await download(bucket, restored, { ...usual, ...parts, ...more });
    for (const name of ["small", "large", "zeros"]) {
      expect(digest(restored.read(name))).toBe(digest(dir.read(name)));
    }
    for (const name of ["small", "large"]) {
      expect(fs.statSync(restored.at(name)).blocks).toBeLessThan(100);
    }
    // What was written stays written.
    expect(fs.statSync(restored.at("zeros")).blocks).toBe(fs.statSync(dir.at("zeros")).blocks);
  });
});

describe("--specials", () => {
  const options = { ...usual, specials: true };

  onLinux("keeps FIFOs, sockets and devices as empty objects, and makes them again", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    native?.makeNode(dir.at("fifo"), 0o010640, 0n);
    native?.makeNode(dir.at("socket"), 0o140600, 0n);
    if (isRoot) native?.makeNode(dir.at("null"), 0o020666, 0x103n);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, options);
    expect(await bucket.head("fifo")).toMatchObject({
      ContentLength: 0,
      Metadata: { "file-permissions": "0010640" },
    });
    await download(bucket, restored, options);
    expect(fs.lstatSync(restored.at("fifo")).isFIFO()).toBe(true);
    expect(fs.lstatSync(restored.at("fifo")).mode.toString(8)).toBe("10640");
    expect(fs.lstatSync(restored.at("socket")).isSocket()).toBe(true);
    if (isRoot) expect(fs.lstatSync(restored.at("null")).rdev).toBe(0x103);
    for (const again of [upload(dir, bucket, options), download(bucket, restored, options)]) {
      expect(await again).toMatchObject({ transferredObjects: 0, warnings: 0 });
    }
  });

  onLinux("without it they are left out with a warning, as ever", async () => {
    using dir = new TempDir();
    native?.makeNode(dir.at("fifo"), 0o010640, 0n);
    await using bucket = await TestBucket.create();
    expect(await upload(dir, bucket, usual)).toMatchObject({ warnings: 1 });
    expect(await bucket.keys()).toEqual([]);
  });

  onLinux("removes them with --delete where only the target has them", async () => {
    using restored = new TempDir();
    native?.makeNode(restored.at("fifo"), 0o010640, 0n);
    await using bucket = await TestBucket.create();
    await bucket.put("a", "hello");
    await download(bucket, restored, { ...options, delete: true });
    expect(restored.files()).toEqual(["a"]);
  });
});

describe("extended attributes", () => {
  const all = { preserve: ["all"] } as const;

  onLinux("of a user go up and down with --preserve=xattrs", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    const path = dir.write("a", "hello");
    const wanted = new Map([
      ["user.one", Buffer.from("ü\0=,")],
      ["user.two", new Uint8Array(0)],
    ]);
    native?.setXattrs({ kind: "path", path, isLink: false }, wanted);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, all);
    await download(bucket, restored, all);
    const place = { kind: "path", path: restored.at("a"), isLink: false } as const;
    expect(native?.xattrs(place)).toEqual(new Map(wanted));
    // Changed alone they are brought in step.
    native?.setXattrs({ kind: "path", path, isLink: false }, new Map());
    expect(await upload(dir, bucket, all)).toMatchObject({
      transferredBytes: 0,
      transferredObjects: 1,
    });
    await download(bucket, restored, all);
    expect(native?.xattrs(place)).toEqual(new Map());
  });

  onLinux("that are too many for an object's metadata stay behind with a warning", async () => {
    using dir = new TempDir();
    const path = dir.write("a", "hello");
    const wanted = new Map([["user.large", randomBytes("large", 2000)]]);
    native?.setXattrs({ kind: "path", path, isLink: false }, wanted);
    await using bucket = await TestBucket.create();
    const warnings: string[] = [];
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...all };
    const onEvent = (event: SyncEvent): void => {
      if (event.type === "warning") warnings.push(event.error.message);
    };
    expect(await sync(input, { onEvent })).toMatchObject({ warnings: 1, transferredObjects: 1 });
    expect(warnings).toEqual([expect.stringContaining("take more than 1536 bytes")]);
    // And are not taken away from a file that has them.
    await download(bucket, dir, { ...all, delete: true });
    expect(native?.xattrs({ kind: "path", path, isLink: false })).toEqual(wanted);
  });

  onLinux("of a file whose object was stored without --preserve stay", async () => {
    using dir = new TempDir();
    const path = dir.write("a", "hello", new Date(1_600_000_000_000));
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, {});
    const wanted = new Map([["user.one", Buffer.from("1")]]);
    native?.setXattrs({ kind: "path", path, isLink: false }, wanted);
    await download(bucket, dir, { ...all, checkEtag: true });
    expect(native?.xattrs({ kind: "path", path, isLink: false })).toEqual(wanted);
  });
});
