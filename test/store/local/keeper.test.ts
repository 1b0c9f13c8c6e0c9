/**
 * Files put aside: by links, and by copies where there are none.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { asKey, type Key } from "../../../src/core/key.ts";
import { LocalKeeper } from "../../../src/store/local/keeper.ts";
import { isTempName } from "../../../src/store/local/names/temp-name.ts";
import { never } from "../../contract/subject.ts";
import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { canMount, mountNeeds, SmallDisk } from "./small-disk.ts";

const time = new Date(1_600_000_000_123);

function keeperOf(root: string, place: string, sync = false): LocalKeeper {
  return new LocalKeeper({ root, place, holds: () => false, runTime: "T", sync });
}

async function keep(root: string, place: string, key: string, sync = false): Promise<unknown> {
  const keeper = keeperOf(root, place, sync);
  try {
    return await keeper.keep(asKey(key), undefined, never);
  } finally {
    keeper.close();
  }
}

/** A directory that is removed, on another file system than the tests' where there is one. */
class Elsewhere implements Disposable {
  readonly path = fs.mkdtempSync(path.join(os.tmpdir(), "s3sync-test-keeper-"));
  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

describe("on the same file system", () => {
  test("a file is there under both names, and takes no room", async () => {
    using dir = new TempDir();
    const file = dir.write("to/sub/a", "x", time);
    expect(await keep(dir.at("to"), dir.at("old"), "sub/a")).toBe(dir.at("old", "sub", "a"));
    expect(fs.statSync(dir.at("old", "sub", "a")).ino).toBe(fs.statSync(file).ino);
  });

  test("a file that was put aside already is not put aside again", async () => {
    using dir = new TempDir();
    dir.write("to/a", "x");
    await keep(dir.at("to"), dir.at("old"), "a");
    expect(await keep(dir.at("to"), dir.at("old"), "a")).toBe(dir.at("old", "a"));
    expect(dir.files("old")).toEqual(["a"]);
  });

  test("what is there already stays, as often as it takes", async () => {
    using dir = new TempDir();
    const places = [];
    for (const content of ["1", "2", "3"]) {
      fs.rmSync(dir.at("to", "a"), { force: true });
      dir.write("to/a", content);
      places.push(await keep(dir.at("to"), dir.at("old"), "a"));
    }
    expect(places).toEqual([dir.at("old/a"), dir.at("old/~T/a"), dir.at("old/~T-2/a")]);
    expect(["a", "~T/a", "~T-2/a"].map((name) => dir.read(`old/${name}`).toString())).toEqual([
      "1",
      "2",
      "3",
    ]);
  });

  test("nothing is written through a link in the place, and nothing read through one in the tree", async () => {
    using dir = new TempDir();
    dir.write("to/sub/a", "x");
    fs.mkdirSync(dir.at("outside"));
    dir.write("outside/b", "precious");
    fs.mkdirSync(dir.at("old"));
    fs.symlinkSync(dir.at("outside"), dir.at("old", "sub"));
    fs.symlinkSync(dir.at("outside"), dir.at("to", "link"));
    expect(await keep(dir.at("to"), dir.at("old"), "sub/a")).toBe(dir.at("old/~T/sub/a"));
    expect(await keep(dir.at("to"), dir.at("old"), "link/b")).toBeUndefined();
    expect(dir.files("outside")).toEqual(["b"]);
  });

  test("where nothing is, there is nothing to put aside", async () => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at("to", "sub"), { recursive: true });
    for (const key of ["a", "no/such", "sub"]) {
      expect(await keep(dir.at("to"), dir.at("old"), key)).toBeUndefined();
    }
    expect(fs.existsSync(dir.at("old"))).toBe(false);
  });

