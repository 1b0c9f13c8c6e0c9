/**
 * The index of earlier runs.
 *
 * @module
 */
import { expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { asKey, compareKeys } from "../../src/core/key.ts";
import { Index, type Known } from "../../src/state/index-db.ts";
import { canMount, mountNeeds, SmallDisk } from "../store/local/small-disk.ts";
import { TempDir } from "../support/temp-dir.ts";

const known = (key: string, size = 1): Known => ({
  ...{ key: asKey(key), size, etag: "e", modifiedAt: 7 },
  file: { mtimeNs: 1_700_000_000_123_456_789n, inode: 2n ** 62n },
});

test.skipIf(!canMount)(`on a full disk says what it cannot write (${mountNeeds})`, () => {
  using disk = new SmallDisk("256k");
  const file = path.join(disk.path, "index");
  using index = new Index(file);
  const fill = (): void => {
    for (let at = 0; at < 100_000; at++) index.put("p", known(`${at}`));
  };
  expect(fill).toThrow(`cannot write ${file}: database or disk is full`);
});

test("gives back what it was told, to the nanosecond", () => {
  using dir = new TempDir();
  const file = dir.at("index");
  {
    using index = new Index(file);
    expect(index.isNew).toBe(true);
    index.put("p", known("a"));
    index.put("p", { ...known("b"), versionId: "v", file: undefined });
    index.setFact("base", "x");
  }
  using index = new Index(file);
  expect(index.isNew).toBe(false);
  expect(index.get("p", asKey("a"))).toEqual(known("a"));
  expect(index.get("p", asKey("b"))).toEqual({ ...known("b"), versionId: "v", file: undefined });
  expect(index.get("q", asKey("a"))).toBeUndefined();
  expect(index.fact("base")).toBe("x");
});

test("takes the numbers and times that only odd file systems have", () => {
  using dir = new TempDir();
  using index = new Index(dir.at("index"));
  const odd = { ...known("a"), file: { mtimeNs: -5n, inode: 2n ** 64n - 3n } };
  index.put("p", odd);
  expect(index.get("p", asKey("a"))).toEqual(odd);
  // A time of the year 2500 is not kept as it is: such a file is read each time.
  index.put("p", { ...odd, file: { mtimeNs: 2n ** 63n + 7n, inode: 1n } });
  expect(index.count("p")).toBe(1);
});

test("is for nobody else to read", () => {
  using dir = new TempDir();
  using index = new Index(dir.at("index"));
  index.put("p", known("a"));
  const modes = dir.files().map((name) => fs.statSync(dir.at(name)).mode & 0o777);
  expect(modes).toEqual(modes.map(() => 0o600));
});

test("lists a place in the order of its keys' bytes", () => {
  using dir = new TempDir();
  using index = new Index(dir.at("index"));
  const keys = ["b", "a/b", "a-b", "a", "\u{1f600}", "\ue000", "ä", "A"];
  index.together(() => keys.forEach((key) => index.put("p", known(key))));
  index.put("q", known("other"));
  const listed = [...index.all("p")].map(({ key }) => key);
  expect(listed).toEqual(keys.map((key) => asKey(key)).toSorted(compareKeys));
  expect(index.count("p")).toBe(keys.length);
});

test("what is not to change does not, whatever is done meanwhile", () => {
  using dir = new TempDir();
  const file = dir.at("index");
  {
    using absent = new Index(file, false);
    absent.put("p", known("a"));
    expect(absent.count("p")).toBe(1);
    expect(dir.files()).toEqual([]);
  }
  {
    using index = new Index(file);
    index.put("p", known("a"));
  }
  {
    using index = new Index(file, false);
    index.together(() => index.put("p", known("b")));
    index.remove("p", asKey("a"));
    expect([...index.all("p")].map(({ key }) => String(key))).toEqual(["b"]);
  }
  using index = new Index(file);
  expect([...index.all("p")].map(({ key }) => String(key))).toEqual(["a"]);
});

test("forgets a key, and a place", () => {
  using dir = new TempDir();
  using index = new Index(dir.at("index"));
  for (const place of ["p", "q"]) for (const key of ["a", "b"]) index.put(place, known(key));
  index.remove("p", asKey("a"));
  index.clear("q");
  expect([...index.all("p")].map(({ key }) => String(key))).toEqual(["b"]);
  expect(index.count("q")).toBe(0);
});

test.each([
  ["text", "this is no database"],
  ["nothing", ""],
])("one that is damaged (%s) is made anew", (_what, content) => {
  using dir = new TempDir();
  const file = dir.write("index", content);
  using index = new Index(file);
  expect(index.isNew).toBe(true);
  index.put("p", known("a"));
  expect(index.count("p")).toBe(1);
});
