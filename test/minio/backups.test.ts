/**
 * `--backup-prefix` and `--backup-dir`: what a run replaces or deletes is put aside first.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { GetObjectTaggingCommand } from "@aws-sdk/client-s3";

import { sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { etagOf, fileDigests, objectDigests, plantObjects, treeDigests } from "../support/trees.ts";
import { after, BackupScene, before, fine, five, parts, ran } from "./backup-scene.ts";

const telling = needing("tells parts by their numbers");
const today = (): string => new Date().toISOString().slice(0, 10);

let scene: BackupScene;
beforeEach(async () => {
  scene = await BackupScene.create();
});
afterEach(() => scene[Symbol.asyncDispose]());

describe("a bucket", () => {
  test.each([
    ["up", () => scene.plantUp(), () => scene.up()],
    [
      "on the server",
      async () => {
        await scene.plantUp();
        await plantObjects(scene.bucket, after, "from/");
      },
      () => scene.across(),
    ],
  ] as const)(
    "has what was replaced and deleted under the prefix, %s",
    async (_how, set, input) => {
      await set();
      const { summary, backups } = await ran(input());
      expect(summary).toMatchObject({ transferredObjects: 3, deleted: 1, ...fine });
      expect(await objectDigests(scene.bucket, "p/")).toEqual(treeDigests(after));
      expect(await objectDigests(scene.bucket, "old/")).toEqual(treeDigests(before));
      expect(backups).toEqual(
        ["changed", "sub/gone", "sub/large"].map((key) => `${key} > old/${key}`),
      );
      expect(await scene.bucket.openUploads()).toBe(0);
      const again = await ran(input());
      expect(again).toMatchObject({ summary: { transferredObjects: 0, deleted: 0 }, backups: [] });
    },
  );

  telling.test("keeps metadata, tags, headers and parts of what it puts aside", async () => {
    await scene.plantUp();
    const Metadata = { owner: "me" };
    const headers = { ContentType: "text/x-a", CacheControl: "no-store", Metadata };
    await scene.bucket.put("p/changed", "old", { ...headers, Tagging: "a=1&b=2" });
    using files = new TempDir();
    files.write("large", before["sub/large"]);
    const side = { target: scene.bucket.url("p/sub/"), ...scene.bucket.side("target") };
    await sync({
      source: files.path,
      ...side,
      ...parts,
      removeModifiedFilter: true,
      metadata: { of: "parts" },
      tagging: "c=3",
    });
    const { ETag } = await scene.bucket.head("p/sub/large");
    expect(ETag).toBe(`"${etagOf(before["sub/large"], five)}"`);
    expect((await ran(scene.up())).summary).toMatchObject({ transferredObjects: 3, ...fine });
    expect(await scene.bucket.head("old/changed")).toMatchObject(headers);
    expect(await tagsOf("old/changed")).toEqual({ a: "1", b: "2" });
    expect(await scene.bucket.head("old/sub/large")).toMatchObject({
      ETag,
      Metadata: { of: "parts" },
    });
    expect(await tagsOf("old/sub/large")).toEqual({ c: "3" });
  });

  needing("keeps storage classes", "encrypts with its own key").test(
    "keeps class and encryption of what it puts aside",
    async () => {
      await scene.plantUp();
      await scene.bucket.put("p/changed", "old", { StorageClass: "REDUCED_REDUNDANCY" });
      await scene.bucket.put("p/sub/gone", "gone", { ServerSideEncryption: "AES256" });
      expect((await ran(scene.up())).summary).toMatchObject({ transferredObjects: 3, ...fine });
      const { StorageClass } = await scene.bucket.head("old/changed");
      const { ServerSideEncryption } = await scene.bucket.head("old/sub/gone");
      expect([StorageClass, ServerSideEncryption]).toEqual(["REDUCED_REDUNDANCY", "AES256"]);
    },
  );

  test("may be another one, and the prefix one of a day", async () => {
    await scene.plantUp();
    await using other = await TestBucket.create();
    const { summary } = await ran(scene.up({ backupPrefix: other.url("old/{date}") }));
    expect(summary).toMatchObject({ transferredObjects: 3, deleted: 1, ...fine });
    expect(await objectDigests(other, `old/${today()}/`)).toEqual({
      ...treeDigests(before),
      ...treeDigests({ ".s3sync-backups": "" }),
    });
  });

  test("has no backup of an object that is only deleted or replaced without the option", async () => {
    await scene.plantUp();
    await using proxy = await FaultProxy.start(httpServer());
    await ran(scene.up({ backupPrefix: undefined, targetEndpointUrl: proxy.endpoint }));
    expect(proxy.count("CopyObject") + proxy.count("HeadObject")).toBe(0);
    expect(await scene.bucket.keys("old/")).toEqual([]);
  });
});

async function tagsOf(key: string): Promise<Record<string, string>> {
  const command = new GetObjectTaggingCommand({ Bucket: scene.bucket.name, Key: key });
  const { TagSet = [] } = await scene.bucket.client.send(command);
  return Object.fromEntries(TagSet.map(({ Key = "", Value = "" }) => [Key, Value]));
}

describe("a directory", () => {
  test("has what was replaced and deleted, with its times", async () => {
    await scene.plantDown();
    const { mtimeMs } = fs.statSync(scene.dir.at("to", "changed"));
    const { summary, backups } = await ran(scene.down());
    expect(summary).toMatchObject({ transferredObjects: 3, deleted: 1, ...fine });
    expect(fileDigests(scene.dir.at("to"))).toEqual(treeDigests(after));
    expect(fileDigests(scene.dir.at("old"))).toEqual(treeDigests(before));
    expect(fs.statSync(scene.dir.at("old", "changed")).mtimeMs).toBe(mtimeMs);
    expect(backups).toContain(`sub/gone > ${scene.dir.at("old", "sub", "gone")}`);
  });

  test("has the link that was replaced, and not what it leads to", async () => {
    await plantObjects(scene.bucket, { a: "1" }, "p/");
    scene.dir.write("precious", "mine");
    fs.mkdirSync(scene.dir.at("to"));
    fs.symlinkSync(scene.dir.at("precious"), scene.dir.at("to", "a"));
    expect((await ran(scene.down())).summary).toMatchObject({ transferredObjects: 1, ...fine });
    expect(fs.readlinkSync(scene.dir.at("old", "a"))).toBe(scene.dir.at("precious"));
    expect(fs.lstatSync(scene.dir.at("to", "a")).isFile()).toBe(true);
    expect(scene.dir.read("precious").toString()).toBe("mine");
  });

  test("has no backup of a file that changed after it was listed: that one stays", async () => {
    await scene.plantDown();
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("GetObject", "request");
    const running = ran(scene.down({ sourceEndpointUrl: proxy.endpoint }));
    await gate.reached;
    scene.dir.write("to/changed", "meanwhile");
    gate.open();
    expect(await running).toMatchObject({
      troubles: ["warning changed precondition", "warning - precondition"],
    });
    expect(scene.dir.read("to/changed").toString()).toBe("meanwhile");
    expect(scene.dir.files("old")).toEqual(["sub/large"]);
  });
});

describe("backups inside of the target", () => {
  test("are overlooked in a bucket: neither deleted nor counted, of whatever day", async () => {
    await scene.plantUp();
    await plantObjects(scene.bucket, { "old/2020-02-29/a": "x", "old/readme": "y" }, "p/");
    const more = { backupPrefix: "p/old/{date}/", maxDelete: "50%" } as const;
    const { summary } = await ran(scene.up(more));
    // Four objects count: the three of the target, and what is no backup of a day.
    expect(summary).toMatchObject({ transferredObjects: 3, deleted: 2, ...fine });
    expect(await scene.bucket.keys("p/old/")).toEqual([
      "p/old/2020-02-29/a",
      ...[".s3sync-backups", "changed", "old/readme", "sub/gone", "sub/large"].map(
        (key) => `p/old/${today()}/${key}`,
      ),
    ]);
    expect((await ran(scene.up(more))).summary).toMatchObject({
      transferredObjects: 0,
      deleted: 0,
    });
  });

  test("are no objects that a filter leaves out: --delete-excluded does not delete them", async () => {
    await scene.plantUp();
    const input = scene.up({ backupPrefix: "p/old/", deleteExcluded: true });
    await ran(input);
    const { summary } = await ran(input);
    expect(summary).toMatchObject({ deleted: 0, ...fine });
    expect(await objectDigests(scene.bucket, "p/old/")).toEqual(treeDigests(before));
  });

  test("are overlooked in a directory, also through a link to it", async () => {
    await scene.plantDown();
    fs.symlinkSync(scene.dir.at("to"), scene.dir.at("link"));
    for (const target of [scene.dir.at("to"), scene.dir.at("link")]) {
      const { summary } = await ran(scene.down({ target, backupDir: scene.dir.at("to", ".old") }));
      expect(summary).toMatchObject({ ...fine });
    }
    expect(fileDigests(scene.dir.at("to", ".old"))).toEqual(treeDigests(before));
  });

  test("get nothing of the source's that has such keys: it is skipped", async () => {
    scene.dir.write("from/old/a", "mine");
    scene.dir.write("from/b", "1");
    const { summary } = await ran(scene.up({ backupPrefix: "p/old" }));
    expect(summary).toMatchObject({ transferredObjects: 1, skipped: 1, ...fine });
    expect(await scene.bucket.keys()).toEqual(["p/b"]);
  });
});

describe("a dry run and a plan", () => {
  test("tell where everything would go, and what it takes; nothing is done", async () => {
    await scene.plantUp();
    const keys = await scene.bucket.keys();
    const { summary, backups } = await ran(scene.up({ dryRun: true }));
    expect(backups).toEqual(
      ["changed", "sub/gone", "sub/large"].map((key) => `${key} > old/${key}`),
    );
    expect(summary.traffic.requests).toMatchObject({ CopyObject: 3, DeleteObject: 1 });
    expect(await scene.bucket.keys()).toEqual(keys);
    await scene.plantDown();
    const toDirectory = await ran(scene.down({ dryRun: true, source: scene.bucket.url("p/") }));
    expect(toDirectory.summary).toMatchObject({ ...fine });
    expect(fs.existsSync(scene.dir.at("old"))).toBe(false);
  });

  test("the plan is carried out with backups", async () => {
    await scene.plantUp();
    await ran(scene.up({ dryRun: true, planFile: scene.dir.at("plan") }));
    const applied = scene.up({ applyPlan: scene.dir.at("plan"), delete: false });
    const { summary } = await ran(applied);
    expect(summary).toMatchObject({ transferredObjects: 3, deleted: 1, ...fine });
    expect(await objectDigests(scene.bucket, "old/")).toEqual(treeDigests(before));
    expect(await objectDigests(scene.bucket, "p/")).toEqual(treeDigests(after));
  });

  test("the log has a line for each, dry or not", async () => {
    scene.dir.write("from/a", "2");
    await scene.bucket.put("p/a", "first");
    const args = ["-v", "--backup-prefix", "old", scene.dir.at("from"), scene.bucket.url("p/")];
    for (const [dry, said] of [
      [["--dry-run"], "[dry-run] backup completed."],
      [[], "backup completed."],
    ] as const) {
      const { stdout } = await runCli([...dry, ...args], { env: serverEnv(httpServer()) });
      expect(stdout).toContain(`INFO ${said} key="a" target_key="p/a" backup_key="old/a"`);
    }
  });
});

test("the copy of metadata that is brought in step is one that replaces: it has a backup", async () => {
  const sides = {
    ...scene.bucket.side("source"),
    ...scene.bucket.side("target"),
    source: scene.bucket.url("from/"),
  };
  await scene.bucket.put("from/a", "1", { Metadata: { owner: "new" } });
  await scene.bucket.put("p/a", "1", { Metadata: { owner: "old" } });
  const { summary } = await ran(scene.up({ ...sides, delete: false, syncLatestMetadata: true }));
  expect(summary).toMatchObject({ transferredObjects: 1, ...fine });
  expect((await scene.bucket.head("p/a")).Metadata).toEqual({ owner: "new" });
  expect((await scene.bucket.head("old/a")).Metadata).toEqual({ owner: "old" });
});
