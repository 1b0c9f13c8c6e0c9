/**
 * Keys that one file system takes for one name: found out before anything is replaced, and told with both names.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey } from "../../../src/core/key.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { fileDigests, treeDigests } from "../../support/trees.ts";
import { run, storeOf, type Told } from "../../sync/run.ts";
import { type FoldingDisk, foldingDisk } from "./folding-disk.ts";
import { never, put, shown, specOf, targetAt } from "./local.ts";

/** The messages of all warnings. */
function messages(told: Told): string[] {
  return told.events.flatMap((event) => (event.type === "warning" ? [event.error.message] : []));
}

function oneFor(disk: FoldingDisk, name: string, occupant: string): string {
  return `${disk.path}/${name} cannot be told from ${disk.path}/${occupant} on this file system`;
}

/** Counts what is read. */
class CountingStore extends MemoryStore {
  reads = 0;

  override open(...args: Parameters<MemoryStore["open"]>): ReturnType<MemoryStore["open"]> {
    this.reads += 1;
    return super.open(...args);
  }
}

describe("on a disk that folds names", () => {
  const pairs: readonly (readonly [string, string, string])[] = [
    ["case", "A", "a"],
    ["case beyond ASCII", "É.txt", "é.txt"],
    ["case of several letters", "STRASSE", "straße"],
    ["Unicode form", "e\u0301", "\u00e9"],
    ["case, below a directory", "d/README", "d/readme"],
  ];

  test.each(pairs)(
    "of two keys that differ in %s, the first is written and the other told",
    async (_, first, second) => {
      using disk = foldingDisk();
      const source = storeOf({ [first]: "first", [second]: "second", z: "last" });
      const wanted = treeDigests({ [first]: "first", z: "last" });
      for (const round of ["at first", "again"]) {
        const told = await run(source, targetAt(disk.path), { deletes: true, workers: 1 });
        expect([round, ...messages(told)]).toEqual([round, oneFor(disk, second, first)]);
        expect(told.summary).toMatchObject({ errors: 0, deleted: 0 });
        expect(fileDigests(disk.path)).toEqual(wanted);
      }
    },
  );

  test.each(pairs)(
    "of two keys that differ in %s and come at the same time, one stays whole",
    async (_, first, second) => {
      using disk = foldingDisk();
      const store = targetAt(disk.path);
      const writers = await Promise.all(
        [first, second].map((key) => store.beginWrite(specOf(key, 1), never)),
      );
      for (const [index, writer] of writers.entries()) {
        await writer.writeAt?.(0, Buffer.from(`${index}`));
      }
      const ends = await Promise.allSettled(writers.map((writer) => writer.commit([], never)));
      expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      const won = ends.findIndex(({ status }) => status === "fulfilled");
      expect(fileDigests(disk.path)).toEqual(
        treeDigests({ [won === 0 ? first : second]: `${won}` }),
      );
    },
  );

  test("a directory that differs in case keeps its files, and those of the other key are told", async () => {
    using disk = foldingDisk();
    const source = storeOf({ "Dir/a": "1", "Dir/b": "2", "dir/b": "other", "dir/sub/c": "3" });
    for (const round of [1, 2]) {
      const told = await run(source, targetAt(disk.path), { deletes: true });
      expect([round, ...messages(told).toSorted()]).toEqual([
        round,
        oneFor(disk, "dir", "Dir"),
        oneFor(disk, "dir", "Dir"),
      ]);
      expect(fileDigests(disk.path)).toEqual(treeDigests({ "Dir/a": "1", "Dir/b": "2" }));
    }
  });

  test("what the target has under another name is neither replaced nor deleted for it", async () => {
    using disk = foldingDisk();
    fs.writeFileSync(`${disk.path}/a`, "mine");
    fs.mkdirSync(`${disk.path}/dir`);
    fs.writeFileSync(`${disk.path}/dir/f`, "mine, too");
    fs.writeFileSync(`${disk.path}/old`, "goes");
    const source = storeOf({ A: "theirs", "DIR/f": "theirs" });
    const told = await run(source, targetAt(disk.path), { deletes: true });
    expect(messages(told)).toEqual([
      oneFor(disk, "A", "a"),
      oneFor(disk, "DIR", "dir"),
      expect.stringContaining(`${disk.path}/a stays`),
      expect.stringContaining(`${disk.path}/dir/f stays`),
    ]);
    expect(told.keys("deleted")).toEqual(["old"]);
    expect(fileDigests(disk.path)).toEqual(treeDigests({ a: "mine", "dir/f": "mine, too" }));
  });

  test("nothing of an object that cannot be written is read, and a dry run tells it, too", async () => {
    using disk = foldingDisk();
    fs.writeFileSync(`${disk.path}/a`, "mine");
    const source = new CountingStore();
    await put(source, "A", "theirs");
    for (const dryRun of [true, false]) {
      const told = await run(source, targetAt(disk.path), { dryRun });
      expect(messages(told)).toEqual([oneFor(disk, "A", "a")]);
      expect(told.summary).toMatchObject({ transferredObjects: 0 });
    }
    expect(source.reads).toBe(0);
  });

  test("a file of the same name is replaced as ever, and found under no other", async () => {
    using disk = foldingDisk();
    const store = targetAt(disk.path);
    await put(store, "d/A", "1");
    await put(store, "d/A", "22");
    expect(await store.head(asKey("d/A"))).toMatchObject({ size: 2 });
    expect(await store.head(asKey("d/a"))).toBeUndefined();
    expect(await store.head(asKey("D/A"))).toBeUndefined();
    expect(await rejection(put(store, "D/A", "3"))).toMatchObject({ code: "path-clash" });
    expect(await shown(store)).toEqual(["directory d/", "object d/A"]);
    await store.close();
  });
});

test("on a disk that tells names apart, all of them are written", async () => {
  using dir = new TempDir();
  fs.writeFileSync(dir.at("probe"), "");
  if (fs.existsSync(dir.at("PROBE"))) return;
  fs.rmSync(dir.at("probe"));
  const tree = { A: "1", a: "2", "\u00e9": "3", "e\u0301": "4", "Dir/x": "5", "dir/x": "6" };
  const told = await run(storeOf(tree), targetAt(dir.path));
  expect(messages(told)).toEqual([]);
  expect(fileDigests(dir.path)).toEqual(treeDigests(tree));
  fs.linkSync(dir.at("A"), dir.at("B"));
  fs.linkSync(dir.at("B"), dir.at("b"));
  await put(targetAt(dir.path), "b", "a link of its own");
  expect(fs.readFileSync(dir.at("B"), "utf8")).toBe("1");
});
