/**
 * `s3sync site`: the same files under other addresses, with `--clean-urls` and `--duplicate-prefix`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { rejection } from "../core/rejection.ts";
import { needing } from "../support/capabilities.ts";
import { SiteScene } from "./site-kit.ts";

async function textOf(site: SiteScene, key: string): Promise<string> {
  return Buffer.from(await site.bucket.get(key)).toString();
}

/** The page of a directory is kept under `docs/` as well. */
const keeping = needing("keeps data in directory markers");

describe("clean URLs", () => {
  const files = {
    ...{ "index.html": "home", "404.html": "lost", "about.html": "about", "a-b.html": "ab" },
    ...{ "a.html": "a", "a.css": "css", "docs/index.html": "docs", "docs/x.html": "x" },
  };
  const cleanUrls = true;
  const published = [
    "404.html",
    "a",
    "a-b",
    "a.css",
    "about",
    "docs/",
    "docs/index.html",
    "docs/x",
  ];

  needing("keeps data in directory markers", "keeps headers as they are given").test(
    "have no .html, and directories have their page under their own name, too",
    async () => {
      await using site = await SiteScene.create(files);
      expect((await site.publish({ cleanUrls })).summary).toMatchObject({ errors: 0, warnings: 0 });
      expect(await site.keys()).toEqual([...published, "index.html"]);
      expect(await site.bucket.head("about")).toMatchObject({
        ContentType: "text/html; charset=utf-8",
        CacheControl: "no-cache",
      });
      expect([await textOf(site, "a"), await textOf(site, "a-b")]).toEqual(["a", "ab"]);
      expect(await textOf(site, "docs/")).toBe("docs");
    },
  );

  keeping.test(
    "are sent when their file changes, after everything else, and go with it",
    async () => {
      await using site = await SiteScene.create(files);
      await site.publish({ cleanUrls });
      expect(await site.publish({ cleanUrls })).toMatchObject({ sent: [], deleted: [] });
      for (const name of ["a.css", "about.html", "docs/index.html"])
        site.write(name, "longer than it");
      site.remove("a.html");
      const run = await site.publish({ cleanUrls });
      expect(run).toMatchObject({
        sent: ["a.css", "about", "docs/", "docs/index.html"],
        deleted: ["a"],
      });
      expect(site.changes[0]).toBe("PUT a.css");
    },
  );

  test("leave a page alone whose clean name is that of another file", async () => {
    await using site = await SiteScene.create({ "about.html": "page", about: "file" });
    await site.publish({ cleanUrls });
    expect(await site.keys()).toEqual(["about", "about.html"]);
    expect(await textOf(site, "about")).toBe("file");
  });

  keeping.test("go for generated index pages, and for what they list", async () => {
    await using site = await SiteScene.create({ "docs/x.html": "x", "docs/y.css": "y" });
    await site.publish({ cleanUrls, generateIndex: true });
    expect(await site.keys()).toEqual([
      "docs/",
      "docs/index.html",
      "docs/x",
      "docs/y.css",
      "index.html",
    ]);
    const page = await textOf(site, "docs/");
    expect(page).toContain('href="x"');
    expect(await textOf(site, "docs/index.html")).toBe(page);
    expect(await site.publish({ cleanUrls, generateIndex: true })).toMatchObject({ sent: [] });
  });

  test("are compressed and ruled as their files", async () => {
    await using site = await SiteScene.create(files);
    const rules = [{ files: ["/about.html"], compress: "gzip", cacheControl: "x" }] as const;
    await site.publish({ cleanUrls, rules });
    const wanted = { ContentEncoding: "gzip", CacheControl: "x" };
    expect(await site.bucket.head("about")).toMatchObject(wanted);
    site.rebuild();
    expect(await site.publish({ cleanUrls, rules })).toMatchObject({ sent: [] });
  });
});

