/**
 * How a tree is listed: the order, the range, the size.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import type { Listed } from "../../../src/core/entry.ts";
import { asKey, everything, inRange, type KeyRange, only } from "../../../src/core/key.ts";
import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { listAll, never, shown, sourceAt, targetAt } from "./local.ts";

function sortedByBytes(keys: readonly string[]): string[] {
  return keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Names that sort before, at and after `/`, and on both sides of the surrogates. */
const anyName = fc
  .string({
    unit: fc.constantFrom("a", "b", "-", ".", "0", " ", "~", "é", "\uffff", "\u{1f600}"),
    minLength: 1,
    maxLength: 3,
  })
  .filter((name) => name !== "." && name !== "..");
const anyPaths = fc.array(fc.array(anyName, { minLength: 1, maxLength: 3 }), { maxLength: 12 });
const anyBound = fc.option(
  fc.array(anyName, { minLength: 1, maxLength: 2 }).map((names) => asKey(names.join("/"))),
  { nil: undefined },
);
const anyRange: fc.Arbitrary<KeyRange> = fc.record({
  prefix: fc.oneof(
    fc.constant(asKey("")),
    anyBound.map((key) => key ?? asKey("a")),
  ),
  after: anyBound,
  until: anyBound,
});

/** Makes the files that can be made; where a file is in the way of a directory, the directory is left out. */
function plant(dir: TempDir, paths: readonly (readonly string[])[]): string[] {
  const files: string[] = [];
  for (const names of paths) {
    const key = names.join("/");
    try {
      dir.write(key);
      files.push(key);
    } catch {
      // `a` is a file already and `a/b` cannot be one, or the other way round.
    }
  }
  return [...new Set(files)];
}

/** All directories above these files. */
function directoriesOf(files: readonly string[]): string[] {
  const above = files.flatMap((file) => {
    const names = file.split("/").slice(0, -1);
    return names.map((_, index) => `${names.slice(0, index + 1).join("/")}/`);
  });
  return [...new Set(above)];
}

/** Notes which directories are read as long as it is there. */
class ReadDirectories implements Disposable {
  readonly read: string[] = [];
  private readonly original = fs.readdirSync;

  constructor() {
    const note = (...args: Parameters<typeof fs.readdirSync>): unknown => {
      this.read.push(String(args[0]));
      return this.original(...args);
    };
    fs.readdirSync = note as typeof fs.readdirSync;
  }

  [Symbol.dispose](): void {
    fs.readdirSync = this.original;
  }
}

function keysOf(items: readonly Listed[]): string[] {
  return items.map(({ key }) => key);
}

describe("the order of a listing", () => {
  test("is that of the full keys as UTF-8 bytes, for any tree", async () => {
    await fc.assert(
      fc.asyncProperty(anyPaths, async (paths) => {
        using dir = new TempDir();
        const files = plant(dir, paths);
        const listed = await listAll(sourceAt(dir.path));
        expect(keysOf(listed.filter(({ kind }) => kind === "object"))).toEqual(
          sortedByBytes(files),
        );
        expect(keysOf(listed)).toEqual(sortedByBytes([...files, ...directoriesOf(files)]));
      }),
      { numRuns: 150 },
    );
  });

  test("puts a directory where its keys stand, not where its name stands", async () => {
    using dir = new TempDir();
    for (const name of ["a/b", "a-b", "a.txt", "a0", "b"]) dir.write(name);
    expect(await shown(sourceAt(dir.path))).toEqual([
      "object a-b",
      "object a.txt",
      "directory a/",
      "object a/b",
      "object a0",
      "object b",
    ]);
  });

  test("is the same for a source and a target", async () => {
    using dir = new TempDir();
    for (const name of ["a/b/c", "a-b", "a/b-", "\u{1f600}", "\uffff/x"]) dir.write(name);
    expect(await listAll(targetAt(dir.path))).toEqual(await listAll(sourceAt(dir.path)));
  });
});

