/**
 * `--encode-names`: keys that no path can have, down to files and up again, byte for byte.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import { asKey } from "../../src/core/key.ts";
import { PathClashes } from "../../src/diff/path-clash.ts";
import { sync } from "../../src/index.ts";
import { rejection } from "../core/rejection.ts";
import { anyKey } from "../store/local/hostile-keys.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inByteOrder } from "../support/trees.ts";
import { contents, storeOf } from "./run.ts";

const old = Date.UTC(2020, 0, 1);
const fine = { errors: 0, warnings: 0 };

/** What is wrong with each of them is another thing. */
const hostile: Readonly<Record<string, string>> = {
  "../up": "up",
  "a/../../etc/passwd": "far up",
  "/etc/passwd": "absolute",
  "//server/share": "twice absolute",
  "a//b": "empty",
  "d/": "a marker with data",
  "e/": "",
  ".": "dot",
  "..\\win": "backslash",
  "C:\\x": "drive",
  "C:/x": "drive",
  "nul\u0000x": "NUL",
  "esc\u001b[2J": "escape",
  "\u202egpj.exe": "bidi",
  "con/aux.txt": "devices",
  "dot./blank ": "ends",
  "a:b": "stream",
  "100%": "percent",
  "%41": "escape",
  "%2E%2E/x": "what it looks like when it is stored",
  [`${"l".repeat(300)}/${"ü".repeat(200)}`]: "long",
  plain: "plain",
};
const count = Object.keys(hostile).length;