describe("duplicates", () => {
  const files = { "docs/a.css": "a", "docs/index.html": "docs", "doc.txt": "x", "z/b.txt": "b" };
  const duplicatePrefix = ["docs/=manual/", "docs/=a/b/"];

  test.each(["/docs/=/manual/", "/docs/=manual/", "docs/=/manual/"])(
    "is refused for %s, since no key begins with a slash",
    async (written) => {
      await using site = await SiteScene.create({ "docs/a.html": "a" });
      const error = await rejection(site.publish({ duplicatePrefix: [written] }));
      const message = "--duplicate-prefix: prefixes begin without a slash, such as docs/=manual/";
      expect(error).toMatchObject({ code: "usage", message });
    },
  );

  test("are published under other prefixes, pages last", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ duplicatePrefix });
    const copies = ["a/b/a.css", "a/b/index.html", "manual/a.css", "manual/index.html"];
    expect(await site.keys()).toEqual([...Object.keys(files), ...copies].toSorted());
    expect(await textOf(site, "manual/a.css")).toBe("a");
    const firstPage = site.changes.findIndex((change) => change.endsWith(".html"));
    expect(firstPage).toBe(5);
    expect(await site.publish({ duplicatePrefix })).toMatchObject({ sent: [], deleted: [] });
  });

  test("change and go with their originals", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ duplicatePrefix });
    site.write("docs/a.css", "changed");
    site.remove("docs/index.html");
    expect(await site.publish({ duplicatePrefix })).toMatchObject({
      sent: ["a/b/a.css", "docs/a.css", "manual/a.css"],
      deleted: ["a/b/index.html", "docs/index.html", "manual/index.html"],
    });
    expect(await textOf(site, "a/b/a.css")).toBe("changed");
  });

  needing("keeps headers as they are given").test(
    "of some size are copied by the server, with their attributes",
    async () => {
      const large = "x".repeat(100_000);
      await using site = await SiteScene.create({ ...files, "docs/a.css": large });
      const rules = [{ files: ["*.css"], cacheControl: "max-age=9", compress: "none" }] as const;
      const run = await site.publish({ duplicatePrefix, rules });
      expect(run.requests).toMatchObject({ CopyObject: 2 });
      expect(run.summary).toMatchObject({ errors: 0, warnings: 0, transferredObjects: 8 });
      const head = await site.bucket.head("manual/a.css");
      expect(head).toMatchObject({ ContentLength: 100_000, CacheControl: "max-age=9" });
      expect(head.ContentType).toBe("text/css; charset=utf-8");
      expect(await site.publish({ duplicatePrefix, rules })).toMatchObject({ sent: [] });
      site.write("docs/a.css", large.replaceAll("x", "y"), new Date(Date.now() + 5000));
      const again = await site.publish({ duplicatePrefix, rules });
      expect(again).toMatchObject({ requests: { CopyObject: 2, PutObject: 2 } });
      expect((await textOf(site, "a/b/a.css")).startsWith("yyy")).toBe(true);
    },
  );

  test("are sent where the original is not in the bucket as the file is now", async () => {
    await using site = await SiteScene.create({ ...files, "docs/a.css": "x".repeat(100_000) });
    await site.publish({ duplicatePrefix });
    // Somebody else has put something newer there, which stays; one of the duplicates is gone.
    await site.bucket.put("docs/a.css", "z".repeat(100_000));
    await site.bucket.remove(["manual/a.css"]);
    const run = await site.publish({ duplicatePrefix });
    // The other one notes that all is in step.
    expect(run).toMatchObject({ sent: ["manual/a.css"], requests: { PutObject: 2 } });
    expect(await textOf(site, "manual/a.css")).toBe("x".repeat(100_000));
  });

  test("give way to files of their keys", async () => {
    await using site = await SiteScene.create({ ...files, "manual/a.css": "mine" });
    await site.publish({ duplicatePrefix });
    expect(await textOf(site, "manual/a.css")).toBe("mine");
  });

  test("go for generated index pages, too", async () => {
    await using site = await SiteScene.create({ "docs/a.css": "a" });
    const input = { duplicatePrefix, generateIndex: true };
    await site.publish(input);
    expect(await textOf(site, "manual/index.html")).toBe(await textOf(site, "docs/index.html"));
    expect(await site.publish(input)).toMatchObject({ sent: [] });
  });
});
