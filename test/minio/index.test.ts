/**
 * The index: what earlier runs have shown is not read again.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey } from "../../src/core/key.ts";
import { ObjectIndex } from "../../src/state/object-index.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { IndexedPair } from "../support/indexed-pair.ts";
import { httpServer } from "../support/servers.ts";
import { etagOf, MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const names = ["a", "b/c", "b/d"];
const oneListing = { ListObjectsV2: 1 };

describe("files going up", () => {
  test("that are unchanged are not opened to be compared by their ETags", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up();
    const again = await pair.up({ checkEtag: true });
    expect(again).toMatchObject({ opened: [], requests: oneListing, summary: { skipped: 3 } });
    const without = await pair.up({ checkEtag: true, index: undefined });
    expect(without).toMatchObject({ opened: names, summary: { skipped: 3 } });
  });

  test("that were not sent with an index are read once, and known then", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up({ index: undefined });
    expect(await pair.up({ checkEtag: true })).toMatchObject({ opened: names });
    expect(await pair.up({ checkEtag: true })).toMatchObject({ opened: [] });
  });

  test("are read where they were changed and their time was set back", async () => {
    await using pair = await IndexedPair.create(names);
    const mtime = secondsAgo(7200);
    pair.write("a", "old", mtime);
    await pair.up();
    pair.write("a", "new", mtime);
    expect(await pair.up({ checkEtag: true })).toMatchObject({ opened: ["a"], synced: ["a"] });
    expect(Buffer.from(await pair.bucket.get("a")).toString()).toBe("new");
  });

  test("are read where another file has taken their place", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up();
    pair.write("other", "A");
    fs.utimesSync(pair.at("files/other"), secondsAgo(3600), secondsAgo(3600));
    fs.renameSync(pair.at("files/other"), pair.at("files/a"));
    expect(await pair.up({ checkEtag: true })).toMatchObject({ opened: ["a"], synced: ["a"] });
  });

  test("are sent again where somebody has replaced the object", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up();
    await pair.bucket.put("a", "?");
    expect(await pair.up({ checkEtag: true })).toMatchObject({ synced: ["a"] });
    expect(Buffer.from(await pair.bucket.get("a")).toString()).toBe("a");
  });

  test("are read again where the object is another one, although it has the same bytes", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up();
    await pair.up({ checkEtag: true });
    await untilLater();
    await pair.bucket.put("a", "a");
    const again = await pair.up({ checkEtag: true });
    expect(again).toMatchObject({ opened: ["a"], synced: [], summary: { skipped: 3 } });
  });

  test("are not known by a transfer that nobody has verified", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up({ disableEtagVerify: true });
    expect(await pair.up({ checkEtag: true })).toMatchObject({ opened: names });
  });

  test("are not known if they were written a moment ago: a change might not show", async () => {
    await using pair = await IndexedPair.create();
    pair.write("a", "a", new Date());
    await pair.up();
    expect(await pair.up({ checkEtag: true })).toMatchObject({ opened: ["a"] });
  });

  test("are not asked for with --check-mtime-and-etag, although they are newer", async () => {
    await using pair = await IndexedPair.create(names);
    const future = new Date(Date.now() + 3600_000);
    for (const name of names) pair.write(name, name, future);
    await pair.up();
    const again = await pair.up({ checkMtimeAndEtag: true });
    expect(again.summary).toMatchObject({ skipped: 3 });
  });
});

needing("checks checksums").describe("checksums", () => {
  test("of unchanged files take neither a read nor a request", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up({ additionalChecksumAlgorithm: "SHA256" });
    const check = { checkAdditionalChecksum: "SHA256" } as const;
    const again = await pair.up(check);
    expect(again).toMatchObject({ opened: [], requests: oneListing, summary: { skipped: 3 } });
    const without = await pair.up({ ...check, index: undefined });
    expect(without).toMatchObject({ opened: names, requests: { HeadObject: 3 } });
  });

  test("of another kind are not taken for the one that is asked for", async () => {
    await using pair = await IndexedPair.create(["a"]);
    await pair.up({ additionalChecksumAlgorithm: "SHA256" });
    expect(await pair.up({ checkAdditionalChecksum: "CRC32" })).toMatchObject({ synced: ["a"] });
  });

  test("that were compared once are known", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up({ additionalChecksumAlgorithm: "CRC32C", index: undefined });
    const check = { checkAdditionalChecksum: "CRC32C" } as const;
    expect(await pair.up(check)).toMatchObject({ opened: names });
    expect(await pair.up(check)).toMatchObject({ opened: [], requests: oneListing });
  });
});

describe("objects coming down", () => {
  test("are not compared with files that this has brought", async () => {
    await using pair = await IndexedPair.create();
    await pair.putOld(...names);
    await pair.down();
    const again = await pair.down({ checkEtag: true });
    expect(again).toMatchObject({ opened: [], synced: [], summary: { skipped: 3 } });
    const without = await pair.down({ checkEtag: true, index: undefined });
    expect(without).toMatchObject({ opened: names });
  });

  test("are brought again where the file was changed", async () => {
    await using pair = await IndexedPair.create();
    const time = secondsAgo(60);
    await pair.bucket.putAt("a", Buffer.from("a"), time);
    await pair.down();
    pair.write("a", "?", time);
    expect(await pair.down({ checkEtag: true })).toMatchObject({ opened: ["a"], synced: ["a"] });
  });
});

/** What the index knows, by key. */
function known(pair: IndexedPair, key: string) {
  using index = ObjectIndex.open(pair.index, false);
  return index.get(1, asKey(key));
}

