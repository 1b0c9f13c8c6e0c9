/**
 * `--sync-latest-tagging`, `--sync-latest-metadata` and `--sync-storage-class`: what drifts apart beside equal
 * contents is brought in step, and no bytes pass.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { GetObjectTaggingCommand } from "@aws-sdk/client-s3";

import { type ConfigInput, Secret, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { compileRegex } from "../../src/regex/regex.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const five = 5 * MiB;

let bucket: TestBucket;
beforeEach(async () => {
  bucket = await TestBucket.create();
});
afterEach(() => bucket[Symbol.asyncDispose]());

async function run(
  more: Partial<ConfigInput>,
): Promise<{ summary: Summary; only: readonly (string | undefined)[] }> {
  const only: (string | undefined)[] = [];
  const places = { source: bucket.url("p/"), target: bucket.url("q/") };
  const { endpoint, accessKeyId, secretAccessKey } = bucket.server;
  const sides = {
    ...{ endpointUrl: endpoint, region: "us-east-1", forcePathStyle: true },
    ...{ accessKey: new Secret(accessKeyId), secretAccessKey: new Secret(secretAccessKey) },
  };
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "synced") only.push(event.only);
  };
  const summary = await sync({ ...places, ...sides, ...more }, { onEvent });
  expect(summary).toMatchObject({ errors: 0, warnings: 0 });
  return { summary, only };
}

async function tagsOf(key: string): Promise<string> {
  const command = new GetObjectTaggingCommand({ Bucket: bucket.name, Key: key });
  const { TagSet = [] } = await bucket.client.send(command);
  return TagSet.map(({ Key, Value }) => `${Key}=${Value}`)
    .toSorted()
    .join("&");
}

const counting = needing("keeps and counts tags");

counting.describe("--sync-latest-tagging", () => {
  const tagging = { syncLatestTagging: true };

  test.each([
    ["other tags", "a=1&b=2", "a=1&b=3", "tagging"],
    ["tags that are missing", "a=x+y%3Dz", "", "tagging"],
    ["tags that are too many", "", "a=1", "tag-removal"],
  ] as const)("brings %s in step", async (_, wanted, now, only) => {
    await bucket.put("p/a", "x", { Tagging: wanted });
    await bucket.put("q/a", "x", { Tagging: now });
    const first = await run(tagging);
    expect(first.only).toEqual([only]);
    expect(first.summary).toMatchObject({ transferredObjects: 1, transferredBytes: 0, skipped: 0 });
    expect(await tagsOf("q/a")).toBe(await tagsOf("p/a"));
    expect((await run(tagging)).summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
  });

  test("leaves alone what is the same in another order", async () => {
    await bucket.put("p/a", "x", { Tagging: "a=1&b=2" });
    await bucket.put("q/a", "x", { Tagging: "b=2&a=1" });
    expect((await run(tagging)).summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
  });

  test.each(["bucket", "files"])("brings those of --tagging in step, from %s", async (kind) => {
    using dir = new TempDir();
    dir.write("a", "x", secondsAgo(60));
    await bucket.put("p/a", "x", { Tagging: "a=source" });
    await bucket.put("q/a", "x", { Tagging: "a=1&b=2" });
    const from = kind === "files" ? { source: dir.path, checkSize: true } : {};
    const given = { ...tagging, ...from, tagging: "a=said" };
    expect((await run(given)).summary).toMatchObject({ transferredObjects: 1, skipped: 0 });
    expect(await tagsOf("q/a")).toBe("a=said");
    expect((await run(given)).summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
  });

  test("needs to be told the tags of files", async () => {
    using dir = new TempDir();
    const error = await rejection(run({ ...tagging, source: dir.path }));
    expect(error).toMatchObject({ code: "usage" });
    expect(String(error)).toContain("needs --tagging");
  });

  test("sends as ever what is new or newer", async () => {
    await bucket.put("q/old", "x", { Tagging: "a=1" });
    await bucket.put("p/new", "x", { Tagging: "a=1" });
    await bucket.put("p/old", "other", { Tagging: "a=2" });
    expect((await run(tagging)).only).toEqual([undefined, undefined]);
    expect(await tagsOf("q/old")).toBe("a=2");
  });

  test("leaves alone what filters hide by what only the object tells", async () => {
    await bucket.put("p/a", "x", { Tagging: "a=1&private=yes" });
    await bucket.put("p/b", "x", { Tagging: "a=1" });
    for (const key of ["q/a", "q/b"]) await bucket.put(key, "x");
    const filterExcludeTagRegex = [compileRegex("private")];
    const { only, summary } = await run({ ...tagging, filterExcludeTagRegex });
    expect(only).toEqual(["tagging"]);
    expect(summary).toMatchObject({ transferredObjects: 1, skipped: 1 });
    expect(await tagsOf("q/a")).toBe("");
  });

  test("in a dry run only says so", async () => {
    await bucket.put("p/a", "x", { Tagging: "a=1" });
    await bucket.put("q/a", "x");
    expect((await run({ ...tagging, dryRun: true })).only).toEqual(["tagging"]);
    expect(await tagsOf("q/a")).toBe("");
  });

  test("does it by whatever check finds the contents the same", async () => {
    await bucket.put("p/a", "x", { Tagging: "a=1" });
    await bucket.put("q/a", "x");
    expect((await run({ ...tagging, checkEtag: true })).only).toEqual(["tagging"]);
    expect((await run({ ...tagging, headEachTarget: true })).only).toEqual([]);
  });
});

describe("--sync-latest-metadata", () => {
  const metadata = { syncLatestMetadata: true };
  const replacing = needing("replaces headers and metadata in copies");
  const encrypting = needing("encrypts with its own key", "encrypts with KMS");

  replacing.test(
    "brings headers and metadata in step, and keeps tags, contents and ETag",
    async () => {
      const wanted = { ContentType: "text/a", CacheControl: "no-store", Metadata: { m: "ü 1" } };
      await bucket.put("p/a", "text", { ...wanted, Tagging: "a=1" });
      await bucket.put("q/a", "text", {
        ...{ ContentType: "text/b", ContentLanguage: "de", Tagging: "b=2" },
        Metadata: { m: "2", s3sync_origin_version_id: "v" },
      });
      const before = await bucket.head("q/a");
      const { only, summary } = await run(metadata);
      expect(only).toEqual(["metadata"]);
      expect(summary).toMatchObject({ transferredBytes: 0, transferredObjects: 1 });
      expect(summary.traffic).toMatchObject({ sentBytes: 0, requests: { CopyObject: 1 } });
      const after = await bucket.head("q/a");
      const source = await bucket.head("p/a");
      expect(after).toMatchObject({
        ...{ ContentType: "text/a", CacheControl: "no-store", ETag: before.ETag },
        Metadata: { ...source.Metadata, s3sync_origin_version_id: "v" },
      });
      expect(after.ContentLanguage).toBeUndefined();
      expect(await tagsOf("q/a")).toBe("b=2");
      expect((await run(metadata)).summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
    },
  );

  needing(
    "answers when asked for the rights to uploads in parts",
    "tells parts by their numbers",
  ).test("of a large object in the parts that it has, and keeps its tags", async () => {
    const large = randomBytes("large", 2 * five + 1);
    using dir = new TempDir();
    dir.write("large", large, secondsAgo(60));
    const parts = { multipartThreshold: five, multipartChunksize: five };
    const up = { source: dir.path, target: bucket.url("q/") };
    await sync({ ...up, ...bucket.side("target"), ...parts, tagging: "a=1&b=2" });
    const before = await bucket.head("q/large");
    const { only } = await run({ ...up, ...metadata, cacheControl: "max-age=60" });
    expect(only).toEqual(["metadata"]);
    const after = await bucket.head("q/large");
    expect(after).toMatchObject({ CacheControl: "max-age=60", ETag: before.ETag });
    expect(Buffer.compare(await bucket.get("q/large"), large)).toBe(0);
    expect(await tagsOf("q/large")).toBe("a=1&b=2");
  });

  encrypting.test("leaves an object encrypted as it is", async () => {
    const key = "arn:aws:kms:s3sync-key";
    for (const [kind, keyId] of [["aws:kms", key], ["AES256"]] as const) {
      await bucket.put("p/a", "x", { CacheControl: "no-store" });
      await bucket.put("q/a", "x", { ServerSideEncryption: kind, SSEKMSKeyId: keyId });
      expect((await run(metadata)).only).toEqual(["metadata"]);
      const after = await bucket.head("q/a");
      expect(after).toMatchObject({ CacheControl: "no-store", ServerSideEncryption: kind });
      expect(after.SSEKMSKeyId).toBe(keyId);
    }
  });

  replacing.test("takes what is said on the command line, for files, too", async () => {
    using dir = new TempDir();
    dir.write("a.html", "<p>", secondsAgo(60));
    const up = { source: dir.path, target: bucket.url("q/") };
    await sync({ ...up, ...bucket.side("target") });
    const said = { ...up, ...metadata, cacheControl: "no-store", metadata: { own: "yes" } };
    expect((await run(said)).only).toEqual(["metadata"]);
    expect(await bucket.head("q/a.html")).toMatchObject({
      ...{ CacheControl: "no-store", ContentType: "text/html", Metadata: { own: "yes" } },
    });
    expect((await run(said)).only).toEqual([]);
    expect((await run({ ...up, ...metadata, noGuessMimeType: true })).only).toEqual(["metadata"]);
    expect((await run({ ...up, ...metadata, noGuessMimeType: true })).only).toEqual([]);
  });
});

needing("keeps storage classes").test(
  "--sync-storage-class brings the class in step, and nothing else",
  async () => {
    await bucket.put("p/a", "x", { StorageClass: "REDUCED_REDUNDANCY", CacheControl: "no-store" });
    await bucket.put("q/a", "x", { CacheControl: "max-age=1", Metadata: { m: "1" } });
    const { only } = await run({ syncStorageClass: true });
    expect(only).toEqual(["metadata"]);
    expect(await bucket.head("q/a")).toMatchObject({
      ...{ StorageClass: "REDUCED_REDUNDANCY", CacheControl: "max-age=1", Metadata: { m: "1" } },
    });
    expect((await run({ syncStorageClass: true })).only).toEqual([]);
  },
);

counting.test("all at once is one copy and one call for tags", async () => {
  await bucket.put("p/a", "x", { Tagging: "a=1", CacheControl: "no-store" });
  await bucket.put("q/a", "x");
  const all = { syncLatestTagging: true, syncLatestMetadata: true, syncStorageClass: true };
  const { only, summary } = await run(all);
  expect(only).toEqual(["metadata", "tagging"]);
  expect(summary.transferredObjects).toBe(1);
  expect(summary.traffic.requests).toMatchObject({ CopyObject: 1, PutObjectTagging: 1 });
  expect((await run(all)).only).toEqual([]);
});
