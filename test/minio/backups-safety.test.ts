/**
 * Backups are never lost themselves, and without one nothing is replaced or deleted.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { sync } from "../../src/index.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import {
  fileDigests,
  objectDigests,
  plantObjects,
  secondsAgo,
  treeDigests,
} from "../support/trees.ts";
import { BackupScene, before, fine, ran } from "./backup-scene.ts";

let scene: BackupScene;
beforeEach(async () => {
  scene = await BackupScene.create();
});
afterEach(() => scene[Symbol.asyncDispose]());

describe("an earlier backup", () => {
  const stamp = /^~\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\//;

  test("in a bucket is never replaced: the next one goes into a folder of its time", async () => {
    scene.dir.write("from/a", "2");
    await scene.bucket.put("p/a", "first");
    await ran(scene.up());
    scene.dir.write("from/a", "3 longer");
    await ran(scene.up());
    const [first, second = ""] = (await scene.bucket.keys("old/"))
      .map((key) => key.slice(4))
      .toReversed();
    const [plain, folder] = first === "a" ? [first, second] : [second, first ?? ""];
    expect(plain).toBe("a");
    expect(folder.replace(stamp, "")).toBe("a");
    expect(Buffer.from(await scene.bucket.get("old/a")).toString()).toBe("first");
    expect(Buffer.from(await scene.bucket.get(`old/${folder}`)).toString()).toBe("2");
  });

  test("in a directory neither, nor is a file in the way of a directory", async () => {
    scene.dir.write("to/a", "first", secondsAgo(60));
    await scene.bucket.put("p/b", "x");
    await ran(scene.down());
    scene.dir.write("to/a", "second", secondsAgo(60));
    await ran(scene.down());
    fs.mkdirSync(scene.dir.at("to", "a"));
    scene.dir.write("to/a/deep", "third", secondsAgo(60));
    const { summary } = await ran(scene.down());
    expect(summary).toMatchObject({ deleted: 1, ...fine });
    expect(scene.dir.read("old/a").toString()).toBe("first");
    const others = scene.dir.files("old").filter((name) => name !== "a");
    expect(others.map((name) => name.replace(stamp, "")).toSorted()).toEqual(["a", "a/deep"]);
  });

  test("of the very same is not made twice, where a run before came no further", async () => {
    scene.dir.write("from/a", "2");
    await scene.bucket.put("p/a", "first");
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject("PutObject", { kind: "refuse", status: 403, code: "AccessDenied" }, { times: 1 });
    const input = scene.up({ targetEndpointUrl: proxy.endpoint });
    expect((await ran(input)).summary).toMatchObject({ transferredObjects: 0, warnings: 1 });
    expect((await ran(input)).summary).toMatchObject({ transferredObjects: 1, ...fine });
    expect(await scene.bucket.keys("old/")).toEqual(["old/a"]);
  });
});

describe("without a backup nothing is lost:", () => {
  test("an object that cannot be copied is neither replaced nor deleted, and that is an error", async () => {
    await scene.plantUp();
    for (const continueOnError of [false, true]) {
      await using proxy = await FaultProxy.start(httpServer());
      proxy.inject("CopyObject", { kind: "refuse", status: 403, code: "AccessDenied" });
      const { summary, troubles } = await ran(
        scene.up({ targetEndpointUrl: proxy.endpoint, continueOnError }),
      );
      expect(summary.errors).toBeGreaterThan(0);
      expect(summary.deleted).toBe(0);
      expect(troubles).toContain("error changed backup");
      expect(Buffer.from(await scene.bucket.get("p/changed")).toString()).toBe("old");
      expect(await scene.bucket.keys("p/")).toContain("p/sub/gone");
    }
  });

  test("what only is to be deleted stays, and the exit code is 1", async () => {
    scene.dir.write("from/a", "1", secondsAgo(60));
    await plantObjects(scene.bucket, { a: "1", gone: "x" }, "p/");
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject("CopyObject", { kind: "refuse", status: 403, code: "AccessDenied" });
    const env = { ...serverEnv(httpServer()), AWS_ENDPOINT_URL: proxy.endpoint };
    const args = [
      "--delete",
      "--backup-prefix",
      "old",
      scene.dir.at("from"),
      scene.bucket.url("p/"),
    ];
    const { exitCode, stderr } = await runCli(args, { env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('s3sync: "gone" is not deleted: no backup could be made: CopyObject');
    expect(await scene.bucket.keys()).toEqual(["p/a", "p/gone"]);
  });

  test("a copy that is damaged is none", async () => {
    await scene.plantUp();
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject("CopyObject", {
      kind: "rewrite",
      rewrite: (answer) => {
        const etag = /(?<=<ETag>[^<]*)[0-9a-f]{32}/;
        const text = answer.body.toString().replace(etag, "0".repeat(32));
        return { ...answer, body: Buffer.from(text) };
      },
    });
    const { troubles } = await ran(scene.up({ targetEndpointUrl: proxy.endpoint }));
    expect(troubles).toContain("error changed backup");
    expect(Buffer.from(await scene.bucket.get("p/changed")).toString()).toBe("old");
  });

  test("a directory that cannot be written keeps files from being replaced and deleted", async () => {
    await scene.plantDown();
    // A file where the directory is to be.
    scene.dir.write("old", "x");
    const { summary, troubles } = await ran(scene.down());
    expect(summary).toMatchObject({ deleted: 0 });
    expect(troubles.filter((line) => line.endsWith(" backup"))).not.toEqual([]);
    expect(fileDigests(scene.dir.at("to"))).toMatchObject(treeDigests(before));
  });

  test("an object that somebody replaced meanwhile is neither put aside nor replaced", async () => {
    scene.dir.write("from/a", "2");
    await scene.bucket.put("p/a", "first");
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("HeadObject", "request");
    const running = ran(scene.up({ targetEndpointUrl: proxy.endpoint }));
    await gate.reached;
    await scene.bucket.put("p/a", "theirs");
    gate.open();
    expect(await running).toMatchObject({ troubles: ["warning a precondition"], backups: [] });
    expect(await scene.bucket.keys()).toEqual(["p/a"]);
    expect(Buffer.from(await scene.bucket.get("p/a")).toString()).toBe("theirs");
  });
});

test("an upload that is done over puts aside what was there, and not its own first attempt", async () => {
  scene.dir.write("from/a", "first", secondsAgo(60));
  await scene.bucket.put("p/a", "old text");
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("PutObject", "answer");
  const more = { forceRetryIntervalMilliseconds: 1, checkSize: true };
  const running = ran(scene.up({ ...more, targetEndpointUrl: proxy.endpoint }));
  await gate.reached;
  scene.dir.write("from/a", "second one", secondsAgo(30));
  gate.open();
  expect((await running).summary).toMatchObject({ transferredObjects: 1, ...fine });
  expect(Buffer.from(await scene.bucket.get("p/a")).toString()).toBe("second one");
  expect(await objectDigests(scene.bucket, "old/")).toEqual(treeDigests({ a: "old text" }));
});

test("a bucket for backups that does not exist is named as such, and nothing is replaced", async () => {
  scene.dir.write("from/a", "2");
  await scene.bucket.put("p/a", "first");
  const hints: (string | undefined)[] = [];
  const input = scene.up({ backupPrefix: "s3://no-such-bucket-anywhere/old/" });
  await sync(input, {
    onEvent: (event) => void (event.type === "error" && hints.push(event.error.hint)),
  });
  expect(hints).toEqual([
    expect.stringMatching(/^The bucket of --backup-prefix does not exist at http:/),
  ]);
  expect(Buffer.from(await scene.bucket.get("p/a")).toString()).toBe("first");
});
