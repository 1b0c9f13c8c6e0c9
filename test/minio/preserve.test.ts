/**
 * `--preserve`: what files have besides their bytes goes up with them, and comes down again.
 *
 * @module
 */
import { afterAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const isRoot = process.geteuid?.() === 0;
const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };
const time = new Date("2021-02-03T04:05:06.789Z");

/** A run, and what it told. */
interface Told {
  readonly summary: Summary;
  readonly events: readonly SyncEvent[];
}

async function run(input: ConfigInput): Promise<Told> {
  const events: SyncEvent[] = [];
  const summary = await sync(
    { preserve: ["mtime", "mode", "owner"], ...input },
    { onEvent: (event) => events.push(event) },
  );
  return { summary, events };
}

function upload(dir: TempDir, bucket: TestBucket, more: Partial<ConfigInput> = {}): Promise<Told> {
  return run({ source: dir.path, target: bucket.url(), ...bucket.side("target"), ...more });
}

function download(
  bucket: TestBucket,
  dir: TempDir,
  more: Partial<ConfigInput> = {},
): Promise<Told> {
  return run({ source: bucket.url(), target: dir.path, ...bucket.side("source"), ...more });
}

/** What was brought in step without bytes. */
function repaired({ events }: Told): string[] {
  return events.flatMap((event) =>
    event.type === "synced" && event.only === "metadata" ? [event.key] : [],
  );
}

/** What the system tells of a file. */
function facts(file: string): Record<string, unknown> {
  const { mode, uid, gid, mtimeNs, size } = fs.lstatSync(file, { bigint: true });
  return { mode: mode.toString(8), uid, gid, mtimeNs, size };
}

