/**
 * Callbacks and the library against a server: versions, copies on the server, headers, keys of one's own.
 *
 * @module
 */
import { afterEach, beforeEach, expect, test } from "bun:test";

import { type ListedObject, Secret, sync, type SyncInput } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

let source: TestBucket;
let target: TestBucket;

beforeEach(async () => {
  [source, target] = [await TestBucket.create(), await TestBucket.create()];
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

function input(more: Partial<SyncInput> = {}): SyncInput {
  const sides = { ...source.side("source"), ...target.side("target") };
  return { ...sides, ...more, source: source.url("p/"), target: target.url("q/") };
}

needing("keeps versions").test("a filter is asked of versions and delete markers", async () => {
  await source.keepVersions();
  await target.keepVersions();
  for (const text of ["1", "2"]) await source.put("p/a", text);
  await source.remove(["p/a"]);
  await source.put("p/b", "3");
  const seen: ListedObject[] = [];
  const filter = (object: ListedObject): boolean => {
    seen.push(object);
    return object.size !== 1 || object.isLatest || object.isDeleteMarker;
  };
  const result = await sync(input({ enableVersioning: true }), { callbacks: { filter } });
  const told = seen.map(
    ({ key, isLatest, isDeleteMarker }) => `${key} ${isLatest} ${isDeleteMarker}`,
  );
  expect(told.toSorted()).toEqual([
    "a false false",
    "a false false",
    "a true true",
    "b true false",
  ]);
  expect(seen.every(({ versionId }) => versionId !== undefined)).toBe(true);
  expect(seen[0]?.sourceKey).toBe("p/a");
  expect(result).toMatchObject({ skipped: 2, errors: 0, warnings: 0 });
  expect(await target.keys()).toEqual(["q/b"]);
});

needing("keeps versions", "keeps the dates of old versions").test(
  "a filter sees the versions of a point in time",
  async () => {
    await source.keepVersions();
    await source.put("p/a", "old");
    await untilLater();
    const pointInTime = new Date();
    await untilLater();
    await source.put("p/a", "newer");
    const seen: ListedObject[] = [];
    const filter = (object: ListedObject): boolean => seen.push(object) > 0;
    await sync(input({ pointInTime }), { callbacks: { filter } });
    expect(seen).toMatchObject([{ key: "a", size: 3, isLatest: false, isDeleteMarker: false }]);
  },
);

needing("keeps headers as they are given").test.each([
  ["through this machine", {}],
  ["on the server", { serverSideCopy: true }],
])("preprocess changes what is copied %s, at once and in parts", async (_way, way) => {
  await source.put("p/small", "x", {
    ContentType: "text/css",
    Metadata: { from: "here", secret: "1" },
    Tagging: "a=1&b=2",
  });
  await source.put("p/large", randomBytes("large", 17 * MiB), { ContentType: "text/css" });
  const result = await sync(input(way), {
    callbacks: {
      preprocess: ({ targetKey }, { tags, metadata, ...upload }) => ({
        ...upload,
        cacheControl: "max-age=60",
        contentLanguage: "de",
        metadata: { from: metadata["from"] ?? "", target: targetKey },
        tags: { ...tags, b: "3 4" },
      }),
    },
  });
  expect(result).toMatchObject({ transferredObjects: 2, errors: 0, warnings: 0 });
  for (const [name, from] of [
    ["small", "here"],
    ["large", ""],
  ]) {
    const key = `q/${name}`;
    expect(await target.head(key)).toMatchObject({
      ContentType: "text/css",
      CacheControl: "max-age=60",
      ContentLanguage: "de",
      Metadata: { from, target: key },
    });
  }
  expect((await target.head("q/small")).TagCount ?? 2).toBe(2);
});

test("preprocess leaves out what is copied on the server", async () => {
  await source.put("p/a", "x");
  const result = await sync(input({ serverSideCopy: true }), {
    callbacks: { preprocess: () => false },
  });
  expect(result).toMatchObject({ transferredObjects: 0, skipped: 1, errors: 0, warnings: 0 });
  expect(await target.keys()).toEqual([]);
});

needing("keeps versions").test(
  "preprocess cannot take away which version a copy is of",
  async () => {
    await source.keepVersions();
    await target.keepVersions();
    await source.put("p/a", "1");
    const callbacks = {
      preprocess: <T extends object>(_object: unknown, upload: T) => ({ ...upload, metadata: {} }),
    };
    await sync(input({ enableVersioning: true }), { callbacks });
    const again = await sync(input({ enableVersioning: true }), { callbacks });
    expect(again).toMatchObject({ transferredObjects: 0, skipped: 1 });
  },
);

needing("refuses signatures of a wrong key").test(
  "two runs at the same time have keys of their own",
  async () => {
    using dir = new TempDir();
    dir.write("a", "1");
    const places = { source: dir.path };
    const right = sync({ ...places, ...target.side("target"), target: target.url() });
    const wrong = sync({
      ...places,
      ...source.side("target"),
      target: source.url(),
      targetSecretAccessKey: new Secret("wrong"),
    });
    const [one, other] = await Promise.all([right, wrong]);
    expect(one).toMatchObject({ transferredObjects: 1, errors: 0 });
    expect(other.failures[0]?.error.code).toBe("credentials");
    expect(await source.keys()).toEqual([]);
  },
);
