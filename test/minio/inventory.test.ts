/**
 * `--source-inventory`: the source's objects are those of an S3 Inventory, and the bucket is not listed.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import zlib from "node:zlib";

import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";

let bucket: TestBucket;
let shelf: TestBucket;
let dir: TempDir;
beforeEach(async () => {
  [bucket, shelf, dir] = [await TestBucket.create(), await TestBucket.create(), new TempDir()];
});
afterEach(async () => {
  dir[Symbol.dispose]();
  await bucket[Symbol.asyncDispose]();
  await shelf[Symbol.asyncDispose]();
});

const schema =
  "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass";

interface Row {
  readonly key: string;
  readonly size: number;
  readonly isLatest?: boolean;
  readonly isDeleteMarker?: boolean;
}

function lineOf({ key, size, isLatest = true, isDeleteMarker = false }: Row): string {
  const encoded = encodeURIComponent(key).replaceAll("%20", "+");
  const values = [bucket.name, encoded, "v", isLatest, isDeleteMarker, size];
  return [...values, "2024-03-01T12:00:00.000Z", "", "STANDARD"]
    .map((value) => `"${value}"`)
    .join(",");
}

/** Puts an inventory on the shelf; each list of rows is a file of it. */
async function write(
  files: readonly (readonly Row[])[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const listed = [];
  for (const [index, rows] of files.entries()) {
    const packed = zlib.gzipSync(`${rows.map(lineOf).join("\n")}\n`);
    const key = `data/${index}.csv.gz`;
    await shelf.put(key, packed);
    listed.push({ key, size: packed.byteLength, MD5checksum: Bun.MD5.hash(packed, "hex") });
  }
  const manifest = {
    ...{ sourceBucket: bucket.name, version: "2016-11-30", fileFormat: "CSV" },
    ...{ fileSchema: schema, files: listed, ...more },
  };
  await shelf.put("manifest.json", JSON.stringify(manifest));
}

async function run(
  more: Partial<ConfigInput> = {},
): Promise<{ summary: Summary; warned: readonly (string | undefined)[] }> {
  const warned: (string | undefined)[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "warning" || event.type === "error") warned.push(event.error.code);
  };
  const input = {
    ...{ source: bucket.url("p/"), target: dir.path, ...bucket.side("source") },
    ...{ sourceInventory: shelf.url("manifest.json"), ...more },
  };
  return { summary: await sync(input, { onEvent }), warned };
}

const keys = ["p/b", "p/a", "p/ü c+d%", "p/z/y", "q/other"];

