/**
 * What there is to check about a key, of whatever kind the two sides are.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Directory, Entry, Gap, Listed, Special } from "../../src/core/entry.ts";
import { SyncError } from "../../src/core/errors.ts";
import { asKey } from "../../src/core/key.ts";
import { matterOf } from "../../src/diff/check-pair.ts";

const key = asKey("d/");

function object(size: number): Entry {
  const rest = { etag: undefined, storageClass: undefined, storeKey: undefined };
  return { kind: "object", key, size, mtimeMs: 0, ...rest };
}

const directory: Directory = { kind: "directory", key };
const fifo: Special = { kind: "special", key, what: "fifo" };
const link: Special = { kind: "special", key, what: "link" };
const linkAbove: Special = { kind: "special", key: asKey("above"), what: "link" };
const gap: Gap = { kind: "gap", key, error: new SyncError("access-denied", "no entry") };
const gapAbove: Gap = { ...gap, key: asKey("above/") };

/** What is told of a pair; both ways around, so that neither side is special. */
function told(one: Listed | undefined, other: Listed | undefined): readonly string[] {
  return [
    [one, other],
    [other, one],
  ].map(([source, target]) => {
    const matter = matterOf({ key, source, target });
    if (matter.kind !== "found") return matter.kind;
    const { standing } = matter;
    return `${standing.verdict}${"reason" in standing ? `: ${standing.reason}` : ""}`;
  });
}

describe("a key", () => {
  test("that both sides have is to be compared", () => {
    expect(told(object(1), object(2))).toEqual(["compare", "compare"]);
  });

  test("that one side has is only there", () => {
    expect(told(object(1), undefined)).toEqual(["only-in-source", "only-in-target"]);
  });

  test("of an empty object is the same as a directory, and of no other", () => {
    expect(told(object(0), directory)).toEqual(["same", "same"]);
    expect(told(object(3), directory)).toEqual([
      "differs: 3 bytes, and a directory in TARGET",
      "differs: 3 bytes, and a directory in SOURCE",
    ]);
  });

  test("whose place something else has on the other side differs", () => {
    expect(told(object(1), fifo)[0]).toBe("differs: a fifo in TARGET");
    expect(told(object(1), link)[1]).toBe("differs: a link in SOURCE");
  });

  test.each([gap, gapAbove])("that lies in a gap of the other side is not proven", (unknown) => {
    expect(told(object(1), unknown)).toEqual([
      "unproven: unknown in TARGET: no entry",
      "unproven: unknown in SOURCE: no entry",
    ]);
  });

  test("below a link is not proven: it may be there", () => {
    expect(told(object(1), linkAbove)[0]).toBe("unproven: below a link in TARGET");
  });

  test("of which nothing could be learned is not proven", () => {
    expect(told(gap, undefined)[0]).toBe("unproven: unknown in SOURCE: no entry");
    expect(told(fifo, undefined)[1]).toBe("unproven: a fifo in TARGET, no file");
  });

  test.each([
    ["a directory", directory, undefined],
    ["two", directory, directory],
    ["a link that leads nowhere", link, undefined],
    ["a directory in what is told above it", directory, gapAbove],
  ])("of %s is no matter of objects", (_, one, other) => {
    expect(told(one, other)).toEqual(["nothing", "nothing"]);
  });
});