describe("a range", () => {
  test("of any tree has exactly those items of the full listing that lie in it", async () => {
    await fc.assert(
      fc.asyncProperty(anyPaths, anyRange, async (paths, range) => {
        using dir = new TempDir();
        plant(dir, paths);
        const all = await listAll(sourceAt(dir.path));
        const wanted = all.filter(({ key }) => inRange(key, range));
        const isOne = range.until === range.prefix && range.prefix !== "";
        const found = await listAll(sourceAt(dir.path), range);
        // Of one single key only an object is told.
        expect(found).toEqual(isOne ? wanted.filter(({ kind }) => kind === "object") : wanted);
      }),
      { numRuns: 200 },
    );
  });

  test("of one key does not read the directory around it", async () => {
    using dir = new TempDir();
    dir.write("d/a");
    dir.write("d/b");
    using directories = new ReadDirectories();
    expect(await shown(sourceAt(dir.path), only(asKey("d/a")))).toEqual(["object d/a"]);
    expect(directories.read).toEqual([]);
  });

  test("does not enter directories that lie outside it", async () => {
    using dir = new TempDir();
    for (const name of ["a/1", "b/1", "b/2/3", "c/1"]) dir.write(name);
    using directories = new ReadDirectories();
    const range = { prefix: asKey("b/"), after: asKey("b/1"), until: undefined };
    expect(await shown(sourceAt(dir.path), range)).toEqual(["directory b/2/", "object b/2/3"]);
    expect(directories.read).toEqual([dir.path, dir.at("b"), dir.at("b/2")]);
  });
});

describe("a large directory", () => {
  const names = Array.from({ length: 6000 }, (_, index) => `f${String(index).padStart(4, "0")}`);
  const range = (after: string, until: string): KeyRange => ({
    prefix: asKey(""),
    after: asKey(after),
    until: asKey(until),
  });

  test("of which several ranges are listed is read once", async () => {
    using dir = new TempDir();
    for (const name of names) dir.write(`d/${name}`);
    const store = sourceAt(dir.path);
    using directories = new ReadDirectories();
    const found: Listed[] = [];
    for (const [after, until] of [
      ["a", "d/f1999"],
      ["d/f1999", "d/f3999"],
      ["d/f3999", "e"],
    ] as const) {
      found.push(...(await listAll(store, range(after, until))));
    }
    expect(found.filter(({ kind }) => kind === "object").map(({ key }) => key)).toEqual(
      names.map((name) => asKey(`d/${name}`)),
    );
    expect(directories.read.filter((read) => read === dir.at("d"))).toHaveLength(1);
  });

  test("is read again when it has changed", async () => {
    using dir = new TempDir();
    for (const name of names) dir.write(name);
    const store = sourceAt(dir.path);
    await listAll(store);
    dir.write("new");
    fs.rmSync(dir.at("f0000"));
    // Its time may be the same on a coarse clock.
    fs.utimesSync(dir.path, new Date(), new Date(Date.now() + 5000));
    const found = (await listAll(store)).map(({ key }) => String(key));
    expect(found).toEqual([...names.slice(1), "new"]);
  });
});

describe("a tree of 20,000 files", () => {
  const shapes: Readonly<Record<string, (index: number) => string>> = {
    "in one directory": (index) => `d/file-${index}`,
    "in 2,000 directories": (index) => `d${index % 2000}/sub/file-${index}`,
  };
  test.each(Object.keys(shapes))("%s is listed in order, in pages", async (shape) => {
    using dir = new TempDir();
    const files = Array.from({ length: 20_000 }, (_, index) => shapes[shape]?.(index) ?? "");
    for (const file of files) dir.write(file);
    const found: string[] = [];
    let longest = 0;
    for await (const page of sourceAt(dir.path).list(everything, never)) {
      longest = Math.max(longest, page.length);
      for (const item of page) if (item.kind === "object") found.push(item.key);
    }
    expect(found).toEqual(sortedByBytes(files));
    // A directory may come on top of a full page.
    expect(longest).toBeLessThanOrEqual(1001);
  });
});

