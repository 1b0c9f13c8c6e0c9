/**
 * Runs from and to directories: what is special about files.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey } from "../../src/core/key.ts";
import { type OptionsInput, type RunResult, sync, type SyncEvent } from "../../src/index.ts";
import { withoutLeadingSlash } from "../../src/store/wrap/without-leading-slash.ts";
import { patterned } from "../contract/subject.ts";
import { sourceAt, targetAt } from "../store/local/local.ts";
import { TempDir } from "../support/temp-dir.ts";
import { contents, run, storeOf } from "./run.ts";

const noFifo = Bun.which("mkfifo") === null;
const notLinux = process.platform !== "linux";

function text(dir: TempDir, name: string): string {
  return Buffer.from(dir.read(name)).toString();
}

test("a run from a directory deletes no marker of a directory that the source has, also an empty one", async () => {
  using dir = new TempDir();
  fs.mkdirSync(dir.at("d"));
  const target = storeOf({ "d/": "", "e/": "" });
  expect(await sync({ source: dir.path, target, delete: true })).toMatchObject({ deleted: 1 });
  expect(contents(target)).toEqual({ "d/": "" });
});

test("a source whose disk goes away while it is listed deletes nothing, and is an error", async () => {
  using dir = new TempDir();
  const keys = Array.from({ length: 1500 }, (_, index) => `d${1000 + index}/x`);
  for (const key of keys) dir.write(`disk/${key}`, "1", new Date(0));
  const target = storeOf(Object.fromEntries(keys.map((key) => [key, "1"])));
  let isThere = true;
  const onEvent = ({ type }: SyncEvent): void => {
    if (type !== "listed" || !isThere) return;
    isThere = false;
    fs.renameSync(dir.at("disk"), dir.at("elsewhere"));
    // What it was mounted on.
    fs.mkdirSync(dir.at("disk"));
  };
  const summary = await sync({ source: dir.at("disk"), target, delete: true }, { onEvent });
  expect(summary).toMatchObject({ errors: 1, deleted: 0 });
  expect(summary.failures[0]?.error.message).toContain("another directory");
  expect(Object.keys(contents(target))).toHaveLength(keys.length);
});

describe("a run into a directory", () => {
  test("writes files with the times of the objects, and a second time does nothing", async () => {
    using dir = new TempDir();
    const source = storeOf({ a: "1", "b/c": patterned(5000), "d/": "" }, 1_600_000_000_123);
    const told = await run(source, targetAt(dir.path));
    expect(told.summary).toMatchObject({ transferredObjects: 3, etagVerified: 2, warnings: 0 });
    expect(dir.files()).toEqual(["a", "b/c"]);
    expect(fs.statSync(dir.at("a")).mtimeMs).toBeCloseTo(1_600_000_000_123, 2);
    expect(fs.statSync(dir.at("d")).isDirectory()).toBe(true);
    const again = await run(source, targetAt(dir.path), { deletes: true });
    expect(again.summary).toMatchObject({ transferredObjects: 0, deleted: 0, skipped: 3 });
  });

  test("gives files the times of the listing where the objects themselves tell none", async () => {
    using dir = new TempDir();
    const time = 1_600_000_000_000;
    const source = storeOf({ a: "1", b: patterned(5000) }, time);
    const open = source.open.bind(source);
    source.open = async (...args) => {
      const reader = await open(...args);
      Object.defineProperty(reader, "info", { value: { ...reader.info, mtimeMs: 0 } });
      return reader;
    };
    await run(source, targetAt(dir.path));
    expect(["a", "b"].map((name) => fs.statSync(dir.at(name)).mtimeMs)).toEqual([time, time]);
  });

  test("of a file and what lies below it, writes the first in key order and warns about the rest", async () => {
    using dir = new TempDir();
    const source = storeOf({ a: "file", "a-b": "1", "a/b": "below", "a/c/d": "below", b: "2" });
    const told = await run(source, targetAt(dir.path));
    expect(told.troubles("warning")).toEqual(["a/b path-clash", "a/c/d path-clash"]);
    expect(dir.files()).toEqual(["a", "a-b", "b"]);
    const again = await run(source, targetAt(dir.path), { deletes: true });
    expect(again.summary).toMatchObject({ transferredObjects: 0, deleted: 0, warnings: 2 });
  });

  test.each<[string, OptionsInput]>([
    ["a filter leaves out", { filterExcludeRegex: ["^a$"] }],
    ["is not to be sent", { existing: true }],
  ])("of a file that %s, and what lies below it, writes the latter", async (_, options) => {
    using dir = new TempDir();
    dir.write("a/b", "old");
    const source = storeOf({ a: "file", "a/b": "below" });
    const { warnings } = await sync({ source, target: dir.path, ...options });
    expect([warnings, text(dir, "a/b")]).toEqual([0, "below"]);
  });

  test("of a part of the keys does not miss a file before it that is not to be sent", async () => {
    using dir = new TempDir();
    const source = storeOf({ a: "file", "a/b": "below", "a/c": "below" });
    const part = { filterExcludeRegex: ["^a$"], keyStart: "a/b" };
    expect(await sync({ source, target: dir.path, ...part })).toMatchObject({ warnings: 0 });
    expect(dir.files()).toEqual(["a/c"]);
  });

  test("that is only tried tells what could not be written, and counts what could", async () => {
    using dir = new TempDir();
    dir.write("d/x");
    dir.write("f");
    dir.write("old");
    const objects = {
      "../up": "1",
      d: "2",
      "f/": "",
      "f/x": "3",
      g: "4",
      "new/": "",
      "new/x": "5",
    };
    const input = { source: storeOf(objects), target: dir.path, delete: true };
    const [tried, done] = [await sync({ ...input, dryRun: true }), await sync(input)];
    const told = ({ failures }: RunResult) =>
      failures.map(({ key, error }) => `${key} ${error.code}`).toSorted();
    expect(told(tried)).toEqual([
      ...["../up unsafe-key", "d path-clash", "f/ path-clash", "f/x path-clash"],
    ]);
    expect(told(done)).toEqual(told(tried));
    const counted = ({ transferredObjects, deleted }: RunResult) => [transferredObjects, deleted];
    expect(counted(tried)).toEqual([3, 2]);
    expect(counted(done)).toEqual(counted(tried));
  });

  test("keeps what lies in the place of a file that cannot be written, also where it is to be deleted", async () => {
    using dir = new TempDir();
    dir.write("a/x", "precious");
    dir.write("old", "");
    const told = await run(storeOf({ a: "file" }), targetAt(dir.path), { deletes: true });
    expect(told.troubles("warning")).toEqual(["a path-clash"]);
    expect(told.keys("deleted")).toEqual(["old"]);
    expect(text(dir, "a/x")).toBe("precious");
  });

  test("of two objects that become one key, writes the first and warns about the other", async () => {
    using dir = new TempDir();
    const view = withoutLeadingSlash(storeOf({ "/a": "slashed", a: "plain", b: "2" }));
    const told = await run(view, targetAt(dir.path));
    expect(told.troubles("warning")).toEqual(["a path-clash"]);
    expect(text(dir, "a")).toBe("slashed");
    expect(dir.files()).toEqual(["a", "b"]);
  });

  test("warns about keys that are no safe paths, writes the others, and nothing outside", async () => {
    using dir = new TempDir();
    const source = storeOf({ "../up": "x", "a/../../up": "x", "b//c": "x", ok: "1", "z/.": "x" });
    const told = await run(source, targetAt(dir.at("root")));
    expect(told.troubles("warning").toSorted()).toEqual([
      "../up unsafe-key",
      "a/../../up unsafe-key",
      "b//c unsafe-key",
      "z/. unsafe-key",
    ]);
    expect(dir.files()).toEqual(["root/ok"]);
  });

  test("warns about names that are too long for a disk, or that are ours, and writes the others", async () => {
    using dir = new TempDir();
    const long = "l".repeat(256);
    const wide = "ü".repeat(128);
    const ours = ".s3sync-abc-1-def-1.tmp";
    const source = storeOf({ [long]: "x", [`${wide}/f`]: "x", [ours]: "x", ok: "1", z: "2" });
    for (const dryRun of [true, false]) {
      const told = await run(source, targetAt(dir.path), { dryRun });
      expect(told.troubles("warning").toSorted()).toEqual([
        `${ours} unsafe-key`,
        `${long} unsafe-key`,
        `${wide}/f unsafe-key`,
      ]);
      expect(told.summary).toMatchObject({ transferredObjects: 2, errors: 0 });
    }
    expect(dir.files()).toEqual(["ok", "z"]);
  });

  test("tells in a dry run what it would refuse", async () => {
    using dir = new TempDir();
    dir.write("outside/f", "precious");
    dir.write("root/a", "a file");
    fs.symlinkSync("../outside", dir.at("root/link"));
    const source = storeOf({ "../up": "x", "a/b": "x", "link/f": "x", ok: "1" });
    const told = await run(source, targetAt(dir.at("root")), { dryRun: true });
    expect(told.troubles("warning")).toEqual([
      "../up unsafe-key",
      "a/b path-clash",
      "link/f path-clash",
    ]);
    expect(told.keys("synced")).toEqual(["ok"]);
  });

  test("leaves a marker that holds data, for a directory cannot, with a warning", async () => {
    using dir = new TempDir();
    const told = await run(storeOf({ "d/": "data", "d/e": "1" }), targetAt(dir.path));
    expect(told.troubles("warning")).toEqual(["d/ unsafe-key"]);
    expect(dir.files()).toEqual(["d/e"]);
  });

  test("replaces a link by the file and writes nothing through linked directories", async () => {
    using dir = new TempDir();
    dir.write("outside/f", "precious");
    fs.mkdirSync(dir.at("root"));
    fs.symlinkSync("../outside/f", dir.at("root/f"));
    fs.symlinkSync("../outside", dir.at("root/d"));
    const told = await run(storeOf({ "d/new": "1", f: "2" }), targetAt(dir.at("root")));
    expect(told.troubles("warning")).toEqual(["d/new path-clash"]);
    expect([text(dir, "root/f"), text(dir, "outside/f")]).toEqual(["2", "precious"]);
    expect(fs.readdirSync(dir.at("outside"))).toEqual(["f"]);
  });

  test.skipIf(noFifo)(
    "leaves a FIFO in place of a file, with a warning (needs mkfifo)",
    async () => {
      using dir = new TempDir();
      Bun.spawnSync(["mkfifo", dir.at("pipe")]);
      const target = targetAt(dir.path);
      const told = await run(storeOf({ pipe: "1", z: "2" }), target, { deletes: true });
      expect(told.troubles("warning")).toEqual(["pipe path-clash"]);
      expect(fs.statSync(dir.at("pipe")).isFIFO()).toBe(true);
      expect(told.keys("synced")).toEqual(["z"]);
    },
  );

  test("deletes files only: links and directories stay", async () => {
    using dir = new TempDir();
    dir.write("d/old");
    dir.write("old");
    fs.symlinkSync("old", dir.at("link"));
    fs.mkdirSync(dir.at("empty"));
    const told = await run(storeOf({}), targetAt(dir.path), { deletes: true });
    expect(told.keys("deleted")).toEqual(["d/old", "old"]);
    expect(fs.readdirSync(dir.path).toSorted()).toEqual(["d", "empty", "link"]);
  });

  test.skipIf(notLinux)(
    "never deletes a file that the source has, whatever odd names lie beside it (needs names that are not UTF-8)",
    async () => {
      using dir = new TempDir();
      const key = "odd\ufffd";
      const source = storeOf({ [key]: "good" });
      await run(source, targetAt(dir.path));
      fs.writeFileSync(Buffer.from(`${dir.path}/odd\xff`, "latin1"), "x");
      await run(source, targetAt(dir.path), { deletes: true });
      expect(fs.existsSync(dir.at(key))).toBe(true);
    },
  );
});

describe("a run from a directory", () => {
  test("sends files, not directories, and keeps the markers of directories it has", async () => {
    using dir = new TempDir();
    dir.write("a/b", "1");
    fs.mkdirSync(dir.at("empty"));
    const target = storeOf({ "a/": "", "empty/": "", "gone/": "" });
    const told = await run(sourceAt(dir.path), target, { deletes: true });
    expect(contents(target)).toEqual({ "a/": "", "a/b": "1", "empty/": "" });
    expect(told.keys("deleted")).toEqual(["gone/"]);
  });

  test.skipIf(noFifo)(
    "warns about special files and deletes nothing for them (needs mkfifo)",
    async () => {
      using dir = new TempDir();
      Bun.spawnSync(["mkfifo", dir.at("pipe")]);
      fs.symlinkSync("missing", dir.at("dangling"));
      dir.write("z", "1");
      const target = storeOf({ pipe: "kept", dangling: "kept", old: "" });
      const told = await run(sourceAt(dir.path), target, { deletes: true });
      expect(told.troubles("warning")).toEqual(["pipe special-file"]);
      expect(contents(target)).toEqual({ dangling: "kept", pipe: "kept", z: "1" });
    },
  );

  test("keeps what the target has below a link that leads nowhere: its disk may only be away", async () => {
    using dir = new TempDir();
    fs.symlinkSync("../missing", dir.at("link"));
    const target = storeOf({ "link-a": "", "link/b": "kept", "link/sub/a": "kept", link0: "" });
    const told = await run(sourceAt(dir.path), target, { deletes: true });
    expect(told.troubles("warning")).toEqual([]);
    expect(told.keys("deleted")).toEqual(["link-a", "link0"]);
  });

  test("warns about a loop and keeps what the target has below it", async () => {
    using dir = new TempDir();
    dir.write("d/f", "1");
    fs.symlinkSync("..", dir.at("d/loop"));
    const target = storeOf({ "d/loop/x": "kept", "d/old": "" });
    const told = await run(sourceAt(dir.path), target, { deletes: true });
    expect(told.troubles("warning")).toEqual(["d/loop link-loop"]);
    expect(contents(target)).toEqual({ "d/f": "1", "d/loop/x": "kept" });
  });

  test.skipIf(notLinux)(
    "warns about names that are not UTF-8 and goes on (needs such names)",
    async () => {
      using dir = new TempDir();
      dir.write("a", "1");
      fs.writeFileSync(Buffer.from(`${dir.path}/bad\xff`, "latin1"), "x");
      const target = storeOf({ "bad\ufffd": "kept", old: "" });
      const told = await run(sourceAt(dir.path), target, { deletes: true });
      expect(told.troubles("warning")).toEqual(["bad\ufffd file-name"]);
      expect(contents(target)).toEqual({ a: "1", "bad\ufffd": "kept" });
    },
  );

  test("tells a file that changes while it is sent, and never verifies it", async () => {
    using dir = new TempDir();
    const file = dir.write("log", patterned(5000));
    const target = storeOf({});
    const told = await run(sourceAt(dir.path), target, {
      transfer: { redo: { count: 1, intervalMs: 0 }, parallelParts: 1 },
      onEvent: (event) => {
        if (event.type === "moved") fs.appendFileSync(file, "one more line\n");
      },
    });
    expect(told.troubles("warning")).toEqual(["log source-changed"]);
    expect([told.keys("synced"), told.keys("verified")]).toEqual([[], []]);
    expect(target.keys()).toEqual([]);
  });
});

describe("threads", () => {
  const MiB = 1024 * 1024;

  test("move the parts of large files, and the result is the same", async () => {
    using dir = new TempDir();
    const content = patterned(5 * MiB + 7);
    dir.write("from/large", content);
    const told = await run(sourceAt(dir.at("from")), targetAt(dir.at("to")), {
      transfer: { thresholdBytes: MiB, chunkBytes: MiB, maxMemoryBytes: 64 * MiB, threads: 2 },
    });
    expect(told.summary).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
    expect(Buffer.from(dir.read("to/large")).equals(content)).toBe(true);
    expect(dir.files("to")).toEqual([asKey("large")]);
  });
});
