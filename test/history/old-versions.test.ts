/**
 * Which versions are old.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey } from "../../src/core/key.ts";
import type { Version } from "../../src/core/version.ts";
import { oldVersions } from "../../src/history/old-versions.ts";

/** `9v 5- 2v`: versions and markers with their times, newest first. */
function history(text: string): Version[] {
  return text.split(" ").map((item, at) => ({
    ...{ kind: "object", key: asKey("k"), size: 1, mtimeMs: Number.parseInt(item) },
    ...{ etag: undefined, storageClass: undefined, storeKey: undefined, versionId: item },
    isMarker: item.endsWith("-"),
    ...(at === 0 ? {} : { isLatest: false }),
  }));
}

function gone(text: string, sinceMs: number, last = 0): string {
  const { old, marker } = oldVersions(history(text), { sinceMs, last });
  const names = [...old, ...(marker === undefined ? [] : [marker])];
  return names.map(({ version }) => version.versionId).join(" ");
}

describe("what goes", () => {
  test.each([
    // What is there stays, however old it is.
    ["1v", 10, 0, ""],
    // Not its own age counts, but when it was replaced.
    ["9v 1v", 5, 0, ""],
    ["5v 1v", 5, 0, "1v"],
    ["9v 7v 4v 2v", 5, 0, "2v"],
    ["9v 7v 5v 2v", 5, 0, "2v"],
    // So many stay anyway; deletions do not count.
    ["4v 3v 2v 1v", 5, 1, "2v 1v"],
    ["4v 3v 2v 1v", 5, 9, ""],
    ["4v 3- 2v 1v", 5, 1, "1v"],
    // A deletion stays as long as anything does that it hides.
    ["4- 3v 2v", 5, 1, "2v"],
    ["9- 3v", 5, 0, ""],
    ["4- 3v 2- 1v", 5, 0, "3v 2- 1v 4-"],
    ["4-", 5, 0, "4-"],
    ["9-", 5, 0, ""],
    // A clock that went back keeps what it may.
    ["3v 9v 2v", 5, 0, ""],
  ] as const)("of %s, kept since %i and %i more, is %j", (text, since, last, wanted) => {
    expect(gone(text, since, last)).toBe(wanted);
  });

  test("is no deletion as long as the listing calls something current that it hides", () => {
    const versions = history("4- 3v 2v").map((version) => ({
      ...version,
      isLatest: version.versionId === "3v",
    }));
    const { old, marker } = oldVersions(versions, { sinceMs: 5, last: 0 });
    expect(old.map(({ version }) => version.versionId)).toEqual(["2v"]);
    expect(marker).toBeUndefined();
  });

  test("is never what was there within the period", () => {
    const item = fc.record({ time: fc.integer({ min: 1, max: 30 }), isMarker: fc.boolean() });
    const property = fc.property(
      fc.uniqueArray(item, { minLength: 1, maxLength: 8, selector: ({ time }) => time }),
      fc.integer({ min: 0, max: 31 }),
      fc.integer({ min: 0, max: 3 }),
      (items, since, last) => {
        const text = items
          .toSorted((a, b) => b.time - a.time)
          .map(({ time, isMarker }) => `${time}${isMarker ? "-" : "v"}`)
          .join(" ");
        const left = text
          .split(" ")
          .filter((it) => !gone(text, since, last).split(" ").includes(it));
        for (let time = since; time <= 31; time++)
          expect(heldAt(left, time)).toBe(heldAt(text.split(" "), time));
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

/** What was there at a time; a deletion is as nothing. */
function heldAt(items: readonly string[], time: number): string | undefined {
  const found = items.find((item) => Number.parseInt(item) <= time);
  return found?.endsWith("-") === true ? undefined : found;
}
