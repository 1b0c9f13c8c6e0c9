/**
 * The index of one-way runs, and what a run does with it.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { parseETag } from "../../src/core/etag.ts";
import { asKey, compareKeys, type Key } from "../../src/core/key.ts";
import type { KnownBlocks, KnownObject } from "../../src/state/known-object.ts";
import { ObjectIndex } from "../../src/state/object-index.ts";
import { PairLedger } from "../../src/state/pair-ledger.ts";
import { TempDir } from "../support/temp-dir.ts";

const object = (key: string, size = 1): KnownObject => ({
  ...{ key: asKey(key), size, etag: parseETag("e"), modifiedMs: 1_700_000_000_123 },
});

const everything: KnownObject = {
  ...object("all"),
  untilMs: 1_700_000_000_456,
  storageClass: "GLACIER",
  checksum: { algorithm: "SHA256", value: "x-2" },
  parts: { size: 5, md5s: ["aa", "bb"], checksums: { algorithm: "SHA256", values: ["c", "d"] } },
  metadata: { owner: "ops", "file-mtime": "1700000000123456789ns" },
  file: { inode: 2 ** 60, mtimeMs: 1_699_999_999_999.123, ctimeMs: 1_700_000_000_000.5 },
  run: 1_700_000_000_000,
};

/** What a ledger knows, in order. */
function keysOf(ledger: PairLedger, after = "", until?: string): string[] {
  return [...ledger.pages({ after, from: "", until })].flat().map(({ key }) => String(key));
}

class Opened implements Disposable {
  readonly index: ObjectIndex;
  readonly failures: Error[] = [];
  readonly ledger: PairLedger;

  constructor(
    readonly file: string,
    pair = "pair",
    records = true,
  ) {
    this.index = ObjectIndex.open(file, records);
    const onFailure = (error: Error): void => void this.failures.push(error);
    this.ledger = new PairLedger({ file, index: this.index, pair, records, onFailure });
  }

  [Symbol.dispose](): void {
    this.index[Symbol.dispose]();
  }
}

/** Notes objects of a pair, all of which are known then. */
function knowing(file: string, keys: readonly string[], pair = "pair", at = 5): void {
  using opened = new Opened(file, pair);
  for (const key of keys) opened.ledger.put(object(key));
  opened.ledger.finish(at);
}

describe("a ledger", () => {
  test("gives back all that was noted", () => {
    using dir = new TempDir();
    {
      using opened = new Opened(dir.at("index"));
      opened.ledger.put(everything);
      expect(opened.ledger.get(everything.key)).toEqual(everything);
      opened.ledger.finish(undefined);
    }
    using opened = new Opened(dir.at("index"));
    expect(opened.ledger.get(everything.key)).toEqual(everything);
  });

  test("lists a pair in the order of its keys' bytes, from and to anywhere", () => {
    using dir = new TempDir();
    using opened = new Opened(dir.at("index"));
    const keys = ["b", "a/b", "a-b", "a", "\u{1f600}", "\ue000", "ä", "A", "a\0"];
    for (const key of keys) opened.ledger.put(object(key));
    const sorted = keys.toSorted(compareKeys);
    expect(keysOf(opened.ledger)).toEqual(sorted);
    expect(keysOf(opened.ledger, "a", "b")).toEqual(
      sorted.filter((key) => compareKeys(key, "a") > 0 && compareKeys(key, "b") <= 0),
    );
  });

  test("lists more than a page, while what was listed is noted anew or removed", () => {
    using dir = new TempDir();
    using opened = new Opened(dir.at("index"));
    const keys = Array.from({ length: 2500 }, (_, i) => `key-${String(i).padStart(5, "0")}`);
    for (const key of keys) opened.ledger.put(object(key));
    const seen: Key[] = [];
    for (const page of opened.ledger.pages({ after: "", from: "", until: undefined })) {
      for (const { key } of page) {
        seen.push(key);
        if (seen.length % 2 === 0) opened.ledger.put(object(key, 2));
        else opened.ledger.remove(key);
      }
    }
    expect(seen.map(String)).toEqual(keys);
    expect(keysOf(opened.ledger)).toEqual(keys.filter((_, i) => i % 2 === 1));
  });

  test("keeps pairs of one file apart", () => {
    using dir = new TempDir();
    knowing(dir.at("index"), ["a"], "one");
    knowing(dir.at("index"), ["b"], "other");
    using one = new Opened(dir.at("index"), "one");
    expect(keysOf(one.ledger)).toEqual(["a"]);
    expect(one.ledger.get(asKey("b"))).toBeUndefined();
  });
});

