/**
 * The view in which keys lose one leading slash.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Entry } from "../../../src/core/entry.ts";
import { asKey, compareKeys, everything, inRange, type KeyRange } from "../../../src/core/key.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { withoutLeadingSlash } from "../../../src/store/wrap/without-leading-slash.ts";
import { never, objects, put, text } from "../../contract/subject.ts";

function storeOf(keys: readonly string[]): MemoryStore {
  const store = new MemoryStore();
  for (const key of keys) store.set(key, key);
  return store;
}

/** Key in the view, key in the store. */
function pairs(entries: readonly Entry[]): [string, string][] {
  return entries.map(({ key, storeKey }) => [key, storeKey ?? key]);
}

/** The same by taking the slash off every key and sorting everything. */
function model(keys: readonly string[], range: KeyRange): [string, string][] {
  const inOrder = [...new Set(keys)].toSorted(compareKeys);
  return inOrder
    .map((key): [string, string] => [key.startsWith("/") ? key.slice(1) : key, key])
    .filter(([shown]) => shown !== "" && inRange(asKey(shown), range))
    .toSorted(([a], [b]) => compareKeys(a, b));
}

const anyKey = fc
  .string({ unit: fc.constantFrom("/", "a", "b", "-", ".", "0", "\u{10ffff}"), maxLength: 5 })
  .filter((key) => key !== "");
const anyBound = fc.option(anyKey.map(asKey), { nil: undefined });
const anyRange: fc.Arbitrary<KeyRange> = fc.record({
  prefix: fc.oneof(
    fc.constant(asKey("")),
    anyKey.map((key) => asKey(key.slice(0, 2))),
  ),
  after: anyBound,
  until: anyBound,
});

describe("a view without leading slashes", () => {
  test("lists what taking the slashes off and sorting would give, for any keys and any range", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyKey, { maxLength: 30 }), anyRange, async (keys, range) => {
        const view = withoutLeadingSlash(storeOf(keys));
        expect(pairs(await objects(view, range))).toEqual(model(keys, range));
      }),
      { numRuns: 1000 },
    );
  });

  test("finds the first key of any range", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyKey, { maxLength: 30 }), anyRange, async (keys, range) => {
        const view = withoutLeadingSlash(storeOf(keys));
        const found: string | undefined = await view.firstKey?.(range, never);
        expect(found).toBe(model(keys, range)[0]?.[0]);
      }),
      { numRuns: 1000 },
    );
  });

  test("lists more than a page in order, slashed and plain keys mixed", async () => {
    const keys = Array.from(
      { length: 2500 },
      (_, index) => `${index % 3 === 0 ? "/" : ""}${String(index).padStart(5, "0")}`,
    );
    const view = withoutLeadingSlash(storeOf(keys));
    const pages = await Array.fromAsync(view.list(everything, never));
    expect(pages.flat()).toHaveLength(2500);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(1000);
    expect(pairs(await objects(view))).toEqual(model(keys, everything));
  });

  test("takes off one slash, not more", async () => {
    const view = withoutLeadingSlash(storeOf(["//a", "/b", "c/d", "/e/"]));
    expect(pairs(await objects(view))).toEqual([
      ["/a", "//a"],
      ["b", "/b"],
      ["c/d", "c/d"],
      ["e/", "/e/"],
    ]);
  });

  test("shows two objects of the same key, the one that was first in order first", async () => {
    const view = withoutLeadingSlash(storeOf(["a", "/a", "-", "/-"]));
    expect(pairs(await objects(view))).toEqual([
      ["-", "-"],
      ["-", "/-"],
      ["a", "/a"],
      ["a", "a"],
    ]);
  });

  test("leaves out the object whose whole key is the slash: nothing remains of it", async () => {
    expect(await objects(withoutLeadingSlash(storeOf(["/"])))).toEqual([]);
  });

  test("opens and removes an entry by the key in the store", async () => {
    const store = storeOf([]);
    await put(store, "/a", "slashed");
    await put(store, "a", "plain");
    const view = withoutLeadingSlash(store);
    const [first] = await objects(view);
    if (first === undefined) throw new Error("nothing is listed");
    const reader = await view.open(first, true, never);
    expect(Buffer.from(await reader.bytes(never)).toString()).toBe("slashed");
    await view.remove([first], never);
    expect(store.keys()).toEqual([asKey("a")]);
    expect(await text(store, "a")).toBe("plain");
  });
});
