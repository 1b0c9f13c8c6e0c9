/**
 * Two sorted listings become one.
 *
 * @module
 */
import { expect, test } from "bun:test";

import fc from "fast-check";

import type { Listed } from "../../src/core/entry.ts";
import { compareKeys } from "../../src/core/key.ts";
import { mergeSorted } from "../../src/list/merge-sorted.ts";
import { objectOf } from "./listed.ts";

async function* pagesOf(pages: readonly (readonly Listed[])[]): AsyncGenerator<readonly Listed[]> {
  yield* pages;
}

/** Cuts a sorted list into pages. */
function cut(keys: readonly string[], size: number, bytes: number): Listed[][] {
  const sorted = keys.toSorted(compareKeys).map((key) => objectOf(key, { size: bytes }));
  const count = Math.ceil(sorted.length / size);
  return Array.from({ length: count }, (_, at) => sorted.slice(at * size, (at + 1) * size));
}

async function merged(...given: Parameters<typeof mergeSorted>): Promise<Listed[]> {
  return (await Array.fromAsync(mergeSorted(...given))).flat();
}

test("all of both is there once, in order, whatever the pages", async () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 30 });
  const size = fc.integer({ min: 1, max: 8 });
  await fc.assert(
    fc.asyncProperty(keys, keys, size, size, async (some, more, a, b) => {
      const left = pagesOf([[], ...cut(some, a, 1), []]);
      const items = await merged(left, pagesOf(cut(more, b, 2)));
      const wanted = [...new Set([...some, ...more])].toSorted(compareKeys);
      expect(items.map(({ key }) => String(key))).toEqual(wanted);
      const ofFirst = items.filter((item) => item.kind === "object" && item.size === 1);
      expect(ofFirst).toHaveLength(some.length);
    }),
  );
});

test("of a key that both have, that of the second is taken if it wins", async () => {
  const [left, right] = [cut(["a", "b", "c"], 2, 1), cut(["a", "b"], 2, 2)];
  const items = await merged(pagesOf(left), pagesOf(right), ({ key }) => key === "b");
  expect(items.map((item) => [item.key, item.kind === "object" ? item.size : 0])).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 1],
  ] as never);
});

test("pages that nothing lies between pass as they are", async () => {
  const page = cut(["b", "c"], 2, 1)[0] ?? [];
  const pages = await Array.fromAsync(mergeSorted(pagesOf([page]), pagesOf(cut(["x"], 1, 2))));
  expect(pages[0]).toBe(page);
});
