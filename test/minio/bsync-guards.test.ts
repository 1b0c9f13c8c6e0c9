/**
 * Guards of two-way syncs: where one says no, nothing is done on either side, and it says so until the user decides.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { addMap, type BsyncInput, type SyncError } from "../../src/index.ts";
import { TwoSides } from "../support/two-sides.ts";

const tracked = ["a", "b", "c"];
const news = ["n1", "n2", "n3", "n4"];
const untouched = { transferredObjects: 0, deleted: 0, warnings: 1, errors: 0 };

/** Both sides are in step; then the bucket gets four objects. */
async function withNews(): Promise<TwoSides> {
  const sides = await TwoSides.inStep(tracked);
  for (const key of news) await sides.put(key, key);
  return sides;
}

const objectsOf = async (sides: TwoSides): Promise<string[]> => Object.keys(await sides.objects());

/** Whatever it says, it says it again. */
async function refusesTwice(sides: TwoSides, words: string): Promise<void> {
  for (let run = 0; run < 2; run++) {
    const summary = await sides.sync();
    expect(summary).toMatchObject(untouched);
    expect(summary.failures[0]?.error.message).toContain(words);
  }
}

describe("a directory that is empty though something is tracked", () => {
  test("gets nothing, and takes nothing from the bucket, in any run", async () => {
    await using sides = await withNews();
    for (const key of tracked) sides.delete(key);
    await refusesTwice(sides, "the directory is empty");
    expect(sides.files()).toEqual({});
    expect(await objectsOf(sides)).toEqual([...tracked, ...news]);
    expect(sides.tracked()).toEqual(tracked);
  });

  test("is believed with --allow-empty-source, as far as --max-delete goes", async () => {
    await using sides = await withNews();
    for (const key of tracked) sides.delete(key);
    await refusesTwice(sides, "use --allow-empty-source and --max-delete 100%");
    const summary = await sides.sync({ allowEmptySource: true, maxDelete: "100%" });
    expect(summary).toMatchObject({ transferredObjects: 4, deleted: 3, warnings: 0 });
    expect(Object.keys(await sides.both())).toEqual(news);
  });
});

describe("a directory that is gone", () => {
  test("is not made anew", async () => {
    await using sides = await withNews();
    fs.rmSync(sides.root, { recursive: true });
    await refusesTwice(sides, "the directory is gone");
    expect(fs.existsSync(sides.root)).toBe(false);
    expect(await objectsOf(sides)).toEqual([...tracked, ...news]);
  });

  test("is not made anew either where nothing is tracked any more", async () => {
    await using sides = await TwoSides.create();
    await sides.sync();
    await sides.put("new", "new");
    fs.rmSync(sides.root, { recursive: true });
    await refusesTwice(sides, "the directory is gone");
    expect(fs.existsSync(sides.root)).toBe(false);
  });

  test("is made anew with --allow-empty-source", async () => {
    await using sides = await withNews();
    fs.rmSync(sides.root, { recursive: true });
    await sides.sync({ allowEmptySource: true, maxDelete: "100%" });
    expect(Object.keys(await sides.both())).toEqual(news);
  });

  test("is made where it was never in step", async () => {
    await using sides = await TwoSides.create();
    await sides.put("a", "a");
    const { bucket, prefix, root, stateFile } = sides;
    fs.rmSync(root, { recursive: true });
    addMap(stateFile, { path: root, bucket: bucket.name, prefix, recursive: true });
    expect(await sides.sync()).toMatchObject({ transferredObjects: 1, warnings: 0 });
    expect(await sides.both()).toEqual({ a: "a" });
  });
});

test("a prefix that is empty though something is tracked gets nothing, and takes no file", async () => {
  await using sides = await TwoSides.inStep(tracked);
  for (const key of tracked) await sides.remove(key);
  sides.write("new", "new");
  await refusesTwice(sides, "the prefix is empty");
  expect(Object.keys(sides.files())).toEqual([...tracked, "new"]);
  expect(await objectsOf(sides)).toEqual([]);
});