describe("with --encode-names", () => {
  test("hostile keys come down, nothing is done a second time, and the same keys go up", async () => {
    using dir = new TempDir();
    const target = dir.at("root");
    const source = storeOf(hostile, old);
    const down = { source, target, encodeNames: true, delete: true };
    expect(await sync(down)).toMatchObject({ transferredObjects: count, ...fine });
    expect(await sync(down)).toMatchObject({ transferredObjects: 0, skipped: count, deleted: 0 });
    expect(dir.files().every((file) => file.startsWith("root/"))).toBe(true);
    const back = storeOf({ "not/there": "goes" }, old);
    const up = { source: target, target: back, encodeNames: true, delete: true };
    expect(await sync(up)).toMatchObject({ transferredObjects: count, deleted: 1, ...fine });
    expect(contents(back)).toEqual(hostile);
    expect(await sync(up)).toMatchObject({ transferredObjects: 0, skipped: count, deleted: 0 });
  });

  test("any keys make the round, in their order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyKey, { maxLength: 15 }), async (keys) => {
        const clashes = new PathClashes([], true);
        const wanted = inByteOrder(new Set(keys)).filter((key) => {
          return clashes.check(asKey(key)) === undefined;
        });
        const source = storeOf(Object.fromEntries(wanted.map((key) => [key, `of ${key}`])), old);
        using dir = new TempDir();
        await sync({ source, target: dir.path, encodeNames: true });
        const back = storeOf({}, old);
        const queued: string[] = [];
        const summary = await sync(
          { source: dir.path, target: back, encodeNames: true },
          { onEvent: (event) => void (event.type === "queued" && queued.push(event.key)) },
        );
        expect(summary).toMatchObject({ transferredObjects: wanted.length, ...fine });
        expect(queued).toEqual(wanted);
        expect(contents(back)).toEqual(contents(source));
        const again = { source, target: dir.path, encodeNames: true, delete: true };
        expect(await sync(again)).toMatchObject({ transferredObjects: 0, deleted: 0, ...fine });
      }),
      { numRuns: 60 },
    );
  }, 20_000);

  test("what only the target has is deleted under its own name, and nothing else", async () => {
    using dir = new TempDir();
    const source = storeOf(hostile, old);
    const down = { target: dir.path, encodeNames: true, delete: true };
    await sync({ ...down, source });
    const { "../up": _, "a//b": __, ...rest } = hostile;
    const deleted: string[] = [];
    await sync(
      { ...down, source: storeOf(rest, old) },
      { onEvent: (event) => void (event.type === "deleted" && deleted.push(event.key)) },
    );
    expect(deleted.toSorted()).toEqual(["../up", "a//b"]);
    const back = storeOf({}, old);
    await sync({ source: dir.path, target: back, encodeNames: true });
    expect(contents(back)).toEqual(rest);
  });

  test("a file and what lies below it exclude each other as ever", async () => {
    using dir = new TempDir();
    const source = storeOf({ a: "1", "a/": "2", "b/": "3", "b//c": "4", "b/d": "5" }, old);
    const summary = await sync({ source, target: dir.path, encodeNames: true });
    expect(summary).toMatchObject({ transferredObjects: 3, warnings: 2, errors: 0 });
    expect(dir.files()).toEqual(["a", "b/%2F", "b/d"]);
  });

  test("a name that no key has is skipped with a warning, and the object it might be stays", async () => {
    using dir = new TempDir();
    dir.write("12:30", "not encoded");
    dir.write("ok", "fine");
    const target = storeOf({ "12:30": "kept", other: "goes" }, old);
    const up = { source: dir.path, target, encodeNames: true, delete: true };
    expect(await sync(up)).toMatchObject({ transferredObjects: 1, deleted: 1, warnings: 1 });
    expect(contents(target)).toEqual({ "12:30": "kept", ok: "fine" });
  });

  test("a single file and a single key have the names of their kind", async () => {
    using dir = new TempDir();
    const file = dir.write("12%3A30", "x");
    const target = storeOf({}, old);
    await sync({ source: file, target, encodeNames: true });
    expect(contents(target)).toEqual({ "12:30": "x" });
    const wrong = dir.write("12:30", "x");
    expect(await rejection(sync({ source: wrong, target, encodeNames: true }))).toMatchObject({
      code: "usage",
      message: `SOURCE ${wrong}: --encode-names gives no key that name`,
    });
  });

  test("ignore files of encoded directories count", async () => {
    using dir = new TempDir();
    dir.write("12%3A30/.s3syncignore", "*.log\n");
    dir.write("12%3A30/a.log", "x");
    dir.write("12%3A30/a.txt", "x");
    const target = storeOf({}, old);
    await sync({ source: dir.path, target, encodeNames: true });
    expect(contents(target)).toEqual({ "12:30/a.txt": "x" });
  });

  test("links are not followed in the target, also where they have the name of a piece", async () => {
    using dir = new TempDir();
    dir.write(`outside/${"x".repeat(49)}`, "theirs");
    fs.mkdirSync(dir.at("root"));
    fs.symlinkSync("../outside", dir.at("root", `${"x".repeat(251)}%-`));
    const source = storeOf({ ["x".repeat(300)]: "mine" }, old);
    const down = { source, target: dir.at("root"), encodeNames: true, delete: true };
    expect(await sync(down)).toMatchObject({ transferredObjects: 0, deleted: 0, errors: 0 });
    expect(Buffer.from(dir.read(`outside/${"x".repeat(49)}`)).toString()).toBe("theirs");
  });
});

test("without it the same keys are refused one by one, and the others come down", async () => {
  using dir = new TempDir();
  const source = storeOf(hostile, old);
  const warned: string[] = [];
  await sync(
    { source, target: dir.at("root") },
    { onEvent: (event) => void (event.type === "warning" && warned.push(event.key ?? "")) },
  );
  const refused = [
    "../up",
    "a/../../etc/passwd",
    "/etc/passwd",
    "//server/share",
    "a//b",
    "d/",
    ".",
  ];
  expect(warned.toSorted()).toEqual(
    [
      ...refused,
      "nul\u0000x",
      Object.keys(hostile).find((key) => key.startsWith("lll")) ?? "",
    ].toSorted(),
  );
  expect(dir.files().every((file) => file.startsWith("root/"))).toBe(true);
});
