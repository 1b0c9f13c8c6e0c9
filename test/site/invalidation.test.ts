/**
 * Which addresses CloudFront is to forget.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { InvalidationPaths, mostWildcards, requestsOf } from "../../src/site/invalidation.ts";

function pathsOf(keys: readonly string[], { cleanUrls = false, mostPaths = 1000 } = {}): string[] {
  const paths = new InvalidationPaths({ cleanUrls, mostPaths });
  for (const key of keys) paths.add(key);
  return paths.paths();
}

/** What CloudFront does with a path: `*` at its end stands for anything. */
function covers(path: string, address: string): boolean {
  return path.endsWith("*") ? address.startsWith(path.slice(0, -1)) : path === address;
}

describe("a changed key", () => {
  test.each<[key: string, paths: readonly string[], clean: readonly string[]]>([
    ["a.css", ["/a.css"], ["/a.css"]],
    ["index.html", ["/", "/index.html"], ["/", "/index.html"]],
    ["docs/index.html", ["/docs/", "/docs/index.html"], ["/docs", "/docs/", "/docs/index.html"]],
    ["docs/", ["/docs/", "/docs/index.html"], ["/docs", "/docs/", "/docs/index.html"]],
    ["about.html", ["/about.html"], ["/about", "/about.html"]],
    ["myindex.html", ["/myindex.html"], ["/myindex", "/myindex.html"]],
  ])("%s is forgotten under all its addresses", (key, paths, clean) => {
    expect(pathsOf([key])).toEqual([...paths]);
    expect(pathsOf([key], { cleanUrls: true })).toEqual([...clean]);
  });

  test.each([
    ["a b.txt", "/a%20b.txt"],
    ["caf\u00e9/\u{1f600}", "/caf%C3%A9/%F0%9F%98%80"],
    [`<>"#%{}|\\^~[]\`?`, "/%3C%3E%22%23%25%7B%7D%7C%5C%5E%7E%5B%5D%60%3F"],
    ["$-_.+!*'(),;:@&=", "/$-_.+!*'(),;:@&="],
  ])("is written as CloudFront wants it: %s", (key, path) => {
    expect(pathsOf([key])).toEqual([path]);
  });

  test("counts once", () => {
    expect(pathsOf(["a", "b/", "a", "b/index.html"])).toEqual(["/a", "/b/", "/b/index.html"]);
  });
});

describe("more keys than paths are allowed", () => {
  test("in one directory become that directory, and the others stay", () => {
    const keys = Array.from({ length: 100 }, (_, i) => `assets/${i}.js`);
    expect(pathsOf([...keys, "index.html", "about.html"], { mostPaths: 50 })).toEqual([
      "/",
      "/about.html",
      "/assets/*",
      "/index.html",
    ]);
  });

  test("in many directories become the directory above", () => {
    const keys = Array.from({ length: 100 }, (_, i) => `blog/${i}/index.html`);
    expect(pathsOf(["a", ...keys], { mostPaths: 50 })).toEqual(["/a", "/blog/*"]);
  });

  test("become everything at last", () => {
    expect(pathsOf(["a/b", "c/d"], { mostPaths: 1 })).toEqual(["/*"]);
    const keys = Array.from({ length: 1000 }, (_, i) => `${i}/a`);
    expect(pathsOf(keys, { mostPaths: 20 })).toEqual(["/*"]);
  });

  test("are all forgotten, by no more paths than allowed, and no more wildcards than CloudFront takes", () => {
    const part = fc.constantFrom("a", "b", "c", "d", "e", "index.html");
    const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 200 }),
        fc.integer({ min: 1, max: 40 }),
        (keys, mostPaths) => {
          const paths = pathsOf(keys, { mostPaths });
          const wanted = keys.flatMap((each) => pathsOf([each]));
          expect(wanted.filter((address) => !paths.some((path) => covers(path, address)))).toEqual(
            [],
          );
          expect(paths.length).toBeLessThanOrEqual(mostPaths);
          const wild = paths.filter((path) => path.endsWith("*"));
          expect(wild.length).toBeLessThanOrEqual(mostWildcards);
          const needless = paths.filter((path) =>
            wild.some((other) => other !== path && covers(other, path.replace(/\*$/, ""))),
          );
          expect(needless).toEqual([]);
        },
      ),
    );
  });

  test("take little time: 200,000 of them", () => {
    const paths = new InvalidationPaths({ cleanUrls: true, mostPaths: 1000 });
    for (let i = 0; i < 200_000; i++) paths.add(`a${i % 7}/b${i % 1000}/${i}.html`);
    expect(paths.paths().length).toBeLessThanOrEqual(1000);
  });
});

test("a request has 3,000 paths at most", () => {
  const paths = Array.from({ length: 6001 }, (_, i) => `/${i}`);
  expect(requestsOf(paths).map(({ length }) => length)).toEqual([3000, 3000, 1]);
  expect(requestsOf(paths).flat()).toEqual(paths);
  expect(requestsOf([])).toEqual([]);
});
