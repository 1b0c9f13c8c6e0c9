/**
 * Conflicts: who wins, and the name of what lost.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { conflictKeys, type Resolution, winnerOf } from "../../src/bsync/conflict.ts";
import type { Entry } from "../../src/core/entry.ts";
import { asKey } from "../../src/core/key.ts";

const at = (seconds: number, size = 1): Entry => ({
  ...{ kind: "object", key: asKey("a"), size, mtimeMs: seconds * 1000, etag: undefined },
  ...{ storageClass: undefined, storeKey: undefined },
});

describe("the winner", () => {
  test.each<[Resolution, Entry, Entry, "local" | "s3"]>([
    ["newer", at(2), at(1), "local"],
    ["newer", at(1), at(2), "s3"],
    ["newer", at(1.9), at(1), "s3"],
    ["older", at(1), at(2), "local"],
    ["older", at(1), at(1), "s3"],
    ["larger", at(1, 2), at(2, 1), "local"],
    ["larger", at(2, 1), at(1, 1), "local"],
    ["larger", at(1, 1), at(1, 1), "s3"],
    ["local", at(1), at(2), "local"],
    ["s3", at(2), at(1), "s3"],
  ])("by %s", (resolution, local, remote, winner) => {
    expect(winnerOf({ local, remote }, resolution, 0)).toBe(winner);
  });

  test("is found with the clocks set to one time", () => {
    // S3's clock is an hour ahead: what it says was written at 3610 s was written at our 10 s.
    expect(winnerOf({ local: at(20), remote: at(3610) }, "newer", 3_600_000)).toBe("local");
    expect(winnerOf({ local: at(20), remote: at(3610) }, "newer", 0)).toBe("s3");
  });
});

describe("the name of what lost", () => {
  const now = new Date("2026-11-29T10:20:30.456Z");
  const name = (key: string): string => conflictKeys(asKey(key), now).next().value;

  test.each([
    ["notes.txt", "notes.sync-conflict-20261129-102030.txt"],
    ["a/b.tar.gz", "a/b.tar.sync-conflict-20261129-102030.gz"],
    ["a.b/README", "a.b/README.sync-conflict-20261129-102030"],
    [".profile", ".profile.sync-conflict-20261129-102030"],
  ])("of %s", (key, expected) => {
    expect(name(key)).toBe(expected);
  });

  test("has a number if it is not the first", () => {
    const names = conflictKeys(asKey("a.b"), now);
    const first = "a.sync-conflict-20261129-102030";
    const found = [names.next().value, names.next().value, names.next().value].map(String);
    expect(found).toEqual([`${first}.b`, `${first}-2.b`, `${first}-3.b`]);
  });

  test("is never too long for a file system", () => {
    const long = name(`d/${"ä".repeat(125)}.txt`);
    const base = long.slice(2);
    expect(Buffer.byteLength(base)).toBeLessThanOrEqual(255);
    expect(base).toEndWith(".sync-conflict-20261129-102030.txt");
  });
});