describe("an inventory", () => {
  test("is the source, in whatever order it is, and nothing else is listed", async () => {
    for (const key of keys) await bucket.put(key, key);
    await bucket.put("p/later", "x");
    const rows = keys.map((key) => ({ key, size: Buffer.byteLength(key) }));
    await write([rows.slice(3), rows.slice(0, 3), []]);
    await using proxy = await FaultProxy.start(bucket.server);
    const { summary, warned } = await run({ sourceEndpointUrl: proxy.endpoint });
    expect(warned).toEqual([]);
    expect(summary).toMatchObject({ transferredObjects: 4, etagVerified: 4 });
    expect(dir.files()).toEqual(["a", "b", "z/y", "ü c+d%"].toSorted());
    expect(proxy.requests.map(({ operation }) => operation)).not.toContain("ListObjectsV2");
  });

  test("of versions is what is there now", async () => {
    await bucket.put("p/a", "new");
    await write([
      [
        { key: "p/a", size: 3 },
        { key: "p/a", size: 2, isLatest: false },
        { key: "p/gone", size: 0, isDeleteMarker: true },
      ],
    ]);
    expect((await run()).summary).toMatchObject({ transferredObjects: 1, warnings: 0, errors: 0 });
  });

  test("that knows objects which are gone is a warning for each", async () => {
    await bucket.put("p/a", "x");
    await write([
      [
        { key: "p/a", size: 1 },
        { key: "p/gone", size: 1 },
      ],
    ]);
    const { summary, warned } = await run();
    expect(warned).toEqual(["not-found"]);
    expect(summary).toMatchObject({ transferredObjects: 1 });
  });

  test("may have its columns in any order", async () => {
    await bucket.put("p/a", "x");
    const line = `"1","p%2Fa","2024-03-01T12:00:00.000Z","${bucket.name}"\r\n`;
    await shelf.put("data/0.csv.gz", zlib.gzipSync(line));
    const files = [{ key: "data/0.csv.gz" }];
    await write([], { fileSchema: "Size, Key, LastModifiedDate, Bucket", files });
    expect((await run()).summary).toMatchObject({ transferredObjects: 1, warnings: 0, errors: 0 });
  });

  test("is the source below a prefix without a slash, too", async () => {
    await bucket.put("p/a", "x");
    await bucket.put("pq", "xy");
    await write([
      [
        { key: "p/a", size: 1 },
        { key: "pq", size: 2 },
      ],
    ]);
    const { summary } = await run({ source: bucket.url("p") });
    expect(summary).toMatchObject({ transferredObjects: 2, warnings: 0, errors: 0 });
    expect(dir.files()).toEqual(["a", "q"]);
  });

  test("that knows a key which is no text warns of it, and has the others", async () => {
    await bucket.put("p/a", "x");
    const rows = ["p/a", "p/%FFü", "q/%FF"].map((key) =>
      lineOf({ key: "KEY", size: 1 }).replace("KEY", key),
    );
    const packed = zlib.gzipSync(rows.join("\n"));
    await shelf.put("data/0.csv.gz", packed);
    await write([], { files: [{ key: "data/0.csv.gz" }] });
    const { summary, warned } = await run();
    expect(warned).toEqual(["file-name"]);
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0 });
  });

  test("larger than a page comes complete", async () => {
    const rows = Array.from({ length: 2500 }, (_, index) => ({ key: `p/${index}`, size: 1 }));
    await write([rows.slice(0, 1200), rows.slice(1200)]);
    expect((await run({ dryRun: true })).summary).toMatchObject({ transferredObjects: 2500 });
  });
});

describe("is refused, and nothing is sent:", () => {
  test("a file that is not what the manifest says", async () => {
    await bucket.put("p/a", "x");
    await write([[{ key: "p/a", size: 1 }]]);
    await shelf.put("data/0.csv.gz", zlib.gzipSync(`${lineOf({ key: "p/b", size: 1 })}\n`));
    const { summary, warned } = await run();
    expect(warned).toEqual(["integrity"]);
    expect(summary).toMatchObject({ errors: 1, transferredObjects: 0 });
  });

  test("a file that cannot be unpacked", async () => {
    await write([[{ key: "p/a", size: 1 }]]);
    await shelf.put("data/0.csv.gz", "no gzip");
    expect((await run()).warned).toEqual(["protocol"]);
  });

  test("a line that makes no sense", async () => {
    await write([[{ key: "p/a", size: Number.NaN }]]);
    expect((await run()).warned).toEqual(["protocol"]);
  });

  test.each([
    ["another bucket's", { sourceBucket: "another" }, "is of s3://another"],
    ["one that is no CSV", { fileFormat: "ORC" }, "is of the format ORC"],
    ["one without sizes", { fileSchema: "Bucket, Key" }, "has no Size, LastModifiedDate"],
    ["one without files", { files: undefined }, "is no manifest"],
  ])("%s", async (_, more, text) => {
    await write([], more);
    expect(await rejection(run())).toMatchObject({
      code: "usage",
      message: expect.stringContaining(text),
    });
  });

  test.each(["s3://reports", "s3://reports/inventory/", "manifest.json"])(
    "%s, which is no manifest",
    async (sourceInventory) => {
      expect(await rejection(run({ sourceInventory }))).toMatchObject({
        code: "usage",
        message: "--source-inventory needs s3://BUCKET/…/manifest.json",
      });
    },
  );

  test("one with --delete: what came after it would look deleted", async () => {
    expect(await rejection(run({ delete: true }))).toMatchObject({ code: "usage" });
  });
});
