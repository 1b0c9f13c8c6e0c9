/**
 * `--filename-encoding`: trees whose names are not UTF-8, up and down.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { check, restore, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { TwoSides } from "../support/two-sides.ts";
import { SiteScene } from "./site-kit.ts";

const filenameEncoding = "latin-1";

/** A path whose bytes are the characters of a text. */
function raw(dir: TempDir, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${dir.path}/`), Buffer.from(path, "latin1")]);
}

function write(dir: TempDir, path: string, text: string): void {
  const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  fs.mkdirSync(raw(dir, above), { recursive: true });
  fs.writeFileSync(raw(dir, path), text);
}

/** The bytes of all names in a directory, as characters, sorted. */
function names(dir: TempDir, path = ""): string[] {
  const found = fs.readdirSync(raw(dir, path), { encoding: "buffer" });
  return found.map((name) => name.toString("latin1")).toSorted();
}

/** Every byte that a name can have. */
const everyByte = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1))
  .filter((character) => character !== "/")
  .join("");
const odd = [everyByte.slice(31, 150), everyByte.slice(150)];

describe.skipIf(process.platform !== "linux")("names in latin-1 (needs Linux)", () => {
  needing("keeps backslashes in keys").test(
    "become keys in UTF-8, and the same bytes again",
    async () => {
      await using bucket = await TestBucket.create();
      using from = new TempDir();
      using to = new TempDir();
      write(from, "caf\xe9/na\xefve.txt", "1");
      write(from, "plain", "2");
      for (const name of odd) write(from, name, "3");
      const up = await sync({
        ...{ source: from.path, target: bucket.url(), filenameEncoding },
        ...bucket.side("target"),
      });
      expect(up).toMatchObject({ transferredObjects: 4, errors: 0, warnings: 0 });
      expect(await bucket.keys()).toEqual(expect.arrayContaining(["caf\u00e9/na\u00efve.txt"]));
      const down = { source: bucket.url(), target: to.path, filenameEncoding } as const;
      await sync({ ...down, ...bucket.side("source") });
      expect(names(to)).toEqual([...odd, "caf\xe9", "plain"].toSorted());
      expect(names(to, "caf\xe9")).toEqual(["na\xefve.txt"]);
      expect(fs.readFileSync(raw(to, "caf\xe9/na\xefve.txt"), "utf8")).toBe("1");
      const again = await sync({ ...down, ...bucket.side("source"), delete: true });
      expect(again).toMatchObject({ transferredObjects: 0, deleted: 0, errors: 0 });
      const compared = await check({ ...down, ...bucket.side("source") });
      expect(compared.check?.same.etag).toBe(4);
    },
  );

  test("are deleted, replaced and restored like others", async () => {
    await using bucket = await TestBucket.create();
    using to = new TempDir();
    await bucket.put("\u00e9/a", "new");
    write(to, "\xe9/a", "old, and longer");
    write(to, "\xe9/gone\xff", "x");
    const side = bucket.side("source");
    const down = { source: bucket.url(), target: to.path, filenameEncoding } as const;
    const summary = await sync({ ...down, ...side, delete: true });
    expect(summary).toMatchObject({ transferredObjects: 1, deleted: 1, errors: 0 });
    expect(names(to, "\xe9")).toEqual(["a"]);
    expect(fs.readFileSync(raw(to, "\xe9/a"), "utf8")).toBe("new");
    fs.rmSync(raw(to, "\xe9"), { recursive: true });
    await restore({ ...down, ...side });
    expect(names(to, "\xe9")).toEqual(["a"]);
  });

  test("are sent in parts, and gone on with", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    write(dir, "gro\xdf", "x".repeat(12 * 1024 * 1024));
    const up = await sync({
      ...{ source: dir.path, target: bucket.url(), filenameEncoding },
      ...{ multipartThreshold: 5 * 1024 * 1024, multipartChunksize: 5 * 1024 * 1024 },
      ...bucket.side("target"),
    });
    expect(up).toMatchObject({ transferredObjects: 1, etagVerified: 1, errors: 0 });
    using to = new TempDir();
    await sync({
      ...{ source: bucket.url(), target: to.path, filenameEncoding },
      ...{ multipartThreshold: 5 * 1024 * 1024, multipartChunksize: 5 * 1024 * 1024 },
      ...bucket.side("source"),
    });
    expect(fs.statSync(raw(to, "gro\xdf")).size).toBe(12 * 1024 * 1024);
  });

  test("are left out with a word where a key has characters that latin-1 has not", async () => {
    await using bucket = await TestBucket.create();
    using to = new TempDir();
    await bucket.put("\u65e5", "x");
    await bucket.put("a", "x");
    const events: SyncEvent[] = [];
    const input = { source: bucket.url(), target: to.path, filenameEncoding } as const;
    await sync(
      { ...input, ...bucket.side("source") },
      { onEvent: (event) => void events.push(event) },
    );
    expect(names(to)).toEqual(["a"]);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        error: expect.objectContaining({
          code: "unsafe-key",
          message: 'the key "\u65e5" is not stored: latin-1 has not all of its characters',
        }),
      }),
    );
  });

  test("of ignore files' directories are those on disk", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    write(dir, "\xe9/.s3syncignore", "b");
    write(dir, "\xe9/a", "x");
    write(dir, "\xe9/b", "x");
    const input = { source: dir.path, target: bucket.url(), filenameEncoding } as const;
    await sync({ ...input, ...bucket.side("target") });
    expect(await bucket.keys()).toEqual(["\u00e9/a"]);
  });

  test("are kept in step both ways: new, changed, moved and deleted", async () => {
    await using sides = await TwoSides.create();
    const at = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`${sides.root}/`), Buffer.from(name, "latin1")]);
    const here = (): string[] =>
      fs
        .readdirSync(sides.root, { encoding: "buffer" })
        .map((name) => name.toString("latin1"))
        .toSorted();
    for (const name of ["\xe9", "\xfc", "gone\xdf", "plain"]) fs.writeFileSync(at(name), name);
    await sides.sync({ filenameEncoding });
    expect(Object.keys(await sides.objects())).toEqual(["gone\u00df", "plain", "\u00e9", "\u00fc"]);
    fs.renameSync(at("\xfc"), at("moved\xfc"));
    await sides.remove("gone\u00df");
    await sides.put("new\u00f1", "new");
    await sides.put("\u00e9", "changed");
    expect(await sides.sync({ filenameEncoding })).toMatchObject({ errors: 0, warnings: 0 });
    expect(here()).toEqual(["moved\xfc", "new\xf1", "plain", "\xe9"]);
    expect(fs.readFileSync(at("\xe9"), "utf8")).toBe("changed");
    expect(Object.keys(await sides.objects())).toEqual([
      ...["moved\u00fc", "new\u00f1", "plain", "\u00e9"],
    ]);
    const again = await sides.sync({ filenameEncoding });
    expect(again).toMatchObject({ transferredObjects: 0, deleted: 0 });
  });

  test("are published as a site", async () => {
    await using site = await SiteScene.create({ "index.html": "x" });
    fs.writeFileSync(raw(site.dir, "public/\xfcber.html"), "x");
    await site.publish({ filenameEncoding });
    expect(await site.keys()).toEqual(["index.html", "\u00fcber.html"]);
  });
});

test("without it, names that are not UTF-8 are reported and left out", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  write(dir, "caf\xe9", "x");
  const summary = await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target") });
  expect([summary.transferredObjects, summary.warnings + summary.errors]).toEqual([0, 1]);
});

test("it does not go with what gives names back in another way", async () => {
  const input = { source: ".", target: "s3://b", filenameEncoding, encodeNames: true } as const;
  expect((await sync(input).catch((error: unknown) => error)) as Error).toMatchObject({
    message: "--filename-encoding cannot be combined with --encode-names",
  });
});
