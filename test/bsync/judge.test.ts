/**
 * What a two-way sync does about a key: the table of all cases.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { judge, type Step } from "../../src/bsync/judge.ts";
import type { Entry } from "../../src/core/entry.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import type { Known } from "../../src/state/index-db.ts";

const key = asKey("a");
const entry = (size: number, mtimeMs: number, etag?: string): Entry => ({
  ...{ kind: "object", key, size, mtimeMs, storageClass: undefined, storeKey: undefined },
  etag: etag === undefined ? undefined : parseETag(etag),
});
const past: Known = {
  ...{ key, size: 5, etag: "old", modifiedAt: 100 },
  file: { mtimeNs: 50_000_123_456n, inode: 1n },
};
const lostFacts: Known = { ...past, file: undefined };

const local = {
  none: undefined,
  same: entry(5, 50_000.123456),
  touched: entry(5, 99_000),
  changed: entry(6, 99_000),
};
const remote = {
  none: undefined,
  same: entry(5, 100_000, "old"),
  rewritten: entry(5, 900_000, "old"),
  changed: entry(5, 100_000, "new"),
};

type Case = [keyof typeof local, keyof typeof remote, Step["kind"]];

describe("of a key that is tracked", () => {
  test.each<Case>([
    ["same", "same", "nothing"],
    ["same", "rewritten", "nothing"],
    ["same", "changed", "download"],
    ["same", "none", "delete-local"],
    ["touched", "same", "look"],
    ["touched", "changed", "both"],
    ["touched", "none", "look-before-delete"],
    ["changed", "same", "upload"],
    ["changed", "rewritten", "upload"],
    ["changed", "changed", "both"],
    ["changed", "none", "upload"],
    ["none", "same", "delete-remote"],
    ["none", "rewritten", "delete-remote"],
    ["none", "changed", "download"],
    ["none", "none", "forget"],
  ])("local %s, remote %s: %s", (here, there, kind) => {
    expect(judge({ local: local[here], remote: remote[there], past }).kind).toBe(kind);
  });
});

describe("of a key that is not tracked", () => {
  test.each<Case>([
    ["same", "none", "upload"],
    ["none", "same", "download"],
    ["same", "same", "both"],
    ["none", "none", "nothing"],
  ])("local %s, remote %s: %s", (here, there, kind) => {
    expect(judge({ local: local[here], remote: remote[there], past: undefined }).kind).toBe(kind);
  });
});

describe("where nothing is known of the file any more", () => {
  test.each<Case>([
    ["same", "same", "look"],
    ["same", "changed", "both"],
    ["same", "none", "look-before-delete"],
    ["changed", "same", "upload"],
    ["none", "same", "delete-remote"],
  ])("local %s, remote %s: %s", (here, there, kind) => {
    expect(judge({ local: local[here], remote: remote[there], past: lostFacts }).kind).toBe(kind);
  });
});

test("an upload knows what it replaces, and a download, too", () => {
  expect(judge({ local: local.changed, remote: remote.same, past })).toMatchObject({
    replaces: remote.same,
  });
  expect(judge({ local: local.same, remote: remote.changed, past })).toMatchObject({
    replaces: local.same,
  });
});

test("another file of the same size and time is looked at", () => {
  const there = { local: { ...local.same, inode: 1 }, remote: remote.same, past };
  expect(judge(there).kind).toBe("nothing");
  expect(judge({ ...there, local: { ...local.same, inode: 2 } }).kind).toBe("look");
});

test("a file whose time differs by a microsecond is looked at", () => {
  expect(judge({ local: entry(5, 50_000.125), remote: remote.same, past }).kind).toBe("look");
});
