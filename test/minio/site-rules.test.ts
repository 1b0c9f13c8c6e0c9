/**
 * `s3sync site`: what files are published with.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import zlib from "node:zlib";

import { MiB } from "../../src/core/bytes.ts";
import { rejection } from "../core/rejection.ts";
import { can, needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import type { Answer } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { SiteScene } from "./site-kit.ts";

const keeping = needing("keeps headers as they are given");
const files = {
  "index.html": "<title>home</title>",
  "app.3f2a91bc7d.js": "let a;",
  "img/a.svg": "<svg/>",
  "notes.txt": "ä",
};

describe("without rules", () => {
  keeping.test(
    "types have their charset, pages are asked for each time, and fingerprints never",
    async () => {
      await using site = await SiteScene.create(files);
      await site.publish();
      expect(await site.bucket.head("index.html")).toMatchObject({
        ContentType: "text/html; charset=utf-8",
        CacheControl: "no-cache",
      });
      expect(await site.bucket.head("app.3f2a91bc7d.js")).toMatchObject({
        ContentType: "text/javascript; charset=utf-8",
        CacheControl: "public, max-age=31536000, immutable",
      });
      const notes = await site.bucket.head("notes.txt");
      expect(notes.ContentType).toBe("text/plain; charset=utf-8");
      expect(notes.CacheControl).toBeUndefined();
    },
  );
});

describe("rules by pattern", () => {
  test("say headers, metadata and the storage class; the last one that matches decides", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({
      rules: [
        { files: ["*"], cacheControl: "max-age=60", metadata: { site: "mine" } },
        { files: ["/img/"], storageClass: "REDUCED_REDUNDANCY", contentLanguage: "la" },
        { files: ["*.svg"], cacheControl: "max-age=99", metadata: { kind: "vector" } },
      ],
    });
    expect(await site.bucket.head("img/a.svg")).toMatchObject({
      CacheControl: "max-age=99",
      ContentLanguage: "la",
      Metadata: { site: "mine", kind: "vector" },
      ...(can("keeps storage classes") ? { StorageClass: "REDUCED_REDUNDANCY" } : {}),
    });
    expect(await site.bucket.head("notes.txt")).toMatchObject({ CacheControl: "max-age=60" });
  });

  keeping.test("reach what is published already, once, without sending it", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    const rules = [{ files: ["*.svg"], cacheControl: "max-age=99" }];
    const run = await site.publish({ rules });
    expect(run.sent).toEqual(["img/a.svg"]);
    expect(run.requests).toMatchObject({ CopyObject: 1 });
    expect(await site.bucket.head("img/a.svg")).toMatchObject({ CacheControl: "max-age=99" });
    const again = await site.publish({ rules });
    expect(again).toMatchObject({ sent: [], requests: { ListObjectsV2: 1, HeadObject: 1 } });
  });

  keeping.test("are brought in step again where that did not come to its end", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    const rules = [{ files: ["*"], cacheControl: "max-age=99" }];
    const no = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    const refused = site.proxy.inject("CopyObject", no, { times: 1 });
    await site.publish({ rules, warnAsError: true });
    expect(refused.hits).toBe(1);
    await site.publish({ rules });
    for (const name of Object.keys(files)) {
      expect(await site.bucket.head(name)).toMatchObject({ CacheControl: "max-age=99" });
    }
  });

  test("cannot be brought in step where nothing may be read, which is told, and the site is published", async () => {
    await using site = await SiteScene.create(files);
    const no = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    site.proxy.inject("HeadObject", no);
    const run = await site.publish();
    expect(run).toMatchObject({ sent: Object.keys(files).toSorted(), summary: { errors: 0 } });
    const told = run.events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
    expect(told.join()).toContain(".s3sync-site may not be read");
    expect(await site.bucket.keys()).not.toContain(".s3sync-site");
  });

  test("stand in the configuration file, and what is wrong with them is told", async () => {
    await using site = await SiteScene.create(files);
    const good = site.dir.write(
      "good.toml",
      '[[site.rules]]\nfiles = ["*.svg"]\ncache-control = "max-age=7"\n[site.rules.metadata]\nA = "b"\n',
    );
    const env = serverEnv(httpServer());
    const run = await runCli(["site", "--config", good, site.root, site.url], { env });
    expect(run).toMatchObject({ exitCode: 0 });
    expect(await site.bucket.head("img/a.svg")).toMatchObject({
      CacheControl: "max-age=7",
      Metadata: { a: "b" },
    });
    const bad = site.dir.write(
      "bad.yaml",
      "site:\n  rules:\n    - files: '*'\n      cache_control: x\n      compress: zip\n    - charset: 1\n    - files: '*'\n      metadata: [a]\n",
    );
    const wrong = await runCli(["site", "--config", bad, site.root, site.url], { env });
    expect(wrong.exitCode).toBe(2);
    for (const line of [
      "site: rule 1: cache_control: there is no such header; did you mean cache-control?",
      "site: rule 1: compress: gzip, br, zstd or none is allowed",
      "site: rule 2: charset: a text is wanted",
      "site: rule 2: files: globs are wanted",
      "site: rule 3: metadata: a table of texts is wanted",
    ]) {
      expect(wrong.stderr).toContain(line);
    }
  });
});

describe.each([
  { compress: "gzip", decoded: zlib.gunzipSync },
  { compress: "br", decoded: zlib.brotliDecompressSync },
  { compress: "zstd", decoded: zlib.zstdDecompressSync },
] as const)("compressed by $compress", ({ compress, decoded }) => {
  const rules = [{ files: ["*.html", "*.js"], compress }];

  test("files arrive so, and say it", async () => {
    const text = "<p>again and again</p>".repeat(500);
    await using site = await SiteScene.create({ ...files, "index.html": text });
    await site.publish({ rules });
    expect(await site.bucket.head("index.html")).toMatchObject({ ContentEncoding: compress });
    const bytes = await site.bucket.get("index.html");
    expect(bytes.byteLength).toBeLessThan(text.length / 10);
    expect(decoded(bytes).toString()).toBe(text);
    expect((await site.bucket.head("notes.txt")).ContentEncoding).toBeUndefined();
  });

  test("they are left alone as long as their bytes are the same", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ rules });
    site.rebuild();
    expect(await site.publish({ rules })).toMatchObject({ sent: [], summary: { warnings: 0 } });
    site.write("index.html", "<title>Home</title>", new Date(Date.now() + 5000));
    expect(await site.publish({ rules })).toMatchObject({ sent: ["index.html"] });
  });

  test("large ones go past the memory", async () => {
    const text = Buffer.alloc(3 * MiB, "0123456789abcdef~");
    await using site = await SiteScene.create({ "big.html": text });
    await site.publish({ rules });
    const bytes = await site.bucket.get("big.html");
    expect(decoded(bytes).equals(text)).toBe(true);
    site.rebuild();
    expect(await site.publish({ rules })).toMatchObject({ sent: [] });
  });
});

describe("compression", () => {
  keeping.test("does not hide an earlier build that was copied with its times", async () => {
    await using site = await SiteScene.create({ "index.html": "<p>two, which is longer" });
    const rules = [{ files: ["*.html"], compress: "gzip" }] as const;
    await site.publish({ rules });
    site.write("index.html", "<p>one", new Date("2020-01-01"));
    // Clocks are known to the second only: by that of the server the copy is an hour younger than what is published.
    const ahead = (answer: Answer): Answer => {
      const date = new Date(Date.now() + 3600_000).toUTCString();
      return { ...answer, headers: new Map(answer.headers).set("date", date) };
    };
    site.proxy.inject("ListObjectsV2", { kind: "rewrite", rewrite: ahead }, { times: 1 });
    expect(await site.publish({ rules })).toMatchObject({ sent: ["index.html"] });
    expect(zlib.gunzipSync(await site.bucket.get("index.html")).toString()).toBe("<p>one");
    expect(await site.publish({ rules })).toMatchObject({ sent: [] });
  });

  keeping.test("that comes, changes or goes reaches what is published already", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    for (const compress of ["gzip", "br", "none"] as const) {
      const rules = [{ files: ["*.html"], compress }];
      expect(await site.publish({ rules })).toMatchObject({ sent: ["index.html"] });
      const wanted = compress === "none" ? undefined : compress;
      expect((await site.bucket.head("index.html")).ContentEncoding).toBe(wanted);
    }
    expect(await site.bucket.get("index.html")).toEqual(Buffer.from(files["index.html"]));
  });

  test("reaches index pages, too", async () => {
    await using site = await SiteScene.create({ "a.txt": "a" });
    const input = {
      generateIndex: true,
      rules: [{ files: ["*.html"], compress: "gzip" as const }],
    };
    await site.publish(input);
    const page = zlib.gunzipSync(await site.bucket.get("index.html")).toString();
    expect(page).toContain("a.txt");
    expect(await site.publish(input)).toMatchObject({ sent: [] });
  });
});

describe("_headers", () => {
  test("says headers of paths, and rules win over it", async () => {
    const text = "/img/*\n  Cache-Control: max-age=5\n  Content-Language: de\n";
    await using site = await SiteScene.create({ ...files, _headers: text });
    await site.publish({ rules: [{ files: ["*.svg"], contentLanguage: "la" }] });
    expect(await site.bucket.head("img/a.svg")).toMatchObject({
      CacheControl: "max-age=5",
      ContentLanguage: "la",
    });
  });

  test("that says what S3 cannot do is told with the line, and the rest is done", async () => {
    await using site = await SiteScene.create({
      ...files,
      _headers: "/*\n  X-Frame-Options: DENY\n",
    });
    const run = await site.publish();
    expect(run.summary).toMatchObject({ errors: 0, warnings: 1, transferredObjects: 4 });
    expect(run.summary.failures[0]?.error.message).toStartWith("_headers:2: ");
    // It is no reason to look at everything again.
    expect((await site.publish()).requests["HeadObject"]).toBe(1);
  });
});

describe("_redirects", () => {
  const text = "/old /notes.txt 301\n/gone/ https://example.com/?a=1&b=2\n/notes.txt /other\n";

  keeping.test(
    "become objects that lead on, by S3's website and by themselves, after all pages",
    async () => {
      await using site = await SiteScene.create({ ...files, _redirects: text });
      await site.publish();
      expect(await site.bucket.keys()).toContain("gone/index.html");
      expect(site.redirectOf("old")).toBe("/notes.txt");
      expect(site.changes.findIndex((change) => change === "PUT old")).toBeGreaterThan(2);
      expect((await site.bucket.head("old")).ContentType).toBe("text/html; charset=utf-8");
      const page = Buffer.from(await site.bucket.get("gone/index.html")).toString();
      expect(page).toContain('content="0; url=https://example.com/?a=1&amp;b=2"');
      // A file wins over a redirect of its path.
      expect(await site.bucket.get("notes.txt")).toEqual(Buffer.from("ä"));
      expect(await site.publish()).toMatchObject({ sent: [] });
    },
  );

  test("are sent again when they lead elsewhere, and go when their line goes", async () => {
    await using site = await SiteScene.create({ ...files, _redirects: text });
    await site.publish();
    site.write("_redirects", "/old /index.html\n");
    expect(await site.publish()).toMatchObject({ sent: ["old"], deleted: ["gone/index.html"] });
    expect(site.redirectOf("old")).toBe("/index.html");
  });

  test("that are forced win over files", async () => {
    await using site = await SiteScene.create({ ...files, _redirects: "/notes.txt /x 301!\n" });
    await site.publish();
    expect(site.redirectOf("notes.txt")).toBe("/x");
  });

  test("that are forced give way to the file when they go, though it is older and compressed", async () => {
    await using site = await SiteScene.create({ ...files, _redirects: "/notes.txt /x 301!\n" });
    const rules = [{ files: ["*"], compress: "gzip" }] as const;
    await site.publish({ rules });
    site.remove("_redirects");
    expect(await site.publish({ rules })).toMatchObject({ sent: ["notes.txt"] });
    expect(await site.publish({ rules })).toMatchObject({ sent: [] });
  });

  test("that make no sense keep everything from being published", async () => {
    await using site = await SiteScene.create({ ...files, _redirects: "\n/a /a\n" });
    const error = await rejection(site.publish());
    expect(error).toMatchObject({
      code: "usage",
      message: "_redirects:2: /a would lead to itself",
    });
    expect(site.changes).toEqual([]);
  });
});

test("faults of _headers and _redirects are told all at once, each with its line", async () => {
  await using site = await SiteScene.create({
    ...{ ...files, _headers: "/a\n  Cache-Control:\n  Basic-Auth: me:word\n" },
    _redirects: "/a /a\n/b\n",
  });
  const error = await rejection(site.publish());
  const lines = error instanceof Error ? error.message.split("\n") : [];
  expect(lines.map((line) => line.split(": ")[0])).toEqual([
    "_headers:2",
    "_headers:3",
    "_redirects:1",
    "_redirects:2",
  ]);
});

keeping.test("a server that leaves out the space of a type has nothing copied again", async () => {
  await using site = await SiteScene.create(files);
  await site.publish();
  site.proxy.inject("HeadObject", {
    kind: "rewrite",
    rewrite: (answer) => {
      const type = answer.headers.get("content-type")?.replace("; ", ";") ?? "";
      return { ...answer, headers: new Map(answer.headers).set("content-type", type) };
    },
  });
  // Other rules have all heads looked at.
  const run = await site.publish({ rules: [{ files: ["*.none"], cacheControl: "no-store" }] });
  expect(run.requests["HeadObject"]).toBeGreaterThan(Object.keys(files).length);
  expect(run.requests["CopyObject"]).toBeUndefined();
});
