/**
 * What a run does: what is missing, newer or of another size is transferred, and nothing else.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey, compareKeys } from "../../src/core/key.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { patterned } from "../contract/subject.ts";
import { contents, run, storeOf } from "./run.ts";

const second = 1000;

describe("a run", () => {
  test("transfers what is missing, verified, and says so", async () => {
    const [source, target] = [storeOf({ a: "1", "b/c": "22" }), storeOf({})];
    const told = await run(source, target);
    expect(contents(target)).toEqual({ a: "1", "b/c": "22" });
    expect(told.summary).toMatchObject({
      transferredObjects: 2,
      transferredBytes: 3,
      etagVerified: 2,
      notVerified: 0,
      skipped: 0,
      deleted: 0,
      errors: 0,
      warnings: 0,
      dryRun: false,
      interrupted: false,
    });
  });

  test("transfers what has another size, however new the target is", async () => {
    const [source, target] = [storeOf({ a: "long" }, 1), storeOf({ a: "old" }, 9e12)];
    expect((await run(source, target)).keys("synced")).toEqual(["a"]);
    expect(contents(target)).toEqual({ a: "long" });
  });

  test.each([
    [2 * second, 1 * second, true],
    [2 * second, 2 * second - 1, true],
    [2 * second + 999, 2 * second, false],
    [2 * second, 2 * second, false],
    [1 * second, 2 * second, false],
  ])("of the same size, from %d ms to %d ms, is transferred: %p", async (from, to, transferred) => {
    const [source, target] = [storeOf({ a: "new" }, from), storeOf({ a: "old" }, to)];
    const told = await run(source, target);
    expect(told.keys("synced")).toEqual(transferred ? ["a"] : []);
    expect(told.keys("skipped")).toEqual(transferred ? [] : ["a"]);
    expect(contents(target)).toEqual({ a: transferred ? "new" : "old" });
  });

  test("a second time does nothing", async () => {
    const source = storeOf({ a: "1", b: "", "c/d": patterned(5000), "c/": "" });
    const target = storeOf({ b: "x" });
    await run(source, target, { deletes: true });
    const again = await run(source, target, { deletes: true });
    expect(again.summary).toMatchObject({
      transferredObjects: 0,
      transferredBytes: 0,
      deleted: 0,
      skipped: 4,
      errors: 0,
      warnings: 0,
    });
  });

  test("leaves alone what only the target has, unless it is to delete", async () => {
    const target = storeOf({ b: "b" });
    await run(storeOf({ a: "a" }), target);
    expect(contents(target)).toEqual({ a: "a", b: "b" });
    await run(storeOf({ a: "a" }), target, { deletes: true });
    expect(contents(target)).toEqual({ a: "a" });
  });

  test("of nothing to nothing is fine", async () => {
    const told = await run(storeOf({}), storeOf({}), { deletes: true });
    expect(told.summary).toMatchObject({ transferredObjects: 0, errors: 0, warnings: 0 });
    expect(told.events.map(({ type }) => type)).toEqual(["start", "listing-complete", "end"]);
  });

  test("is about its range only, on both sides", async () => {
    const target = storeOf({ "in/old": "x", "out/old": "x" });
    const source = storeOf({ "in/new": "x", "out/new": "x" });
    const range = { prefix: asKey("in/"), after: undefined, until: undefined };
    const told = await run(source, target, { range, deletes: true });
    expect(told.keys("deleted")).toEqual(["in/old"]);
    expect(target.keys()).toEqual(["in/new", "out/old"].map(asKey));
  });

  test("carries attributes along", async () => {
    const attributes = { contentType: "text/plain", metadata: { a: "b" } };
    const [source, target] = [new MemoryStore(), new MemoryStore()];
    source.set("small", "x", attributes);
    source.set("large", patterned(5000), attributes);
    await run(source, target);
    for (const key of ["small", "large"]) {
      expect((await target.head(asKey(key)))?.attributes).toEqual(attributes);
    }
  });
});

describe("whatever the two sides hold,", () => {
  const anyKey = fc.string({
    unit: fc.constantFrom("a", "b", "/", "-", "\uffff", "\u{1f600}"),
    minLength: 1,
    maxLength: 4,
  });
  const anyStore = fc.dictionary(
    anyKey,
    fc.tuple(
      fc.constantFrom("", "1", "x", "22", "y".repeat(1200)),
      fc.constantFrom(1000, 1999, 2000, 5000),
    ),
    { maxKeys: 15, noNullPrototype: true },
  );

  /** A store whose objects have each a time of their own. */
  function timed(objects: Record<string, [string, number]>): MemoryStore {
    let now = 0;
    const store = new MemoryStore("memory:", () => now);
    for (const [key, [content, time]] of Object.entries(objects)) {
      now = time;
      store.set(key, content);
    }
    now = 1e12;
    return store;
  }

  test("the target ends as the rules say, and a second run does nothing", async () => {
    await fc.assert(
      fc.asyncProperty(anyStore, anyStore, fc.boolean(), async (from, to, deletes) => {
        const [source, target] = [timed(from), timed(to)];
        const told = await run(source, target, { deletes });

        const wanted: Record<string, string> = {};
        for (const [key, [content]] of Object.entries(to)) {
          if (key in from || !deletes) wanted[key] = content;
        }
        for (const [key, [content, time]] of Object.entries(from)) {
          const [old, oldTime] = to[key] ?? [];
          const sameSize = old?.length === content.length;
          const isNewer = Math.floor(time / 1000) > Math.floor((oldTime ?? 0) / 1000);
          if (!sameSize || isNewer) wanted[key] = content;
        }
        expect(contents(target)).toEqual(wanted);
        expect(told.summary).toMatchObject({ errors: 0, warnings: 0 });
        const { transferredObjects, etagVerified, skipped } = told.summary;
        expect(etagVerified).toBe(transferredObjects);
        expect(transferredObjects + skipped).toBe(Object.keys(from).length);

        const again = await run(source, target, { deletes });
        expect(again.summary).toMatchObject({ transferredObjects: 0, deleted: 0 });
      }),
      { numRuns: 150 },
    );
  });
});

