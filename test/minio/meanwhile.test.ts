/**
 * What somebody does in the target between its listing and our write: it is not lost without a word.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const five = 5 * MiB;
const contents = { small: randomBytes("new", 1000), large: randomBytes("new", 2 * five) };
const parts = { multipartThreshold: five, multipartChunksize: five };

/** Downloads `a` over a file; `meddle` runs when its bytes are asked for. */
async function download(
  size: keyof typeof contents,
  dir: TempDir,
  meddle: (bucket: TestBucket) => void | Promise<void>,
  more: Partial<ConfigInput> = {},
): Promise<Summary> {
  await using bucket = await TestBucket.create();
  await bucket.put("a", contents[size]);
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("GetObject", "request");
  const running = sync({
    ...{ source: bucket.url(), target: dir.path, ...bucket.side("source"), ...parts },
    sourceEndpointUrl: proxy.endpoint,
    ...more,
  });
  await gate.reached;
  await meddle(bucket);
  gate.open();
  return await running;
}

describe.each(["small", "large"] as const)("a file that is replaced by a %s object", (size) => {
  test("stays if somebody wrote to it after it was listed: a warning, and nothing is left", async () => {
    using dir = new TempDir();
    dir.write("a", "old", secondsAgo(60));
    dir.write("gone", "x");
    const meddle = (): void => void dir.write("a", "written meanwhile");
    const summary = await download(size, dir, meddle, { delete: true });
    expect(summary).toMatchObject({ transferredObjects: 0, warnings: 2, errors: 0, deleted: 0 });
    expect(dir.read("a").toString()).toBe("written meanwhile");
    expect(dir.files()).toEqual(["a", "gone"]);
  });

  test("stays if it was not there when it was listed", async () => {
    using dir = new TempDir();
    const meddle = (): void => void dir.write("a", "written meanwhile");
    expect(await download(size, dir, meddle)).toMatchObject({ transferredObjects: 0, warnings: 1 });
    expect(dir.read("a").toString()).toBe("written meanwhile");
    expect(dir.files()).toEqual(["a"]);
  });

  test("is no matter if another run has written the very same", async () => {
    using dir = new TempDir();
    const meddle = async (bucket: TestBucket): Promise<void> => {
      await sync({ source: bucket.url(), target: dir.path, ...bucket.side("source") });
    };
    expect(await download(size, dir, meddle)).toMatchObject({ transferredObjects: 1, warnings: 0 });
    expect(dir.files()).toEqual(["a"]);
  });

  test("comes again if somebody deleted it", async () => {
    using dir = new TempDir();
    dir.write("a", "old", secondsAgo(60));
    const summary = await download(size, dir, () => fs.rmSync(dir.at("a")));
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 0 });
    expect(Buffer.from(dir.read("a")).equals(contents[size])).toBe(true);
  });

  test("is replaced if it is a link, which is no file of ours to lose", async () => {
    using dir = new TempDir();
    using outside = new TempDir();
    outside.write("precious", "mine");
    const meddle = (): void => fs.symlinkSync(outside.at("precious"), dir.at("a"));
    expect(await download(size, dir, meddle)).toMatchObject({ transferredObjects: 1, warnings: 0 });
    expect(fs.lstatSync(dir.at("a")).isFile()).toBe(true);
    expect(outside.read("precious").toString()).toBe("mine");
  });
});

test("what the run itself has written does not keep it from doing it over", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  dir.write("a", "first", secondsAgo(60));
  await bucket.put("a", "old text");
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("PutObject", "answer");
  const running = sync({
    ...{ source: dir.path, target: bucket.url(), ...bucket.side("target"), ifMatch: true },
    ...{ targetEndpointUrl: proxy.endpoint, forceRetryIntervalMilliseconds: 1, checkSize: true },
  });
  await gate.reached;
  // It is in the bucket by now, and found to be another one when the answer comes.
  dir.write("a", "second", secondsAgo(30));
  gate.open();
  expect(await running).toMatchObject({ transferredObjects: 1, warnings: 0, errors: 0 });
  expect(Buffer.from(await bucket.get("a")).toString()).toBe("second");
});
