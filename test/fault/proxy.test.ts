/**
 * The proxy changes nothing unless told to: what the other tests of this folder rest on.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, plant, randomBytes, treeDigests } from "../support/trees.ts";

const tree = {
  "a.txt": "hello",
  empty: "",
  "large.bin": randomBytes("proxy", 12 * MiB + 1),
};

test("without a fault everything passes unchanged, up and down", async () => {
  using dir = new TempDir();
  plant(dir, tree);
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const up = await sync({
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    targetEndpointUrl: proxy.endpoint,
  });
  expect(up).toMatchObject({ transferredObjects: 3, etagVerified: 3, errors: 0, warnings: 0 });
  using back = new TempDir();
  const down = await sync({
    source: bucket.url(),
    target: back.path,
    ...bucket.side("source"),
    sourceEndpointUrl: proxy.endpoint,
  });
  expect(down).toMatchObject({ transferredObjects: 3, etagVerified: 3, errors: 0, warnings: 0 });
  expect(fileDigests(back.path)).toEqual(treeDigests(tree));
  expect(proxy.count("UploadPart")).toBe(2);
  expect(proxy.count("CompleteMultipartUpload")).toBe(1);
});

test("a gate holds a request in the middle of its body until it is opened", async () => {
  using dir = new TempDir();
  dir.write("a", randomBytes("gate", MiB));
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("PutObject", "in-request");
  const run = sync({
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    targetEndpointUrl: proxy.endpoint,
  });
  await gate.reached;
  expect(await bucket.keys()).toEqual([]);
  gate.open();
  expect(await run).toMatchObject({ transferredObjects: 1, errors: 0 });
});
