/**
 * The main job on other servers than MinIO, and what MinIO has not.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import type { RunningServer } from "../support/minio-server.ts";
import { hasServer, type OtherServer, startOther } from "../support/other-servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { etagOf, fileDigests, MiB, plant, randomBytes, secondsAgo } from "../support/trees.ts";

const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };
const tree = {
  "a.txt": "text",
  empty: "",
  "sub/ü b+c": "odd",
  "sub/large": randomBytes("other", 2 * five + 1),
};
const count = Object.keys(tree).length;
const timeoutMs = 60_000;

let server: RunningServer;

function withServer(name: OtherServer): void {
  beforeAll(async () => {
    server = await startOther(name);
  }, timeoutMs);
  afterAll(() => server[Symbol.asyncDispose]());
}

function target(
  bucket: TestBucket,
  prefix = "",
): Pick<ConfigInput, "target"> & Partial<ConfigInput> {
  return { target: bucket.url(prefix), ...bucket.side("target") };
}

function source(
  bucket: TestBucket,
  prefix = "",
): Pick<ConfigInput, "source"> & Partial<ConfigInput> {
  return { source: bucket.url(prefix), ...bucket.side("source") };
}

function goesEveryWay(): void {
  test(
    "the main job goes up, does nothing a second time, and comes down again",
    async () => {
      await using bucket = await TestBucket.create(server);
      using dir = new TempDir();
      plant(dir, tree);
      const up = { source: dir.path, ...target(bucket), ...parts };
      expect(await sync(up)).toMatchObject({
        ...{ transferredObjects: count, etagVerified: count, warnings: 0, errors: 0 },
      });
      expect(await sync(up)).toMatchObject({ transferredObjects: 0, skipped: count });
      using back = new TempDir();
      expect(await sync({ ...source(bucket), target: back.path, ...parts })).toMatchObject({
        ...{ transferredObjects: count, warnings: 0, errors: 0 },
      });
      expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
    },
    timeoutMs,
  );

  test(
    "a copy keeps headers, metadata and tags, through this machine and on the server",
    async () => {
      await using bucket = await TestBucket.create(server);
      const described = {
        ...{ ContentType: "text/x-a", CacheControl: "no-store", ContentLanguage: "de" },
        ...{ Metadata: { owner: "me" }, Tagging: "a=1&b=2" },
      };
      await bucket.put("from/a", "x", described);
      for (const serverSideCopy of [false, true]) {
        const to = `to-${serverSideCopy}/`;
        const input = { ...source(bucket, "from/"), ...target(bucket, to), serverSideCopy };
        expect(await sync(input)).toMatchObject({ transferredObjects: 1, errors: 0 });
        expect(await bucket.head(`${to}a`)).toMatchObject({
          ...{ ContentType: "text/x-a", CacheControl: "no-store", ContentLanguage: "de" },
          Metadata: { owner: "me" },
        });
      }
    },
    timeoutMs,
  );

  test("what only the target has is deleted", async () => {
    await using bucket = await TestBucket.create(server);
    for (const key of ["a", "b", "c"]) await bucket.put(key, key);
    using dir = new TempDir();
    dir.write("a", "a", secondsAgo(60));
    const input = { source: dir.path, ...target(bucket), delete: true };
    expect(await sync(input)).toMatchObject({ deleted: 2, errors: 0 });
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("--if-match deletes what is as it was listed, and keeps what somebody replaced", async () => {
    await using bucket = await TestBucket.create(server);
    await bucket.put("keep", "x");
    await bucket.put("same", "x");
    await bucket.put("theirs", "x");
    using dir = new TempDir();
    dir.write("keep", "x", secondsAgo(60));
    await using proxy = await FaultProxy.start(server);
    const gate = proxy.hold(({ method }) => method === "DELETE", "request");
    const running = sync({
      source: dir.path,
      ...target(bucket),
      targetEndpointUrl: proxy.endpoint,
      delete: true,
      ifMatch: true,
    });
    await gate.reached;
    await bucket.put("theirs", "another one");
    gate.open();
    expect(await running).toMatchObject({ deleted: 1, warnings: 1, errors: 0 });
    expect(await bucket.keys()).toEqual(["keep", "theirs"]);
  });
}

describe.skipIf(!hasServer("versitygw"))("versitygw (needs versitygw)", () => {
  withServer("versitygw");
  goesEveryWay();

  test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "keeps a %s, which is compared on the way up and down",
    async (additionalChecksumAlgorithm) => {
      await using bucket = await TestBucket.create(server);
      using dir = new TempDir();
      plant(dir, tree);
      const up = { source: dir.path, ...target(bucket), ...parts, additionalChecksumAlgorithm };
      expect(await sync(up)).toMatchObject({ checksumVerified: count, warnings: 0, errors: 0 });
      using back = new TempDir();
      const down = { ...source(bucket), target: back.path, enableAdditionalChecksum: true };
      expect(await sync({ ...down, ...parts })).toMatchObject({
        ...{ checksumVerified: count, warnings: 0, errors: 0 },
      });
    },
    timeoutMs,
  );

  describe("an object, where keys are paths,", () => {
    const keys = ["a/b", "a/c/d", "x"];

    async function clashing(bucket: TestBucket, dir: TempDir) {
      for (const key of keys) await bucket.put(key, "old");
      for (const name of ["a", "x/y"]) dir.write(name, name, secondsAgo(60));
      return { source: dir.path, ...target(bucket), delete: true };
    }

    test("takes the place of those below its name that are to go, and the other way round", async () => {
      await using bucket = await TestBucket.create(server);
      using dir = new TempDir();
      const input = await clashing(bucket, dir);
      const good = { warnings: 0, errors: 0 };
      expect(await sync(input)).toMatchObject({ transferredObjects: 2, deleted: 3, ...good });
      expect(await bucket.keys()).toEqual(["a", "x/y"]);
      expect(await sync(input)).toMatchObject({ transferredObjects: 0, deleted: 0, ...good });
    });

    test("is not written where they stay, because nothing may be deleted", async () => {
      await using bucket = await TestBucket.create(server);
      using dir = new TempDir();
      const input = { ...(await clashing(bucket, dir)), maxDelete: "2" };
      const { failures, ...counts } = await sync(input);
      expect(counts).toMatchObject({ transferredObjects: 0, deleted: 0, warnings: 3, errors: 0 });
      expect(failures.map(({ key }) => String(key)).toSorted()).toEqual(["a", "undefined", "x/y"]);
      expect(await bucket.keys()).toEqual(keys);
    });

    test("is sent by the next run where it could not be once they were gone", async () => {
      await using bucket = await TestBucket.create(server);
      using dir = new TempDir();
      await using proxy = await FaultProxy.start(server);
      const input = { ...(await clashing(bucket, dir)), backupPrefix: "kept/" };
      const late = proxy.inject(
        ({ method, target: path }) => method === "PUT" && path.endsWith("/a"),
        { kind: "refuse", status: 403, code: "AccessDenied" },
        { skip: 1 },
      );
      const hindered = { ...input, targetEndpointUrl: proxy.endpoint };
      expect(await sync(hindered)).toMatchObject({
        transferredObjects: 1,
        deleted: 3,
        warnings: 1,
      });
      expect(late.hits).toBe(1);
      expect(await bucket.keys("kept/")).toEqual(keys.map((key) => `kept/${key}`));
      expect(await sync(input)).toMatchObject({ transferredObjects: 1, warnings: 0, errors: 0 });
      expect(Buffer.from(await bucket.get("a")).toString()).toBe("a");
    });
  });
});

describe.skipIf(!hasServer("moto"))("moto (needs moto)", () => {
  withServer("moto");
  goesEveryWay();

  test("archived objects are skipped with a warning, in silence where that is said", async () => {
    await using bucket = await TestBucket.create(server);
    await bucket.put("cold", "x", { StorageClass: "GLACIER" });
    await bucket.put("warm", "y");
    using dir = new TempDir();
    const input = { ...source(bucket), target: dir.path };
    expect(await sync(input)).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
    expect(await sync({ ...input, ignoreGlacierWarnings: true })).toMatchObject({
      ...{ transferredObjects: 0, skipped: 2, warnings: 0, errors: 0 },
    });
    expect(fs.readdirSync(dir.path)).toEqual(["warm"]);
  });

  test.each(["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "DEEP_ARCHIVE"])(
    "the storage class %s is kept, and goes along",
    async (storageClass) => {
      await using bucket = await TestBucket.create(server);
      using dir = new TempDir();
      dir.write("a", "x");
      await sync({ source: dir.path, ...target(bucket, "from/"), storageClass });
      expect((await bucket.head("from/a")).StorageClass).toBe(storageClass as "GLACIER_IR");
      if (storageClass === "DEEP_ARCHIVE") return;
      await sync({ ...source(bucket, "from/"), ...target(bucket, "to/") });
      expect((await bucket.head("to/a")).StorageClass).toBe(storageClass as "GLACIER_IR");
    },
  );

  test("a redirect of a website is kept, and goes along", async () => {
    await using bucket = await TestBucket.create(server);
    using dir = new TempDir();
    dir.write("a", "x");
    await sync({ source: dir.path, ...target(bucket, "from/"), websiteRedirect: "/there" });
    await sync({ ...source(bucket, "from/"), ...target(bucket, "to/") });
    expect((await bucket.head("to/a")).WebsiteRedirectLocation).toBe("/there");
  });

  test("keys that MinIO refuses come and go as they are", async () => {
    await using bucket = await TestBucket.create(server);
    const keys = ["a//b", "/lead", "x/../y", "./z", "same", "same/", "back\\slash"];
    for (const key of keys) await bucket.put(`from/${key}`, key);
    const input = { ...source(bucket, "from/"), ...target(bucket, "to/") };
    expect(await sync(input)).toMatchObject({ transferredObjects: keys.length, errors: 0 });
    expect((await bucket.keys("to/")).map((key) => key.slice(3)).toSorted()).toEqual(
      keys.toSorted(),
    );
    expect((await bucket.head("to/a//b")).ETag).toBe(`"${etagOf(Buffer.from("a//b"))}"`);
  });

  test.each(["from/", ""])(
    "keys that no path can have make the round with --encode-names (prefix %j)",
    async (prefix) => {
      await using bucket = await TestBucket.create(server);
      await using back = await TestBucket.create(server);
      const long = "l".repeat(400);
      const keys = [
        "a//b",
        "/lead",
        "x/../y",
        "../up",
        "./z",
        "d/",
        "c:\\x",
        "nul.txt",
        "e.",
        long,
      ];
      for (const key of keys) await bucket.put(prefix + key, key);
      using dir = new TempDir();
      const encodeNames = true;
      const down = { ...source(bucket, prefix), target: dir.at("root"), encodeNames };
      const done = { transferredObjects: keys.length, errors: 0, warnings: 0 };
      expect(await sync(down)).toMatchObject(done);
      expect(dir.files().every((file) => file.startsWith("root/"))).toBe(true);
      const up = { source: dir.at("root"), ...target(back, prefix), encodeNames };
      expect(await sync(up)).toMatchObject(done);
      expect(await back.keys()).toEqual(await bucket.keys());
      const idle = { transferredObjects: 0, skipped: keys.length, deleted: 0, errors: 0 };
      expect(await sync({ ...up, delete: true })).toMatchObject(idle);
      expect(await sync({ ...down, delete: true })).toMatchObject(idle);
    },
  );
});
