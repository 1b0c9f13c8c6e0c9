/**
 * `s3sync site`: what is noted in the bucket beside a site. By it the next run, on whichever machine, knows what others have
 * written there meanwhile, and where backups are.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import zlib from "node:zlib";

import { sync } from "../../src/index.ts";
import { needing } from "../support/capabilities.ts";
import type { Answer } from "../support/fault-proxy.ts";
import { SiteScene } from "./site-kit.ts";

const files = {
  "index.html": "<title>home</title>",
  "docs/index.html": "<title>docs</title>",
  "css/site.css": "body {}",
  "img/a.svg": "<svg/>",
};
const count = Object.keys(files).length;

/** Has the run see a note of an hour ago: a test does not wait until a second is over. */
function ageMark(site: SiteScene): void {
  const isMark = ({ method, target }: { readonly method: string; readonly target: string }) =>
    method === "HEAD" && target.includes(".s3sync-site");
  const rewrite = (answer: Answer): Answer => {
    const date = new Date(Date.now() - 3600_000).toUTCString();
    return { ...answer, headers: new Map(answer.headers).set("last-modified", date) };
  };
  site.proxy.inject(isMark, { kind: "rewrite", rewrite }, { times: 1 });
}

/** What a plain run does to a site. */
async function writeOver(site: SiteScene): Promise<void> {
  site.rebuild();
  const to = { source: site.root, target: site.url, ...site.bucket.side("target") };
  const { transferredObjects } = await sync(to);
  expect(transferredObjects).toBeGreaterThanOrEqual(count);
  site.rebuild(new Date("2021-02-03T04:05:06Z"));
}

const keeping = needing("replaces headers and metadata in copies");

describe("what a plain run has written over a site", () => {
  keeping.test(
    "gets its headers back with the next run, and the one after asks no heads",
    async () => {
      await using site = await SiteScene.create(files);
      await site.publish();
      await writeOver(site);
      expect((await site.bucket.head("index.html")).CacheControl).toBeUndefined();
      ageMark(site);
      const mended = await site.publish();
      expect(mended.summary).toMatchObject({ transferredBytes: 0, warnings: 0 });
      expect((await site.bucket.head("index.html")).CacheControl).toBe("no-cache");
      expect((await site.publish()).requests).toEqual({ ListObjectsV2: 1, HeadObject: 1 });
    },
  );

  keeping.test("is compressed again, where rules say so", async () => {
    const rules = [{ files: ["*.css"], compress: "gzip" }] as const;
    await using site = await SiteScene.create(files);
    await site.publish({ rules });
    await writeOver(site);
    ageMark(site);
    await site.publish({ rules });
    expect((await site.bucket.head("css/site.css")).ContentEncoding).toBe("gzip");
    const text = zlib.gunzipSync(await site.bucket.get("css/site.css")).toString();
    expect(text).toBe(files["css/site.css"]);
  });

  test("is all that is asked for: what the site's own runs have sent is not", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.write("img/a.svg", "<svg>new</svg>");
    await site.publish();
    expect((await site.publish()).requests).toEqual({ ListObjectsV2: 1, HeadObject: 1 });
  });
});

describe("backups below a site", () => {
  test.each(["old/", "old/{date}/"])("stay when nobody names them: %s", async (backupPrefix) => {
    await using site = await SiteScene.create(files);
    await site.publish({ backupPrefix });
    site.remove("img/a.svg");
    site.write("css/site.css", "body { margin: 0 }");
    await site.publish({ backupPrefix });
    const kept = (await site.keys()).filter((key) => key.startsWith("old/"));
    expect(kept.length).toBeGreaterThanOrEqual(2);
    for (const more of [{}, { deleteExcluded: true }, { backupPrefix, deleteExcluded: true }]) {
      expect(await site.publish(more)).toMatchObject({ deleted: [], summary: { warnings: 0 } });
    }
    expect((await site.keys()).filter((key) => key.startsWith("old/"))).toEqual(kept);
    // What else is gone goes.
    site.remove("docs");
    expect(await site.publish()).toMatchObject({ deleted: ["docs/index.html"] });
  });

  test("stay although the run that made them failed", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.write("css/site.css", "body { margin: 0 }");
    site.write("img/a.svg", "<svg>longer</svg>");
    const isPicture = ({ method, target }: { readonly method: string; readonly target: string }) =>
      method === "PUT" && target.includes(`/${site.bucket.name}/img/a.svg`);
    site.proxy.inject(isPicture, { kind: "refuse", status: 403, code: "AccessDenied" });
    const failed = await site.publish({ backupPrefix: "old/", workerSize: 1 });
    expect(failed.summary.warnings).toBe(1);
    site.proxy.calm();
    expect(await site.keys()).toContain("old/css/site.css");
    expect(await site.publish()).toMatchObject({ deleted: [] });
    expect(await site.keys()).toContain("old/css/site.css");
  });
});
