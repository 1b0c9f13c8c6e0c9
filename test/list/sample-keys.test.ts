/**
 * Where keys are cut into ranges of about as many each: by looking here and there, or by counting.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey, compareKeys, inRange, type Key, type KeyRange } from "../../src/core/key.ts";
import { balancedCuts, type Weighed } from "../../src/list/balance.ts";
import { KeyCount } from "../../src/list/count-keys.ts";
import { rangeBetween } from "../../src/list/cut-keys.ts";
import { sampleKeys } from "../../src/list/sample-keys.ts";

const never = new AbortController().signal;

/** Keys in order, asked for like a bucket's, and what that took. */
class Keys {
  pages = 0;
  probes = 0;

  constructor(
    readonly all: readonly Key[],
    private readonly pageSize = 1000,
  ) {}

  async *list(range: KeyRange) {
    for (let at = this.first(range); at < this.all.length; at += this.pageSize) {
      this.pages += 1;
      const page = this.all.slice(at, at + this.pageSize);
      const own = page.filter((key) => inRange(key, range));
      yield own.map((key) => {
        const rest = { size: 0, mtimeMs: 0, etag: undefined, storageClass: undefined };
        return { kind: "object" as const, key, ...rest, storeKey: undefined };
      });
      if (own.length < page.length || at + this.pageSize >= this.all.length) return;
    }
  }

  firstKey = async (range: KeyRange): Promise<Key | undefined> => {
    this.probes += 1;
    const key = this.all[this.first(range)];
    return key !== undefined && inRange(key, range) ? key : undefined;
  };

  private first({ after, prefix }: KeyRange): number {
    const isBefore = (key: Key): boolean =>
      compareKeys(key, prefix) < 0 || (after !== undefined && compareKeys(key, after) <= 0);
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const key = this.all[middle];
      if (key !== undefined && isBefore(key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sorted(count: number, name: (at: number) => string): Key[] {
  return Array.from({ length: count }, (_, at) => asKey(name(at))).toSorted(compareKeys);
}

/** How many keys each range has. */
function sizes(all: readonly Key[], cuts: readonly Key[]): number[] {
  const counts = Array.from({ length: cuts.length + 1 }, () => 0);
  let range = 0;
  for (const key of all) {
    while (range < cuts.length && compareKeys(key, cuts[range] ?? "") > 0) range += 1;
    counts[range] = (counts[range] ?? 0) + 1;
  }
  return counts;
}

/** As two million are in pages of 1,000. */
const [count, pageSize] = [200_000, 100];
const shapes: readonly (readonly [string, (at: number) => string])[] = [
  ["numbered", (at) => `img_${String(at).padStart(9, "0")}.jpg`],
  ["hashed", (at) => Bun.hash.xxHash64(`${at}`).toString(16).padStart(16, "0")],
  [
    "dated folders",
    (at) => `logs/20${10 + (at % 15)}/${String(1 + (at % 12)).padStart(2, "0")}/${at}.gz`,
  ],
  [
    "one huge folder beside small ones",
    (at) => (at % 10 === 0 ? `f${at % 1000}/x` : "m/data/") + at,
  ],
  ["numbers of several lengths", (at) => `user/${at}/profile.json`],
];

describe("keys that are looked at here and there", () => {
  test.each(shapes)(
    "%s: the longest of 16 ranges is at most 1.2 times as long as the others, by half of the pages or fewer",
    async (_, name) => {
      const keys = new Keys(sorted(count, name), pageSize);
      const weighed = await sampleKeys(keys, 1 / 128, never);
      const cuts = balancedCuts(weighed, 16) ?? [];
      const found = sizes(keys.all, cuts);
      expect(found).toHaveLength(16);
      expect(Math.max(...found)).toBeLessThan((1.2 * count) / 16);
      expect(keys.pages).toBeLessThan(count / pageSize / 2);
    },
    20_000,
  );

  test("are counted exactly where they are few", async () => {
    const keys = new Keys(sorted(1900, (at) => `k${at}`));
    const weighed = await sampleKeys(keys, 1 / 128, never);
    const found = sizes(keys.all, balancedCuts(weighed, 19) ?? []);
    expect(new Set(found)).toEqual(new Set([100]));
  });
});

describe("keys that are counted", () => {
  test("are cut into ranges whose lengths differ by what one remembered key stands for", () => {
    const all = sorted(50_000, (at) => `k${at}`);
    const counter = new KeyCount(1000);
    // As two listings at the same time.
    const halves = [all.slice(0, 30_000), all.slice(30_000)].map((keys) => ({
      keys,
      count: counter.range(),
    }));
    for (let at = 0; at < 30_000; at++) {
      for (const half of halves) {
        const key = half.keys[at];
        if (key !== undefined) half.count.take(key);
      }
    }
    for (const half of halves) half.count.end();
    const weighed = counter.weighed();
    expect(weighed.length).toBeLessThan(1002);
    expect(weighed.reduce((sum, { keys }) => sum + keys, 0)).toBe(50_000);
    const found = sizes(all, balancedCuts(weighed, 8) ?? []);
    expect(Math.max(...found) - Math.min(...found)).toBeLessThan(50_000 / 8 / 10);
  });
});

describe("cuts", () => {
  test("are in order, one fewer than ranges, and leave no range without a key", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 2, max: 60 }), (keys, ranges) => {
        const weighed: Weighed[] = keys.map((each, at) => ({
          key: asKey(String(at).padStart(3, "0")),
          keys: each,
        }));
        const cuts = balancedCuts(weighed, ranges);
        if (ranges > keys.length) return expect(cuts).toBeUndefined();
        expect(cuts).toHaveLength(ranges - 1);
        const all = weighed.flatMap(({ key }) => key ?? []);
        for (let number = 1; number <= ranges; number++) {
          const range = rangeBetween(cuts ?? [], number);
          expect(all.some((key) => inRange(key, range))).toBe(true);
        }
        return undefined;
      }),
    );
  });

  test("are as near as can be to equal shares", () => {
    const weighed = Array.from({ length: 100 }, (_, at) => ({
      key: asKey(String(at).padStart(3, "0")),
      keys: 10,
    }));
    expect(balancedCuts(weighed, 4) as string[] | undefined).toEqual(["024", "049", "074"]);
  });
});
