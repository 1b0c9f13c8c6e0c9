/**
 * Keys that become paths, and keys that must not.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import path from "node:path";

import fc from "fast-check";

import { SyncError } from "../../../src/core/errors.ts";
import { pathComponents } from "../../../src/store/local/names/safe-path.ts";

type Outcome = readonly string[] | "refused";

function outcome(key: string, windows: boolean): Outcome {
  try {
    return pathComponents(key, windows);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    expect(error).toMatchObject({ code: "unsafe-key", key });
    return "refused";
  }
}

/** A key, what it is on Windows, and what it is elsewhere if that differs. */
const rows: readonly (readonly [string, Outcome, Outcome?])[] = [
  // Plain ones.
  ["a", ["a"]],
  ["a/b/c.txt", ["a", "b", "c.txt"]],
  ["a/", ["a"]],
  [" a", [" a"]],
  ["é/日本/\u{1f600}", ["é", "日本", "\u{1f600}"]],
  ["...", "refused", ["..."]],
  ["..a", ["..a"]],
  [".a/b", [".a", "b"]],
  ["-rf", ["-rf"]],
  ["~", ["~"]],
  ["%2e%2e/x", ["%2e%2e", "x"]],
  // Out of the tree.
  ["..", "refused"],
  ["../a", "refused"],
  ["a/..", "refused"],
  ["a/../..", "refused"],
  ["a/../../b", "refused"],
  ["../", "refused"],
  // To somewhere else in it.
  [".", "refused"],
  ["./a", "refused"],
  ["a/./b", "refused"],
  ["a/.", "refused"],
  // No path at all.
  ["", "refused"],
  ["/", "refused"],
  ["//", "refused"],
  ["/etc/passwd", "refused"],
  ["//server/share", "refused"],
  ["a//b", "refused"],
  ["a//", "refused"],
  ["a\u0000b", "refused"],
  ["\u0000", "refused"],
  ["a\ud800b", "refused"],
  ["\udfff", "refused"],
  // Separators, drives and streams of Windows.
  ["..\\a", "refused", ["..\\a"]],
  ["a\\..\\..\\b", "refused", ["a\\..\\..\\b"]],
  ["\\\\server\\share", "refused", ["\\\\server\\share"]],
  ["C:", "refused", ["C:"]],
  ["C:evil", "refused", ["C:evil"]],
  ["C:/evil", "refused", ["C:", "evil"]],
  ["a/file.txt:stream", "refused", ["a", "file.txt:stream"]],
  ["a::$DATA", "refused", ["a::$DATA"]],
  ["\\\\?\\C:\\x", "refused", ["\\\\?\\C:\\x"]],
  // Characters that Windows cannot keep.
  ...Array.from('<>"|?*\u0001\u001f\t\n').map((c): readonly [string, Outcome, Outcome] => [
    `a${c}b`,
    "refused",
    [`a${c}b`],
  ]),
  // Ends that Windows drops, so that another name would be meant.
  ["a.", "refused", ["a."]],
  ["a ", "refused", ["a "]],
  ["a./b", "refused", ["a.", "b"]],
  [".. /x", "refused", [".. ", "x"]],
  // Devices.
  ...[
    "CON",
    "con",
    "Nul",
    "PRN",
    "AUX",
    "COM1",
    "com9",
    "LPT3",
    "COM¹",
    "LPT³",
    "CONIN$",
    "CONOUT$",
  ].map((name): readonly [string, Outcome, Outcome] => [name, "refused", [name]]),
  ["nul.txt", "refused", ["nul.txt"]],
  ["a/con.tar.gz", "refused", ["a", "con.tar.gz"]],
  ["aux/b", "refused", ["aux", "b"]],
  ["CON .txt", "refused", ["CON .txt"]],
  ["nul  .a.b", "refused", ["nul  .a.b"]],
  ["console", ["console"]],
  ["com10", ["com10"]],
  ["nulls.txt", ["nulls.txt"]],
  ["a.con", ["a.con"]],
];

describe("a key", () => {
  test.each(rows)("%j on Windows: %j", (key, windows) => {
    expect<Outcome>(outcome(key, true)).toEqual(windows);
  });

  test.each(rows)("%j elsewhere", (key, windows, elsewhere = windows) => {
    expect<Outcome>(outcome(key, false)).toEqual(elsewhere);
  });
});

describe("any key", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "",
      "/",
      "\\",
      ":",
      "C:",
      "\u0000",
      "a",
      " ",
      "...",
      "con",
      "~",
      "%2f",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const anyKey = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const joined = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("/"));

  test.each([
    ["POSIX", path.posix, false, "/target"],
    ["Windows", path.win32, true, "C:\\target"],
  ] as const)("on %s stays inside the root, or is refused", (_, platform, windows, root) => {
    fc.assert(
      fc.property(fc.oneof(anyKey, joined), (key) => {
        const names = outcome(key, windows);
        if (names === "refused") return;
        const file = platform.resolve(root, ...names);
        const below = platform.relative(root, file);
        expect(platform.isAbsolute(below)).toBe(false);
        expect(below.split(platform.sep)).toEqual([...names]);
        expect(platform.join(root, ...names)).toBe(file);
      }),
      { numRuns: 2000 },
    );
  });

  test("that is a path gives the key back: no two keys become one path", () => {
    fc.assert(
      fc.property(fc.oneof(anyKey, joined), fc.boolean(), (key, windows) => {
        const names = outcome(key, windows);
        if (names === "refused") return;
        expect(names.join("/")).toBe(key.endsWith("/") ? key.slice(0, -1) : key);
      }),
      { numRuns: 1000 },
    );
  });
});
