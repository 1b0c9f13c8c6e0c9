/**
 * `_headers`, as Netlify and Cloudflare Pages read it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { readHeaders } from "../../src/site/headers-file.ts";

describe("a path in _headers", () => {
  test.each<[path: string, matching: readonly string[], others: readonly string[]]>([
    ["/a.css", ["a.css"], ["b/a.css", "a.cssx", "axcss"]],
    ["/*", ["a", "b/c.html", "index.html"], []],
    ["/img/*", ["img/a.png", "img/x/y.png"], ["imgs/a.png", "a.png"]],
    ["/*.js", ["a.js", "b/c.js"], ["a.jsx"]],
    ["/blog/:post/cover.png", ["blog/a/cover.png"], ["blog/a/b/cover.png", "blog//cover.png"]],
    ["/", ["index.html"], ["a/index.html", "a"]],
    ["/docs/", ["docs/index.html"], ["docs/a"]],
    ["/docs", ["docs/index.html", "docs.html", "docs"], ["docs/a"]],
    ["/about", ["about.html"], ["about.htm"]],
    ["/A.css", ["A.css"], ["a.css"]],
    ["/caf\u00e9 (1).txt", ["caf\u00e9 (1).txt"], ["caf\u00e9 1.txt"]],
  ])("%s", (path, matching, others) => {
    const { headersOf, remarks } = readHeaders(`${path}\n  Cache-Control: x`);
    expect(remarks).toEqual([]);
    for (const key of matching) expect([key, headersOf(key).cacheControl]).toEqual([key, "x"]);
    for (const key of others) expect([key, headersOf(key).cacheControl]).toEqual([key, undefined]);
  });

  test("of wild stars does not take for ever", () => {
    const { headersOf } = readHeaders(`/${"*a".repeat(30)}b\n  Cache-Control: x`);
    expect(headersOf("a".repeat(1000)).cacheControl).toBeUndefined();
  });
});

describe("headers in _headers", () => {
  test("are kept if S3 keeps them, by whatever case they are named", () => {
    const text = `# all that S3 knows
/*
  cache-control: no-cache
  CONTENT-TYPE: text/plain; charset=utf-8
  Content-Language: de
  Content-Disposition: attachment
  Content-Encoding: gzip
  Expires: Thu, 01 Dec 2033 16:00:00 GMT
  X-Amz-Meta-Author: me # and a comment`;
    const { headersOf, remarks } = readHeaders(text.replaceAll("\n", "\r\n"));
    expect(remarks).toEqual([]);
    expect(headersOf("a")).toEqual({
      cacheControl: "no-cache",
      contentType: "text/plain; charset=utf-8",
      contentLanguage: "de",
      contentDisposition: "attachment",
      contentEncoding: "gzip",
      expires: "Thu, 01 Dec 2033 16:00:00 GMT",
      metadata: { author: "me" },
    });
  });

  test("of all matching paths count: values are put together, and ! takes back", () => {
    const { headersOf } = readHeaders(`
/*
  Cache-Control: public
  Content-Type: text/plain
/a/*
  Cache-Control: max-age=5
  Content-Type: text/css
/a/b
  ! Cache-Control
  Cache-Control: no-store`);
    expect(headersOf("c")).toEqual({ cacheControl: "public", contentType: "text/plain" });
    expect(headersOf("a/c")).toEqual({
      cacheControl: "public, max-age=5",
      contentType: "text/css",
    });
    expect(headersOf("a/b").cacheControl).toBe("no-store");
  });

  test("that S3 does not keep are named once, with the line", () => {
    const text = "/*\n  X-Frame-Options: DENY\n/a\n  x-frame-options: SAMEORIGIN\n  Link: </a>";
    expect(readHeaders(text).remarks).toEqual([
      {
        line: 2,
        severity: "warning",
        message:
          "S3 does not keep X-Frame-Options; a response headers policy of CloudFront adds it",
      },
      expect.objectContaining({ line: 5, message: expect.stringContaining("Link") }),
    ]);
  });

  test("of one host only are left out, with a word", () => {
    const { headersOf, remarks } = readHeaders("https://a.example/*\n  Cache-Control: x");
    expect(headersOf("a")).toEqual({});
    expect(remarks).toEqual([expect.objectContaining({ line: 1, severity: "warning" })]);
  });

  test("that ask for a password are an error: all would be public", () => {
    const { remarks } = readHeaders("/secret/*\n  Basic-Auth: me:word");
    expect(remarks).toEqual([
      {
        line: 2,
        severity: "error",
        message: "S3 asks nobody for a password: what is protected by Basic-Auth would be public",
      },
    ]);
  });

  test.each([
    ["  Cache-Control: x", 1],
    ["/*\n\n  nothing", 3],
    ["/*\n  Cache-Control:", 2],
  ])("that make no sense are an error with the line: %j", (text, line) => {
    expect(readHeaders(text).remarks).toEqual([
      { line, severity: "error", message: expect.any(String) },
    ]);
  });
});
