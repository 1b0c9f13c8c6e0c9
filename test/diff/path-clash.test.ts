/**
 * Keys that cannot both be paths.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey, compareKeys, type Key } from "../../src/core/key.ts";
import { PathClashes } from "../../src/diff/path-clash.ts";

/** What stands in each key's way, as a watcher tells it. */
function watched(keys: readonly Key[]): (Key | undefined)[] {
  const clashes = new PathClashes();
  return keys.map((key) => clashes.check(key));
}

/** The same with all files remembered: a file blocks itself and everything below it. */
function model(keys: readonly Key[]): (Key | undefined)[] {
  const files: Key[] = [];
  return keys.map((key) => {
    const blocking = files.find((file) => key === file || key.startsWith(`${file}/`));
    if (blocking === undefined && !key.endsWith("/")) files.push(key);
    return blocking;
  });
}

const anyKey = fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "0"), maxLength: 7 });

describe("a clash", () => {
  test("is what a model that remembers every file finds", () => {
    fc.assert(
      fc.property(fc.array(anyKey, { maxLength: 40 }), (texts) => {
        const keys = texts.map(asKey).sort(compareKeys);
        expect(watched(keys)).toEqual(model(keys));
      }),
      { numRuns: 1000 },
    );
  });

  const rows: readonly (readonly [readonly string[], readonly (string | undefined)[]])[] = [
    [
      ["a", "a/b"],
      [undefined, "a"],
    ],
    [
      ["a", "a-b", "a/b"],
      [undefined, undefined, "a"],
    ],
    [
      ["a", "a/", "a/b"],
      [undefined, "a", "a"],
    ],
    [
      ["a/", "a/b"],
      [undefined, undefined],
    ],
    [
      ["a", "a"],
      [undefined, "a"],
    ],
    [
      ["a", "ab", "ab/c"],
      [undefined, undefined, "ab"],
    ],
    [
      ["a", "a/b", "a/b/c"],
      [undefined, "a", "a"],
    ],
    [
      ["a/b", "a/b/c", "a/c"],
      [undefined, "a/b", undefined],
    ],
  ];
  test.each(rows)("among %j: %j", (keys, wanted) => {
    expect(watched(keys.map(asKey))).toEqual(wanted as (Key | undefined)[]);
  });
});
