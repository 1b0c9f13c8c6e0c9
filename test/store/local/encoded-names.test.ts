/**
 * Names that `--encode-names` gives to keys: safe everywhere, and back again to the very keys.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import { asKey, inRange, type KeyRange, only } from "../../../src/core/key.ts";
import { PathClashes } from "../../../src/diff/path-clash.ts";
import {
  decodedKey,
  decodedPieces,
  encodedComponents,
} from "../../../src/store/local/names/encoded-names.ts";
import { pathComponents } from "../../../src/store/local/names/safe-path.ts";
import { isTempName } from "../../../src/store/local/names/temp-name.ts";
import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { inByteOrder } from "../../support/trees.ts";
import { anyComponent, anyKey } from "./hostile-keys.ts";
import { listAll, put, shown, sourceAt, targetAt } from "./local.ts";

const encoded = { encodeNames: true } as const;

describe("a key", () => {
  test.each([
    // What needs nothing is left alone.
    ["a/b.txt", "a/b.txt"],
    ["é/日本/\u{1f600}/with space/a+b", "é/日本/\u{1f600}/with space/a+b"],
    ["...a/.b/~/-rf", "...a/.b/~/-rf"],
    ["100%/50%25", "100%/50%2525"],
    ["%zz%2f%", "%zz%2f%"],
    // Components that lead elsewhere, or nowhere.
    ["../up", "%2E%2E/up"],
    ["a/./b/../c", "a/%2E/b/%2E%2E/c"],
    ["a//b", "a/%2F/b"],
    ["/etc/passwd", "%2F/etc/passwd"],
    ["//x", "%2F/%2F/x"],
    ["a/", "a/%2F"],
    ["/", "%2F/%2F"],
    // What Windows cannot take.
    ["..\\win", "..%5Cwin"],
    ["C:/x", "C%3A/x"],
    ["12:30.log", "12%3A30.log"],
    ['<>"|?*', "%3C%3E%22%7C%3F%2A"],
    ["a./b /...", "a%2E/b%20/..%2E"],
    ["con/NUL.txt/com1.tar.gz", "%63on/%4EUL.txt/%63om1.tar.gz"],
    // What a terminal would obey.
    ["a\u0000b\u001b[2J\n\u007f", "a%00b%1B[2J%0A%7F"],
    ["\u0085\u202egpj", "%C2%85%E2%80%AEgpj"],
    // What looks like an escape, or like a name of ours.
    ["%41%2F", "%2541%252F"],
    ["a%-", "a%25-"],
    [".s3sync-abc-1-def-1.tmp", "%2Es3sync-abc-1-def-1.tmp"],
  ])("%j is stored as %s", (key, names) => {
    expect(encodedComponents(key).join("/")).toBe(names);
    expect(decodedKey(names.split("/"))).toBe(key);
  });

  test("with a component that is too long for a disk is cut into pieces", () => {
    const names = encodedComponents(`d/${"x".repeat(300)}/f`);
    expect(names).toEqual(["d", `${"x".repeat(251)}%-`, "x".repeat(49), "f"]);
    expect(encodedComponents("x".repeat(255))).toEqual(["x".repeat(255)]);
    expect(encodedComponents(":".repeat(85))).toEqual(["%3A".repeat(85)]);
    expect(encodedComponents(":".repeat(86))).toHaveLength(2);
  });

  test("with half a character is refused", () => {
    expect(() => encodedComponents("a\ud800")).toThrow("half a character");
  });

  test("of any kind has names that are safe on every system, and comes back from them", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const names = encodedComponents(key);
        for (const name of names) {
          expect(pathComponents(name, true)).toEqual([name]);
          expect(pathComponents(name, false)).toEqual([name]);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
          expect(isTempName(name)).toBe(false);
          expect(name).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
        }
        expect(decodedKey(names)).toBe(key);
      }),
      { numRuns: 1000 },
    );
  });

  test("never has the names of another", () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        fc.pre(a !== b);
        expect(encodedComponents(a).join("/")).not.toBe(encodedComponents(b).join("/"));
      }),
      { numRuns: 1000 },
    );
  });

  test("is that of one name only: any other name of it is none", () => {
    fc.assert(
      fc.property(anyComponent, (name) => {
        fc.pre(name !== "" && !name.includes("/"));
        const component = decodedPieces([name]);
        if (component !== undefined) expect(encodedComponents(component)).toEqual([name]);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Writes those of the keys that do not exclude each other, in their order. */
async function store(dir: TempDir, keys: readonly string[]): Promise<string[]> {
  const clashes = new PathClashes([], true);
  const target = targetAt(dir.path, encoded);
  const stored = inByteOrder(new Set(keys)).filter(
    (key) => clashes.check(asKey(key)) === undefined,
  );
  for (const key of stored) await put(target, key, key);
  await target.close();
  return stored;
}

