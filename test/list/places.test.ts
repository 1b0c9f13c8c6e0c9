/**
 * Single places of a store: what is listed there is what a whole listing shows there, and it takes few requests.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Listed } from "../../src/core/entry.ts";
import { asKey, everything, type KeyRange } from "../../src/core/key.ts";
import { listPlaces, type Places } from "../../src/list/places.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Store } from "../../src/store/store.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";

const never = new AbortController().signal;

/** Counts the pages that are asked for, and gives few keys in each. */
class Paged extends Wrapper {
  pages = 0;

  constructor(
    keys: readonly string[],
    private readonly size: number,
  ) {
    const store = new MemoryStore("memory");
    for (const key of keys) store.set(asKey(key), new Uint8Array(0));
    super(store);
  }

  override async *list(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    const items: Listed[] = [];
    for await (const page of this.inner.list(range, signal)) items.push(...page);
    for (let at = 0; at === 0 || at < items.length; at += this.size) {
      this.pages += 1;
      yield items.slice(at, at + this.size);
    }
  }
}

async function keysAt(store: Store, keys: readonly string[], prefixes: readonly string[] = []) {
  const places: Places = { keys: keys.map(asKey), prefixes };
  const found: string[] = [];
  for await (const page of listPlaces(store, places, never))
    found.push(...page.map((at) => at.key));
  return found;
}

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `d/${String(index).padStart(6, "0")}`);

describe("places of a store", () => {
  test("are shown as a whole listing shows them", async () => {
    const name = fc.stringMatching(/^[ab/.\-é𝒜]{1,5}$/u);
    const spot = fc.array(name, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        spot,
        spot,
        spot,
        fc.integer({ min: 1, max: 5 }),
        async (all, some, below, size) => {
          const store = new Paged(all, size);
          const whole: string[] = [];
          for await (const page of store.list(everything, never))
            whole.push(...page.map((at) => at.key));
          const roots = [...new Set(below.map((each) => `${each}/`))];
          const prefixes = roots.filter(
            (each) => !roots.some((other) => other !== each && each.startsWith(other)),
          );
          const keys = [...new Set(some)].filter(
            (key) => !prefixes.some((prefix) => key.startsWith(prefix)),
          );
          const expected = whole.filter(
            (key) => keys.includes(key) || prefixes.some((prefix) => key.startsWith(prefix)),
          );
          expect(await keysAt(store, keys, prefixes)).toEqual(expected);
        },
      ),
    );
  });

  test("take one request for one key", async () => {
    const store = new Paged(numbered(50_000), 1000);
    expect(await keysAt(store, ["d/025000"])).toEqual(["d/025000"]);
    expect(store.pages).toBe(1);
  });

  test("take one request for a key with what lies below it", async () => {
    const store = new Paged([...numbered(5000), "d/000007/x"], 1000);
    expect(await keysAt(store, ["d/000007"], ["d/000007/"])).toEqual(["d/000007", "d/000007/x"]);
    expect(store.pages).toBe(1);
  });

  test("take no more requests than there are keys, where they are far apart", async () => {
    const all = numbered(20_000);
    const wanted = all.filter((_, index) => index % 1000 === 7);
    const store = new Paged(all, 1000);
    expect(await keysAt(store, wanted)).toEqual(wanted);
    expect(store.pages).toBeLessThanOrEqual(wanted.length);
  });

  test("take a few pages, where 10,000 of them lie together", async () => {
    const all = numbered(20_000);
    const wanted = all.slice(3000, 13_000);
    const store = new Paged(all, 1000);
    expect(await keysAt(store, wanted)).toEqual(wanted);
    expect(store.pages).toBeLessThanOrEqual(32);
  });
});