  test("a file that is not what is expected is refused, and no directory made", async () => {
    using dir = new TempDir();
    const { size, mtimeMs } = fs.statSync(dir.write("to/a", "x"));
    using closing = closer(keeperOf(dir.at("to"), dir.at("old")));
    const { keeper } = closing;
    const expectations = [
      { kind: "nothing" },
      { kind: "file", size: size + 1, mtimeMs },
      { kind: "file", size, mtimeMs: mtimeMs - 1 },
    ] as const;
    for (const expected of expectations) {
      const refused = await rejection(keeper.keep("a" as Key, expected, never));
      expect(refused).toMatchObject({ code: "precondition" });
    }
    expect(fs.existsSync(dir.at("old"))).toBe(false);
  });
});

function closer(keeper: LocalKeeper): Disposable & { keeper: LocalKeeper } {
  return { keeper, [Symbol.dispose]: () => keeper.close() };
}

describe.skipIf(!otherFileSystem())("on another file system (needs one beside the tests')", () => {
  test("a file is copied: its bytes, mode and time; links are links", async () => {
    using dir = new TempDir();
    using elsewhere = new Elsewhere();
    const content = Buffer.alloc(3_000_000, "bytes");
    const file = dir.write("to/sub/a", content, time);
    fs.chmodSync(file, 0o751);
    fs.symlinkSync("/nowhere", dir.at("to", "link"));
    for (const sync of [false, true]) {
      const old = path.join(elsewhere.path, `old-${sync}`);
      const place = path.join(old, "sub", "a");
      expect(await keep(dir.at("to"), old, "sub/a", sync)).toBe(place);
      expect(fs.readFileSync(place).equals(content)).toBe(true);
      const { mode, mtimeMs } = fs.statSync(place);
      expect([mode & 0o777, mtimeMs]).toEqual([0o751, time.getTime()]);
      await keep(dir.at("to"), old, "link", sync);
      expect(fs.readlinkSync(path.join(old, "link"))).toBe("/nowhere");
    }
  });

  test("a copy has the name of a backup only when it is whole, for whoever is killed meanwhile", async () => {
    using dir = new TempDir();
    using elsewhere = new Elsewhere();
    dir.write("to/a", Buffer.alloc(3_000_000, "bytes"));
    const kept = keep(dir.at("to"), elsewhere.path, "a");
    const meanwhile = fs.readdirSync(elsewhere.path);
    expect(meanwhile.filter((name) => !isTempName(name))).toEqual([]);
    expect(meanwhile).toHaveLength(1);
    await kept;
    expect(fs.readdirSync(elsewhere.path)).toEqual(["a"]);
  });

  test.skipIf(!canMount)(
    `a full disk is told by its name, and holds no half (${mountNeeds})`,
    async () => {
      using dir = new TempDir();
      using disk = new SmallDisk("64k");
      dir.write("to/sub/a", Buffer.alloc(300_000, "bytes"));
      const place = path.join(disk.path, "sub", "a");
      const error = await rejection(keep(dir.at("to"), disk.path, "sub/a"));
      expect(error).toMatchObject({ code: "disk-full", path: place });
      expect(error).toHaveProperty("message", `cannot write ${place}: no space left on the disk`);
      expect(fs.readdirSync(path.dirname(place))).toEqual([]);
    },
  );

  test("what is there already stays", async () => {
    using dir = new TempDir();
    using elsewhere = new Elsewhere();
    dir.write("to/a", "1");
    await keep(dir.at("to"), elsewhere.path, "a");
    dir.write("to/a", "2");
    const second = path.join(elsewhere.path, "~T", "a");
    expect(await keep(dir.at("to"), elsewhere.path, "a")).toBe(second);
    expect(fs.readFileSync(path.join(elsewhere.path, "a"), "utf8")).toBe("1");
    expect(fs.readFileSync(second, "utf8")).toBe("2");
  });
});

function otherFileSystem(): boolean {
  using dir = new TempDir();
  using elsewhere = new Elsewhere();
  return fs.statSync(dir.path).dev !== fs.statSync(elsewhere.path).dev;
}
