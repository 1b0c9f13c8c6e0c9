/**
 * What the system did that `s3sync site` is made after: a tool for static web sites that are managed by FTP. Each test is
 * named by a sentence of its document.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { restore } from "../../src/index.ts";
import { Lock } from "../../src/state/lock.ts";
import { rejection } from "../core/rejection.ts";
import { needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { SiteScene } from "./site-kit.ts";

const files = { "index.html": "home", "a/b.css": "css", "a/c.txt": "text", "d.txt": "d" };
const names = Object.keys(files).toSorted();
const later = (ms = 5000): Date => new Date(Date.now() + ms);
/** A request that is counted as long as it is held. */
const isPut = ({ method }: { readonly method: string }): boolean => method === "PUT";

describe("efficient", () => {
  test("needs to work with millions of files: no more is listed than there is, and nothing is asked of a file", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    expect((await site.publish()).requests).toEqual({ ListObjectsV2: 1, HeadObject: 1 });
  });

  test("cannot wait very long: uses multiple connections", async () => {
    await using site = await SiteScene.create(files);
    const gates = ["b.css", "c.txt", "d.txt"].map((name) =>
      site.proxy.hold(({ target }) => target.includes(name), "request"),
    );
    const run = site.publish();
    await Promise.all(gates.map(({ reached }) => reached));
    for (const gate of gates) gate.open();
    expect(await run).toMatchObject({ sent: names });
  });

  test("a configurable number of workers applies changes", async () => {
    await using site = await SiteScene.create(files);
    const gate = site.proxy.hold(isPut, "request");
    const run = site.publish({ workerSize: 1 });
    await gate.reached;
    expect(site.changes).toHaveLength(1);
    gate.open();
    expect(await run).toMatchObject({ sent: names });
  });

  test("not practical to compute MD5s: modification times are enough", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ check: "mtime" });
    site.write("d.txt", "D");
    expect(await site.publish({ check: "mtime" })).toMatchObject({ sent: [] });
    site.write("d.txt", "D", later());
    expect(await site.publish({ check: "mtime" })).toMatchObject({ sent: ["d.txt"] });
  });

  test("avoids creation of giant dicts: if a key is in the other one, it is compared right away", async () => {
    await using site = await SiteScene.create(files);
    for (const name of ["a/b.css", "z"]) await site.bucket.put(name, "old one");
    const second = site.proxy.hold(({ target }) => target.includes("list-type=2"), "request", {
      skip: 1,
    });
    const put = site.proxy.hold(
      ({ method, target }) => method === "PUT" && target.includes("b.css"),
      "request",
    );
    const run = site.publish({ maxKeys: 1, maxParallelListings: 1, noDelete: true });
    // It is sent, and the rest of the bucket is not listed yet.
    await Promise.all([second.reached, put.reached]);
    put.open();
    second.open();
    expect(await run).toMatchObject({ sent: names });
  });

  test("an optional local index avoids listing buckets", async () => {
    await using site = await SiteScene.create(files);
    const index = { index: site.dir.at("index"), trustIndex: true };
    await site.publish(index);
    site.remove("a/c.txt");
    const run = await site.publish(index);
    expect(run).toMatchObject({ deleted: ["a/c.txt"] });
    expect(run.requests["ListObjectsV2"]).toBeUndefined();
  });
});

describe("file names", () => {
  const filenameEncoding = "latin-1";
  const plant = (site: SiteScene): void => {
    fs.writeFileSync(Buffer.from(`${site.root}/caf\xe9.txt`, "latin1"), "one");
  };

  test.skipIf(process.platform !== "linux")(
    "decode file paths using the configured encoding",
    async () => {
      await using site = await SiteScene.create(files);
      plant(site);
      await site.publish({ filenameEncoding });
      expect(await site.keys()).toContain("caf\u00e9.txt");
      expect(await site.publish({ filenameEncoding })).toMatchObject({ sent: [], deleted: [] });
    },
  );

  test.skipIf(process.platform !== "linux")(
    "needed to use encoded file names when reading data from file system",
    async () => {
      await using site = await SiteScene.create(files);
      plant(site);
      await site.publish({ filenameEncoding });
      expect(Buffer.from(await site.bucket.get("caf\u00e9.txt")).toString()).toBe("one");
    },
  );
});

describe("time stamps", () => {
  needing("replaces nothing but the type in copies").test(
    "file-system modification times are compared with S3 object modification times",
    async () => {
      await using site = await SiteScene.create(files);
      for (const name of names) await site.bucket.put(name, files[name as keyof typeof files]);
      // What is in the bucket is younger, whoever put it there: no byte is sent. Headers are brought in step.
      const { summary } = await site.publish({ check: "mtime" });
      expect(summary).toMatchObject({ transferredBytes: 0, errors: 0, warnings: 0 });
      expect((await site.bucket.head("index.html")).CacheControl).toBe("no-cache");
    },
  );

  test("using a fudge factor to account for the fact that they are not computed the same way", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.write("d.txt", "d", later(10_000));
    const check = "mtime";
    expect(await site.publish({ check, mtimeTolerance: "1h" })).toMatchObject({ sent: [] });
    expect(await site.publish({ check })).toMatchObject({ sent: ["d.txt"] });
  });

  test("and for clock skew", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    const behind = new Date(Date.now() - 3600_000).toUTCString();
    const rewrite = { kind: "rewrite" } as const;
    site.proxy.inject("ListObjectsV2", {
      ...rewrite,
      rewrite: (answer) => ({ ...answer, headers: new Map(answer.headers).set("date", behind) }),
    });
    // By a clock that is an hour behind, this was written before the object.
    site.write("d.txt", "d", later(60_000));
    expect(await site.publish({ check: "mtime" })).toMatchObject({ sent: [] });
  });
});

