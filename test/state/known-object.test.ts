/**
 * When what is known of an object and its file still counts.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Entry } from "../../src/core/entry.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import {
  isMarked,
  isSameHead,
  isSameObject,
  isSettled,
  type KnownObject,
  markOf,
} from "../../src/state/known-object.ts";

const etag = parseETag("e");
const modifiedMs = 1_000_123;
const known: KnownObject = { key: asKey("a"), size: 3, etag, modifiedMs };
const shown = { size: 3, etag, mtimeMs: modifiedMs };
const others = [
  ["of another size", { size: 4 }],
  ["with another ETag", { etag: parseETag("f") }],
  ["without an ETag", { etag: undefined }],
  ["of another second", { mtimeMs: modifiedMs + 1000 }],
] as const;

describe("an object", () => {
  test("is the same with the same size, ETag and time", () => {
    expect(isSameObject(known, shown)).toBe(true);
    expect(isSameHead(known, shown)).toBe(true);
  });

  test.each(others)("is another one %s", (_what, other) => {
    expect(isSameObject(known, { ...shown, ...other })).toBe(false);
    expect(isSameHead(known, { ...shown, ...other })).toBe(false);
  });

  test("that was listed a millisecond later is another one, for HEAD the same", () => {
    expect(isSameObject(known, { ...shown, mtimeMs: modifiedMs + 1 })).toBe(false);
    expect(isSameHead(known, { ...shown, mtimeMs: 1_000_000 })).toBe(true);
  });

  test.each([
    [-2001, false],
    [-2000, true],
    [5000, true],
    [7000, true],
    [7001, false],
  ])(
    "that was written within five seconds and is shown %p ms after their beginning: %p",
    (ms, is) => {
      const written = { ...known, untilMs: modifiedMs + 5000 };
      expect(isSameObject(written, { ...shown, mtimeMs: modifiedMs + ms })).toBe(is);
      expect(isSameHead(written, { ...shown, mtimeMs: modifiedMs + ms })).toBe(is);
    },
  );
});

describe("a file", () => {
  const file: Entry = {
    ...{ kind: "object" as const, key: asKey("a"), size: 3, mtimeMs: 5, etag: undefined },
    ...{ inode: 7, ctimeMs: 9, storageClass: undefined, storeKey: undefined },
  };

  test("is marked by its number and both times", () => {
    expect(markOf(file)).toEqual({ inode: 7, mtimeMs: 5, ctimeMs: 9 });
    expect(markOf({ ...file, inode: undefined })).toBeUndefined();
  });

  test.each([{ inode: 8 }, { mtimeMs: 6 }, { ctimeMs: 10 }])(
    "is not as it was with %p",
    (other) => {
      const mark = { inode: 7, mtimeMs: 5, ctimeMs: 9 };
      expect(isMarked(mark, file)).toBe(true);
      expect(isMarked(mark, { ...file, ...other })).toBe(false);
    },
  );

  test("that was written less than two seconds ago may change without showing it", () => {
    const now = 10_000;
    expect(isSettled({ inode: 1, mtimeMs: 7999, ctimeMs: 7999 }, now)).toBe(true);
    expect(isSettled({ inode: 1, mtimeMs: 8000, ctimeMs: 8000 }, now)).toBe(false);
    // It was given an old time: whoever writes to it gives it a new one.
    expect(isSettled({ inode: 1, mtimeMs: 5000, ctimeMs: 9999 }, now)).toBe(true);
  });
});