describe("an upload with --preserve", () => {
  test("keeps mtime, mode and owner in the metadata, as DataSync and FSx for Lustre do", async () => {
    using dir = new TempDir();
    const file = dir.write("a.txt", "hello");
    fs.chmodSync(file, 0o640);
    fs.utimesSync(file, time, time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    const { Metadata } = await bucket.head("a.txt");
    expect(Metadata).toMatchObject({
      "file-mtime": "1612325106789000000ns",
      "file-permissions": "0100640",
      "file-owner": String(process.getuid?.()),
      "file-group": String(process.getgid?.()),
    });
    expect(Metadata?.["file-atime"]).toBeUndefined();
  });

  test("keeps what a list names, and nothing else", async () => {
    using dir = new TempDir();
    dir.write("a.txt", "hello");
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { preserve: ["mtime", "atime"] });
    const { Metadata = {} } = await bucket.head("a.txt");
    expect(Object.keys(Metadata).toSorted()).toEqual(["file-atime", "file-mtime"]);
  });

  test("keeps it with what goes up in parts, too", async () => {
    using dir = new TempDir();
    const file = dir.write("film.mp4", randomBytes("film", five + 1));
    fs.chmodSync(file, 0o600);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, parts);
    expect((await bucket.head("film.mp4")).Metadata?.["file-permissions"]).toBe("0100600");
  });

  test("keeps it beside the metadata that is asked for", async () => {
    using dir = new TempDir();
    dir.write("a.txt", "hello", time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { metadata: { colour: "red" } });
    expect((await bucket.head("a.txt")).Metadata).toMatchObject({
      colour: "red",
      "file-mtime": "1612325106789000000ns",
    });
  });

  test("leaves setuid and setgid behind, unless everything is asked for", async () => {
    using dir = new TempDir();
    fs.chmodSync(dir.write("tool", "x"), 0o6755);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    expect((await bucket.head("tool")).Metadata?.["file-permissions"]).toBe("0100755");
    const told = await upload(dir, bucket, { preserve: ["all"] });
    expect(repaired(told)).toEqual(["tool"]);
    expect((await bucket.head("tool")).Metadata?.["file-permissions"]).toBe("0106755");
  });

  test("does not send again what was touched by nobody, however new the object is", async () => {
    using dir = new TempDir();
    dir.write("a.txt", "hello", new Date(Date.now() + 3_600_000));
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    const { summary } = await upload(dir, bucket);
    expect(summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
    expect(summary.traffic.requests).toMatchObject({ HeadObject: 1 });
    expect(summary.traffic.requests["PutObject"]).toBeUndefined();
  });

  test("sends what is older than it was, too: another time is another file", async () => {
    using dir = new TempDir();
    const file = dir.write("a.txt", "hello", time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    fs.writeFileSync(file, "HELLO");
    fs.utimesSync(file, new Date(0), new Date(0));
    const { summary } = await upload(dir, bucket);
    expect(summary.transferredObjects).toBe(1);
    expect(Buffer.from(await bucket.get("a.txt")).toString()).toBe("HELLO");
  });

  const asked = needing(
    "answers when asked for the rights to uploads in parts",
    "tells parts by their numbers",
  );
  asked.test("brings a mode in step without sending a byte, and only once", async () => {
    using dir = new TempDir();
    const file = dir.write("film.mp4", randomBytes("film", five + 1), time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { ...parts, contentType: "video/x", metadata: { colour: "red" } });
    const before = await bucket.head("film.mp4");
    fs.chmodSync(file, 0o604);
    const told = await upload(dir, bucket, parts);
    expect(repaired(told)).toEqual(["film.mp4"]);
    expect(told.summary.transferredBytes).toBe(0);
    const after = await bucket.head("film.mp4");
    expect(after).toMatchObject({
      ETag: before.ETag,
      ContentType: "video/x",
      Metadata: { ...before.Metadata, "file-permissions": "0100604" },
    });
    expect(repaired(await upload(dir, bucket, parts))).toEqual([]);
  });

  test("gives attributes to objects that have none, and leaves their bytes alone", async () => {
    using dir = new TempDir();
    dir.write("a.txt", "hello", time);
    await using bucket = await TestBucket.create();
    await bucket.put("a.txt", "hello");
    const told = await upload(dir, bucket);
    expect(repaired(told)).toEqual(["a.txt"]);
    expect((await bucket.head("a.txt")).Metadata?.["file-mtime"]).toBe("1612325106789000000ns");
  });

  test("believes what rclone and s3cmd have noted", async () => {
    using dir = new TempDir();
    for (const name of ["rclone", "s3cmd"]) fs.chmodSync(dir.write(name, "hello", time), 0o644);
    const { uid, gid } = fs.statSync(dir.at("rclone"));
    await using bucket = await TestBucket.create();
    const seconds = "1612325106";
    const rclone = { mtime: `${seconds}.789`, mode: "100644", uid: `${uid}`, gid: `${gid}` };
    await bucket.put("rclone", "hello", { Metadata: rclone });
    const s3cmd = `atime:1/gid:${gid}/mode:33188/mtime:${seconds}/uid:${uid}`;
    await bucket.put("s3cmd", "hello", { Metadata: { "s3cmd-attrs": s3cmd } });
    const { summary } = await upload(dir, bucket);
    expect(summary).toMatchObject({ transferredObjects: 0, skipped: 2 });
  });

  test("says in a dry run what would be brought in step, and does nothing", async () => {
    using dir = new TempDir();
    const file = dir.write("a.txt", "hello", time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    fs.chmodSync(file, 0o600);
    expect(repaired(await upload(dir, bucket, { dryRun: true }))).toEqual(["a.txt"]);
    expect((await bucket.head("a.txt")).Metadata?.["file-permissions"]).not.toBe("0100600");
  });

  test("keeps attributes in step under another check of the contents", async () => {
    using dir = new TempDir();
    const file = dir.write("a.txt", "hello", time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket);
    fs.utimesSync(file, new Date(), new Date());
    for (const check of [{ checkSize: true }, { checkEtag: true }]) {
      fs.chmodSync(file, check.checkSize === true ? 0o600 : 0o640);
      const told = await upload(dir, bucket, check);
      expect(repaired(told)).toEqual(["a.txt"]);
      expect(told.summary.transferredBytes).toBe(0);
    }
  });
});

describe("a download with --preserve", () => {
  async function stored(dir: TempDir): Promise<TestBucket> {
    const bucket = await TestBucket.create();
    await upload(dir, bucket, parts);
    return bucket;
  }

  test("gives back mtime, mode and owner, to the nanosecond where files have such", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    const file = dir.write("a.txt", "hello");
    dir.write("film.mp4", randomBytes("film", five + 1), new Date(-86_400_500));
    fs.chmodSync(file, 0o640);
    if (isRoot) fs.chownSync(file, 1234, 4321);
    await using bucket = await stored(dir);
    await download(bucket, restored, parts);
    for (const name of ["a.txt", "film.mp4"]) {
      expect(facts(restored.at(name))).toEqual(facts(dir.at(name)));
    }
  });

  test("gives no setuid and setgid, unless everything is asked for", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    fs.chmodSync(dir.write("tool", "x"), 0o6755);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, { preserve: ["all"] });
    await download(bucket, restored);
    expect(facts(restored.at("tool"))["mode"]).toBe("100755");
    expect(repaired(await download(bucket, restored, { preserve: ["all"] }))).toEqual(["tool"]);
    expect(facts(restored.at("tool"))["mode"]).toBe("106755");
  });

  test("brings mode, owner and nothing else in step with what is there, without reading the object", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    const file = dir.write("a.txt", "hello", time);
    await using bucket = await stored(dir);
    await download(bucket, restored);
    fs.chmodSync(restored.at("a.txt"), 0o666);
    const told = await download(bucket, restored);
    expect(repaired(told)).toEqual(["a.txt"]);
    expect(told.summary.traffic.requests).toMatchObject({ HeadObject: 1 });
    expect(told.summary.traffic.requests["GetObject"]).toBeUndefined();
    expect(facts(restored.at("a.txt"))).toEqual(facts(file));
    expect(repaired(await download(bucket, restored))).toEqual([]);
  });

  test("fetches again what has another time, whichever is newer", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    const file = dir.write("a.txt", "hello", time);
    await using bucket = await stored(dir);
    await download(bucket, restored);
    restored.write("a.txt", "WORLD", new Date());
    const { summary } = await download(bucket, restored);
    expect(summary.transferredObjects).toBe(1);
    expect(Buffer.from(restored.read("a.txt")).toString()).toBe("hello");
    expect(facts(restored.at("a.txt"))).toEqual(facts(file));
  });

  test("with --update leaves what is newer here by its own time", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    dir.write("a.txt", "hello", time);
    await using bucket = await stored(dir);
    restored.write("a.txt", "newer than that", new Date(time.getTime() + 5000));
    const { summary } = await download(bucket, restored, { update: true });
    expect(summary.transferredObjects).toBe(0);
  });

  test("gives objects without attributes what downloads always get", async () => {
    using restored = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.putAt("a.txt", Buffer.from("hello"), time);
    await download(bucket, restored);
    const { mode, mtimeNs } = facts(restored.at("a.txt"));
    expect(mode).toBe((0o100666 & ~process.umask()).toString(8));
    const { LastModified } = await bucket.head("a.txt");
    expect((mtimeNs as bigint) / 1_000_000_000n).toBe(
      BigInt((LastModified?.getTime() ?? 0) / 1000),
    );
    const { summary } = await download(bucket, restored);
    expect(summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
  });

  test("changes nothing through a link that took a file's place", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    using outside = new TempDir();
    fs.chmodSync(dir.write("a.txt", "hello", time), 0o600);
    const victim = outside.write("victim", "hello", time);
    fs.chmodSync(victim, 0o644);
    await using bucket = await stored(dir);
    fs.symlinkSync(victim, restored.at("a.txt"));
    await download(bucket, restored);
    expect(facts(victim)["mode"]).toBe("100644");
    expect(fs.lstatSync(restored.at("a.txt")).isFile()).toBe(true);
  });
});

