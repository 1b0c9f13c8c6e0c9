/**
 * `--key-start` and `--key-end`: a run over a range of keys lists and changes nothing outside of it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inByteOrder, plant, plantObjects } from "../support/trees.ts";

const tree = { a: "1", "b/1": "1", "b/2": "1", b0: "1", c: "1", d: "1" };

describe("a range of keys", () => {
  test("goes up, deletions included, and is all that the server is asked for", async () => {
    using dir = new TempDir();
    plant(dir, tree);
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "p/0": "", "p/b/1+": "", "p/c+": "" });
    await using proxy = await FaultProxy.start(httpServer());
    const summary = await sync({
      source: dir.path,
      target: bucket.url("p/"),
      ...bucket.side("target"),
      targetEndpointUrl: proxy.endpoint,
      keyStart: "b/1",
      keyEnd: "c",
      delete: true,
    });
    expect(summary).toMatchObject({ transferredObjects: 3, deleted: 1, warnings: 0, errors: 0 });
    expect(await bucket.keys("p/")).toEqual(["p/0", "p/b/2", "p/b0", "p/c", "p/c+"]);
    const lists = proxy.requests.filter(({ operation }) => operation === "ListObjectsV2");
    for (const { target } of lists) expect(target).toContain("start-after=p%2Fb%2F1");
  });

  test("comes down, deletions included", async () => {
    using dir = new TempDir();
    plant(dir, { "0": "", "b/3": "", z: "" });
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, tree);
    const summary = await sync({
      source: bucket.url(),
      target: dir.path,
      ...bucket.side("source"),
      keyStart: "a",
      keyEnd: "b/9",
      delete: true,
    });
    expect(summary).toMatchObject({ transferredObjects: 2, deleted: 1, warnings: 0, errors: 0 });
    expect(inByteOrder(dir.files())).toEqual(["0", "b/1", "b/2", "z"]);
  });

  test("makes no sense for one object", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, tree);
    const run = sync({
      source: bucket.url("a"),
      target: "/tmp/x",
      ...bucket.side("source"),
      keyStart: "a",
    });
    expect(await run.catch((error: Error) => error.message)).toBe(
      "--key-start and --key-end need a directory or a prefix as SOURCE",
    );
  });
});
