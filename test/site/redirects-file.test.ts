/**
 * `_redirects`, as Netlify and Cloudflare Pages read it, as far as S3 can do it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { readRedirects } from "../../src/site/redirects-file.ts";

/** Keys and where they lead. */
function pairs(text: string): [key: string, location: string][] {
  return readRedirects(text).redirects.map(({ key, location }) => [key, location]);
}

describe("a line of _redirects", () => {
  test.each<[line: string, key: string, location: string]>([
    ["/old /new", "old", "/new"],
    ["/old.html   /new.html\t301", "old.html", "/new.html"],
    ["/old/ /new/", "old/index.html", "/new/"],
    ["/ /welcome/ 301!", "index.html", "/welcome/"],
    ["/shop https://shop.example/?a=1#b 301", "shop", "https://shop.example/?a=1#b"],
    ["/a /b # a comment", "a", "/b"],
    ["/caf%C3%A9 /cafe", "caf\u00e9", "/cafe"],
    ["/x /caf\u00e9%20bar", "x", "/caf%C3%A9%20bar"],
    ["/12:30 /noon", "12:30", "/noon"],
  ])("is an object: %s", (line, key, location) => {
    expect(readRedirects(line).remarks).toEqual([]);
    expect(pairs(line)).toEqual([[key, location]]);
  });

  test.each([302, 303, 307, 308])("with status %d is answered with 301, with a word", (status) => {
    const { redirects, remarks } = readRedirects(`/a /b ${status}`);
    expect(redirects).toHaveLength(1);
    expect(remarks).toEqual([
      { line: 1, severity: "warning", message: `S3 answers with 301 instead of ${status}` },
    ]);
  });

  test("with ! counts although there is such a file", () => {
    const { redirects } = readRedirects("/a /b 301!\n/c /d 301\n/e /f");
    expect(redirects.map(({ force }) => force)).toEqual([true, false, false]);
  });

  test.each([
    ["/blog/* /news/:splat", "patterns are for a function of CloudFront"],
    ["/blog/:year /news/:year 301", "patterns are for a function of CloudFront"],
    ["/* /index.html 200", "make /index.html the error document"],
    ["/* /404.html 404", "make /404.html the error document"],
    ["/api /other 200", "S3 cannot answer one path with another (200)"],
    ["https://old.example/* https://new.example/:splat", "a whole host is for CloudFront"],
    ["/ /de 302 Language=de", "S3 knows no conditions such as Language=de"],
    ["/store id=1 /blog 301", "S3 knows no conditions such as id=1"],
  ])("that S3 cannot do is left out, with a word: %s", (line, why) => {
    expect(readRedirects(`\n${line}`)).toEqual({
      redirects: [],
      remarks: [{ line: 2, severity: "warning", message: expect.stringContaining(why) }],
    });
  });

  test.each([
    "/old",
    "old /new",
    "/old new",
    "/old /new 3000",
    "/old /new soon",
    "/a//b /c",
    "/a/../b /c",
    "/%E9 /c",
    "/a /a",
    "/a/ /a/index.html",
    `/${"a".repeat(1025)} /c`,
    `/a /${"b".repeat(2048)}`,
  ])("that makes no sense is an error: %.40s", (line) => {
    expect(readRedirects(line)).toEqual({
      redirects: [],
      remarks: [{ line: 1, severity: "error", message: expect.any(String) }],
    });
  });
});

test("the first line about a path counts, and the other is named", () => {
  const { remarks } = readRedirects("/b /1\n/a /2\n/b /3");
  expect(pairs("/b /1\n/a /2\n/b /3")).toEqual([
    ["a", "/2"],
    ["b", "/1"],
  ]);
  expect(remarks).toEqual([
    {
      line: 3,
      severity: "warning",
      message: "left out: line 1 is about the same path, and the first one counts",
    },
  ]);
});
