/**
 * A target that somebody else changes: nothing outside of it is ever read, written, changed or removed.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import type { Entry, Listed } from "../../../src/core/entry.ts";
import { asKey, everything } from "../../../src/core/key.ts";
import type { Directories } from "../../../src/store/local/directories/directories.ts";
import { guardedDirectories } from "../../../src/store/local/directories/ways-to-directories.ts";
import { newTempName } from "../../../src/store/local/names/temp-name.ts";
import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { MiB } from "../../support/trees.ts";
import { run, storeOf } from "../../sync/run.ts";
import { listAll, never, put, shown, targetAt } from "./local.ts";
import { Swapper } from "./swapper.ts";

const notLinux = process.platform !== "linux";

/** A root with a directory `d`, and a tree outside that nobody must touch. */
class TwoTrees implements Disposable {
  private readonly dir = new TempDir();
  readonly root = this.dir.at("root");
  readonly outside = this.dir.at("outside");
  private readonly before: string;

  constructor() {
    this.dir.write("root/d/inside", "mine", new Date(1_500_000_000_000));
    for (const name of ["f0", "f1", "inside", "old", "sub/f2", leftover()]) {
      this.dir.write(`outside/${name}`, "theirs", new Date(1_500_000_000_000));
    }
    this.before = this.outsideState();
  }