describe("the blocks of an object", () => {
  const known = object("large");
  const of = { size: 9, partSize: 5, blockBytes: 2 };
  const blocks: KnownBlocks = { ...of, signatures: Uint8Array.of(1, 2, 3) };

  /** Notes an object with its blocks, in a run of its own. */
  function noting(file: string, then: (ledger: PairLedger) => void = () => undefined): void {
    using opened = new Opened(file);
    opened.ledger.putBlocks(known, blocks);
    opened.ledger.put(known);
    then(opened.ledger);
    opened.ledger.finish(undefined);
  }

  function found(file: string, pair = "pair"): KnownBlocks | undefined {
    using opened = new Opened(file, pair);
    return opened.ledger.blocksOf(known);
  }

  test("are given back, to its own pair", () => {
    using dir = new TempDir();
    noting(dir.at("index"));
    expect(found(dir.at("index"))).toEqual(blocks);
    expect(found(dir.at("index"), "other")).toBeUndefined();
  });

  test("are forgotten with it, and when another one takes its place", () => {
    using dir = new TempDir();
    noting(dir.at("removed"), (ledger) => ledger.remove(known.key));
    noting(dir.at("replaced"), (ledger) => ledger.put({ ...known, etag: parseETag("other") }));
    expect([found(dir.at("removed")), found(dir.at("replaced"))]).toEqual([undefined, undefined]);
  });

  test("stay as long as it is not known what became of it", () => {
    using dir = new TempDir();
    noting(dir.at("index"), (ledger) => {
      ledger.remove(known.key);
      ledger.giveUp();
    });
    expect(found(dir.at("index"))).toEqual(blocks);
  });
});

describe("all objects are known", () => {
  test("from a run that has listed them until one that does not come to its end", () => {
    using dir = new TempDir();
    const file = dir.at("index");
    knowing(file, ["a"]);
    {
      using opened = new Opened(file);
      expect(opened.ledger.listedAt).toBe(5);
      opened.ledger.finish(undefined);
    }
    {
      using died = new Opened(file);
      expect(died.ledger.listedAt).toBe(5);
    }
    using opened = new Opened(file);
    expect(opened.ledger.listedAt).toBeUndefined();
    expect(keysOf(opened.ledger)).toEqual(["a"]);
  });

  test("not any more after a run that says so", () => {
    using dir = new TempDir();
    knowing(dir.at("index"), ["a"]);
    {
      using opened = new Opened(dir.at("index"));
      opened.ledger.giveUp();
      opened.ledger.finish(7);
    }
    using opened = new Opened(dir.at("index"));
    expect(opened.ledger.listedAt).toBeUndefined();
  });

  test("not any more after a run that could not note what it did, which it says once", () => {
    using dir = new TempDir();
    knowing(dir.at("index"), ["a"]);
    {
      using opened = new Opened(dir.at("index"));
      opened.index[Symbol.dispose]();
      opened.ledger.put(object("b"));
      opened.ledger.finish(7);
      opened.ledger.put(object("c"));
      opened.ledger.finish(7);
      expect(opened.failures.map(({ message }) => message)).toEqual([
        expect.stringContaining(`cannot write ${dir.at("index")}`),
      ]);
    }
    using opened = new Opened(dir.at("index"));
    expect(opened.ledger.listedAt).toBeUndefined();
  });

  test("after a run that writes nothing, whatever it notes", () => {
    using dir = new TempDir();
    knowing(dir.at("index"), ["a"]);
    const before = fs.readFileSync(dir.at("index"));
    {
      using opened = new Opened(dir.at("index"), "pair", false);
      opened.ledger.put(object("b"));
      opened.ledger.remove(asKey("a"));
      opened.ledger.giveUp();
      opened.ledger.finish(9);
      expect(keysOf(opened.ledger)).toEqual(["a"]);
    }
    expect(fs.readFileSync(dir.at("index"))).toEqual(before);
    using opened = new Opened(dir.at("index"));
    expect(opened.ledger.listedAt).toBe(5);
  });
});

describe("a file", () => {
  test("of another layout is made anew", () => {
    using dir = new TempDir();
    knowing(dir.at("index"), ["a"]);
    const bun = new Database(dir.at("index"));
    bun.run("PRAGMA user_version = 1");
    bun.close();
    using index = ObjectIndex.open(dir.at("index"), true);
    expect(index.found).toBe("outdated");
  });

  test.each([
    ["a text", "my only copy"],
    ["a database of somebody else", undefined],
  ])("that is %s is kept, under another name each time", (_what, content) => {
    using dir = new TempDir();
    const file = dir.at("index");
    for (const suffix of ["", "-2"]) {
      if (content === undefined) {
        const bun = new Database(file);
        bun.run("CREATE TABLE mine (a)");
        bun.close();
      } else fs.writeFileSync(file, content);
      const before = fs.readFileSync(file);
      using index = ObjectIndex.open(file, true);
      expect(index).toMatchObject({ found: "foreign", aside: `${file}.aside${suffix}` });
      expect(fs.readFileSync(`${file}.aside${suffix}`)).toEqual(before);
      index[Symbol.dispose]();
      for (const ending of ["", "-wal", "-shm"]) fs.rmSync(file + ending, { force: true });
    }
  });

  test("that cannot be used is left alone where nothing may be written", () => {
    using dir = new TempDir();
    const file = dir.write("index", "my only copy");
    using index = ObjectIndex.open(file, false);
    expect(index.found).toBe("foreign");
    expect(dir.files()).toEqual(["index"]);
  });

  test("that is empty is as good as none", () => {
    using dir = new TempDir();
    using index = ObjectIndex.open(dir.write("index", ""), true);
    expect(index.found).toBe("absent");
  });

  test("is for nobody else to read", () => {
    using dir = new TempDir();
    using opened = new Opened(dir.at("index"));
    opened.ledger.put(object("a"));
    opened.ledger.finish(undefined);
    const modes = dir.files().map((name) => fs.statSync(dir.at(name)).mode & 0o777);
    expect(modes).toEqual(modes.map(() => 0o600));
  });
});
