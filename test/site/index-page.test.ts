/**
 * The page of a directory that has none of its own.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { indexTemplate, type ListedName, renderIndex } from "../../src/site/index-page.ts";

const noon = Date.UTC(2026, 10, 29, 12, 0, 5);
const entries: ListedName[] = [
  { name: "img10.png", size: 3_460_300, mtimeMs: noon },
  { name: "img2.png", size: 94_300, mtimeMs: noon - 1000 },
  { name: "sub/", mtimeMs: noon },
  { name: "a.txt", size: 812, mtimeMs: 0 },
];

/** The page by a template, by the lines that it has. */
function lines(text: string, path = "", listed = entries, siteName = "example.org"): string[] {
  const page = renderIndex({ path, entries: listed, siteName }, indexTemplate(text));
  return page.split("\n").filter((line) => line !== "");
}

function links(listed: readonly ListedName[]): string[] {
  return lines("{{#directories}}{{link}}\n{{/directories}}{{#files}}{{link}}\n{{/files}}", "", [
    ...listed,
  ]);
}

describe("an index page", () => {
  test("lists directories and files as people count, with sizes and dates in UTC", () => {
    const rows = lines(
      "{{#directories}}{{name}}\n{{/directories}}{{#files}}{{name}} {{size}} {{date}} {{time}}\n{{/files}}",
    );
    expect(rows).toEqual([
      "sub",
      "a.txt 812 B 1970-01-01 00:00 1970-01-01T00:00:00Z",
      "img2.png 92.1 KiB 2026-11-29 12:00 2026-11-29T12:00:04Z",
      "img10.png 3.3 MiB 2026-11-29 12:00 2026-11-29T12:00:05Z",
    ]);
  });

  test("tells the places by name, size and date, so that styles can sort", () => {
    const ranks = lines("{{#files}}{{name}} {{byName}} {{bySize}} {{byDate}}\n{{/files}}");
    expect(ranks).toEqual(["a.txt 1 1 1", "img2.png 2 2 2", "img10.png 3 3 3"]);
  });

  test("has no dot files", () => {
    expect(links([{ name: ".git/" }, { name: ".htaccess" }, { name: "a" }])).toEqual(["a"]);
  });

  test("leads to each directory above by a relative link", () => {
    const way = "{{#above}}{{name}} {{link}}\n{{/above}}{{name}} {{path}} {{title}}";
    expect(lines(way, "docs/api/v1/")).toEqual([
      "example.org ../../../",
      "docs ../../",
      "api ../",
      "v1 docs/api/v1/ docs/api/v1/ \u2013 example.org",
    ]);
    expect(lines(way)).toEqual(["example.org  example.org"]);
  });

  test("sums up", () => {
    expect(lines("{{summary}}")).toEqual(["1 directory, 3 files, 3.4 MiB"]);
    expect(lines("{{summary}}{{#empty}}none{{/empty}}", "", [])).toEqual(["none"]);
  });

  test("is the same, byte by byte, in whatever order the names come", () => {
    const page = (listed: ListedName[]) =>
      renderIndex({ path: "a/", entries: listed, siteName: "s" });
    expect(page(entries.toReversed())).toBe(page(entries));
    const names = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 9 });
    fc.assert(
      fc.property(names, (some) => {
        const listed = some.map((name) => ({ name, size: 1, mtimeMs: 2 }));
        expect(page(listed.toReversed())).toBe(page(listed));
      }),
    );
  });
});

describe("a name in an index page", () => {
  test.each([
    ["a b?c#d%.txt", "a%20b%3Fc%23d%25.txt"],
    ["javascript:alert(1)", "javascript%3Aalert(1)"],
    ["caf\u00e9/", "caf%C3%A9/"],
    ["\ud800.txt", "%EF%BF%BD.txt"],
  ])("becomes a link that leads nowhere else: %j", (name, link) => {
    expect(links([{ name }])).toEqual([link]);
  });

  test("cannot become HTML", () => {
    const page = renderIndex({
      path: '<i>"/',
      entries: [{ name: `<script>'"&.html` }, { name: "<b>/" }],
      siteName: "<u>",
    });
    expect(page).not.toContain("<script");
    expect(page).not.toMatch(/<[ibu]>/);
    expect(page).toContain("&lt;script&gt;&#39;&quot;&amp;.html");
  });

  test("shows what cannot be seen, and cannot turn the reading direction around", () => {
    const [shown] = lines("{{#files}}{{name}}\n{{/files}}", "", [
      { name: "photo\u202egnp\u200b\n.exe" },
    ]);
    expect(shown).toBe("photo\u2039U+202E\u203agnp\u2039U+200B\u203a\u2039U+000A\u203a.exe");
  });
});

describe("a template", () => {
  test.each([
    ["\n{{nothing}}", "in line 2: there is no {{nothing}} here; there are site, path"],
    ["{{#rows}}{{/rows}}", "there is no {{#rows}}; there are above, directories, files, empty"],
    ["a\n\n{{#files}}\n", "in line 3: {{#files}} is not closed by {{/files}}"],
    ["{{/files}}", "{{/files}} closes nothing"],
    ["{{#files}}{{/above}}", "{{/above}} closes nothing"],
    ["{{#files}}{{#above}}{{/above}}{{/files}}", "cannot stand within {{#files}}"],
    ["{{size}}", "there is no {{size}} here"],
  ])("that makes no sense is refused with the line: %j", (text, why) => {
    expect(() => indexTemplate(text)).toThrow(why);
  });

  test("leaves alone what is no sign for it", () => {
    const text = "a { b } {c} <style>i{j{k:l}}</style>";
    expect(lines(text)).toEqual([text]);
  });
});
