/**
 * Ignore files mean what they mean to git.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import { asKey } from "../../src/core/key.ts";
import { IgnoreRules } from "../../src/filter/ignore-file.ts";
import { IgnoreTree } from "../../src/filter/ignore-tree.ts";
import { TempDir } from "../support/temp-dir.ts";

type Files = Readonly<Record<string, string>>;

/** The keys that a tree of ignore files leaves. */
function kept(ignoreFiles: Files, keys: readonly string[]): string[] {
  const tree = new IgnoreTree((directory) => ignoreFiles[directory], []);
  return keys.filter((key) => !tree.ignores(asKey(key)));
}

/** The same by git. A path that is tracked never counts as ignored, so nothing is. */
function keptByGit(dir: TempDir, ignoreFiles: Files, keys: readonly string[]): string[] {
  for (const [directory, text] of Object.entries(ignoreFiles)) {
    fs.mkdirSync(dir.at(directory), { recursive: true });
    fs.writeFileSync(dir.at(`${directory}.gitignore`), text);
  }
  const config = ["-c", "core.excludesFile=/dev/null", "-c", "core.ignoreCase=false"];
  const { stdout } = Bun.spawnSync(
    ["git", ...config, "check-ignore", "--no-index", "--stdin", "-z"],
    { cwd: dir.path, stdin: Buffer.from(keys.join("\0")) },
  );
  const ignored = new Set(stdout.toString().split("\0"));
  return keys.filter((key) => !ignored.has(key));
}

const keys = [
  ..."a b a.log b.log keep.log foo/a foo/b.log foo/bar/a build/x src/build/y".split(" "),
  ..."src/a src/a.log src/x/a src/x/y/z.log docs/a.html docs/x/a.html logs/1.txt logs/keep".split(
    " ",
  ),
  ...["#x", "!x", "with space", "trail ", "a\\b", "[x]", "x-1", "a*b", "src/x/y/keep.log"],
];
const cases: readonly Files[] = [
  { "": "*.log\n!keep.log\n" },
  { "": "build/\n/foo\n" },
  { "": "foo/*\n!foo/bar\n" },
  { "": "foo/\n!foo/bar\n" },
  { "": "docs/**/*.html\n**/y\nsrc/**\n" },
  { "": "# comment\n\\#x\n\\!x\n\n   \n" },
  { "": "with space\ntrail\\ \na   \n" },
  { "": "x-[0-9]\n[[]x[]]\n[!a-z]\n" },
  { "": "*\n!*/\n!*.log\n" },
  { "": "logs/*\n!logs/keep\r\n" },
  { "": "*.log\n", "src/": "!a.log\nx/y\n" },
  { "": "src/x\n", "src/": "!x\n", "src/x/": "!a\n" },
  { "": "a\\\\b\na\\*b\n" },
  { "": "**\n!a\n" },
  { "": "foo/**/a\n" },
  { "": "***.log\n/*/x/\n" },
  { "": "/\n//\nfoo//a\n" },
  { "": "[z-a]\n[z-ab].log\n[[:foo:]]\n[!z-a]\n" },
  { "": "/***/a.log\nsrc/***\n" },
  { "": "\u{FEFF}a.log\nb\t\n[a-[:alpha:]]\n[[:word:]].log\nlogs/**\\/keep" },
  { "": "[a-]\n[-b].log\nx[--0]1\n[[:lower:]x].log\n" },
];

/** Stars after some plain letters: before 2.52 git took them for the start of a name (`a**` + `/b` for `**` + `/b`). */
const unsettled = /^!?\/?[^*?[\\]*[^*?[\\/]\*\*/;

describe.skipIf(Bun.which("git") === null)("like git (needs git):", () => {
  test.each(cases.map((files) => [files]))("%j", (files) => {
    using dir = new TempDir();
    Bun.spawnSync(["git", "init", "--quiet", dir.path]);
    expect(kept(files, keys)).toEqual(keptByGit(dir, files, keys));
  });

  test("any patterns", () => {
    using dir = new TempDir();
    Bun.spawnSync(["git", "init", "--quiet", dir.path]);
    const piece = fc.constantFrom(
      "a",
      "b",
      "foo",
      "*",
      "**",
      "/",
      "?",
      "[ab]",
      "[b-a]",
      "[[:foo:]]",
      "[!a]",
      "!",
      ".log",
      "\\",
      " ",
      ..."[ ] - \\/ *** [:alpha:] [:word:] [!-b] [a-".split(" "),
    );
    const line = fc
      .array(piece, { minLength: 1, maxLength: 5 })
      .map((pieces) => pieces.join(""))
      .filter((text) => !unsettled.test(text));
    const text = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (top, below) => {
        const files = { "": top, "foo/": below };
        expect(kept(files, keys)).toEqual(keptByGit(dir, files, keys));
      }),
      { numRuns: 60 },
    );
  });
});

test("any text is an ignore file", () => {
  const sign = fc.constantFrom(
    ..."ab-*?[]!^\\/#: \n\r".split(""),
    "[:alpha:]",
    "[:foo:]",
    "&&",
    "--",
  );
  fc.assert(
    fc.property(fc.string({ unit: sign }), fc.string(), (text, path) => {
      new IgnoreRules(text).judge(path, false);
    }),
    { numRuns: 3000 },
  );
});

test("a character is a character, however many bytes it has", () => {
  expect(kept({ "": "?\n[!a]b\n日*\n" }, ["é", "éb", "日本", "éé"])).toEqual(["éé"]);
});

describe("rules that are given", () => {
  test("are overruled by every file in the tree, and the strongest comes first", () => {
    const given = ["!b.log\n", "*.log\n"].map((text) => new IgnoreRules(text));
    const tree = new IgnoreTree(
      (directory) => (directory === "x/" ? "!a.log\n" : undefined),
      given,
    );
    const ignored = ["a.log", "b.log", "x/a.log", "x/b.log", "x/c.log"].filter((key) =>
      tree.ignores(asKey(key)),
    );
    expect(ignored).toEqual(["a.log", "x/c.log"]);
  });
});

test("each directory's file is asked for once, and none below what is ignored", () => {
  const asked: string[] = [];
  const read = (directory: string): string | undefined => {
    asked.push(directory);
    return directory === "" ? "skip/\n" : undefined;
  };
  const tree = new IgnoreTree(read, []);
  for (const key of ["a/1", "a/2", "a/b/3", "skip/1", "skip/x/2"]) tree.ignores(asKey(key));
  expect(asked).toEqual(["", "a/", "a/b/"]);
});