describe("events", () => {
  test("begin with the start, end with the summary, and tell the way of each object in order", async () => {
    const told = await run(storeOf({ a: "123" }), storeOf({}));
    const inOrder = told.events.filter(({ type }) => type !== "listing-complete");
    expect(inOrder).toMatchObject([
      { type: "start", route: "copy", dryRun: false },
      { type: "listed", side: "source", items: 1 },
      { type: "queued", key: "a", size: 3 },
      { type: "started", key: "a", size: 3 },
      { type: "moved", key: "a", bytes: 3 },
      { type: "synced", key: "a", size: 3, target: "a", sourceMtimeMs: 1_000_000, dryRun: false },
      { type: "verified", key: "a" },
      { type: "end" },
    ]);
  });

  test("of parts add up to the object", async () => {
    const told = await run(storeOf({ a: patterned(5000) }), storeOf({}));
    const moved = told.events.flatMap((event) => (event.type === "moved" ? [event.bytes] : []));
    expect(moved).toHaveLength(13);
    expect(moved.reduce((sum, bytes) => sum + bytes, 0)).toBe(5000);
  });

  test("count what the summary counts", async () => {
    const source = storeOf({ a: "1", b: "2", c: "3" });
    const target = storeOf({ b: "2", d: "4" });
    const told = await run(source, target, { deletes: true });
    expect(told.summary).toMatchObject({
      transferredObjects: told.keys("synced").length,
      etagVerified: told.keys("verified").length,
      skipped: told.keys("skipped").length,
      deleted: told.keys("deleted").length,
    });
    expect(told.events.at(-1)).toMatchObject({ type: "end", summary: told.summary });
  });
});

test("transfers begin with the first page, before the last one is listed", async () => {
  const keys = Array.from({ length: 3000 }, (_, index) => `k${String(index).padStart(5, "0")}`);
  const source = storeOf(Object.fromEntries(keys.map((key) => [key, "x"])));
  const told = await run(source, storeOf({}));
  const firstSynced = told.events.findIndex(({ type }) => type === "synced");
  const complete = told.events.findIndex(({ type }) => type === "listing-complete");
  expect(firstSynced).toBeLessThan(complete);
  expect(told.keys("synced").toSorted(compareKeys)).toEqual(keys);
});