  at(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  /** Puts a link in the place of a directory. */
  swap(name = "d", goal = this.outside): void {
    fs.renameSync(this.at(name), this.at(`${name}-aside`));
    fs.symlinkSync(goal, this.at(name));
  }

  requireUntouched(): void {
    expect(this.outsideState()).toBe(this.before);
  }

  /** Names, kinds, sizes, times and contents. */
  private outsideState(): string {
    const names = fs.readdirSync(this.outside, { recursive: true }).map(String).toSorted();
    return JSON.stringify(
      ["", ...names].map((name) => {
        const file = path.join(this.outside, name);
        const { mode, size, mtimeMs, ctimeMs, ino } = fs.lstatSync(file);
        const text = fs.statSync(file).isFile() ? fs.readFileSync(file, "utf8") : "";
        return [name, mode, size, mtimeMs, ctimeMs, ino, text];
      }),
    );
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }
}

/** The name of a temporary file that a run that is no more has left. */
function leftover(): string {
  return newTempName().replace(/-[^-]+-[^-]+\.tmp$/, "-gone00-1.tmp");
}

function entryOf(key: string, file: string): Entry {
  const { size, mtimeMs } = fs.statSync(file);
  const rest = { etag: undefined, storageClass: undefined, storeKey: undefined };
  return { kind: "object", key: asKey(key), size, mtimeMs, ...rest };
}

describe("links out of the tree that were there before:", () => {
  test("what lies behind them is not listed, read, written, or removed, and temporary files there stay", async () => {
    using trees = new TwoTrees();
    trees.swap();
    const store = targetAt(trees.root, { removeLeftovers: true });
    expect(await shown(store)).toEqual(["link d", "directory d-aside/", "object d-aside/inside"]);
    expect(await store.head(asKey("d/f0"))).toBeUndefined();
    const entry = entryOf("d/f0", `${trees.outside}/f0`);
    expect(await rejection(store.open(entry))).toMatchObject({ code: "path-clash" });
    expect(await rejection(put(store, "d/f0", "x"))).toMatchObject({ code: "path-clash" });
    expect(await rejection(put(store, "d/new/", ""))).toMatchObject({ code: "path-clash" });
    const [removal] = await store.remove([entry], never);
    expect(removal?.error).toMatchObject({ code: "path-clash" });
    expect(
      await listAll(store, { prefix: asKey("d/f0"), after: undefined, until: asKey("d/f0") }),
    ).toEqual([]);
    trees.requireUntouched();
  });

  test("one in the place of a file is not read, and replaced, not followed", async () => {
    using trees = new TwoTrees();
    fs.symlinkSync(`${trees.outside}/f0`, trees.at("f0"));
    const store = targetAt(trees.root);
    const entry = entryOf("f0", `${trees.outside}/f0`);
    expect(await rejection(store.open(entry))).toMatchObject({ code: "path-clash" });
    const [removal] = await store.remove([entry], never);
    expect(removal?.error).toMatchObject({ code: "precondition" });
    await put(store, "f0", "new");
    expect(fs.lstatSync(trees.at("f0")).isFile()).toBe(true);
    trees.requireUntouched();
  });

  test("are told as what they are, with the option that might help", async () => {
    using trees = new TwoTrees();
    trees.swap();
    expect(await rejection(put(targetAt(trees.root), "d/f0", "x"))).toMatchObject({
      message: `${trees.at("d")} is in the way: it is a symbolic link`,
      hint: expect.stringContaining("--follow-target-links"),
    });
  });
});

describe("a directory that becomes a link out of the tree", () => {
  test("while the tree is listed is not listed", async () => {
    using trees = new TwoTrees();
    for (let index = 0; index < 1000; index++) {
      fs.writeFileSync(trees.at(`a${String(index).padStart(4, "0")}`), "");
    }
    const found: Listed[] = [];
    let pages = 0;
    const store = targetAt(trees.root, { removeLeftovers: true });
    for await (const page of store.list(everything, never)) {
      if (pages++ === 0) trees.swap();
      found.push(...page);
    }
    expect(pages).toBeGreaterThan(1);
    const below = found.filter(({ key }) => key.startsWith("d/"));
    expect(below).toMatchObject([
      { kind: "directory", key: "d/" },
      { kind: "gap", key: "d/", error: { code: "path-clash" } },
    ]);
    trees.requireUntouched();
  });

  test("after its names were read is not looked into", async () => {
    using trees = new TwoTrees();
    for (let index = 0; index < 1500; index++) {
      const name = `f${String(index).padStart(4, "0")}`;
      fs.writeFileSync(trees.at("d", name), "");
      fs.writeFileSync(path.join(trees.outside, name), "theirs");
    }
    const found: Listed[] = [];
    let pages = 0;
    for await (const page of targetAt(trees.root).list(everything, never)) {
      if (pages++ === 0) trees.swap();
      found.push(...page);
    }
    const sizes = found.flatMap((item) => (item.kind === "object" ? item.size : []));
    expect(new Set(sizes.slice(0, -1))).toEqual(new Set([0]));
    expect(found.filter(({ kind }) => kind === "gap").length).toBeGreaterThan(0);
  });

  test("between listing and removing: nothing behind it is removed", async () => {
    using trees = new TwoTrees();
    const store = targetAt(trees.root);
    const entries = (await listAll(store)).filter((item) => item.kind === "object");
    trees.swap();
    for (const { error } of await store.remove(entries, never)) {
      expect(error).toMatchObject({ code: "path-clash" });
    }
    trees.requireUntouched();
  });

  test("between a write and reading it back: what lies behind it is not read", async () => {
    using trees = new TwoTrees();
    const store = targetAt(trees.root);
    await put(store, "d/f0", "theirs", 1_500_000_000_000);
    trees.swap();
    const entry = entryOf("d/f0", `${trees.outside}/f0`);
    expect(await rejection(store.open(entry))).toMatchObject({ code: "path-clash" });
  });

  test.skipIf(notLinux)(
    "while a file is read goes on with the file that was opened (needs Linux)",
    async () => {
      using trees = new TwoTrees();
      const store = targetAt(trees.root);
      const reader = await store.open(entryOf("d/inside", trees.at("d/inside")));
      trees.swap();
      expect(Buffer.from(await reader.bytes(never)).toString()).toBe("mine");
      await reader.verifyUnchanged();
      await reader.close();
    },
  );
});

describe.skipIf(notLinux)(
  "against somebody who swaps directories as fast as they can (needs Linux)",
  () => {
    const keys = ["d/f0", "d/f1", "d/inside", "d/sub/f2", "d/sub/deep/f3", "d/m/"];
    const tree = Object.fromEntries(keys.map((key) => [key, key.endsWith("/") ? "" : "ours"]));

    test("no write, no time, no directory, no deletion and no temporary file gets out", async () => {
      using trees = new TwoTrees();
      let rounds = 0;
      {
        using swapper = new Swapper(trees.at("d"), trees.outside);
        await swapper.begun();
        const end = performance.now() + 1500;
        for (; performance.now() < end; rounds++) {
          const target = targetAt(trees.root, { removeLeftovers: true });
          const transfer = { readsBack: true, maxMemoryBytes: 64 * MiB };
          await run(storeOf(tree), target, { deletes: true, transfer });
          await target.close();
          // What was made is old the next time: everything is written anew.
          fs.readdirSync(trees.root).forEach((name) => {
            if (rounds % 8 === 7 && name.startsWith("aside-")) {
              fs.rmSync(trees.at(name), { recursive: true, force: true });
            }
          });
        }
      }
      expect(rounds).toBeGreaterThan(3);
      trees.requireUntouched();
    }, 20_000);
  },
);

describe.each([
  ["open", true],
  ["examined", false],
] as const)("directories that are %s", (_, byDescriptor) => {
  const at = (trees: TwoTrees, followsLinks = false): Directories =>
    guardedDirectories(trees.root, { syncs: false, followsLinks }, byDescriptor);
  const enter = (directories: Directories, ...names: string[]): string[] => {
    const handle = directories.enter(names, "open");
    try {
      return fs.readdirSync(handle.self).toSorted();
    } finally {
      handle.leave();
    }
  };
  const supported = !byDescriptor || !notLinux;

  test.skipIf(!supported)("are made and entered, also below a root that is a link", () => {
    using trees = new TwoTrees();
    fs.symlinkSync("root", path.join(path.dirname(trees.root), "link"));
    const root = path.join(path.dirname(trees.root), "link");
    const directories = guardedDirectories(
      root,
      { syncs: false, followsLinks: false },
      byDescriptor,
    );
    const handle = directories.enter(["d", "x", "y"], "create");
    fs.writeFileSync(handle.path("f"), "");
    handle.confirm();
    handle.leave();
    expect(fs.existsSync(trees.at("d/x/y/f"))).toBe(true);
    directories.close();
  });

  test.skipIf(!supported)("are not entered through links, nor made behind them", () => {
    using trees = new TwoTrees();
    trees.swap();
    const directories = at(trees);
    for (const purpose of ["open", "create", "list"] as const) {
      expect(() => directories.enter(["d"], purpose)).toThrow("is a symbolic link");
      expect(() => directories.enter(["d", "sub", "new"], purpose)).toThrow("is a symbolic link");
    }
    directories.close();
    trees.requireUntouched();
  });

  test.skipIf(!supported)(
    "may be entered through links that stay inside, if that is wanted",
    () => {
      using trees = new TwoTrees();
      fs.mkdirSync(trees.at("e"));
      fs.symlinkSync("d", trees.at("relative"));
      fs.symlinkSync(trees.at("d"), trees.at("absolute"));
      fs.symlinkSync("relative", trees.at("twice"));
      fs.symlinkSync("../d", trees.at("e/up"));
      const directories = at(trees, true);
      for (const names of [["relative"], ["absolute"], ["twice"], ["e", "up"]]) {
        expect(enter(directories, ...names)).toEqual(["inside"]);
      }
      const made = directories.enter(["relative", "new"], "create");
      made.confirm();
      made.leave();
      expect(fs.existsSync(trees.at("d/new"))).toBe(true);
      directories.close();
    },
  );

  test.skipIf(!supported)("are never entered through links that lead out, or nowhere", () => {
    using trees = new TwoTrees();
    const beside = `${trees.root}-beside`;
    fs.mkdirSync(beside);
    fs.symlinkSync(trees.outside, trees.at("out"));
    fs.symlinkSync("../outside/sub", trees.at("deep"));
    fs.symlinkSync("out", trees.at("twice"));
    fs.symlinkSync(beside, trees.at("beside"));
    fs.symlinkSync("..", trees.at("up"));
    fs.symlinkSync("missing", trees.at("nowhere"));
    fs.symlinkSync("circle", trees.at("circle"));
    fs.symlinkSync("d/inside", trees.at("file"));
    const directories = at(trees, true);
    for (const name of ["out", "deep", "twice", "beside", "up"]) {
      expect(() => directories.enter([name], "create")).toThrow(
        `${trees.at(name)} is not followed: it leads out of ${trees.root}`,
      );
    }
    for (const name of ["nowhere", "circle", "file"]) {
      expect(() => directories.enter([name], "create")).toThrow(`${trees.at(name)} is in the way`);
    }
    directories.close();
    trees.requireUntouched();
  });

  test.skipIf(!supported)("are looked at anew when a link leads elsewhere meanwhile", () => {
    using trees = new TwoTrees();
    fs.symlinkSync("d", trees.at("link"));
    const directories = at(trees, true);
    expect(enter(directories, "link")).toEqual(["inside"]);
    fs.unlinkSync(trees.at("link"));
    fs.symlinkSync(trees.outside, trees.at("link"));
    expect(() => enter(directories, "link")).toThrow("leads out of");
    directories.close();
  });

  test("that were swapped only while a file was opened are noticed, or do not matter", () => {
    using trees = new TwoTrees();
    const directories = at(trees);
    const handle = directories.enter(["d"], "open");
    trees.swap();
    const descriptor = fs.openSync(handle.path("inside"), "r");
    fs.unlinkSync(trees.at("d"));
    fs.renameSync(trees.at("d-aside"), trees.at("d"));
    const opened = { name: "inside", descriptor };
    if (byDescriptor) expect(fs.readFileSync(descriptor, "utf8")).toBe("mine");
    else expect(() => handle.confirm(opened)).toThrow("was replaced while it was in use");
    fs.closeSync(descriptor);
    handle.leave();
    directories.close();
  });

  test("that were swapped before something was opened are noticed, or do not matter", () => {
    using trees = new TwoTrees();
    const directories = at(trees);
    const handle = directories.enter(["d"], "open");
    trees.swap();
    const names = fs.readdirSync(handle.self).toSorted();
    if (byDescriptor) expect(names).toEqual(["inside"]);
    else expect(() => handle.confirm()).toThrow("was replaced while it was in use");
    handle.leave();
    directories.close();
  });
});
