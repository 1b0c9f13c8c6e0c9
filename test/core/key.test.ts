/**
 * Keys: their order and their ranges.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import {
  asKey,
  baseName,
  compareKeys,
  everything,
  inRange,
  type KeyRange,
  only,
} from "../../src/core/key.ts";

/** Characters around every place where UTF-8 and UTF-16 order differ, and around `/`. */
const telling = fc.constantFrom(
  ...Array.from("\u0000\u0001 -./0aA~\u007f\u0080\u07ff\u0800\ud7ff\ue000\ufffd\uffff"),
  "\u{10000}",
  "\u{1f600}",
  "\u{10ffff}",
);
const anyKey = fc.oneof(
  fc.string({ unit: telling, maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe("compareKeys", () => {
  test("orders as the UTF-8 bytes do", () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(compareBytes(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test("puts characters beyond U+FFFF after U+E000 to U+FFFF, where JavaScript's < puts them before", () => {
    const astral = "\u{10000}";
    expect(astral < "\uffff").toBe(true);
    expect(compareKeys(astral, "\uffff")).toBeGreaterThan(0);
    expect(compareKeys(astral, "\ue000")).toBeGreaterThan(0);
    expect(compareKeys(astral, "\ud7ff")).toBeGreaterThan(0);
  });

  test("sorts a file, its neighbours and what lies in a directory of the same name as S3 does", () => {
    const keys = ["a0", "a/b", "a.txt", "a", "a-b", "a/"];
    expect(keys.toSorted(compareKeys)).toEqual(["a", "a-b", "a.txt", "a/", "a/b", "a0"]);
  });
});

describe("a range", () => {
  const bound = fc.option(anyKey.map(asKey), { nil: undefined });
  const anyRange: fc.Arbitrary<KeyRange> = fc.record({
    prefix: fc.string({ unit: telling, maxLength: 2 }).map(asKey),
    after: bound,
    until: bound,
  });

  test("holds the keys with its prefix, after its lower bound, up to and including its upper one", () => {
    fc.assert(
      fc.property(anyKey, anyRange, (key, range) => {
        const { prefix, after, until } = range;
        const wanted =
          Buffer.from(key).subarray(0, Buffer.byteLength(prefix)).equals(Buffer.from(prefix)) &&
          (after === undefined || compareBytes(key, after) === 1) &&
          (until === undefined || compareBytes(key, until) <= 0);
        expect(inRange(asKey(key), range)).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
  });

  test("of one key holds that key and no other, not even one that begins with it", () => {
    fc.assert(
      fc.property(anyKey, anyKey, (key, other) => {
        const range = only(asKey(key));
        expect(inRange(asKey(key), range)).toBe(true);
        expect(inRange(asKey(key + other), range)).toBe(other === "");
        expect(inRange(asKey(other), range)).toBe(other === key);
      }),
    );
  });

  test("of everything holds every key", () => {
    fc.assert(fc.property(anyKey, (key) => inRange(asKey(key), everything)));
  });
});

test.each([
  ["a/b/c.txt", "c.txt"],
  ["c.txt", "c.txt"],
  ["a/b/", ""],
  ["", ""],
])("the last component of %j is %j", (key, name) => {
  expect(baseName(key)).toBe(name);
});