test("what is gone from both sides is forgotten: nothing is at stake", async () => {
  await using sides = await TwoSides.inStep(tracked);
  for (const key of tracked) {
    sides.delete(key);
    await sides.remove(key);
  }
  expect(await sides.sync()).toMatchObject({ warnings: 0, errors: 0 });
  expect(sides.tracked()).toEqual([]);
});

describe("more deletions than --max-delete allows", () => {
  test("keep everything else back, too, so that the next run finds as many", async () => {
    await using sides = await withNews();
    for (const key of ["a", "b"]) sides.delete(key);
    sides.write("mine", "mine");
    await refusesTwice(sides, "2 deletions are too many: --max-delete allows 50% of 3, which is 1");
    expect(Object.keys(sides.files())).toEqual(["c", "mine"]);
    expect(await objectsOf(sides)).toEqual([...tracked, ...news]);
    const summary = await sides.sync({ maxDelete: 2 });
    expect(summary).toMatchObject({ transferredObjects: 5, deleted: 2, warnings: 0 });
    expect(Object.keys(await sides.both())).toEqual(["c", "mine", ...news]);
  });

  test("are counted on both sides together, and before files are read that were only touched", async () => {
    await using sides = await TwoSides.inStep(tracked);
    sides.delete("a");
    await sides.remove("b");
    sides.write("b", "b", new Date());
    await refusesTwice(sides, "2 deletions");
    expect(Object.keys(sides.files())).toEqual(["b", "c"]);
    expect(await objectsOf(sides)).toEqual(["a", "c"]);
  });

  test("are not what has moved", async () => {
    await using sides = await TwoSides.inStep(tracked);
    sides.move("a", "moved/a");
    await sides.put("moved/b", "b");
    await sides.remove("b");
    sides.delete("c");
    expect(await sides.sync()).toMatchObject({ twoWay: { renamed: 2 }, deleted: 1, warnings: 0 });
    expect(Object.keys(await sides.both())).toEqual(["moved/a", "moved/b"]);
  });
});

describe("what is said", () => {
  const told = async (sides: TwoSides, input: BsyncInput): Promise<string> => {
    const run = sides.sync(input).then(({ failures }) => failures[0]?.error);
    const error = await run.catch((thrown: unknown) => thrown as SyncError);
    return `${error?.message} ${error?.hint}`;
  };
  const foreign = /SOURCE|TARGET|--target|--source/;

  test.each([
    ["a marker that is missing", () => ({ requireMarker: "none" }), "is the disk mounted"],
    [
      "backups that would be mixed up with files",
      ({ root }: TwoSides) => ({ backupDir: root }),
      "",
    ],
    ["backups that would be mixed up with objects", () => ({ backupPrefix: "p/" }), "the prefix"],
    [
      "a directory that cannot be made",
      ({ stateFile }: TwoSides) => ({ local: `${stateFile}/no/directory`, state: `${stateFile}2` }),
      "no directory",
    ],
    ["a bucket without a name", () => ({ remote: "s3:///" }), "names no bucket"],
    ["a directory without a name", () => ({ local: "" }), "DIRECTORY is empty"],
    [
      "an endpoint where nobody is",
      () => ({ targetEndpointUrl: "http://127.0.0.1:9", awsMaxAttempts: 1 }),
      "--endpoint-url",
    ],
  ] as const)("of %s is in words of directories and buckets", async (_what, input, words) => {
    await using sides = await TwoSides.inStep(tracked);
    const text = await told(sides, input(sides));
    expect(text.toLowerCase()).toContain(words.toLowerCase());
    expect(text).not.toMatch(foreign);
  });
});

test("a lost index and an empty directory: nothing is done, and the next run knows as little", async () => {
  await using sides = await withNews();
  sides.loseIndex();
  const away = `${sides.root}-away`;
  fs.renameSync(sides.root, away);
  fs.mkdirSync(sides.root);
  await refusesTwice(sides, "the directory is empty");
  fs.rmSync(sides.root, { recursive: true });
  fs.renameSync(away, sides.root);
  fs.rmSync(path.join(sides.root, "a"));
  const summary = await sides.sync();
  expect(summary).toMatchObject({ transferredObjects: 4, deleted: 0, warnings: 1 });
  expect(summary.failures[0]?.error.message).toContain("the next run deletes");
});
