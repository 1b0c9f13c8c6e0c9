/**
 * A range that is worked through in several places at once: every key has its turn, once.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import {
  asKey,
  compareKeys,
  everything,
  inRange,
  type Key,
  type KeyRange,
} from "../../src/core/key.ts";
import { firstKeyOf } from "../../src/list/cut-places.ts";
import { Ranges, type RangesOptions } from "../../src/list/ranges.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { rejection } from "../core/rejection.ts";

const never = new AbortController().signal;

function storeOf(keys: readonly string[]): MemoryStore {
  const store = new MemoryStore("memory");
  for (const key of keys) store.set(asKey(key), new Uint8Array(0));
  return store;
}

/** A pause in which others get their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Seen {
  readonly keys: Key[];
  /** How many ranges were in work at the same time, at the most. */
  peak: number;
  ranges: number;
}

/** Lists in pages of a few keys, with a pause before each. */
async function goThrough(
  store: MemoryStore,
  {
    whole = everything,
    pageSize = 3,
    ...options
  }: Partial<RangesOptions> & {
    whole?: KeyRange;
    pageSize?: number;
  } = {},
): Promise<Seen> {
  const seen: Seen = { keys: [], peak: 0, ranges: 0 };
  let open = 0;
  const ranges = new Ranges({
    most: 4,
    firstKey: firstKeyOf(store),
    signal: never,
    leastKeys: 1,
    leastMs: 0,
    isIdle: () => true,
    ...options,
  });
  await ranges.run(whole, async (live) => {
    open += 1;
    seen.ranges += 1;
    seen.peak = Math.max(seen.peak, open);
    const { bounds } = live;
    const items = store
      .keys()
      .filter((key) => inRange(key, bounds))
      .map((key) => ({ key }));
    for (let at = 0; at < items.length; at += pageSize) {
      await turn();
      const page = items.slice(at, at + pageSize);
      const mine = live.claim(page);
      seen.keys.push(...mine.map(({ key }) => key));
      if (mine.length < page.length) break;
    }
    open -= 1;
  });
  return seen;
}

const anyKey = fc.string({
  unit: fc.constantFrom("a", "b", "z", "/", "-", "0", "9", "\u{e000}", "\u{ffff}", "\u{10000}"),
  minLength: 1,
  maxLength: 6,
});

describe("whatever the keys are,", () => {
  test("each has its turn exactly once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyKey, { maxLength: 80 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (keys, most, pageSize) => {
          const seen = await goThrough(storeOf(keys), { most, pageSize });
          expect(seen.keys.toSorted(compareKeys)).toEqual(keys.map(asKey).toSorted(compareKeys));
          expect(seen.peak).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("only those of the range have one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyKey, { maxLength: 60 }),
        anyKey,
        anyKey,
        async (keys, after, until) => {
          const whole = { prefix: asKey(""), after: asKey(after), until: asKey(until) };
          const seen = await goThrough(storeOf(keys), { whole });
          const wanted = keys.map(asKey).filter((key) => inRange(key, whole));
          expect(seen.keys.toSorted(compareKeys)).toEqual(wanted.toSorted(compareKeys));
        },
      ),
      { numRuns: 200 },
    );
  });
});

const shapes: readonly { shape: string; keyOf: (index: number) => string }[] = [
  { shape: "one flat prefix", keyOf: (i) => `photos/${String(i).padStart(9, "0")}.jpg` },
  { shape: "a folder each", keyOf: (i) => `data/${String(i).padStart(6, "0")}/part` },
  { shape: "hashes", keyOf: (i) => Bun.hash(String(i)).toString(16) },
  {
    shape: "names in another script",
    keyOf: (i) => `фото/${String.fromCodePoint(0x430 + (i % 32))}${i}`,
  },
  { shape: "a long common stem", keyOf: (i) => `${"x".repeat(600)}/${i}` },
];

describe.each([...shapes])("a long listing of $shape", ({ keyOf }) => {
  const keys = Array.from({ length: 3000 }, (_, index) => keyOf(index));

  test("is cut into as many ranges as may be in work", async () => {
    const seen = await goThrough(storeOf(keys), { most: 8, pageSize: 10 });
    expect(seen.keys).toHaveLength(keys.length);
    expect(seen.peak).toBe(8);
  });
});

describe("a listing is not cut", () => {
  const keys = Array.from({ length: 500 }, (_, index) => `k${index}`);

  test("when only one range may be in work", async () => {
    expect(await goThrough(storeOf(keys), { most: 1 })).toMatchObject({ ranges: 1 });
  });

  test("while the process is busy", async () => {
    expect(await goThrough(storeOf(keys), { isIdle: () => false })).toMatchObject({ ranges: 1 });
  });

  test("before it has shown to be long", async () => {
    expect(await goThrough(storeOf(keys), { leastKeys: 500 })).toMatchObject({ ranges: 1 });
  });

  test("where nobody can find keys without listing them", async () => {
    expect(await goThrough(storeOf(keys), { firstKey: undefined })).toMatchObject({ ranges: 1 });
  });

  test("when looking for a place fails: the listing itself will tell", async () => {
    const firstKey = (): Promise<never> => Promise.reject(new Error("no"));
    expect(await goThrough(storeOf(keys), { firstKey })).toMatchObject({ ranges: 1 });
  });
});

test("the first failure stops all ranges and is thrown when none is under way any more", async () => {
  const store = storeOf(Array.from({ length: 500 }, (_, index) => `k${index}`));
  let [open, begun] = [0, 0];
  const options = { most: 4, leastKeys: 1, leastMs: 0, isIdle: () => true, signal: never };
  const ranges = new Ranges({ ...options, firstKey: firstKeyOf(store) });
  const error = await rejection(
    ranges.run(everything, async (live, signal) => {
      open += 1;
      const number = ++begun;
      try {
        const items = store
          .keys()
          .filter((key) => inRange(key, live.bounds))
          .map((key) => ({ key }));
        for (const item of items) {
          await turn();
          signal.throwIfAborted();
          if (number === 3) throw new Error("the third");
          if (live.claim([item]).length === 0) return;
        }
      } finally {
        open -= 1;
      }
    }),
  );
  expect(error).toEqual(new Error("the third"));
  expect(open).toBe(0);
});
