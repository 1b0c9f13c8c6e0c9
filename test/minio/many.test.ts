/**
 * Twenty thousand objects, flat and in two thousand folders: everything arrives, and the memory that a run
 * takes does not grow with their number.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { canMeasure, type Measured, runMeasured, summaryOf } from "../e2e/measured.ts";
import { TestBucket } from "../support/bucket.ts";
import { can } from "../support/capabilities.ts";
import { serverEnv } from "../support/cli.ts";
import { patient } from "../support/patience.ts";
import { httpServer, isUsualServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, inByteOrder, MiB, randomBytes } from "../support/trees.ts";

/** Other servers are slow, and tell no more of our own memory. */
const count = isUsualServer() ? 20_000 : 4_000;
const timeoutMs = patient(120_000);

/**
 * What a run may take beyond one that moves 2,000 objects. The collector lets garbage grow for a while, to a
 * level that ten and thirty times as many objects do not raise; 5 KiB kept for each object would break this.
 */
const fewer = 2000;
const growthLimit = 80 * MiB;
let base = 0;

beforeAll(async () => {
  using dir = new TempDir();
  plantMany(
    dir,
    Array.from({ length: fewer }, (_, i) => `f/${i}`),
  );
  await using bucket = await TestBucket.create();
  base = (await run(dir.path, bucket.url())).peak;
}, timeoutMs);

/** Runs s3sync as a process and measures it. */
function run(source: string, target: string, ...more: string[]): Promise<Measured> {
  return runMeasured([source, target, "--json-tracing", ...more], {
    env: serverEnv(httpServer()),
  });
}

/** A tree of small files, made once: writing it costs more than reading it. */
function plantMany(dir: TempDir, names: readonly string[]): void {
  const made = new Set<string>();
  const old = new Date(Date.now() - 60_000);
  for (const name of names) {
    const file = dir.at(name);
    const parent = file.slice(0, file.lastIndexOf("/"));
    if (!made.has(parent)) fs.mkdirSync(parent, { recursive: true });
    made.add(parent);
    fs.writeFileSync(file, name);
    fs.utimesSync(file, old, old);
  }
}

const shapes = [
  { title: "in one prefix", nameOf: (i: number) => `object-${i}` },
  {
    title: "in 2,000 folders",
    // `-` and `.` sort before `/`, so that folders and files interleave.
    nameOf: (i: number) => `${["a", "a-b", "a.b", "ä"][i % 4] ?? ""}${i % 2000}/${i}`,
  },
];

const describeMeasured = canMeasure ? describe : describe.skip;

describeMeasured.each(shapes)(`${count} objects $title (needs /proc)`, ({ nameOf }) => {
  const names = Array.from({ length: count }, (_, i) => nameOf(i));
  let dir: TempDir;
  let bucket: TestBucket;

  beforeAll(async () => {
    dir = new TempDir();
    bucket = await TestBucket.create();
    plantMany(dir, names);
  }, timeoutMs);

  afterAll(async () => {
    dir[Symbol.dispose]();
    await bucket[Symbol.asyncDispose]();
  });

  test(
    "go up, each verified, in flat memory",
    async () => {
      const result = await run(dir.path, bucket.url("p/"));
      expect(result.exitCode).toBe(0);
      expect(summaryOf(result)).toMatchObject({ transferred_object: count, etag_verified: count });
      expect(await bucket.keys()).toEqual(inByteOrder(names.map((name) => `p/${name}`)));
      expect(result.peak - base).toBeLessThan(growthLimit);
    },
    timeoutMs,
  );

  test(
    "are left alone by a second run, in flat memory",
    async () => {
      const result = await run(dir.path, bucket.url("p/"), "--delete");
      expect(result.exitCode).toBe(0);
      expect(summaryOf(result)).toMatchObject({
        transferred_object: 0,
        deleted: 0,
        skipped: count,
      });
      expect(result.peak - base).toBeLessThan(growthLimit);
    },
    timeoutMs,
  );

  test(
    "come down, each verified, in flat memory, and then there is nothing to do",
    async () => {
      using back = new TempDir();
      const result = await run(bucket.url("p/"), back.path);
      expect(result.exitCode).toBe(0);
      expect(summaryOf(result)).toMatchObject({ transferred_object: count, etag_verified: count });
      expect(result.peak - base).toBeLessThan(growthLimit);
      const files = back.files();
      expect(files).toEqual(inByteOrder(names));
      expect(files.filter((name) => fs.readFileSync(back.at(name), "utf8") !== name)).toEqual([]);
      const again = await run(bucket.url("p/"), back.path, "--delete");
      expect(summaryOf(again)).toMatchObject({ transferred_object: 0, deleted: 0, skipped: count });
    },
    timeoutMs,
  );
});

test(
  "256 objects and 64 parts at the same time arrive like any others",
  async () => {
    using dir = new TempDir();
    const names = Array.from({ length: 600 }, (_, i) => `small/${i}`);
    plantMany(dir, names);
    for (const name of ["a", "b", "c"]) dir.write(`large/${name}`, randomBytes(name, 40 * MiB));
    await using bucket = await TestBucket.create();
    const wide = ["--worker-size=256", "--max-parallel-uploads=64"];
    const parts = ["--multipart-threshold=5MiB", "--multipart-chunksize=5MiB"];
    const checked = ["--additional-checksum-algorithm=SHA256"];
    const all = [...wide, ...parts, ...checked];
    const up = summaryOf(await run(dir.path, bucket.url(), ...all));
    expect(up).toMatchObject({
      transferred_object: 603,
      etag_verified: 603,
      ...(can("keeps checksums of parts") ? { checksum_verified: 603 } : {}),
    });
    using back = new TempDir();
    const down = summaryOf(await run(bucket.url(), back.path, ...wide, ...parts));
    expect(down).toMatchObject({ transferred_object: 603, etag_verified: 603 });
    expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
  },
  timeoutMs,
);
