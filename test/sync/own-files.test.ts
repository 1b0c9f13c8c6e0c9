/**
 * Files of a run that lie inside of its own SOURCE or TARGET.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, resolveConfig, sync } from "../../src/index.ts";
import { ownFilesRule } from "../../src/sync/opening/own-files.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";

/** Which of these keys are files of the run. */
function left(keys: readonly string[], more: Partial<ConfigInput>): string[] {
  const config = resolveConfig({ source: "/data", target: "s3://b/", ...more });
  const rule = ownFilesRule(config);
  return keys.filter((key) => rule?.leavesOut(key as never) === true);
}

describe("files of the run", () => {
  test("are the index and what SQLite and locks put beside it, and no other file", () => {
    const own = ["x", "x-wal", "x-shm", "x.aside", "x.aside-2", "x.0123456789ab.lock"];
    const others = ["x.jpg", "xx", "x/a", "sub/x", "x.lock", "x.aside.jpg"];
    expect(left([...own, ...others], { index: "/data/x" })).toEqual(own);
    expect(left(["sub/x", "x"], { index: "/data/../data/sub/x" })).toEqual(["sub/x"]);
    expect(left(["x"], { index: "/elsewhere/x" })).toEqual([]);
  });

  test("are found by whatever name: links are resolved, and are files of the run, too", () => {
    using dir = new TempDir();
    const file = dir.write("data/sub/real", "x");
    fs.symlinkSync(dir.at("data"), dir.at("link"));
    fs.symlinkSync(file, dir.at("data/alias"));
    const keys = ["sub/real", "alias", "a"];
    const source = dir.at("link");
    expect(left(keys, { source, index: file })).toEqual(["sub/real"]);
    expect(left(keys, { source, index: dir.at("data/alias") })).toEqual(["sub/real", "alias"]);
  });

  test("are its lock, and the journals of it and of runs before", () => {
    const day = "2026-11-29T17-00-00.000Z";
    const more = { lock: "/data/l", journal: "/data/j/{time}.journal" };
    const keys = ["l", "lo", `j/${day}.journal`, `j/${day}.journal.lock`, "j/mine.journal"];
    expect(left(keys, more)).toEqual(["l", `j/${day}.journal`, `j/${day}.journal.lock`]);
  });

  test("are not sent, and not deleted where they lie in the target", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("here/a", "1");
    const files = (root: string) => ({
      ...{ index: dir.at(root, ".index"), lock: dir.at(root, ".lock") },
      journal: dir.at(root, ".{time}.journal"),
    });
    const [source, target] = [dir.at("here"), bucket.url("p/")];
    for (let round = 0; round < 2; round++) {
      const up = { source, target, ...bucket.side("target"), ...files("here") };
      expect(await sync({ ...up, delete: true })).toMatchObject({ errors: 0, deleted: 0 });
      expect(await bucket.keys()).toEqual(["p/a"]);
    }
    const down = { source: target, target: dir.at("there"), ...bucket.side("source") };
    fs.mkdirSync(dir.at("there"));
    for (let round = 0; round < 2; round++) {
      const run = sync({ ...down, ...files("there"), delete: true, deleteExcluded: true });
      expect(await run).toMatchObject({ errors: 0, deleted: 0 });
    }
    expect(dir.files("there")).toContain(".index");
    expect(dir.files("there").filter((name) => name.endsWith(".journal"))).toHaveLength(2);
  });
});
