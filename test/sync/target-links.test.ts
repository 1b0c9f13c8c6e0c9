/**
 * `--follow-target-links`: links to directories of the target count as these, all others stay what they are.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { sync, type SyncEvent } from "../../src/index.ts";
import { rejection } from "../core/rejection.ts";
import { TempDir } from "../support/temp-dir.ts";
import { contents, storeOf } from "./run.ts";

const old = Date.UTC(2020, 0, 1);
const follow = { followTargetLinks: true };

/** A target `root` with a directory `real`, and a tree outside. */
function planted(): TempDir {
  const dir = new TempDir();
  dir.write("outside/f", "theirs");
  dir.write("root/real/kept", "kept", new Date(old));
  return dir;
}

/** Runs, and gives the warnings. */
async function warnings(input: Parameters<typeof sync>[0]): Promise<string[]> {
  const told: string[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "warning" || event.type === "error") told.push(event.error.message);
  };
  await sync(input, { onEvent });
  return told;
}

describe("with --follow-target-links", () => {
  test("what belongs behind a link inside the target is written there, once", async () => {
    using dir = planted();
    fs.symlinkSync("real", dir.at("root/link"));
    const source = storeOf({ "link/f": "1", "link/sub/g": "2" }, old);
    const input = { source, target: dir.at("root"), ...follow };
    expect(await sync(input)).toMatchObject({ transferredObjects: 2, warnings: 0, errors: 0 });
    expect(dir.files("root/real")).toEqual(["f", "kept", "sub/g"]);
    expect(fs.lstatSync(dir.at("root/link")).isSymbolicLink()).toBe(true);
    expect(await sync(input)).toMatchObject({ transferredObjects: 0, skipped: 2, warnings: 0 });
  });

  test("links that lead out, nowhere, in circles or to files are warnings, and nothing gets out", async () => {
    using dir = planted();
    const root = dir.at("root");
    for (const [name, goal] of [
      ["out", "../outside"],
      ["absolute", dir.at("outside")],
      ["nowhere", "missing"],
      ["circle", "circle"],
      ["file", "real/kept"],
    ] as const) {
      fs.symlinkSync(goal, dir.at("root", name));
    }
    const keys = ["absolute/f", "circle/f", "file/f", "nowhere/f", "out/f", "z"];
    const source = storeOf(Object.fromEntries(keys.map((key) => [key, "x"])), old);
    for (const dryRun of [true, false]) {
      const told = await warnings({ source, target: root, ...follow, dryRun });
      expect(told.toSorted()).toEqual([
        `${root}/absolute is not followed: it leads out of ${root}`,
        `${root}/file is in the way: it is not a directory`,
        `${root}/nowhere is in the way: it is not a directory`,
        `${root}/out is not followed: it leads out of ${root}`,
        `the link ${root}/circle leads back to a directory above it`,
      ]);
    }
    expect(dir.files("outside")).toEqual(["f"]);
    expect(Buffer.from(dir.read("outside/f")).toString()).toBe("theirs");
    expect(fs.existsSync(dir.at("root/z"))).toBe(true);
  });

  test("a link in the place of a file is replaced, not followed", async () => {
    using dir = planted();
    fs.symlinkSync("real/kept", dir.at("root/f"));
    await sync({ source: storeOf({ f: "new" }, old), target: dir.at("root"), ...follow });
    expect(fs.lstatSync(dir.at("root/f")).isFile()).toBe(true);
    expect(Buffer.from(dir.read("root/real/kept")).toString()).toBe("kept");
  });

  test("a link back up is a loop, not an endless tree", async () => {
    using dir = planted();
    fs.symlinkSync("..", dir.at("root/real/up"));
    const source = storeOf({ "real/kept": "kept" }, old);
    const told = await warnings({ source, target: dir.at("root"), ...follow });
    expect(told).toEqual([expect.stringContaining("leads back to a directory above it")]);
  });

  test("of two keys for one place, the one of the real name is written, the other told", async () => {
    using dir = planted();
    fs.symlinkSync("real", dir.at("root/a"));
    fs.symlinkSync("real", dir.at("root/z"));
    const source = storeOf({ "a/f": "a", "real/f": "real", "z/f": "z", "z/g": "only here" }, old);
    for (const round of [1, 2, 3]) {
      const told = await warnings({ source, target: dir.at("root"), ...follow });
      expect([round, ...told]).toEqual([
        round,
        '"a/f" is not written: its place is that of "real/f", by a link',
        '"z/f" is not written: its place is that of "real/f", by a link',
      ]);
      expect(Buffer.from(dir.read("root/real/f")).toString()).toBe("real");
    }
    expect(Buffer.from(dir.read("root/real/g")).toString()).toBe("only here");
  });

  test("nothing can be deleted: a file has two names then, and one of them would always be too many", async () => {
    using dir = planted();
    const input = { source: storeOf({}), target: dir.at("root"), ...follow, delete: true };
    expect(await rejection(sync(input))).toMatchObject({
      code: "usage",
      message: "--follow-target-links cannot be combined with --delete",
    });
  });

  test("a target that is itself a link is what it leads to", async () => {
    using dir = planted();
    fs.symlinkSync("root", dir.at("top"));
    fs.symlinkSync("real", dir.at("root/link"));
    const input = { source: storeOf({ "link/f": "1" }, old), target: dir.at("top"), ...follow };
    expect(await sync(input)).toMatchObject({ transferredObjects: 1, warnings: 0 });
    expect(dir.files("root/real")).toEqual(["f", "kept"]);
  });
});

describe("links of a source", () => {
  test("count as what they lead to, also outside of it, as upstream has it; --ignore-symlinks leaves them out", async () => {
    using dir = planted();
    fs.symlinkSync("../outside", dir.at("root/link"));
    const target = storeOf({}, old);
    await sync({ source: dir.at("root"), target, ignoreSymlinks: true });
    expect(contents(target)).toEqual({ "real/kept": "kept" });
    await sync({ source: dir.at("root"), target });
    expect(contents(target)).toEqual({ "link/f": "theirs", "real/kept": "kept" });
  });
});
