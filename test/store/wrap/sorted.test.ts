/**
 * The view in which an unordered listing is ordered, by way of the disk.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import type { Listed } from "../../../src/core/entry.ts";
import { parseETag } from "../../../src/core/etag.ts";
import { compareKeys, everything } from "../../../src/core/key.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { sorted } from "../../../src/store/wrap/sorted.ts";
import { Wrapper } from "../../../src/store/wrap/wrapper.ts";
import { never } from "../../contract/subject.ts";
import { rejection } from "../../core/rejection.ts";
import { gapOf, objectOf } from "../../list/listed.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { run, storeOf } from "../../sync/run.ts";
import { canMount, SmallDisk } from "../local/small-disk.ts";

/** A store that lists exactly this. */
function listing(...pages: readonly (readonly Listed[])[]): Wrapper {
  return new (class extends Wrapper {
    override async *list(): AsyncGenerator<readonly Listed[], void, undefined> {
      yield* pages;
    }
  })(new MemoryStore());
}

async function listedBy(store: Wrapper, tempDir: string): Promise<Listed[]> {
  return (await Array.fromAsync(sorted(store, tempDir).list(everything, never))).flat();
}

describe("a sorted listing", () => {
  test("has every object with all that is known of it, in the order of the keys' bytes", async () => {
    using dir = new TempDir();
    const [a, b] = [
      objectOf("a", { size: 2 ** 40, mtimeMs: 1.5, etag: parseETag("x"), storageClass: "S" }),
      objectOf("b"),
    ];
    expect(await listedBy(listing([b], [a]), dir.path)).toEqual([a, b]);
  });

  test("is that of the same keys in whatever order they come", async () => {
    using dir = new TempDir();
    const keys = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 9 }), async (given, size) => {
        const all = given.filter((key) => key.isWellFormed()).map((key) => objectOf(key));
        const pages = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
          all.slice(index * size, (index + 1) * size),
        );
        const wanted = all.map(({ key }) => key).toSorted(compareKeys);
        const found = await listedBy(listing(...pages), dir.path);
        expect(found.map(({ key }) => key)).toEqual(wanted);
      }),
      { numRuns: 50 },
    );
  });

  test("leaves nothing on the disk: at its end, when it is left early, when the inner one fails", async () => {
    using dir = new TempDir();
    await listedBy(listing([objectOf("a")]), dir.path);
    const many = Array.from({ length: 3000 }, (_, index) => objectOf(`k${index}`));
    for await (const page of sorted(listing(many), dir.path).list(everything, never)) {
      expect(page).toHaveLength(1000);
      break;
    }
    const failing = new (class extends Wrapper {
      override async *list(): AsyncGenerator<readonly Listed[], void, undefined> {
        yield [objectOf("a")];
        throw new Error("no more");
      }
    })(new MemoryStore());
    await rejection(listedBy(failing, dir.path));
    expect(fs.readdirSync(dir.path)).toEqual([]);
  });

  test("refuses a key that comes twice: nobody knows which one is meant", async () => {
    using dir = new TempDir();
    const twice = listing([objectOf("a")], [objectOf("a", { size: 1 })]);
    expect(await rejection(listedBy(twice, dir.path))).toMatchObject({
      code: "protocol",
      key: "a",
    });
  });

  test("still tells of what could not be listed", async () => {
    using dir = new TempDir();
    const gap = gapOf("");
    const found = await listedBy(listing([objectOf("b"), gap], [objectOf("a")]), dir.path);
    expect(found).toEqual([gap, objectOf("a"), objectOf("b")]);
  });

  test("says where there is no room for it", async () => {
    const error = await rejection(listedBy(listing([objectOf("a")]), "/nowhere"));
    expect(error).toMatchObject({ code: "file-system", path: "/nowhere" });
    expect(error).toMatchObject({ hint: "Name a directory with room for it: --temp-dir." });
  });

  test.if(canMount)("says so when the disk is full", async () => {
    using disk = new SmallDisk("1m");
    const many = Array.from({ length: 50_000 }, (_, index) =>
      objectOf(`${"x".repeat(200)}${index}`),
    );
    const error = await rejection(listedBy(listing(many), disk.path));
    expect(error).toMatchObject({ code: "disk-full", path: disk.path });
  });

  test("cannot be cut into ranges: each would read all of it", () => {
    expect(sorted(listing(), "/tmp").capabilities).toMatchObject({
      ordered: true,
      cheapRanges: false,
    });
  });

  test("makes a bucket that knows no order a side of a run, deletions included", async () => {
    using dir = new TempDir();
    const inner = storeOf({ "b/2": "x", "b/1": "x", a: "x", "b-": "x" });
    const disordered = new (class extends Wrapper {
      override async *list(
        ...given: Parameters<Wrapper["list"]>
      ): AsyncGenerator<readonly Listed[], void, undefined> {
        for await (const page of this.inner.list(...given)) yield page.toReversed();
      }
    })(inner);
    const source = storeOf({ "b/2": "x", "b/3": "x", a: "x" }, 1);
    const told = await run(source, sorted(disordered, dir.path), { deletes: true });
    expect(told.keys("synced")).toEqual(["b/3"]);
    expect(told.keys("deleted")).toEqual(["b-", "b/1"]);
  });
});
