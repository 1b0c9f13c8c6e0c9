/**
 * `s3sync site`: a build that went wrong takes nothing away from visitors, neither by deleting nor by replacing.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { RunResult } from "../../src/index.ts";
import type { Answer } from "../support/fault-proxy.ts";
import { SiteScene } from "./site-kit.ts";

const files = {
  "index.html": "<title>home</title>",
  "docs/index.html": "<title>docs</title>",
  "docs/more.html": "<title>more</title>",
  "css/site.css": "body {}",
  "img/a.svg": "<svg/>",
};
const names = Object.keys(files).toSorted();

/** What a build leaves that came to its end too early. */
function breakBuild(site: SiteScene, left: Readonly<Record<string, string>>): void {
  for (const name of ["index.html", "docs", "css", "img"]) site.remove(name);
  for (const [name, text] of Object.entries(left)) site.write(name, text);
}

function told({ failures }: RunResult): string[] {
  return failures.map(({ error }) => error.message);
}

async function homeOf(site: SiteScene): Promise<string> {
  return Buffer.from(await site.bucket.get("index.html")).toString();
}

describe("a build that left a few pages only", () => {
  test("replaces no page, since so much may not be gone", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    breakBuild(site, { "index.html": "<title>there was an error</title>" });
    const run = await site.publish();
    expect(run).toMatchObject({ sent: [], deleted: [] });
    expect(told(run.summary)).toEqual([
      "1 object that comes last is not sent: --max-delete allows 50% of 5, which is 2",
      "4 objects are not deleted: --max-delete allows 50% of 5, which is 2",
    ]);
    expect(await homeOf(site)).toBe(files["index.html"]);
  });

  test("is published by whoever says that it is meant", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    breakBuild(site, { "index.html": "<title>all new</title>" });
    const run = await site.publish({ maxDelete: "80%" });
    expect(run).toMatchObject({ sent: ["index.html"], summary: { deleted: 4, warnings: 0 } });
  });

  test("is shown by a dry run as it would be", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    breakBuild(site, { "index.html": "<title>there was an error</title>" });
    const run = await site.publish({ dryRun: true });
    expect(run).toMatchObject({ sent: [], deleted: [], summary: { warnings: 2 } });
  });
});

describe("a build that left redirects only", () => {
  test.each([{ maxDelete: "100%" }, { noDelete: true }])(
    "replaces nothing and deletes nothing: %p",
    async (how) => {
      await using site = await SiteScene.create(files);
      await site.publish();
      breakBuild(site, { _redirects: "/ /home\n/old /new\n" });
      const run = await site.publish(how);
      expect(run).toMatchObject({ sent: [], deleted: [] });
      expect(told(run.summary)[0]).toBe(
        `2 objects that come last are not sent: ${site.root} has no objects; if that is how it should be, use --allow-empty-source`,
      );
      expect(await site.keys()).toEqual(names);
      expect(await homeOf(site)).toBe(files["index.html"]);
    },
  );

  test("is published by whoever says that it is meant", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    breakBuild(site, { _redirects: "/ /home\n" });
    await site.publish({ allowEmptySource: true, maxDelete: "100%" });
    expect(await site.keys()).toEqual(["index.html"]);
  });

  test("is a site where there is nothing else", async () => {
    await using site = await SiteScene.create({ _redirects: "/ https://other.example/\n" });
    const run = await site.publish();
    expect(run).toMatchObject({ sent: ["index.html"], summary: { warnings: 0 } });
    site.write("_redirects", "/ https://another.example/\n");
    expect(await site.publish()).toMatchObject({ sent: ["index.html"], summary: { warnings: 0 } });
  });
});

describe("deletions that are refused", () => {
  const rules = [{ files: ["*"], cacheControl: "max-age=60" }];

  test("by their number have no heads asked for in the next run", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    breakBuild(site, { "index.html": files["index.html"] });
    const changed = await site.publish({ rules });
    expect(changed.requests["HeadObject"]).toBeGreaterThan(1);
    const next = await site.publish({ rules });
    expect(next).toMatchObject({ summary: { warnings: 1 }, requests: { HeadObject: 1 } });
  });

  test("by the server have no heads asked for in the next run", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.remove("img");
    const denied =
      "<Error><Key>img/a.svg</Key><Code>AccessDenied</Code><Message>no</Message></Error>";
    const rewrite = (answer: Answer): Answer => ({
      ...answer,
      status: 200,
      body: Buffer.from(`<DeleteResult>${denied}</DeleteResult>`),
    });
    site.proxy.inject("DeleteObjects", { kind: "rewrite", rewrite });
    const refused = await site.publish({ rules });
    expect(refused).toMatchObject({ deleted: [], summary: { warnings: 1 } });
    expect(refused.requests["HeadObject"]).toBeGreaterThan(4);
    expect((await site.publish({ rules })).requests["HeadObject"]).toBe(1);
  });
});

describe("what is left out", () => {
  test("is told of links that lead nowhere, once, and the rest is published and deleted", async () => {
    await using site = await SiteScene.create(files);
    await site.bucket.put("old.txt", "old");
    fs.symlinkSync("nowhere", `${site.root}/docs/broken.html`);
    fs.symlinkSync("nowhere", `${site.root}/.hidden`);
    const run = await site.publish({ generateIndex: true, maxDelete: 1 });
    expect(run).toMatchObject({ deleted: ["old.txt"], summary: { warnings: 1 } });
    expect(told(run.summary)).toEqual([
      '"docs/broken.html" is left out: it is a link that leads nowhere',
    ]);
    expect((await site.publish({ generateIndex: true })).requests["HeadObject"]).toBe(1);
    expect(await site.publish({ ignoreSymlinks: true })).toMatchObject({
      summary: { warnings: 0 },
    });
  });

  test("is all of it in a bucket that cannot be called so, as the server says", async () => {
    await using site = await SiteScene.create(files);
    const { summary } = await site.publish({ target: "s3://Not_A_Name" });
    expect(summary.errors).toBe(1);
    expect(told(summary)[0]).not.toContain("HTTP 400");
  });
});