describe("what changes during a listing:", () => {
  /** Lists the first page of a tree with more than one, then changes the tree, then lists the rest. */
  async function listAround(
    dir: TempDir,
    change: () => void,
    storeAt = sourceAt,
  ): Promise<string[]> {
    for (let index = 0; index < 1000; index++) dir.write(`a/${String(index).padStart(4, "0")}`);
    const found: string[] = [];
    let pages = 0;
    for await (const page of storeAt(dir.path).list(everything, never)) {
      pages += 1;
      found.push(...page.map((item) => `${item.kind} ${item.key}`));
      if (pages === 1) change();
    }
    expect(pages).toBeGreaterThan(1);
    return found.filter((line) => !/ a\//.test(line));
  }

  test("a directory that vanishes is absent, and what follows is listed", async () => {
    using dir = new TempDir();
    for (const name of ["b/1", "b/2/3", "c"]) dir.write(name);
    const found = await listAround(dir, () => fs.rmSync(dir.at("b"), { recursive: true }));
    expect(found).toEqual(["directory b/", "object c"]);
  });

  test("a file that vanishes is absent", async () => {
    using dir = new TempDir();
    for (const name of ["b", "c"]) dir.write(name);
    expect(await listAround(dir, () => fs.unlinkSync(dir.at("b")))).toEqual(["object c"]);
  });

  test("a directory that becomes a file is unknown, not absent", async () => {
    using dir = new TempDir();
    for (const name of ["b/1", "c"]) dir.write(name);
    const found = await listAround(dir, () => {
      fs.rmSync(dir.at("b"), { recursive: true });
      dir.write("b");
    });
    expect(found).toEqual(["directory b/", "gap b/", "object c"]);
  });

  describe("a root that", () => {
    const changes = {
      "is gone": () => undefined,
      "is another directory": (root: string) => fs.mkdirSync(root),
    };

    const cases = Object.entries(changes).flatMap(([what, change]) =>
      [sourceAt, targetAt].map((storeAt) => ({ what, change, storeAt })),
    );

    for (const { what, change, storeAt } of cases) {
      const side = storeAt === sourceAt ? "source" : "target";
      test(`${what} ends it with an error, as a ${side}: nothing was removed below a disk that is not there`, async () => {
        using dir = new TempDir();
        fs.mkdirSync(dir.at("disk"));
        using disk = new TempDir();
        for (const name of ["b/1", "c"]) disk.write(name);
        const root = disk.path;
        const aside = dir.at("disk", "away");
        const listed = listAround(
          disk,
          () => {
            fs.renameSync(root, aside);
            change(root);
          },
          storeAt,
        );
        expect(await rejection(listed)).toMatchObject({
          code: "file-system",
          message: expect.stringContaining(what),
          hint: "Is the disk still mounted?",
        });
      });
    }

    test("is another one for the next listing is no root of it, on either side", async () => {
      for (const at of [sourceAt, targetAt]) {
        using dir = new TempDir();
        dir.write("root/a");
        const store = at(dir.at("root"));
        expect(await shown(store)).toHaveLength(1);
        fs.renameSync(dir.at("root"), dir.at("away"));
        fs.mkdirSync(dir.at("root"));
        expect(await rejection(listAll(store))).toMatchObject({ code: "file-system" });
      }
    });
  });
});

describe("the root", () => {
  test("of a source that is not there is an error", async () => {
    using dir = new TempDir();
    expect(await rejection(listAll(sourceAt(dir.at("missing"))))).toMatchObject({
      code: "not-found",
      path: dir.at("missing"),
    });
  });

  test("of a target that is not there yet holds nothing, and is not made by looking", async () => {
    using dir = new TempDir();
    expect(await listAll(targetAt(dir.at("missing")))).toEqual([]);
    expect(fs.existsSync(dir.at("missing"))).toBe(false);
  });

  test("that is empty holds nothing", async () => {
    using dir = new TempDir();
    expect(await listAll(sourceAt(dir.path))).toEqual([]);
  });

  test("may itself be a link on either side: the user named it", async () => {
    using dir = new TempDir();
    dir.write("real/a");
    fs.symlinkSync(dir.at("real"), dir.at("link"));
    expect(await shown(sourceAt(dir.at("link")))).toEqual(["object a"]);
    expect(await shown(targetAt(dir.at("link")))).toEqual(["object a"]);
  });
});

test("an entry tells size and time of its file, and that there is no ETag", async () => {
  using dir = new TempDir();
  dir.write("a", "hello", new Date(1_600_000_000_123));
  const [entry] = await listAll(sourceAt(dir.path));
  expect(entry).toEqual({
    kind: "object",
    key: asKey("a"),
    size: 5,
    mtimeMs: 1_600_000_000_123,
    etag: undefined,
    storageClass: undefined,
    storeKey: undefined,
  });
});

test("a long walk lets signals and timers have their turn", async () => {
  using dir = new TempDir();
  for (let i = 0; i < 2500; i++) dir.write(`f${i}`);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  for await (const page of sourceAt(dir.path).list(everything, never)) {
    expect(page.length).toBeGreaterThan(0);
  }
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});
