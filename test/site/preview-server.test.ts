/**
 * A site that is served on this machine.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import type { SystemMetadata } from "../../src/core/object.ts";
import { digestBytes } from "../../src/hash/digest.ts";
import { rangeOf } from "../../src/site/byte-range.ts";
import { type Preview, servePreview } from "../../src/site/preview-server.ts";
import { LocalStore } from "../../src/store/local/store.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { TempDir } from "../support/temp-dir.ts";

const never = new AbortController().signal;
const mtimeMs = Date.UTC(2026, 10, 29);

type File = readonly [key: string, text: string, attributes?: SystemMetadata];

/** Serves a site with such objects. */
async function serve(files: readonly File[]): Promise<Preview> {
  const store = new MemoryStore("site", () => mtimeMs);
  for (const [key, text, attributes] of files) {
    const bytes = Buffer.from(text);
    const metadata = { author: "me" };
    const size = bytes.byteLength;
    await store.write(
      { key: asKey(key), size, mtimeMs, attributes: { ...attributes, metadata } },
      { kind: "bytes", bytes },
      digestBytes(bytes, { md5: true, sha256: false }),
      never,
    );
  }
  return servePreview(store);
}

/** What is answered, without following anything. */
async function ask(preview: Preview, path: string, init: BunFetchRequestInit = {}) {
  const url = `${preview.url.slice(0, -1)}${path}`;
  const response = await fetch(url, { redirect: "manual", decompress: false, ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const site: readonly File[] = [
  ["index.html", "home", { contentType: "text/html; charset=utf-8", cacheControl: "no-cache" }],
  ["docs/index.html", "docs"],
  ["a b\u00e9.txt", "0123456789"],
  ["old", "", { websiteRedirect: "/docs/" }],
  ["404.html", "nothing here"],
];

describe("a preview", () => {
  test("answers with the object and its headers", async () => {
    await using preview = await serve(site);
    const { status, headers, text } = await ask(preview, "/");
    expect([status, text]).toEqual([200, "home"]);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "last-modified": "Sun, 29 Nov 2026 00:00:00 GMT",
      "content-length": "4",
      "x-amz-meta-author": "me",
    });
  });

  test.each<[path: string, status: number, text: string]>([
    ["/index.html", 200, "home"],
    ["/?a=1", 200, "home"],
    ["/docs/", 200, "docs"],
    ["/a%20b%C3%A9.txt", 200, "0123456789"],
    ["/none", 404, "nothing here"],
    ["/none/", 404, "nothing here"],
    ["/docs/../index.html", 200, "home"],
    ["/..%2findex.html", 404, "nothing here"],
    ["/%E9", 400, "The address is not encoded as it should be.\n"],
  ])("answers as the website of a bucket does: %s", async (path, status, text) => {
    await using preview = await serve(site);
    expect(await ask(preview, path)).toMatchObject({ status, text });
  });

  test("leads from a directory without its slash, and from redirects, to where they lead", async () => {
    await using preview = await serve(site);
    const directory = await ask(preview, "/docs?a=1");
    expect([directory.status, directory.headers.get("location")]).toEqual([302, "/docs/?a=1"]);
    const redirect = await ask(preview, "/old");
    expect([redirect.status, redirect.headers.get("location")]).toEqual([301, "/docs/"]);
  });

  test("says in words that a page is missing, where the site has none for that", async () => {
    await using preview = await serve([]);
    expect(await ask(preview, "/a")).toMatchObject({
      status: 404,
      text: "There is no such page.\n",
    });
  });

  test("gives heads, parts, and nothing twice", async () => {
    await using preview = await serve(site);
    const head = await ask(preview, "/a%20b%C3%A9.txt", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), head.text]).toEqual([200, "10", ""]);
    const part = await ask(preview, "/a%20b%C3%A9.txt", { headers: { range: "bytes=2-4" } });
    expect([part.status, part.headers.get("content-range"), part.text]).toEqual([
      206,
      "bytes 2-4/10",
      "234",
    ]);
    const beyond = await ask(preview, "/a%20b%C3%A9.txt", { headers: { range: "bytes=10-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
    const etag = head.headers.get("etag") ?? "";
    const again = await ask(preview, "/a%20b%C3%A9.txt", { headers: { "if-none-match": etag } });
    expect([again.status, again.text]).toEqual([304, ""]);
  });

  test("gives compressed bytes as they are, with their encoding", async () => {
    const store = Buffer.from(Bun.gzipSync("hello")).toString("latin1");
    await using preview = await serve([["a.css", store, { contentEncoding: "gzip" }]]);
    expect((await ask(preview, "/a.css")).headers.get("content-encoding")).toBe("gzip");
  });

  test("gives large files piece by piece", async () => {
    using dir = new TempDir();
    const bytes = Buffer.alloc(3_000_000, "abcdefg");
    dir.write("large.bin", bytes);
    const options = { side: "source", ignoreLinks: false, guessContentType: true } as const;
    const store = new LocalStore(dir.path, { ...options, removeLeftovers: false, sync: false });
    await using preview = servePreview(store);
    const response = await fetch(`${preview.url}large.bin`);
    expect(bytes.equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
    const part = await fetch(`${preview.url}large.bin`, { headers: { range: "bytes=7-2000006" } });
    expect(bytes.subarray(0, 2_000_000).equals(Buffer.from(await part.arrayBuffer()))).toBe(true);
  });

  test("is looked at only, and by this machine", async () => {
    await using preview = await serve(site);
    expect(await ask(preview, "/", { method: "POST", body: "x" })).toMatchObject({ status: 405 });
    const stranger = await ask(preview, "/", { headers: { host: "evil.example" } });
    expect(stranger.status).toBe(403);
    expect(preview.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  test("tells of its answers", async () => {
    const answers: unknown[] = [];
    await using preview = servePreview(new MemoryStore(), {
      onAnswer: (...answer) => void answers.push(answer),
    });
    await ask(preview, "/a");
    expect(answers).toEqual([["GET", "/a", 404]]);
  });

  test("on a port that is taken is refused", async () => {
    await using preview = await serve(site);
    const port = Number(new URL(preview.url).port);
    expect(() => servePreview(new MemoryStore(), { port })).toThrow(
      `the site cannot be served on port ${port}`,
    );
  });
});

test.each<[header: string | null, range: ReturnType<typeof rangeOf>]>([
  [null, "all"],
  ["bytes=0-0", { first: 0, last: 0 }],
  ["bytes=3-", { first: 3, last: 9 }],
  ["bytes=-3", { first: 7, last: 9 }],
  ["bytes=-30", { first: 0, last: 9 }],
  ["bytes=5-99", { first: 5, last: 9 }],
  ["bytes=10-", "none"],
  ["bytes=-0", "none"],
  ["bytes=-", "all"],
  ["bytes=4-2", "all"],
  ["bytes=0-1,4-5", "all"],
  ["lines=1-2", "all"],
])("of ten bytes %p wants %p", (header, range) => {
  expect(rangeOf(header, 10)).toEqual(range);
});