const anyKeys = fc.array(anyKey, { maxLength: 12 });
const anyBound = fc.option(anyKey.map(asKey), { nil: undefined });

describe("a tree of encoded names", () => {
  test("is listed as exactly the keys, in the order of their UTF-8 bytes, from both sides", async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys, async (keys) => {
        using dir = new TempDir();
        const stored = await store(dir, keys);
        for (const side of [sourceAt(dir.path, encoded), targetAt(dir.path, encoded)]) {
          const listed = await listAll(side);
          expect(listed.map(({ kind, key }) => `${kind} ${key}`)).toEqual(
            stored.map((key) => `object ${key}`),
          );
          await side.close();
        }
      }),
      { numRuns: 100 },
    );
  });

  test("of a range lists exactly those keys that lie in it", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyKeys,
        anyBound,
        anyBound,
        anyBound,
        async (keys, prefix, after, until) => {
          using dir = new TempDir();
          const stored = await store(dir, keys);
          const range: KeyRange = { prefix: prefix ?? asKey(""), after, until };
          const side = sourceAt(dir.path, encoded);
          const found = (await listAll(side, range)).map(({ key }) => key);
          expect(found).toEqual(stored.map(asKey).filter((key) => inRange(key, range)));
        },
      ),
      { numRuns: 100 },
    );
  });

  test("finds, reads and removes each key by itself", async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys, async (keys) => {
        using dir = new TempDir();
        const stored = await store(dir, keys);
        const target = targetAt(dir.path, encoded);
        const signal = new AbortController().signal;
        for (const key of stored) {
          const [entry, ...others] = await listAll(target, only(asKey(key)));
          expect(others).toEqual([]);
          expect(await target.head(asKey(key))).toMatchObject({ size: Buffer.byteLength(key) });
          if (entry?.kind !== "object") throw new Error(`${JSON.stringify(key)} is not listed`);
          const reader = await target.open(entry);
          expect(Buffer.from(await reader.bytes(signal)).toString()).toBe(key);
          await reader.close();
          expect(await target.remove([entry], signal)).toMatchObject([{ error: undefined }]);
        }
        expect(await listAll(target)).toEqual([]);
        await target.close();
      }),
      { numRuns: 60 },
    );
  });

  test("puts keys where they stand in the order, not where their names do", async () => {
    using dir = new TempDir();
    const keys = ["\u0001", ".", "..", "/x", "a%", "a-", "a/", "a/b", "a0", "a:", "b//c", "~"];
    const target = targetAt(dir.path, encoded);
    for (const key of keys) await put(target, key, "");
    expect(await shown(target)).toEqual(keys.map((key) => `object ${key}`));
    expect(dir.files()).not.toEqual(keys);
  });
});

describe("a name that no key has", () => {
  test("is a gap, of a file and of a directory, and what is beside it is listed", async () => {
    using dir = new TempDir();
    for (const name of ["12:30", "a%20b", "b%-/rest", "con", "d:/f", "good", "%FF", "x%-"]) {
      dir.write(name);
    }
    expect(await shown(sourceAt(dir.path, encoded))).toEqual([
      "gap %FF file-name",
      "gap 12:30 file-name",
      "gap a%20b file-name",
      "gap b%- file-name",
      "gap con file-name",
      "gap d: file-name",
      "object good",
      "gap x%- file-name",
    ]);
  });

  test("does not hide the key that looks like it, and repeats none", async () => {
    using dir = new TempDir();
    dir.write("12:30", "bad");
    dir.write("12%3A30", "good");
    const listed = await shown(sourceAt(dir.path, encoded));
    expect(listed).toEqual(["object 12:30", "gap 12:30\ufffd file-name"]);
  });

  test("is told with what to do", async () => {
    using dir = new TempDir();
    dir.write("12:30");
    expect(await listAll(sourceAt(dir.path, encoded))).toMatchObject([
      {
        error: {
          message: `${dir.at("12:30")} is skipped: --encode-names gives no key that name`,
          hint: expect.stringContaining("Rename it to 12%3A30"),
        },
      },
    ]);
  });

  test.skipIf(process.platform !== "linux")(
    "because it is no text is a gap as well (needs such names)",
    async () => {
      using dir = new TempDir();
      fs.writeFileSync(Buffer.from(`${dir.path}/x\xff`, "latin1"), "");
      dir.write("good");
      const listed = await shown(sourceAt(dir.path, encoded));
      expect(listed).toEqual(["object good", "gap x\\xff file-name"]);
    },
  );
});

test("a file that stands where a directory is wanted is a refusal as ever", async () => {
  using dir = new TempDir();
  const target = targetAt(dir.path, encoded);
  await put(target, "a/", "marker");
  expect(await rejection(put(target, "a//b", "x"))).toMatchObject({ code: "path-clash" });
  expect(dir.files()).toEqual(["a/%2F"]);
});