describe("with --index", () => {
  const place = new TempDir();
  afterAll(() => place[Symbol.dispose]());
  const up = { index: place.at("up.db") };
  const down = { index: place.at("down.db") };
  const heads = async (told: Promise<Told>): Promise<number | undefined> =>
    (await told).summary.traffic.requests["HeadObject"];

  test("no object is asked for its metadata that is as it was", async () => {
    using dir = new TempDir();
    using restored = new TempDir();
    for (const name of ["a", "b"]) dir.write(name, "hello", time);
    await using bucket = await TestBucket.create();
    await upload(dir, bucket, up);
    expect(await heads(upload(dir, bucket, up))).toBeUndefined();
    await download(bucket, restored, down);
    expect(await heads(download(bucket, restored, down))).toBeUndefined();
  });

  needing("dates objects anew when their metadata is replaced").test(
    "what another run has changed is asked for, once",
    async () => {
      using dir = new TempDir();
      using restored = new TempDir();
      for (const name of ["a", "b"]) dir.write(name, "hello", time);
      await using bucket = await TestBucket.create();
      await upload(dir, bucket);
      await download(bucket, restored, down);
      await untilLater();
      fs.chmodSync(dir.at("a"), 0o604);
      await upload(dir, bucket);
      expect(repaired(await download(bucket, restored, down))).toEqual(["a"]);
      expect(facts(restored.at("a"))["mode"]).toBe("100604");
      expect(await heads(download(bucket, restored, down))).toBeUndefined();
    },
  );
});

test("from bucket to bucket metadata passes as it is", async () => {
  using dir = new TempDir();
  using restored = new TempDir();
  const file = dir.write("a.txt", "hello", time);
  fs.chmodSync(file, 0o604);
  await using bucket = await TestBucket.create();
  await using other = await TestBucket.create();
  await upload(dir, bucket);
  const sides = { ...bucket.side("source"), ...other.side("target") };
  await sync({ source: bucket.url(), target: other.url(), ...sides });
  await download(other, restored);
  expect(facts(restored.at("a.txt"))).toEqual(facts(file));
});
