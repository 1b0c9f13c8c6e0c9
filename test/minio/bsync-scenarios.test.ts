/**
 * The scenarios of rclone's bisync, by their names, with the final trees as oracle. Where ours is meant to end otherwise,
 * the test says so.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import type { BsyncInput, RunResult } from "../../src/index.ts";
import { rejection } from "../core/rejection.ts";
import { TempDir } from "../support/temp-dir.ts";
import { TwoSides } from "../support/two-sides.ts";

const long = new Date("2020-01-01T00:00:00Z");
const soon = new Date(Date.now() + 3_600_000);
const nine = Array.from({ length: 9 }, (_, index) => `file${index + 1}`);

/** Both sides hold these keys, in step; contents are the keys. */
const inStep = (keys: readonly string[] = nine): Promise<TwoSides> => TwoSides.inStep(keys);

function tree(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.toSorted().map((key) => [key, key]));
}

const without = (...gone: readonly string[]): string[] => nine.filter((key) => !gone.includes(key));

test("all_changed: what is only touched is not sent, and what all has changed is: no force is needed", async () => {
  await using sides = await inStep();
  for (const key of nine) sides.write(key, key, new Date());
  expect(await sides.sync()).toMatchObject({ transferredObjects: 0, warnings: 0 });
  for (const key of nine) sides.write(key, `new ${key}`);
  expect(await sides.sync()).toMatchObject({ transferredObjects: 9, warnings: 0 });
  await sides.both();
});

test("basic: one changed each way", async () => {
  await using sides = await inStep();
  sides.write("file1", "here");
  await sides.put("file2", "there");
  await sides.sync();
  expect(await sides.both()).toEqual({ ...tree(nine), file1: "here", file2: "there" });
});

test("changes: new, newer, deleted and changed, on either side, on both, and against each other", async () => {
  await using sides = await inStep();
  sides.write("file1", "newer here");
  await sides.put("file2", "newer there");
  sides.delete("file3");
  await sides.remove("file4");
  sides.write("file5", "5 here", long);
  await sides.put("file5", "5 there!");
  sides.write("file6", "changed here");
  await sides.remove("file6");
  sides.delete("file7");
  await sides.put("file7", "changed there");
  sides.delete("file8");
  await sides.remove("file8");
  sides.write("file10", "new here");
  await sides.put("file11", "new there");
  expect(await sides.sync()).toMatchObject({ deleted: 2, twoWay: { conflicts: 1 } });
  const { file5, ...held }: Record<string, string> = await sides.both();
  expect(file5).toBe("5 there!");
  const kept = Object.keys(held).filter((key) => key.startsWith("file5.sync-conflict-"));
  expect(kept.map((key) => held[key])).toEqual(["5 here"]);
  for (const key of kept) delete held[key];
  expect(held).toEqual({
    ...{ file1: "newer here", file2: "newer there", file6: "changed here" },
    ...{ file7: "changed there", file9: "file9", file10: "new here", file11: "new there" },
  });
});

test("check_sync: a state that was tampered with is refused, and nothing is changed", async () => {
  await using sides = await inStep();
  sides.delete("file1");
  const bytes = fs.readFileSync(sides.stateFile);
  fs.writeFileSync(sides.stateFile, bytes.subarray(0, -20));
  expect(await rejection(sides.sync())).toMatchObject({ code: "damaged-state" });
  expect(Object.keys(await sides.objects())).toHaveLength(9);
});

test("compare_all: times alone mean nothing, contents do", async () => {
  await using sides = await inStep();
  sides.write("file1", "FILE1", new Date());
  await sides.put("file2", "FILE2");
  await sides.put("file3", "file3");
  expect(await sides.sync()).toMatchObject({ transferredObjects: 2 });
  expect(await sides.both()).toEqual({ ...tree(nine), file1: "FILE1", file2: "FILE2" });
});

test("concurrent: a file that changes during the run is sent by the next one", async () => {
  await using sides = await inStep();
  sides.write("file1", "first");
  await sides.sync(
    {},
    {
      onEvent: (event) => {
        if (event.type === "synced" && event.key === "file1") sides.write("file1", "second");
      },
    },
  );
  await sides.sync();
  expect((await sides.both())["file1"]).toBe("second");
});

