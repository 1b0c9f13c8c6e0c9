/**
 * What counts as changed: another size, or a source that is newer by whole seconds, unless options say otherwise.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const sent = { transferredObjects: 1, skipped: 0, errors: 0, warnings: 0 };
const left = { transferredObjects: 0, skipped: 1, errors: 0, warnings: 0 };

describe("up", () => {
  /** Syncs a file onto an object that holds `old`, with a modification time after the object's. */
  async function upload(content: string, secondsAfter: number): Promise<[object, string]> {
    await using bucket = await TestBucket.create();
    await bucket.put("a", "old");
    const { LastModified } = await bucket.head("a");
    using dir = new TempDir();
    const at = (LastModified?.getTime() ?? 0) + secondsAfter * 1000;
    dir.write("a", content, new Date(at));
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    const summary = await sync(input);
    return [summary, text(await bucket.get("a"))];
  }

  test("a file that is newer by a second is sent", async () => {
    expect(await upload("new", 1.5)).toEqual([expect.objectContaining(sent), "new"]);
  });

  test("a file that is newer by less than a second is not sent", async () => {
    expect(await upload("new", 0)).toEqual([expect.objectContaining(left), "old"]);
  });

  test("an older file of the same size is not sent", async () => {
    expect(await upload("new", -3600)).toEqual([expect.objectContaining(left), "old"]);
  });

  test("an older file of another size is sent", async () => {
    expect(await upload("longer", -3600)).toEqual([expect.objectContaining(sent), "longer"]);
  });

  test("an older file that is empty now is sent", async () => {
    expect(await upload("", -3600)).toEqual([expect.objectContaining(sent), ""]);
  });
});

describe("down", () => {
  async function download(local: string, mtime: Date): Promise<[object, string]> {
    await using bucket = await TestBucket.create();
    await bucket.put("a", "new");
    using dir = new TempDir();
    dir.write("a", local, mtime);
    const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
    const summary = await sync(input);
    return [summary, fs.readFileSync(dir.at("a"), "utf8")];
  }

  test("an object that is newer than the file is fetched", async () => {
    expect(await download("old", secondsAgo(60))).toEqual([expect.objectContaining(sent), "new"]);
  });

  test("an object that is older than the file is not fetched", async () => {
    expect(await download("old", secondsAgo(-60))).toEqual([expect.objectContaining(left), "old"]);
  });

  test("an older object of another size is fetched", async () => {
    expect(await download("longer", secondsAgo(-60))).toEqual([
      expect.objectContaining(sent),
      "new",
    ]);
  });
});

describe("from S3 to S3", () => {
  test.each([false, true])(
    "only an object that is older than its source is replaced (server side: %p)",
    async (serverSideCopy) => {
      await using from = await TestBucket.create();
      await using to = await TestBucket.create();
      await to.put("stale", "old");
      await from.put("other size", "longer");
      await from.put("fresh", "old");
      // The server alone sets these times, whole seconds: wait until its clock has moved on.
      const { LastModified } = await to.head("stale");
      const next = (LastModified?.getTime() ?? 0) + 1000;
      do {
        await from.put("stale", "new");
      } while (((await from.head("stale")).LastModified?.getTime() ?? 0) < next);
      await to.put("fresh", "new");
      await to.put("other size", "old");
      const sides = { ...from.side("source"), ...to.side("target"), serverSideCopy };
      const summary = await sync({ source: from.url(), target: to.url(), ...sides });
      expect(summary).toMatchObject({ transferredObjects: 2, skipped: 1, errors: 0 });
      expect(text(await to.get("stale"))).toBe("new");
      expect(text(await to.get("fresh"))).toBe("new");
      expect(text(await to.get("other size"))).toBe("longer");
    },
  );
});

describe("with another check", () => {
  const [same, other] = ["same bytes", "SAME BYTES"];
  const hour = 3600;

  /** Syncs a newer and an older file onto objects: those that are sent, in order. */
  async function upload(more: Partial<ConfigInput>): Promise<string[]> {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    const at = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
    dir.write("new-same", same, at(hour));
    dir.write("new-other", same, at(hour));
    dir.write("old-other", same, at(-hour));
    dir.write("old-longer", `${same}!`, at(-hour));
    dir.write("missing", same, at(-hour));
    await bucket.put("new-same", same);
    for (const key of ["new-other", "old-other", "old-longer"]) await bucket.put(key, other);
    const keys: string[] = [];
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...more };
    const { errors, warnings } = await sync(input, {
      onEvent: (event) => {
        if (event.type === "synced") keys.push(event.key);
      },
    });
    expect([errors, warnings]).toEqual([0, 0]);
    return keys.toSorted();
  }

  test.each<[Partial<ConfigInput>, string[]]>([
    [{}, ["missing", "new-other", "new-same", "old-longer"]],
    [{ checkSize: true }, ["missing", "old-longer"]],
    [{ checkEtag: true }, ["missing", "new-other", "old-longer", "old-other"]],
    [{ checkMtimeAndEtag: true }, ["missing", "new-other"]],
    [{ update: true }, ["missing", "new-other", "new-same"]],
    [{ ignoreExisting: true }, ["missing"]],
    [{ existing: true }, ["new-other", "new-same", "old-longer"]],
    [
      { removeModifiedFilter: true },
      ["missing", "new-other", "new-same", "old-longer", "old-other"],
    ],
    [{ headEachTarget: true }, ["missing", "new-other", "new-same", "old-longer"]],
    [
      { headEachTarget: true, removeModifiedFilter: true, checkEtag: true },
      ["missing", "new-other", "old-longer", "old-other"],
    ],
  ])("%j sends %j", async (options, keys) => {
    expect(await upload(options)).toEqual(keys);
  });

  needing("tells parts by their numbers").test(
    "by ETag, a file that went up in parts is compared in the same parts",
    async () => {
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      dir.write("large", randomBytes("large", 11 * MiB));
      const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
      await sync({ ...input, multipartChunksize: 5 * MiB });
      const again = await sync({ ...input, checkEtag: true });
      expect(again).toMatchObject({ transferredObjects: 0, skipped: 1, warnings: 0 });
    },
  );
});
