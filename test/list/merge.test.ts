/**
 * Two sorted listings become pairs of the same key.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Listed } from "../../src/core/entry.ts";
import { asKey, compareKeys } from "../../src/core/key.ts";
import { mergeListings, type Pair } from "../../src/list/merge.ts";
import { rejection } from "../core/rejection.ts";
import { directoryOf, gapOf, objectOf, Pages, specialOf } from "./listed.ts";

async function merge(source: Pages, target: Pages): Promise<Pair[]> {
  return (await Array.fromAsync(mergeListings(source, target))).flat();
}

/** A pair as the model and the merge both can say it: which item stands for which side. */
function told(pairs: readonly Pair[]): unknown[] {
  return pairs.map(({ key, source, target }) => ({ key, source, target }));
}

/** The same by gathering everything, the way nobody should do it. */
function model(source: readonly Listed[], target: readonly Listed[]): Pair[] {
  const keys = new Set([...source, ...target].map(({ key }) => key));
  return [...keys].sort(compareKeys).flatMap((key) => {
    const left = source.filter((item) => item.key === key);
    const right = target.filter((item) => item.key === key);
    return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => ({
      key,
      source: left[index] ?? gapAround(source, key),
      target: right[index] ?? gapAround(target, key),
    }));
  });
}

function gapAround(items: readonly Listed[], key: string): Listed | undefined {
  return items.find((item) => item.kind === "gap" && key.startsWith(below(item.key)));
}

/** What the keys begin with that are unknown with this one. */
function below(key: string): string {
  return key.endsWith("/") ? key : `${key}/`;
}

const anyKey = fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "0", "\uffff", "\u{1f600}") });
const anyItem = fc.tuple(anyKey, fc.constantFrom("object", "directory", "special", "gap", "tree"));

function itemOf([key, kind]: readonly [string, string]): Listed {
  if (kind === "tree") return gapOf(`${key}/`);
  if (kind === "gap") return gapOf(key);
  if (kind === "directory") return directoryOf(`${key}/`);
  return kind === "special" ? specialOf(key) : objectOf(key);
}

/** A listing as a store gives it: in order, and nothing below a gap. */
function listing(items: readonly Listed[]): Listed[] {
  const gaps = items.filter(({ kind }) => kind === "gap");
  return items
    .filter(({ key }) => !gaps.some((gap) => key !== gap.key && key.startsWith(below(gap.key))))
    .toSorted((a, b) => compareKeys(a.key, b.key));
}

function uniqueByKey(items: readonly Listed[]): Listed[] {
  return [...new Map(items.map((item) => [item.key, item])).values()];
}

/** Cuts a list into pages of the given lengths, in turn; 0 makes an empty page. */
function paged(items: readonly Listed[], lengths: readonly number[]): Listed[][] {
  const pages: Listed[][] = [];
  let at = 0;
  for (let turn = 0; at < items.length; turn++) {
    // Only empty pages would never come to an end.
    const length = turn > 100 ? items.length : (lengths[turn % lengths.length] ?? 1);
    pages.push(items.slice(at, at + length));
    at += length;
  }
  return lengths[0] === 0 ? [...pages, []] : pages;
}

const anyItems = fc.array(anyItem, { maxLength: 25 }).map((items) => items.map(itemOf));
const anyLengths = fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 5 });

