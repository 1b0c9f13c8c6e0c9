/**
 * `--delete`: only what only the target has, only at the end, and only if everything else went well.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { patient } from "../support/patience.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  fileDigests,
  inByteOrder,
  plant,
  plantObjects,
  secondsAgo,
  treeDigests,
} from "../support/trees.ts";

const fine = { errors: 0, warnings: 0 };
const fast = { awsMaxAttempts: 2, initialBackoffMilliseconds: 1, forceRetryCount: 0 };

describe("in S3", () => {
  test("only what only the target has goes away", async () => {
    using dir = new TempDir();
    dir.write("new", "1");
    dir.write("same", "2", secondsAgo(60));
    dir.write("changed", "33");
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { same: "2", changed: "3", "old/x": "4", "same.old": "5" });
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    const summary = await sync({ ...input, delete: true });
    expect(summary).toMatchObject({ transferredObjects: 2, skipped: 1, deleted: 2, ...fine });
    expect(await bucket.keys()).toEqual(["changed", "new", "same"]);
  });

  test("without --delete nothing goes away", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("old", "x");
    await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target") });
    expect(await bucket.keys()).toEqual(["old"]);
  });

  test(
    "more than fit into a batch or into memory go away, and the others stay",
    async () => {
      const old = Array.from({ length: 6001 }, (_, i) => `old-${i}`);
      using source = new TempDir();
      source.write("old-1000000", "kept", secondsAgo(60));
      using dir = new TempDir();
      for (const name of old) fs.writeFileSync(dir.at(name), "");
      await using bucket = await TestBucket.create();
      await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target") });
      await bucket.put("old-1000000", "kept");
      await bucket.put("zzz", "old");
      const events: string[] = [];
      const onEvent = (event: SyncEvent): void => {
        if (event.type === "deleted") events.push(event.key);
      };
      const input = { source: source.path, target: bucket.url(), ...bucket.side("target") };
      const summary = await sync({ ...input, delete: true }, { onEvent });
      expect(summary).toMatchObject({ deleted: old.length + 1, skipped: 1, ...fine });
      expect(inByteOrder(events)).toEqual(inByteOrder([...old, "zzz"]));
      expect(await bucket.keys()).toEqual(["old-1000000"]);
    },
    patient(300_000),
  );

  test("deletes come in batches of at most a thousand, after every transfer", async () => {
    using dir = new TempDir();
    dir.write("new", "x");
    await using bucket = await TestBucket.create();
    const old = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`old-${i}`, ""]));
    await plantObjects(bucket, old);
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("PutObject", "request");
    const run = sync({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: proxy.endpoint,
      delete: true,
    });
    await gate.reached;
    expect(proxy.count("DeleteObjects")).toBe(0);
    gate.open();
    expect(await run).toMatchObject({ deleted: 1001, ...fine });
    expect(proxy.count("DeleteObjects")).toBe(2);
    expect(proxy.requests.at(-1)?.operation).toBe("DeleteObjects");
  });

  test("a dry run tells what would go away, and nothing does", async () => {
    using dir = new TempDir();
    dir.write("new", "x");
    await using bucket = await TestBucket.create();
    await bucket.put("old", "x");
    const events: SyncEvent[] = [];
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    const summary = await sync(
      { ...input, delete: true, dryRun: true },
      { onEvent: (event) => events.push(event) },
    );
    expect(summary).toMatchObject({ transferredObjects: 1, deleted: 1, dryRun: true });
    expect(events).toContainEqual(expect.objectContaining({ type: "deleted", dryRun: true }));
    expect(await bucket.keys()).toEqual(["old"]);
  });

  test.each([
    { what: "an upload fails", operation: "PutObject" as const },
    { what: "a listing fails", operation: "ListObjectsV2" as const },
  ])("nothing goes away when $what", async ({ operation }) => {
    using dir = new TempDir();
    dir.write("new", "x");
    await using bucket = await TestBucket.create();
    await bucket.put("old", "x");
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject(operation, { kind: "refuse", status: 500, code: "InternalError" });
    const summary = await sync({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: proxy.endpoint,
      delete: true,
      ...fast,
    });
    expect(summary).toMatchObject({ errors: 1, deleted: 0 });
    expect(await bucket.keys()).toContain("old");
  });

  test("nothing goes away when the run is stopped", async () => {
    using dir = new TempDir();
    dir.write("new", "x");
    await using bucket = await TestBucket.create();
    await bucket.put("old", "x");
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("PutObject", "request");
    const stop = new AbortController();
    const side = { ...bucket.side("target"), targetEndpointUrl: proxy.endpoint };
    const run = sync(
      { source: dir.path, target: bucket.url(), ...side, delete: true },
      { signal: stop.signal },
    );
    await gate.reached;
    stop.abort();
    expect(await run).toMatchObject({ interrupted: true, deleted: 0 });
    expect(await bucket.keys()).toContain("old");
  });

  test("keys that the server does not delete are told and not counted as deleted", async () => {
    using dir = new TempDir();
    dir.write("kept", "x");
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", b: "2" });
    await using proxy = await FaultProxy.start(httpServer());
    const failure = "<Error><Key>a</Key><Code>AccessDenied</Code><Message>no</Message></Error>";
    proxy.inject("DeleteObjects", {
      kind: "rewrite",
      rewrite: ({ status, headers }) => ({
        status,
        headers,
        body: Buffer.from(`<DeleteResult>${failure}</DeleteResult>`),
      }),
    });
    const summary = await sync({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: proxy.endpoint,
      delete: true,
    });
    expect(summary).toMatchObject({ deleted: 1, warnings: 1, errors: 0 });
  });
});

describe("in a directory", () => {
  test("files go, directories stay", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("kept", "x");
    using dir = new TempDir();
    plant(dir, { "old/deep/file": "1", "old/other": "2", gone: "3" });
    const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
    expect(await sync({ ...input, delete: true })).toMatchObject({ deleted: 3, ...fine });
    expect(fileDigests(dir.path)).toEqual(treeDigests({ kept: "x" }));
    expect(fs.statSync(dir.at("old/deep")).isDirectory()).toBe(true);
  });

  test("a file that changed after it was listed stays, and gives a warning", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("new", "x");
    using dir = new TempDir();
    dir.write("precious", "old");
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("GetObject", "request");
    const run = sync({
      source: bucket.url(),
      target: dir.path,
      ...bucket.side("source"),
      sourceEndpointUrl: proxy.endpoint,
      delete: true,
    });
    await gate.reached;
    dir.write("precious", "written meanwhile");
    gate.open();
    expect(await run).toMatchObject({ deleted: 0, warnings: 1, errors: 0 });
    expect(dir.files()).toEqual(["new", "precious"]);
  });

  test("nothing is deleted through a link, and links themselves stay", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("kept", "x");
    using outside = new TempDir();
    outside.write("precious", "mine");
    using dir = new TempDir();
    fs.symlinkSync(outside.path, dir.at("link"));
    fs.symlinkSync(outside.at("precious"), dir.at("file-link"));
    const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
    expect(await sync({ ...input, delete: true })).toMatchObject({ deleted: 0, errors: 0 });
    expect(outside.files()).toEqual(["precious"]);
    expect(fs.lstatSync(dir.at("link")).isSymbolicLink()).toBe(true);
    expect(fs.lstatSync(dir.at("file-link")).isSymbolicLink()).toBe(true);
  });

  test("nothing goes away when a download fails", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("new", "x");
    using dir = new TempDir();
    dir.write("old", "x");
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject("GetObject", { kind: "refuse", status: 500, code: "InternalError" });
    const summary = await sync({
      source: bucket.url(),
      target: dir.path,
      ...bucket.side("source"),
      sourceEndpointUrl: proxy.endpoint,
      delete: true,
      ...fast,
    });
    expect(summary).toMatchObject({ errors: 1, deleted: 0 });
    expect(dir.files()).toEqual(["old"]);
  });

  test("nothing goes away when the source bucket does not exist", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("old", "x");
    const summary = await sync({
      source: "s3://no-such-bucket-here/",
      target: dir.path,
      ...bucket.side("source"),
      delete: true,
    });
    expect(summary).toMatchObject({ errors: 1, deleted: 0 });
    expect(dir.files()).toEqual(["old"]);
  });
});