test("dry_run: neither data nor state change", async () => {
  await using sides = await inStep();
  sides.write("file1", "here");
  await sides.put("file2", "there");
  sides.delete("file3");
  await sides.remove("file4");
  const before = [sides.files(), await sides.objects(), fs.readFileSync(sides.stateFile)];
  const summary = await sides.sync({ dryRun: true });
  expect(summary).toMatchObject({ dryRun: true, transferredObjects: 2, deleted: 2 });
  expect([sides.files(), await sides.objects(), fs.readFileSync(sides.stateFile)]).toEqual(before);
  expect(await sides.sync()).toMatchObject({ transferredObjects: 2, deleted: 2 });
});

test("dry_run: nor does a first run leave anything", async () => {
  await using sides = await TwoSides.create();
  sides.write("a", "here");
  await sides.put("b", "there");
  expect(await sides.sync({ dryRun: true })).toMatchObject({ transferredObjects: 2 });
  expect([sides.files(), await sides.objects()]).toEqual([{ a: "here" }, { b: "there" }]);
  expect(fs.readdirSync(path.dirname(sides.stateFile))).toEqual(["local"]);
});

test("equal: what changed on both sides to the same is no conflict", async () => {
  await using sides = await inStep();
  sides.write("file1", "equal");
  await sides.put("file1", "equal");
  expect(await sides.sync()).toMatchObject({ transferredObjects: 0, twoWay: { conflicts: 0 } });
  expect(await sides.both()).toEqual({ ...tree(nine), file1: "equal" });
});

describe("filters", () => {
  test("what is ignored is left alone on both sides", async () => {
    await using sides = await inStep(["a"]);
    sides.write("x.tmp", "here");
    sides.write("deep/.s3syncignore", "*.log\n");
    sides.write("deep/y.log", "here");
    await sides.put("z.tmp", "there");
    await sides.put("deep/z.log", "there");
    await sides.sync({ exclude: ["*.tmp"] });
    expect(sides.files()).toEqual({
      ...{ a: "a", "deep/.s3syncignore": "*.log\n", "deep/y.log": "here", "x.tmp": "here" },
    });
    expect(await sides.objects()).toEqual({
      ...{ a: "a", "deep/.s3syncignore": "*.log\n", "deep/z.log": "there", "z.tmp": "there" },
    });
  });

  test("filtersfile_checks: a rule that is new deletes nothing, and what is tracked stays in step until it is forgotten", async () => {
    await using sides = await inStep(["a", "b.log"]);
    sides.write(".s3syncignore", "*.log\n");
    await sides.sync();
    sides.write("b.log", "changed");
    await sides.sync();
    expect((await sides.both())["b.log"]).toBe("changed");
    sides.forget("b.log");
    sides.write("b.log", "mine");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0, deleted: 0, warnings: 0 });
    expect((await sides.objects())["b.log"]).toBe("changed");
    expect(sides.files()["b.log"]).toBe("mine");
  });
});

describe("deletions", () => {
  test("max_delete_path1: five of nine are not deleted, and are at 60 %", async () => {
    await using sides = await inStep();
    for (const key of nine.slice(0, 5)) sides.delete(key);
    expect(await sides.sync()).toMatchObject({ deleted: 0, warnings: 1 });
    expect(Object.keys(await sides.objects())).toHaveLength(9);
    expect(await sides.sync({ maxDelete: "60%" })).toMatchObject({ deleted: 5, warnings: 0 });
    expect(await sides.both()).toEqual(tree(nine.slice(5)));
  });

  test("max_delete_path2_force: the same on the other side", async () => {
    await using sides = await inStep();
    for (const key of nine.slice(0, 5)) await sides.remove(key);
    expect(await sides.sync()).toMatchObject({ deleted: 0, warnings: 1 });
    expect(Object.keys(sides.files())).toHaveLength(9);
    expect(await sides.sync({ maxDelete: 5 })).toMatchObject({ deleted: 5 });
    expect(await sides.both()).toEqual(tree(nine.slice(5)));
  });

  test("moves do not count", async () => {
    await using sides = await inStep();
    for (const key of nine) sides.move(key, `moved/${key}`);
    expect(await sides.sync()).toMatchObject({ twoWay: { renamed: 9 }, warnings: 0 });
    expect(Object.keys(await sides.both())).toEqual(nine.map((key) => `moved/${key}`));
  });
});

test("nomodtime: what is in step does not depend on times", async () => {
  await using sides = await inStep();
  for (const key of nine) await sides.put(key, key);
  expect(await sides.sync()).toMatchObject({ transferredObjects: 0, warnings: 0 });
});

test("rclone_args: what decides in one direction means nothing in both", async () => {
  await using sides = await inStep(["a"]);
  expect(await rejection(sides.sync({ checkSize: true }))).toMatchObject({
    message: "--check-size means nothing to bsync",
  });
});