describe("operations", () => {
  test("retry on failed AWS operations: added missing retry on failed adds or deletes", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    site.remove("d.txt");
    site.write("a/c.txt", "longer");
    const busy = { kind: "refuse", status: 500, code: "InternalError" } as const;
    const adds = site.proxy.inject("PutObject", busy, { times: 1 });
    const deletes = site.proxy.inject("DeleteObjects", busy, { times: 1 });
    const run = await site.publish();
    expect(run).toMatchObject({ sent: ["a/c.txt"], deleted: ["d.txt"], summary: { errors: 0 } });
    expect([adds.hits, deletes.hits]).toEqual([1, 1]);
  });

  test("lock-file support to avoid simultaneous syncs", async () => {
    await using site = await SiteScene.create(files);
    const lock = site.dir.at("lock");
    using _held = Lock.take(lock, "it");
    expect(await rejection(site.publish({ lock }))).toMatchObject({ code: "locked" });
  });

  test("support for bucket prefixes (mainly for secondary use cases)", async () => {
    await using site = await SiteScene.create(files, "second/");
    await site.publish();
    expect(await site.keys()).toEqual(names.map((name) => `second/${name}`));
  });

  test("a -D option to disable deleting keys", async () => {
    await using site = await SiteScene.create(files);
    await site.bucket.put("old", "x");
    const args = ["site", "-D", site.root, site.url];
    expect(await runCli(args, { env: serverEnv(httpServer()) })).toMatchObject({ exitCode: 0 });
    expect(await site.keys()).toContain("old");
    expect(await site.publish()).toMatchObject({ deleted: ["old"] });
  });

  test("support for CloudFront invalidations", async () => {
    await using site = await SiteScene.create(files);
    const run = await site.publish({ dryRun: true, cloudfrontDistribution: "E1" });
    const told = run.events.flatMap((event) => (event.type === "notice" ? event.message : []));
    // That it is told so: servers/site-cloudfront.test.ts.
    const paths = ["/", "/a/b.css", "/a/c.txt", "/d.txt", "/index.html"];
    expect(told).toEqual(paths.map((path) => `CloudFront E1 would forget ${path}`));
  });
});

describe("copies", () => {
  test("an insane requirement of emulating insane rewrites by making extra data copies", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ duplicatePrefix: ["a/=z/", "a/=y/"] });
    expect(await site.keys()).toEqual(
      [...names, "y/b.css", "y/c.txt", "z/b.css", "z/c.txt"].toSorted(),
    );
  });

  test("keys matching certain prefixes are duplicated to the same keys but with different prefixes", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ duplicatePrefix: ["d=e"] });
    expect(Buffer.from(await site.bucket.get("e.txt")).toString()).toBe("d");
  });
});

describe("index pages", () => {
  const generateIndex = true;

  test("generation of index.html files in S3 for directories without them on the file system", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    expect(await site.keys()).toEqual([...names, "a/index.html"].toSorted());
  });

  test("Content-Type is set for generated index.html files", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    expect((await site.bucket.head("a/index.html")).ContentType).toStartWith("text/html");
  });

  test("index.html files include no dot files", async () => {
    await using site = await SiteScene.create({ ...files, "a/.dotted-name": "x" });
    await site.publish({ generateIndex });
    expect(Buffer.from(await site.bucket.get("a/index.html")).toString()).not.toContain("dotted");
  });

  test("tweaked html layout forces new index.html files to be sent", async () => {
    await using site = await SiteScene.create(files);
    await site.publish({ generateIndex });
    const template = site.dir.write("layout.html", "<h1>{{path}}</h1>");
    expect(await site.publish({ generateIndex, template })).toMatchObject({
      sent: ["a/index.html"],
    });
  });

  test("directories with weird file names do not break index generation", async () => {
    const weird = "w/\u00ff\t\"<&>'%00 \u{1f680}\u202e#?.txt";
    await using site = await SiteScene.create({ ...files, [weird]: "x" });
    const { summary } = await site.publish({ generateIndex });
    expect(summary).toMatchObject({ errors: 0, warnings: 0 });
    expect(await site.keys()).toContain("w/index.html");
  });
});

describe("the restore script", () => {
  test("restores an entire directory", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    using into = new TempDir();
    const from = { source: site.url, target: into.path, ...site.bucket.side("source") };
    await restore(from);
    expect(into.files()).toEqual([".s3sync-site", ...names]);
  });

  test("updates a directory, syncing with S3 based on file size", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    using into = new TempDir();
    into.write("d.txt", "D");
    into.write("a/c.txt", "longer");
    const from = { source: site.url, target: into.path, ...site.bucket.side("source") };
    await restore({ ...from, checkSize: true });
    expect([into.read("d.txt"), into.read("a/c.txt")].map(String)).toEqual(["D", "text"]);
  });

  test("removes extra files from the destination directory", async () => {
    await using site = await SiteScene.create(files);
    await site.publish();
    using into = new TempDir();
    into.write("extra.txt", "x");
    const from = { source: site.url, target: into.path, ...site.bucket.side("source") };
    await restore({ ...from, delete: true });
    expect(into.files()).not.toContain("extra.txt");
  });
});
