/**
 * What the files of a site are published with.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { readHeaders } from "../../src/site/headers-file.ts";
import { isFingerprinted, isPage } from "../../src/site/pages.ts";
import { type SiteRule, SiteRules } from "../../src/site/rules.ts";

const immutable = "public, max-age=31536000, immutable";

function attributes(key: string, ...rules: readonly SiteRule[]) {
  return new SiteRules(rules).attributesOf(key);
}

describe("a name that holds a digest", () => {
  test.each([
    "app.3f2a91bc.js",
    "assets/index-BXa9_kPz.js",
    "assets/index-B-a9_kPz.css",
    "static/js/main.0a1b2c3d4e5f60718293.chunk.js",
    "img/logo.8c5f1e2ad09b4.svg",
    "main-K7QXRT2M.js",
    "fonts/inter.3f2a91bc.min.woff2",
    "_next/static/3f2a91bcde01.js",
    "vendor~app.3f2a91bc.js.map",
  ])("is seen: %s", (key) => {
    expect(isFingerprinted(key)).toBe(true);
    expect(attributes(key).cacheControl).toBe(immutable);
  });

  test.each([
    "app.js",
    "report-20261129.pdf",
    "menu-20261129a.pdf",
    "photo-DSC02345.jpg",
    "photo-IMG_2345.jpg",
    "index-Download.js",
    "chart-MyModule.js",
    "jquery-3.7.1.min.js",
    "bootstrap.bundle.min.js",
    "release-v1.2.3.zip",
    "deadbeef",
    "facade-facadeed.css",
    "app.3f2a91bc",
    "post-3f2a91bc.html",
    "sitemap-3f2a91bc.xml",
    "understanding-typescript5.css",
  ])("is not seen where there may be none: %s", (key) => {
    expect(isFingerprinted(key)).toBe(false);
    expect(attributes(key).cacheControl).not.toBe(immutable);
  });
});

describe("pages", () => {
  test.each([
    "index.html",
    "a/b.htm",
    "A.HTML",
    "feed.xml",
    "blog/index.xml",
    "news.rss",
    "posts.atom",
    "feed.json",
    "sitemap.xml",
    "sitemap-0.xml.gz",
    "site.webmanifest",
    "manifest.json",
    "sw.js",
    "service-worker.js",
    "ngsw.json",
  ])("come after what they name, and are asked about each time: %s", (key) => {
    expect(isPage(key)).toBe(true);
    expect(attributes(key).cacheControl).toBe("no-cache");
  });

  test.each(["html", "a.html.gz", "data.json", "a.xml", "swim.js", "index.html/picture.png"])(
    "are not: %s",
    (key) => {
      expect(isPage(key)).toBe(false);
      expect(attributes(key).cacheControl).toBeUndefined();
    },
  );
});

describe("media types", () => {
  test.each([
    ["index.html", "text/html; charset=utf-8"],
    ["a.css", "text/css; charset=utf-8"],
    ["a.mjs", "text/javascript; charset=utf-8"],
    ["LICENSE.txt", "text/plain; charset=utf-8"],
    ["data.json", "application/json"],
    ["feed.xml", "application/xml"],
    ["logo.svg", "image/svg+xml"],
    ["font.woff2", "font/woff2"],
    ["module.wasm", "application/wasm"],
    ["Makefile", "application/octet-stream"],
    [".well-known/apple-app-site-association", "application/json"],
    [".well-known/openid-configuration", "application/json"],
  ])("of %s: %s", (key, type) => {
    expect(attributes(key).contentType).toBe(type);
  });

  test("have the charset that a rule names, or none", () => {
    const old: SiteRule = { files: ["old/"], charset: "iso-8859-1" };
    const own: SiteRule = { files: ["own/"], charset: "none" };
    expect(attributes("old/a.html", old, own).contentType).toBe("text/html; charset=iso-8859-1");
    expect(attributes("own/a.html", old, own).contentType).toBe("text/html");
  });
});

describe("rules", () => {
  test("win over what is usual, the last one first, each header by itself", () => {
    const { cacheControl, contentLanguage, storageClass } = attributes(
      "docs/a.html",
      { files: ["*.html"], cacheControl: "max-age=60", contentLanguage: "en" },
      { files: ["docs/**", "more"], cacheControl: "max-age=5", storageClass: "STANDARD_IA" },
      { files: ["*.css"], cacheControl: "max-age=7" },
    );
    expect([cacheControl, contentLanguage, storageClass]).toEqual([
      "max-age=5",
      "en",
      "STANDARD_IA",
    ]);
  });

  test("put their metadata together", () => {
    const { metadata } = attributes(
      "a.css",
      { files: ["*"], metadata: { a: "1", b: "2" } },
      { files: ["*.css"], metadata: { b: "3" } },
    );
    expect(metadata).toEqual({ a: "1", b: "3" });
  });

  test("say how files are compressed, which their Content-Encoding then tells", () => {
    const rules: SiteRule[] = [
      { files: ["*.css", "*.html"], compress: "br" },
      { files: ["mail.html"], compress: "none" },
    ];
    expect(attributes("a.css", ...rules)).toMatchObject({ encoding: "br", contentEncoding: "br" });
    const plain = attributes("mail.html", ...rules);
    expect([plain.encoding, plain.contentEncoding]).toEqual([undefined, undefined]);
  });

  test("do not compress what _headers says is compressed", () => {
    const headers = readHeaders("/a.css\n  Content-Encoding: gzip");
    const rules = new SiteRules([{ files: ["*.css"], compress: "br" }], headers);
    expect(rules.attributesOf("a.css")).toMatchObject({
      contentEncoding: "gzip",
      encoding: undefined,
    });
  });

  test("win over _headers, which wins over what is usual", () => {
    const headers = readHeaders("/*\n  Cache-Control: max-age=1\n  Content-Language: de");
    const rules = new SiteRules([{ files: ["b.html"], cacheControl: "max-age=2" }], headers);
    expect(rules.attributesOf("a.html")).toMatchObject({
      cacheControl: "max-age=1",
      contentLanguage: "de",
    });
    expect(rules.attributesOf("b.html").cacheControl).toBe("max-age=2");
  });

  test("for no files are refused, and so are globs that make no sense", () => {
    expect(() => new SiteRules([{ files: [] }])).toThrow("a rule of the site is for no files");
    expect(() => new SiteRules([{ files: ["/"] }])).toThrow("makes no sense");
  });

  test("that say something else have another digest", () => {
    const digests = [
      new SiteRules(),
      new SiteRules([{ files: ["*"], cacheControl: "a" }]),
      new SiteRules([{ files: ["*"], cacheControl: "b" }]),
      new SiteRules([], readHeaders("/*\n  Cache-Control: a")),
      new SiteRules([], readHeaders("/*\n  ! Cache-Control")),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(digests.length);
    expect(new SiteRules([]).digest).toBe(new SiteRules().digest);
  });
});

describe("a listing that is made", () => {
  const listing = (...rules: readonly SiteRule[]) =>
    new SiteRules(rules).listingAttributesOf("files/index.html");

  test("is compressed and kept as rules say", () => {
    const rule = { files: ["*.html"], compress: "br", cacheControl: "max-age=9" } as const;
    expect(listing(rule)).toMatchObject({
      ...{ encoding: "br", contentEncoding: "br", cacheControl: "max-age=9" },
      contentType: "text/html; charset=utf-8",
    });
  });

  test("is never kept for ever: it changes with what it lists", () => {
    expect(listing({ files: ["/files/"], cacheControl: immutable }).cacheControl).toBe("no-cache");
  });
});