describe("merging", () => {
  test("pairs as a model with everything in memory does, whatever the pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyItems.map((items) => listing(uniqueByKey(items))),
        anyItems.map((items) => listing(uniqueByKey(items))),
        anyLengths,
        anyLengths,
        async (left, right, cutLeft, cutRight) => {
          const pairs = await merge(
            new Pages(paged(left, cutLeft)),
            new Pages(paged(right, cutRight)),
          );
          expect(told(pairs)).toEqual(told(model(left, right)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("pairs a repeated key once and gives its repetition a pair of its own", async () => {
    const fewKeys = fc.constantFrom("a", "a-", "a/", "a/b", "b").map((key) => objectOf(key));
    const repeated = fc.array(fewKeys, { maxLength: 12 }).map(listing);
    await fc.assert(
      fc.asyncProperty(repeated, repeated, anyLengths, anyLengths, async (left, right, l, r) => {
        const pairs = await merge(new Pages(paged(left, l)), new Pages(paged(right, r)));
        expect(told(pairs)).toEqual(told(model(left, right)));
      }),
    );
  });

  test("of two empty listings yields no pairs", async () => {
    expect(await merge(new Pages([]), new Pages([[], [], []]))).toEqual([]);
  });

  test("yields keys in order", async () => {
    const keys = ["\u{1f600}", "\uffff", "b", "a/b", "a-", "a"];
    const items = keys.map((key) => objectOf(key)).toSorted((a, b) => compareKeys(a.key, b.key));
    const odd = items.filter((_, index) => index % 2 === 1);
    const even = items.filter((_, index) => index % 2 === 0);
    const pairs = await merge(new Pages([odd]), new Pages([even]));
    expect(pairs.map(({ key }) => key)).toEqual(keys.map(asKey).toSorted(compareKeys));
  });
});

describe("a gap", () => {
  test("stands for everything below it that its own side cannot list", async () => {
    const gap = gapOf("a/");
    const pairs = await merge(
      new Pages([[gap, objectOf("b")]]),
      new Pages([
        [objectOf("a"), objectOf("a/x"), objectOf("a/y/z"), objectOf("a0"), objectOf("b")],
      ]),
    );
    const sources = pairs.map(({ key, source }) => `${key} ${source?.kind ?? "absent"}`);
    expect(sources).toEqual([
      "a absent",
      "a/ gap",
      "a/x gap",
      "a/y/z gap",
      "a0 absent",
      "b object",
    ]);
  });

  test("of one key stands for that key and what may lie below it", async () => {
    const pairs = await merge(
      new Pages([[gapOf("a")]]),
      new Pages([[objectOf("a"), objectOf("a-"), objectOf("a/x"), objectOf("ab")]]),
    );
    const sources = pairs.map(({ key, source }) => `${key} ${source?.kind ?? "absent"}`);
    expect(sources).toEqual(["a gap", "a- absent", "a/x gap", "ab absent"]);
  });

  test("is not forgotten when another one lies between it and what is below it", async () => {
    const pairs = await merge(
      new Pages([[gapOf("a"), gapOf("a-")]]),
      new Pages([[objectOf("a"), objectOf("a-/x"), objectOf("a/x")]]),
    );
    expect(pairs.map(({ source }) => source?.kind)).toEqual(["gap", "gap", "gap", "gap"]);
  });

  test("holds across pages of both sides", async () => {
    const pairs = await merge(
      new Pages([[gapOf("a/")], [], [objectOf("b")]]),
      new Pages([[objectOf("a/1")], [], [objectOf("a/2")], [objectOf("a/3")]]),
    );
    expect(pairs.filter(({ source }) => source?.kind === "gap")).toHaveLength(4);
  });

  test("on one side leaves the other's gap alone", async () => {
    const [left, right] = [gapOf("a/"), gapOf("a/b/")];
    const pairs = await merge(new Pages([[left]]), new Pages([[right]]));
    expect(told(pairs)).toEqual([
      { key: asKey("a/"), source: left, target: undefined },
      { key: asKey("a/b/"), source: left, target: right },
    ]);
  });
});

describe("reading", () => {
  test("asks for the first page of each side, and for the next only when one is used up", async () => {
    const source = new Pages([[objectOf("z")], [objectOf("zz")]]);
    const target = new Pages(["a", "b", "c", "d"].map((key) => [objectOf(key)]));
    const batches = mergeListings(source, target);
    expect([source.asked, target.asked]).toEqual([0, 0]);
    for (let page = 1; page <= 4; page++) {
      const { value } = await batches.next();
      expect(value?.map(({ key }) => key)).toEqual([asKey("abcd".charAt(page - 1))]);
      expect([source.asked, target.asked]).toEqual([1, page]);
    }
    await batches.next();
    expect([source.asked, target.asked]).toEqual([1, 4]);
    await batches.next();
    expect([source.asked, target.asked]).toEqual([2, 4]);
    await batches.return();
  });

  test("closes both listings when nobody wants more", async () => {
    const [source, target] = [new Pages([[objectOf("a")], []]), new Pages([[objectOf("b")], []])];
    for await (const _batch of mergeListings(source, target)) break;
    expect([source.closed, target.closed]).toEqual([true, true]);
  });

  test.each(["source", "target"])(
    "fails as soon as the %s fails, and closes the other",
    async (bad) => {
      const failure = new Error("the listing broke");
      const failing = new Pages([[objectOf("a")]], failure);
      const sound = new Pages([[objectOf("a")], [objectOf("b")], [objectOf("c")]]);
      const batches =
        bad === "source" ? mergeListings(failing, sound) : mergeListings(sound, failing);
      const seen: string[] = [];
      const readAll = async (): Promise<void> => {
        for await (const batch of batches) seen.push(...batch.map(({ key }) => key));
      };
      expect(await rejection(readAll())).toBe(failure);
      expect(seen).toEqual(["a"]);
      expect(sound.closed).toBe(true);
    },
  );
});
