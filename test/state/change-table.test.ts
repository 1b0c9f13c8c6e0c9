/**
 * The file in which it is kept what a run did to each key.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import { type Change, ChangeTable } from "../../src/state/change-table.ts";
import { TempDir } from "../support/temp-dir.ts";

const trace = { size: 1, mtimeMs: 2.5, etag: parseETag("e"), versionId: undefined };

function change(key: string, more: Partial<Change> = {}): Change {
  return { key: asKey(key), before: undefined, backup: undefined, after: [trace], ...more };
}

function all(table: ChangeTable): Change[] {
  return [...table.newestFirst()].flat();
}

test("what was touched last comes first, however many there are", () => {
  using dir = new TempDir();
  using table = new ChangeTable(dir.path);
  const keys = Array.from({ length: 2500 }, (_, i) => `key ${i}`);
  for (const key of keys) table.put(key, change(key));
  table.put("key 7", change("key 7", { backup: "kept" }));
  table.put("key 9", undefined);
  const wanted = keys.filter((key) => key !== "key 7" && key !== "key 9").toReversed();
  expect(all(table).map(({ key }) => String(key))).toEqual(["key 7", ...wanted]);
  expect(table.count()).toEqual({ all: 2499, isNew: 2498 });
});

test("what it is given comes back as it was", () => {
  using dir = new TempDir();
  using table = new ChangeTable(dir.path);
  const changes = [
    change("a", { before: { ...trace, versionId: "1" }, after: [trace, undefined] }),
    change("b", { backup: "kept/b", after: [] }),
  ];
  for (const each of changes) table.put(each.key, each);
  expect(all(table)).toEqual(changes.toReversed());
  expect([table.get("a"), table.get("c")]).toEqual([changes[0], undefined]);
});

test("names of files that are no text are kept apart", () => {
  using dir = new TempDir();
  using table = new ChangeTable(dir.path);
  const keys = ["\udc80", "\udcff", "\u{1f600}", "a\u0000b", "a"];
  for (const key of keys) table.put(key, change(key));
  expect(all(table).map(({ key }) => String(key))).toEqual(keys.toReversed());
});

test("nothing of it is left", () => {
  using dir = new TempDir();
  {
    using table = new ChangeTable(dir.path);
    table.put("a", change("a"));
    expect(dir.files()).not.toEqual([]);
  }
  expect(dir.files()).toEqual([]);
});
