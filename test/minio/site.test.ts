/**
 * `s3sync site`: what is sent, in which order, and what is deleted. Each bullet of the system that it is made after has a
 * test here, or in the other files named `site`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { restore } from "../../src/index.ts";
import { Lock } from "../../src/state/lock.ts";
import { rejection } from "../core/rejection.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { SiteScene } from "./site-kit.ts";

const files = {
  "index.html": "<title>home</title>",
  "docs/index.html": "<title>docs</title>",
  "css/site.css": "body {}",
  "img/a.svg": "<svg/>",
  "img/b.svg": "<svg> </svg>",
  "feed.xml": "<rss/>",
};
const names = Object.keys(files).toSorted();

describe("publishing", () => {
  test("sends a directory, and the second time nothing", async () => {
    await using site = await SiteScene.create(files);
    expect(await site.publish()).toMatchObject({
      sent: names,
      summary: { errors: 0, warnings: 0 },
    });
    expect(await site.keys()).toEqual(names);
    const again = await site.publish();
    expect(again).toMatchObject({ sent: [], requests: { ListObjectsV2: 1, HeadObject: 1 } });
    expect(again.summary).toMatchObject({ skipped: names.length, warnings: 0 });
  });

  test("goes below a prefix, which is a directory whether it ends with a slash or not", async () => {
    await using site = await SiteScene.create(files, "docs");
    await site.bucket.put("docs-old/a.html", "theirs");
    expect(await site.publish()).toMatchObject({ deleted: [] });
    const below = names.map((name) => `docs/${name}`);
    expect(await site.keys()).toEqual(["docs-old/a.html", ...below]);
  });

  test("leaves out what has a name with a dot, but for .well-known, and tells how to publish", async () => {
    await using site = await SiteScene.create({
      ...{ "a.txt": "a", ".env": "secret", ".git/HEAD": "x", "b/.htpasswd": "x", _headers: "" },
      ...{
        _redirects: "",
        ".well-known/security.txt": "x",
        ".well-known/.x": "x",
        "b/_headers": "b",
      },
    });
    await site.publish();
    expect(await site.keys()).toEqual([".well-known/security.txt", "a.txt", "b/_headers"]);
  });

  test("takes filters", async () => {
    await using site = await SiteScene.create(files);
    expect(await site.publish({ exclude: ["*.svg"] })).toMatchObject({
      sent: names.filter((name) => !name.endsWith(".svg")),
    });
  });

  test("needs a directory, not a file", async () => {
    await using site = await SiteScene.create(files);
    const source = `${site.root}/feed.xml`;
    const message = `${source} is a file, and a site is a directory`;
    for (const noDelete of [true, false]) {
      const error = await rejection(site.publish({ source, noDelete }));
      expect(error).toMatchObject({ code: "usage", message });
    }
  });

  test("takes no limit of deletions where it is not to delete", async () => {
    await using site = await SiteScene.create(files);
    const error = await rejection(site.publish({ noDelete: true, maxDelete: 1 }));
    const message = "--max-delete cannot be combined with --no-delete";
    expect(error).toMatchObject({ code: "usage", message });
  });

  test("needs a directory and a bucket", async () => {
    await using site = await SiteScene.create(files);
    for (const places of [{ source: "s3://a" }, { target: site.root }]) {
      const error = await rejection(site.publish(places));
      expect(error).toMatchObject({
        code: "usage",
        message: "a directory is published to a bucket",
      });
    }
  });
});

describe("what is sent again", () => {
  test("of a site that was built anew is what changed: only newer files are hashed", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.rebuild();
    // Of the same size: only its bytes tell.
    site.write("img/a.svg", "<gvs/>", new Date(Date.now() + 5000));
    const run = await site.publish();
    expect(run.sent).toEqual(["img/a.svg"]);
    // The second object notes that all is in step.
    expect(run.requests).toEqual({ ListObjectsV2: 1, PutObject: 2, HeadObject: 2 });
  });

  test("is what has another size, however old it is", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.write("css/site.css", "body { margin: 0 }", new Date("2001-01-01"));
    expect(await site.publish()).toMatchObject({ sent: ["css/site.css"] });
  });

  test("is what is newer, without hashing, with --check mtime", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ check: "mtime" });
    const times = new Date(Date.now() + 5000);
    site.write("css/site.css", files["css/site.css"], times);
    const run = await site.publish({ check: "mtime" });
    expect(run).toMatchObject({
      sent: ["css/site.css"],
      requests: { ListObjectsV2: 1, PutObject: 2 },
    });
  });

  test("is what has other bytes, whatever its time, with --check all", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.write("img/a.svg", "<gvs/>", new Date("2001-01-01"));
    expect(await site.publish()).toMatchObject({ sent: [] });
    expect(await site.publish({ check: "all" })).toMatchObject({ sent: ["img/a.svg"] });
  });

  test("is nothing that is newer by no more than --mtime-tolerance", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.write("img/a.svg", "<gvs/>", new Date(Date.now() + 20_000));
    expect(await site.publish({ mtimeTolerance: "1m" })).toMatchObject({ sent: [] });
    expect(await site.publish({ mtimeTolerance: "10s" })).toMatchObject({ sent: ["img/a.svg"] });
  });

  test.each([
    { ahead: 3600, sent: ["img/a.svg"] },
    { ahead: -3600, sent: [] },
  ])(
    "goes by the clock of the server: it is $ahead seconds ahead of ours",
    async ({ ahead, sent }) => {
      await using site = await SiteScene.create(files);
      await site.publish();
      site.proxy.inject("ListObjectsV2", {
        kind: "rewrite",
        rewrite: (answer) => {
          const date = new Date(Date.now() + ahead * 1000).toUTCString();
          return { ...answer, headers: new Map(answer.headers).set("date", date) };
        },
      });
      // Half an hour before the object was written, or after it, as the server's clock shows it.
      site.write("img/a.svg", "<gvs/>", new Date(Date.now() - ahead * 500));
      expect(await site.publish()).toMatchObject({ sent });
    },
  );
});

describe("the order", () => {
  test("is: assets, then pages, then deletions, as a log of the server shows", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    for (const name of names) site.write(name, `${name}, changed to something longer`);
    site.remove("img/b.svg");
    await site.publish({ maxDelete: 5 });
    const pages = ["docs/index.html", "feed.xml", "index.html"].map((name) => `PUT ${name}`);
    const { changes } = site;
    expect(changes.slice(0, 2).toSorted()).toEqual(["PUT css/site.css", "PUT img/a.svg"]);
    expect(changes.slice(2, 5).toSorted()).toEqual(pages);
    expect(changes.slice(5)).toEqual(["POST"]);
  });

  test("keeps pages back until the last asset has arrived", async () => {
    await using site = await SiteScene.create(files);
    const gate = site.proxy.hold(({ target }) => target.includes("site.css"), "answer");
    const run = site.publish();
    await gate.reached;
    // All others have had their time: the listing is over when they have arrived.
    while (site.changes.length < 3) await Bun.sleep(1);
    expect(site.changes.filter((change) => /html|feed/.test(change))).toEqual([]);
    gate.open();
    expect(await run).toMatchObject({ sent: names });
  });

  test("sends no page, and deletes nothing, if an asset could not be sent", async () => {
    await using site = await SiteScene.create(files);
    await site.bucket.put("old.html", "old");
    const isStyle = ({ target }: { readonly target: string }): boolean =>
      target.includes("site.css");
    site.proxy.inject(isStyle, { kind: "refuse", status: 403, code: "AccessDenied" });
    const run = await site.publish();
    expect(run.summary).toMatchObject({ warnings: 3, deleted: 0 });
    const told = run.summary.failures.map(({ error }) => error.message);
    expect(told).toContain(
      "3 objects that come last are not sent: not everything could be transferred",
    );
    expect(await site.keys()).toEqual(["img/a.svg", "img/b.svg", "old.html"]);
  });
});

describe("what is gone", () => {
  test("is deleted by default, after all uploads", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.remove("img/b.svg");
    site.write("css/site.css", "body { margin: 0 }");
    expect(await site.publish()).toMatchObject({ deleted: ["img/b.svg"], sent: ["css/site.css"] });
    expect(site.changes).toEqual(["PUT css/site.css", "POST"]);
  });

  test("stays with -D", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.remove("img/b.svg");
    const args = ["site", "-D", site.root, site.url];
    expect(await runCli(args, { env: serverEnv(httpServer()) })).toMatchObject({ exitCode: 0 });
    expect(await site.keys()).toEqual(names);
  });

  test("stays if it is more than half of what is published, unless --max-delete says otherwise", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    for (const name of ["img", "docs", "feed.xml"]) site.remove(name);
    const run = await site.publish();
    expect(run).toMatchObject({ deleted: [], summary: { warnings: 1 } });
    expect(run.summary.failures[0]?.error.message).toBe(
      "4 objects are not deleted: --max-delete allows 50% of 6, which is 3",
    );
    const meant = await site.publish({ maxDelete: 4 });
    expect(meant.deleted).toEqual(["docs/index.html", "feed.xml", "img/a.svg", "img/b.svg"]);
  });

  test("goes with each build of a small application, whose names hold digests", async () => {
    const build = (digests: readonly string[]) =>
      Object.fromEntries(digests.map((digest) => [`assets/part.${digest}.js`, digest]));
    await using site = await SiteScene.create({
      ...{ "index.html": "one", "logo.svg": "<svg/>" },
      ...build(["3f2a91bc", "0b7c44de", "9a1e5d07", "c4d2e8f1"]),
    });
    await site.publish();
    site.remove("assets");
    const next = build(["7e1b2c3d", "5f6a7b8c", "1d2e3f4a", "b8c9d0e1"]);
    for (const [name, text] of Object.entries(next)) site.write(name, text);
    expect(await site.publish()).toMatchObject({ summary: { deleted: 4, warnings: 0 } });
    site.remove("assets");
    site.remove("logo.svg");
    const broken = await site.publish();
    expect(broken.summary.failures[0]?.error.message).toBe(
      "5 objects are not deleted: --max-delete allows 50% of 6, which is 3",
    );
  });

  test("stays if it is more than a default of many runs allows", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    for (const name of ["img/a.svg", "img/b.svg"]) site.remove(name);
    const config = site.dir.write("s3sync.toml", "[defaults]\nmax-delete = 1\n");
    const env = { ...serverEnv(httpServer()) };
    const args = ["site", "--config", config, site.root, site.url];
    const run = await runCli(args, { env });
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain("--max-delete allows 1");
    expect(await runCli(["site", site.root, site.url], { env })).toMatchObject({ exitCode: 0 });
    expect(await site.keys()).not.toContain("img/a.svg");
  });

  test("stays if there is no site at all", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    for (const name of names) site.remove(name);
    expect(await site.publish({ maxDelete: "100%" })).toMatchObject({ deleted: [] });
    expect(await site.keys()).toEqual(names);
  });
});

describe("running", () => {
  test("retries adds and deletes that failed", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.remove("img/b.svg");
    site.write("css/site.css", "body { margin: 0 }");
    const busy = { kind: "refuse", status: 503, code: "SlowDown" } as const;
    const put = site.proxy.inject("PutObject", busy, { times: 2 });
    const remove = site.proxy.inject("DeleteObjects", busy, { times: 2 });
    expect(await site.publish()).toMatchObject({
      ...{ sent: ["css/site.css"], deleted: ["img/b.svg"] },
      summary: { errors: 0, warnings: 0 },
    });
    expect([put.hits, remove.hits]).toEqual([2, 2]);
  });

  test("takes a local index for what the bucket holds, and lists it when asked", async () => {
    await using site = await SiteScene.create(files);
    const index = { index: site.dir.at("index"), trustIndex: true };
    await site.publish(index);
    site.rebuild();
    site.write("img/a.svg", "<gvs/>", new Date(Date.now() + 5000));
    const run = await site.publish(index);
    expect(run).toMatchObject({ sent: ["img/a.svg"], requests: { PutObject: 2 } });
    expect(run.requests["ListObjectsV2"]).toBeUndefined();
    await site.bucket.put("theirs.txt", "x");
    expect(await site.publish(index)).toMatchObject({ deleted: [] });
    expect(await site.publish({ ...index, rescan: 0 })).toMatchObject({ deleted: ["theirs.txt"] });
  });

  test("does nothing while another run holds the lock", async () => {
    await using site = await SiteScene.create(files);
    const lock = site.dir.at("lock");
    using _held = Lock.take(lock, "it");
    expect(await rejection(site.publish({ lock }))).toMatchObject({ code: "locked" });
    expect(site.changes).toEqual([]);
  });

  test("says with --dry-run what would be done, and writes it down with --plan-file", async () => {
    await using site = await SiteScene.create(files);
    await site.bucket.put("old.html", "old");
    const plan = site.dir.at("plan");
    const run = await site.publish({ dryRun: true, planFile: plan, maxDelete: 1 });
    expect(run).toMatchObject({ sent: names, deleted: ["old.html"] });
    expect(site.changes).toEqual([]);
    const steps = fs.readFileSync(plan, "utf8").trim().split("\n").slice(1);
    const keys = steps.map((line) => /"key":"([^"]*)"/.exec(line)?.[1]);
    const late = ["docs/index.html", "feed.xml", "index.html", "old.html"];
    expect(keys).toEqual(["css/site.css", "img/a.svg", "img/b.svg", ...late]);
  });

  test("makes plans that no other run applies, since it would send without headers", async () => {
    await using site = await SiteScene.create(files);
    const plan = site.dir.at("plan");
    await site.publish({ dryRun: true, planFile: plan });
    const env = serverEnv(httpServer());
    const applied = await runCli(["--apply-plan", plan, site.root, `${site.url}/`], { env });
    expect(applied.exitCode).toBe(2);
    expect(applied.stderr).toContain("is that of a site, and cannot be applied");
    expect(site.changes).toEqual([]);
    expect(await site.keys()).toEqual([]);
  });

  test("ends with 3 for what is left undone, and with 2 for what makes no sense", async () => {
    await using site = await SiteScene.create(files);
    const env = serverEnv(httpServer());
    for (const name of ["1", "2", "3"]) await site.bucket.put(`old/${name}`, "old");
    const undone = await runCli(["site", "--max-delete", "1", site.root, site.url], { env });
    expect(undone.exitCode).toBe(3);
    const senseless = await runCli(["site", "--check-etag", site.root, site.url], { env });
    expect(senseless).toMatchObject({ exitCode: 2 });
    expect(senseless.stderr).toContain("--check-etag means nothing to site");
    const header = await runCli(["site", "--cache-control", "no-cache", site.root, site.url], {
      env,
    });
    expect(header).toMatchObject({ exitCode: 2 });
    expect(header.stderr).toContain('[[site.rules]], files = "*.html", cache-control = "no-cache"');
  });

  test("can be restored, also into a directory that has other files", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    using into = new TempDir();
    into.write("other.txt", "x");
    const from = { source: site.url, target: into.path, ...site.bucket.side("source") };
    await restore({ ...from, delete: true, maxDelete: 1 });
    expect(into.files()).toEqual([".s3sync-site", ...names]);
  });
});