describe("resolve", () => {
  const resolutions = ["newer", "older", "larger", "s3", "local"] as const;
  const losers = ["keep", "backup", "delete"] as const;

  test.each(resolutions.flatMap((resolve) => losers.map((loser) => [resolve, loser] as const)))(
    "%s, and %s the other one",
    async (conflictResolve, conflictLoser) => {
      await using sides = await inStep(["a.txt"]);
      using aside = new TempDir();
      sides.write("a.txt", "local, and larger", new Date("2020-01-02T00:00:00Z"));
      await sides.put("a.txt", "s3");
      const backups =
        conflictLoser === "backup" ? { backupDir: aside.at("files"), backupPrefix: "old/" } : {};
      await sides.sync({ conflictResolve, conflictLoser, ...backups });
      const held = await sides.both();
      const localWins = ["older", "larger", "local"].includes(conflictResolve);
      const [winner, loser] = localWins ? ["local, and larger", "s3"] : ["s3", "local, and larger"];
      expect(held["a.txt"]).toBe(winner ?? "");
      const others = Object.keys(held).filter((key) => key !== "a.txt");
      expect(others.map((key) => held[key])).toEqual(conflictLoser === "keep" ? [loser ?? ""] : []);
      if (conflictLoser !== "backup") return;
      const kept = localWins ? await sides.bucket.get("old/a.txt") : aside.read("files/a.txt");
      expect(Buffer.from(kept).toString()).toBe(loser ?? "");
    },
  );
});

describe("resync", () => {
  test("an empty directory is filled", async () => {
    await using sides = await TwoSides.create();
    for (const key of nine) await sides.put(key, key);
    await sides.sync();
    expect(await sides.both()).toEqual(tree(nine));
  });

  test("an empty prefix is filled", async () => {
    await using sides = await TwoSides.create();
    for (const key of nine) sides.write(key, key);
    await sides.sync();
    expect(await sides.both()).toEqual(tree(nine));
  });

  test("a directory that is empty later deletes nothing", async () => {
    await using sides = await inStep();
    for (const key of nine) sides.delete(key);
    const summary = await sides.sync({ maxDelete: "100%" });
    expect(summary).toMatchObject({ deleted: 0, warnings: 1 });
    expect(String(summary.failures[0]?.error.message)).toContain("the directory is empty");
    expect(Object.keys(await sides.objects())).toHaveLength(9);
  });

  test("a prefix that is empty later deletes nothing", async () => {
    await using sides = await inStep();
    for (const key of nine) await sides.remove(key);
    expect(await sides.sync({ maxDelete: "100%" })).toMatchObject({ deleted: 0, warnings: 1 });
    expect(Object.keys(sides.files())).toHaveLength(9);
  });
});

describe("resync_modes", () => {
  const modes: [NonNullable<BsyncInput["firstSync"]>, Date, string, number][] = [
    ["union", long, "s3", 1],
    ["union", soon, "s3", 1],
    ["s3", soon, "s3", 0],
    ["local", long, "local", 0],
    ["newer", long, "s3", 0],
    ["newer", soon, "local", 0],
  ];

  test.each(modes)("%s, with a file of %p: %s wins", async (firstSync, mtime, winner, kept) => {
    await using sides = await TwoSides.create();
    sides.write("a", "local", mtime);
    await sides.put("a", "s3");
    sides.write("here", "1");
    await sides.put("there", "2");
    await sides.sync({ firstSync });
    const held = await sides.both();
    expect(held).toMatchObject({ a: winner, here: "1", there: "2" });
    expect(Object.keys(held)).toHaveLength(3 + kept);
  });
});

test("volatile: fifty files that are made during the run are left to the next", async () => {
  await using sides = await inStep();
  sides.write("trigger", "now");
  let made = false;
  const first: RunResult = await sides.sync(
    {},
    {
      onEvent: (event) => {
        if (made || event.type !== "listing-complete") return;
        made = true;
        for (let index = 0; index < 50; index++) sides.write(`volatile/${index}`, `${index}`);
      },
    },
  );
  expect(first).toMatchObject({ transferredObjects: 1, deleted: 0, warnings: 0 });
  expect(sides.tracked()).toHaveLength(10);
  expect(await sides.sync()).toMatchObject({ transferredObjects: 50 });
  expect(Object.keys(await sides.both())).toHaveLength(60);
});

test("without what had changed or gone, whatever is left is in step", async () => {
  await using sides = await inStep();
  sides.delete("file1");
  await sides.remove("file9");
  await sides.sync();
  expect(await sides.both()).toEqual(tree(without("file1", "file9")));
});