const summing = needing("keeps checksums of parts");
summing.test("the index knows the parts of an object, its checksum and its metadata", async () => {
  await using pair = await IndexedPair.create();
  const bytes = randomBytes("parts", 11 * MiB);
  pair.write("large", bytes);
  const how = { multipartThreshold: 5 * MiB, multipartChunksize: 5 * MiB };
  const more = { metadata: "owner=ops", additionalChecksumAlgorithm: "SHA256" } as const;
  await pair.up({ ...how, ...more });
  const found = known(pair, "large");
  const md5s = [0, 5, 10].map((at) => etagOf(bytes.subarray(at * MiB, (at + 5) * MiB)));
  expect(found).toMatchObject({
    ...{ size: 11 * MiB, etag: etagOf(bytes, 5 * MiB), metadata: { owner: "ops" } },
    parts: { size: 5 * MiB, md5s, checksums: { algorithm: "SHA256" } },
  });
  expect(found?.checksum?.value).toEndWith("-3");
  expect(found?.parts?.checksums?.values).toHaveLength(3);
});

test("a dry run changes no index, and makes none", async () => {
  await using pair = await IndexedPair.create(names);
  await pair.up({ dryRun: true });
  expect(fs.existsSync(pair.index)).toBe(false);
  await pair.up();
  const before = fs.readFileSync(pair.index);
  await pair.bucket.put("a", "?");
  expect(await pair.up({ dryRun: true, checkEtag: true })).toMatchObject({ opened: ["a"] });
  expect(fs.readFileSync(pair.index)).toEqual(before);
});

test("one file is the index of several pairs, and none takes another one's objects for its own", async () => {
  await using pair = await IndexedPair.create(names);
  const [one, other] = [pair.bucket.url("one/"), pair.bucket.url("other/")];
  await pair.up({ target: one });
  await pair.up({ target: other, index: undefined });
  expect(await pair.up({ target: other, checkEtag: true })).toMatchObject({ opened: names });
  for (const target of [one, other]) {
    expect(await pair.up({ target, checkEtag: true })).toMatchObject({ opened: [] });
  }
});

test("processes that work on several pairs make one index, and use it at the same time", async () => {
  await using pair = await IndexedPair.create(names);
  const targets = ["one/", "two/", "three/"].map((prefix) => pair.bucket.url(prefix));
  const env = serverEnv(httpServer());
  const ended = await Promise.all(
    targets.map((target) => runCli(["-v", "--index", pair.index, pair.root, target], { env })),
  );
  expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  const targetEndpointUrl = httpServer().endpoint;
  for (const target of targets) {
    const again = await pair.up({ target, targetEndpointUrl, checkEtag: true });
    expect(again).toMatchObject({ opened: [] });
  }
}, 20_000);

test("what a plan does is noted", async () => {
  await using pair = await IndexedPair.create(names);
  await pair.up({ trustIndex: true });
  pair.write("a", "changed");
  pair.remove("b/c");
  const plan = pair.at("plan");
  await pair.up({ dryRun: true, planFile: plan, delete: true });
  await pair.up({ applyPlan: plan });
  expect(await pair.bucket.keys()).toEqual(["a", "b/d"]);
  expect((await pair.up({ trustIndex: true, delete: true })).requests).toEqual({});
});

describe("an index that cannot be used", () => {
  test("because it is damaged is made anew, and a line says so", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.up();
    const bytes = fs.readFileSync(pair.index);
    fs.writeFileSync(pair.index, bytes.fill(0x5a, 4096));
    const again = await pair.up({ checkEtag: true });
    expect(again).toMatchObject({
      warnings: [`the index ${pair.index} is damaged: it is made anew`],
      ...{ opened: names, summary: { skipped: 3 } },
    });
    expect(await pair.up({ checkEtag: true })).toMatchObject({ opened: [], warnings: [] });
  });

  test("because it is another file is put aside: it may be somebody's", async () => {
    await using pair = await IndexedPair.create(names);
    fs.writeFileSync(pair.index, "my only copy");
    const { warnings, summary } = await pair.up();
    expect(warnings).toEqual([
      `${pair.index} is no index of s3sync: it is called ${pair.index}.aside now, and an index is made`,
    ]);
    expect(summary).toMatchObject({ transferredObjects: 3 });
    expect(fs.readFileSync(`${pair.index}.aside`, "utf8")).toBe("my only copy");
  });

  test("because there is no such directory ends the run before it begins", async () => {
    await using pair = await IndexedPair.create(names);
    const failed = await pair.up({ index: pair.at("no/index") }).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ path: expect.stringContaining("no/index") });
    expect(await pair.bucket.keys()).toEqual([]);
  });
});
