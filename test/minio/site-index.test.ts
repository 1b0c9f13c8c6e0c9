/**
 * `s3sync site --generate-index`: index pages of directories that have none.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { needing } from "../support/capabilities.ts";
import { SiteScene } from "./site-kit.ts";

const files = {
  "about/index.html": "<title>about</title>",
  "files/a.txt": "a",
  "files/deep/er/b.bin": "bb",
  "files/.secret": "x",
  "c.css": "c",
};
const generateIndex = true;
const made = [
  "files/deep/er/index.html",
  "files/deep/index.html",
  "files/index.html",
  "index.html",
];

async function pageOf(site: SiteScene, key: string): Promise<string> {
  return Buffer.from(await site.bucket.get(key)).toString();
}

describe("index pages", () => {
  test("are made for directories that have none of their own", async () => {
    await using site = await SiteScene.create(files);
    const run = await site.publish({ generateIndex });
    expect(run.summary).toMatchObject({ errors: 0, warnings: 0 });
    const published = ["about/index.html", "c.css", "files/a.txt", "files/deep/er/b.bin"];
    expect(await site.bucket.keys()).toEqual([".s3sync-site", ...published, ...made].toSorted());
    const top = await pageOf(site, "index.html");
    for (const link of ['"about/"', '"files/"', '"c.css"']) expect(top).toContain(`href=${link}`);
    expect(await pageOf(site, "files/index.html")).toContain('href="deep/"');
  });

  test("list no names with a dot, and nothing that filters leave out", async () => {
    await using site = await SiteScene.create({ ...files, "files/b.tmp": "x" });
    await site.publish({ generateIndex, exclude: ["*.tmp"] });
    const page = await pageOf(site, "files/index.html");
    expect(page).toContain("a.txt");
    expect(page).not.toContain("secret");
    expect(page).not.toContain("b.tmp");
  });

  test("are made for nothing below .well-known, which is for programs", async () => {
    await using site = await SiteScene.create({ ...files, ".well-known/a/security.txt": "x" });
    await site.publish({ generateIndex });
    const below = (await site.keys()).filter((key) => key.startsWith(".well-known/"));
    expect(below).toEqual([".well-known/a/security.txt"]);
    expect(await pageOf(site, "index.html")).not.toContain("well-known");
  });

  needing("keeps headers as they are given").test(
    "are shown as pages, whatever rules say of the files that they list",
    async () => {
      await using site = await SiteScene.create({
        ...files,
        _headers: "/files/*\n  Content-Encoding: gzip\n",
      });
      const said = { contentDisposition: "attachment", contentType: "application/zip" };
      const rules = [{ files: ["/files/"], ...said, cacheControl: "max-age=60" }];
      await site.publish({ generateIndex, rules });
      expect(await site.bucket.head("files/a.txt")).toMatchObject({
        ContentDisposition: "attachment",
        ContentType: "application/zip",
      });
      const page = await site.bucket.head("files/index.html");
      expect(page).toMatchObject({
        ContentType: "text/html; charset=utf-8",
        CacheControl: "max-age=60",
      });
      expect(page.ContentDisposition).toBeUndefined();
      expect(page.ContentEncoding).toBeUndefined();
    },
  );

  needing("keeps headers as they are given").test("have the type of a page", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    const head = await site.bucket.head("files/index.html");
    expect(head).toMatchObject({
      ContentType: "text/html; charset=utf-8",
      CacheControl: "no-cache",
    });
  });

  test("are sent again only when the listing changes", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    expect(await site.publish({ generateIndex })).toMatchObject({ sent: [], deleted: [] });
    site.write("files/deep/er/c.bin", "c");
    const run = await site.publish({ generateIndex });
    expect(run.sent).toEqual(["files/deep/er/c.bin", "files/deep/er/index.html"]);
    // A name that is gone is gone from the page.
    site.remove("files/deep/er/c.bin");
    const last = await site.publish({ generateIndex });
    expect(last).toMatchObject({
      sent: ["files/deep/er/index.html"],
      deleted: ["files/deep/er/c.bin"],
    });
  });

  test("are sent again when the template changes", async () => {
    await using site = await SiteScene.create(files);
    const template = site.dir.write("one.html", "<h1>{{path}}</h1>{{#files}}{{name}};{{/files}}");
    await site.publish({ generateIndex, template });
    expect(await pageOf(site, "files/index.html")).toBe("<h1>files/</h1>a.txt;");
    expect(await site.publish({ generateIndex, template })).toMatchObject({ sent: [] });
    site.dir.write("one.html", "<h2>{{path}}</h2>");
    expect(await site.publish({ generateIndex, template })).toMatchObject({ sent: made });
  });

  test("make way for a page of the directory's own, and come back when it goes", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    site.write("files/index.html", "mine");
    expect(await site.publish({ generateIndex })).toMatchObject({ sent: ["files/index.html"] });
    expect(await pageOf(site, "files/index.html")).toBe("mine");
    site.remove("files/index.html");
    expect(await site.publish({ generateIndex })).toMatchObject({ sent: ["files/index.html"] });
  });

  test("of directories that are gone are deleted", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    site.remove("files/deep");
    expect(await site.publish({ generateIndex })).toMatchObject({
      deleted: ["files/deep/er/b.bin", "files/deep/er/index.html", "files/deep/index.html"],
      sent: ["files/index.html"],
    });
  });

  test("of directories with weird names lead to what is in them", async () => {
    const name = "a b&<c>\u{1f600}'\"%41/d#e?.txt";
    await using site = await SiteScene.create({ [name]: "x" });
    expect((await site.publish({ generateIndex })).summary).toMatchObject({
      errors: 0,
      warnings: 0,
    });
    const page = await pageOf(site, "index.html");
    const link = /href="(a%20b[^"]+)"/.exec(page)?.[1]?.replace("&#39;", "'") ?? "";
    expect(decodeURIComponent(link)).toBe(`${name.split("/")[0]}/`);
    expect(page).not.toContain("<c>");
  });

  test("are shown by a dry run, and cost it no request", async () => {
    await using site = await SiteScene.create(files);
    const run = await site.publish({ generateIndex, dryRun: true });
    expect(run.sent.filter((key) => key.endsWith("index.html"))).toEqual([
      "about/index.html",
      ...made,
    ]);
    expect(site.changes).toEqual([]);
  });

  test("are sent with the pages, last", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    const firstPage = site.changes.findIndex((change) => change.endsWith(".html"));
    const after = site.changes.slice(firstPage);
    expect([firstPage, after.length]).toEqual([3, 5]);
    expect(after.every((change) => change.endsWith(".html"))).toBe(true);
  });
});

needing("encrypts with KMS").test(
  "index pages in a bucket that tells no MD5s are compared by their bytes",
  async () => {
    await using site = await SiteScene.create(files);
    const input = { generateIndex, sse: "aws:kms" } as const;
    expect((await site.publish(input)).summary).toMatchObject({ errors: 0, warnings: 0 });
    expect(await site.publish(input)).toMatchObject({ sent: [] });
    site.write("files/z.txt", "a");
    expect(await site.publish(input)).toMatchObject({ sent: ["files/index.html", "files/z.txt"] });
  },
);
