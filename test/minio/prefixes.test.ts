/**
 * What SOURCE and TARGET mean: prefixes with and without a slash, one file, one key.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  fileDigests,
  objectDigests,
  plant,
  plantObjects,
  secondsAgo,
  treeDigests,
} from "../support/trees.ts";
import { listingAll } from "./full-listing.ts";

const fine = { errors: 0, warnings: 0 };

describe("a prefix is taken literally", () => {
  test("without a slash it runs into the name: p and foo make pfoo", async () => {
    using dir = new TempDir();
    plant(dir, { foo: "1", "d/bar": "2" });
    await using bucket = await TestBucket.create();
    const input = { source: dir.path, target: bucket.url("p"), ...bucket.side("target") };
    expect(await sync(input)).toMatchObject({ transferredObjects: 2, ...fine });
    expect(await bucket.keys()).toEqual(["pd/bar", "pfoo"]);
    expect(await sync(input)).toMatchObject({ transferredObjects: 0, skipped: 2, ...fine });
  });

  test("with a slash, names go below it", async () => {
    using dir = new TempDir();
    dir.write("foo", "1");
    await using bucket = await TestBucket.create();
    await sync({ source: dir.path, target: bucket.url("p/"), ...bucket.side("target") });
    expect(await bucket.keys()).toEqual(["p/foo"]);
  });

  test.each(["p%41/", "p?x/", "p#x/", "p+x/", "p x/"])("%p stays as it is", async (prefix) => {
    using dir = new TempDir();
    dir.write("foo", "1");
    await using bucket = await TestBucket.create();
    const input = { source: dir.path, target: bucket.url(prefix), ...bucket.side("target") };
    await sync(input);
    expect(await bucket.keys()).toEqual([`${prefix}foo`]);
    expect(await sync(input)).toMatchObject({ transferredObjects: 0, skipped: 1 });
  });

  test("nothing beside the prefix is touched by --delete", async () => {
    using dir = new TempDir();
    dir.write("foo", "1", secondsAgo(60));
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "p/foo": "1", "p/old": "2", "p-other": "3", "q/old": "4" });
    const input = { source: dir.path, target: bucket.url("p/"), ...bucket.side("target") };
    expect(await sync({ ...input, delete: true })).toMatchObject({ deleted: 1, ...fine });
    expect(await bucket.keys()).toEqual(["p-other", "p/foo", "q/old"]);
  });
});

describe("a download from a prefix without a slash", () => {
  const photos = { "photos/1.jpg": "1", "photos/a/2.jpg": "2", "photosafari/3.jpg": "3" };
  const expected = { "1.jpg": "1", "a/2.jpg": "2", "afari/3.jpg": "3" };

  test("loses one leading slash of what remains of the keys", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, photos);
    using dir = new TempDir();
    const source = bucket.url("photos");
    const summary = await sync({ source, target: dir.path, ...bucket.side("source") });
    expect(summary).toMatchObject({ transferredObjects: 3, etagVerified: 3, ...fine });
    expect(fileDigests(dir.path)).toEqual(treeDigests(expected));
  });

  test("deletes only what is not in the source, however often it runs", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, photos);
    using dir = new TempDir();
    dir.write("old.jpg", "old");
    const source = bucket.url("photos");
    const input = { source, target: dir.path, ...bucket.side("source"), delete: true };
    expect(await sync(input)).toMatchObject({ transferredObjects: 3, deleted: 1, ...fine });
    for (let run = 2; run <= 3; run++) {
      expect(await sync(input)).toMatchObject({ transferredObjects: 0, deleted: 0, skipped: 3 });
      expect(fileDigests(dir.path)).toEqual(treeDigests(expected));
    }
  });

  test("takes the first of two keys that become the same path, and warns of the other", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "p/x": "first", px: "second" });
    using dir = new TempDir();
    const input = { source: bucket.url("p"), target: dir.path, ...bucket.side("source") };
    expect(await sync(input)).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
    expect(fileDigests(dir.path)).toEqual(treeDigests({ x: "first" }));
    expect(await sync({ ...input, delete: true })).toMatchObject({ deleted: 0, warnings: 1 });
    expect(fileDigests(dir.path)).toEqual(treeDigests({ x: "first" }));
  });

  test("lists more than a page on either side of the slash", async () => {
    await using bucket = await TestBucket.create();
    const tree = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [
        [`p${String.fromCharCode(0x2b + i)}`, `${i}`],
        [`p/${i}`, `s${i}`],
      ]).flat(),
    ) as Record<string, string>;
    delete tree["p/"];
    delete tree["p."];
    await plantObjects(bucket, tree);
    using dir = new TempDir();
    const input = { source: bucket.url("p"), target: dir.path, ...bucket.side("source") };
    const names = Object.keys(tree).map((key) => key.slice(1).replace(/^\//, ""));
    const summary = await sync({ ...input, maxKeys: 2 });
    expect(dir.files()).toEqual(Array.from(new Set(names)).sort());
    expect(summary.warnings).toBe(names.length - new Set(names).size);
  });
});

describe("a single local file as SOURCE", () => {
  test("goes below the prefix under its own name, alone", async () => {
    using dir = new TempDir();
    plant(dir, { "a.txt": "1", "a.txt.bak": "2", b: "3" });
    await using bucket = await TestBucket.create();
    const target = bucket.url("d/");
    const input = { source: dir.at("a.txt"), target, ...bucket.side("target") };
    expect(await sync(input)).toMatchObject({ transferredObjects: 1, ...fine });
    expect(await bucket.keys()).toEqual(["d/a.txt"]);
    expect(await sync(input)).toMatchObject({ transferredObjects: 0, skipped: 1, ...fine });
  });

  test("runs into a prefix without a slash", async () => {
    using dir = new TempDir();
    dir.write("a.txt", "1");
    await using bucket = await TestBucket.create();
    const input = { source: dir.at("a.txt"), target: bucket.url("p"), ...bucket.side("target") };
    await sync(input);
    expect(await bucket.keys()).toEqual(["pa.txt"]);
  });

  test("is refused with --delete", async () => {
    using dir = new TempDir();
    dir.write("a.txt", "1");
    await using bucket = await TestBucket.create();
    const input = { source: dir.at("a.txt"), target: bucket.url(), ...bucket.side("target") };
    expect(sync({ ...input, delete: true })).rejects.toMatchObject({ code: "usage" });
  });
});

describe("an exact key as SOURCE", () => {
  const tree = { "d/file.txt": "it", "d/file.txt.bak": "not it", "d/other": "nor this" };

  test("comes down alone, under its last name", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, tree);
    using dir = new TempDir();
    const source = bucket.url("d/file.txt");
    const input = { source, target: dir.path, ...bucket.side("source") };
    expect(await sync(input)).toMatchObject({ transferredObjects: 1, etagVerified: 1, ...fine });
    expect(fileDigests(dir.path)).toEqual(treeDigests({ "file.txt": "it" }));
    expect(await sync(input)).toMatchObject({ transferredObjects: 0, skipped: 1, ...fine });
  });

  test.each([false, true])("is copied alone (server side: %p)", async (serverSideCopy) => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, tree);
    await using to = await TestBucket.create();
    const summary = await sync({
      source: bucket.url("d/file.txt"),
      target: to.url("x/"),
      ...bucket.side("source"),
      ...to.side("target"),
      serverSideCopy,
    });
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, ...fine });
    expect(await objectDigests(to)).toEqual(treeDigests({ "x/file.txt": "it" }));
  });

  test("is refused with --delete", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, tree);
    using dir = new TempDir();
    const source = bucket.url("d/file.txt");
    const input = { source, target: dir.path, ...bucket.side("source"), delete: true };
    expect(sync(input)).rejects.toMatchObject({ code: "usage" });
  });

  needing("keeps an object and others below its name").test(
    "is a prefix if something lies below it: an object does not hide the others",
    async () => {
      const photos = { photos: "index", "photos/1.jpg": "1", "photos/a/2.jpg": "2" };
      await using bucket = await TestBucket.create();
      await plantObjects(bucket, photos);
      await using proxy = await listingAll(bucket, Object.keys(photos));
      using dir = new TempDir();
      const summary = await sync({
        source: bucket.url("photos"),
        target: dir.path,
        ...bucket.side("source"),
        sourceEndpointUrl: proxy.endpoint,
      });
      expect(summary).toMatchObject({ transferredObjects: 2, errors: 0 });
      expect(fileDigests(dir.path)).toEqual(treeDigests({ "1.jpg": "1", "a/2.jpg": "2" }));
    },
  );
});

needing("keeps an object and others below its name").describe(
  "a key that is both an object and a prefix",
  () => {
    const both = { a: "object", "a/b": "below", "a/c/d": "deeper", "a-z": "beside", z: "last" };

    /** A bucket of such keys, listed as S3 would. */
    async function open(): Promise<{
      bucket: TestBucket;
      stack: AsyncDisposableStack;
      url: string;
    }> {
      const stack = new AsyncDisposableStack();
      const bucket = stack.use(await TestBucket.create());
      await plantObjects(bucket, both);
      const proxy = stack.use(await listingAll(bucket, Object.keys(both)));
      return { bucket, stack, url: proxy.endpoint };
    }

    async function run(input: ConfigInput): Promise<{ warned: string[]; summary: object }> {
      const warned: string[] = [];
      const onEvent = (event: SyncEvent): void => {
        if (event.type === "warning") warned.push(event.key ?? "");
      };
      return { summary: await sync(input, { onEvent }), warned };
    }

    test("comes down as what is first in key order; each other gives a warning", async () => {
      const { bucket, stack, url } = await open();
      await using _open = stack;
      using dir = new TempDir();
      const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
      const { warned, summary } = await run({ ...input, sourceEndpointUrl: url });
      expect(summary).toMatchObject({ transferredObjects: 3, errors: 0, warnings: 2 });
      expect(warned).toEqual(["a/b", "a/c/d"]);
      expect(fileDigests(dir.path)).toEqual(
        treeDigests({ a: "object", "a-z": "beside", z: "last" }),
      );
    });

    test("comes down the same a second time, with --delete", async () => {
      const { bucket, stack, url } = await open();
      await using _open = stack;
      using dir = new TempDir();
      const side = { ...bucket.side("source"), sourceEndpointUrl: url, delete: true };
      const input = { source: bucket.url(), target: dir.path, ...side };
      await run(input);
      const { summary } = await run(input);
      expect(summary).toMatchObject({ transferredObjects: 0, deleted: 0, warnings: 2 });
      expect(dir.files()).toEqual(["a", "a-z", "z"]);
    });

    test.each([false, true])("is copied whole (server side: %p)", async (serverSideCopy) => {
      const { bucket, stack, url } = await open();
      await using _open = stack;
      await using to = await TestBucket.create();
      const { summary } = await run({
        source: bucket.url(),
        target: to.url(),
        ...bucket.side("source"),
        ...to.side("target"),
        sourceEndpointUrl: url,
        targetEndpointUrl: url,
        serverSideCopy,
      });
      expect(summary).toMatchObject({ transferredObjects: 5, etagVerified: 5, ...fine });
      for (const [key, content] of Object.entries(both)) {
        expect(new TextDecoder().decode(await to.get(key))).toBe(content);
      }
    });

    test("does not replace a local directory by a file, or a file by a directory", async () => {
      await using bucket = await TestBucket.create();
      await plantObjects(bucket, { a: "object", "f/below": "x" });
      using dir = new TempDir();
      plant(dir, { "a/kept": "kept", f: "kept too" });
      const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
      const { summary } = await run(input);
      expect(summary).toMatchObject({ transferredObjects: 0, errors: 0, warnings: 2 });
      expect(fileDigests(dir.path)).toEqual(treeDigests({ "a/kept": "kept", f: "kept too" }));
    });
  },
);

test("one exact key is copied within its bucket, also to below its own directory", async () => {
  await using bucket = await TestBucket.create();
  await plantObjects(bucket, { "d/a.txt": "x", "d/b.txt": "y" });
  const sides = { ...bucket.side("source"), ...bucket.side("target") };
  const input = { source: bucket.url("d/a.txt"), target: bucket.url("d/copies/"), ...sides };
  expect(await sync(input)).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
  expect(await bucket.keys()).toEqual(["d/a.txt", "d/b.txt", "d/copies/a.txt"]);
});
