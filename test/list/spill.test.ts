/**
 * Lists that grow on disk.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { Entry } from "../../src/core/entry.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import { Spill } from "../../src/list/spill.ts";
import { canMount, mountNeeds, SmallDisk } from "../store/local/small-disk.ts";
import { TempDir } from "../support/temp-dir.ts";

function entryOf(key: string, more: Partial<Entry> = {}): Entry {
  return {
    kind: "object",
    key: asKey(key),
    size: key.length,
    mtimeMs: 1_600_000_000_123.456,
    etag: undefined,
    storageClass: undefined,
    storeKey: undefined,
    ...more,
  };
}

function keysOf(spill: Spill<Entry>): string[] {
  return Array.from(spill.batches()).flatMap((batch) => batch.map(({ key }) => key));
}

describe("a spill", () => {
  test("of nothing has no batches and needs no directory", () => {
    using spill = new Spill<Entry>("/nowhere");
    expect(spill.count).toBe(0);
    expect(Array.from(spill.batches())).toEqual([]);
  });

  test("of a few entries needs no directory either", () => {
    using spill = new Spill<Entry>("/nowhere");
    for (const key of ["a", "b", "c"]) spill.add(entryOf(key));
    expect(spill.count).toBe(3);
    expect(keysOf(spill)).toEqual(["a", "b", "c"]);
  });

  test.each([4999, 5000, 5001, 50_000])("gives %d entries back in their order", (count) => {
    using dir = new TempDir();
    using spill = new Spill<Entry>(dir.path);
    const keys = Array.from({ length: count }, (_, index) => `key/${index}`);
    for (const key of keys) spill.add(entryOf(key));
    expect(spill.count).toBe(count);
    expect(keysOf(spill)).toEqual(keys);
  });

  test("keeps all that a store needs to recognise an entry", () => {
    using dir = new TempDir();
    using spill = new Spill<Entry>(dir.path);
    const odd = entryOf('a\n"\\\u0001\u{1f600}\uffff', {
      size: 5 * 2 ** 40,
      etag: parseETag("abc-2"),
      storageClass: "GLACIER",
      storeKey: asKey("/a"),
    });
    for (let index = 0; index < 5000; index++) spill.add(odd);
    for (const batch of spill.batches()) for (const entry of batch) expect(entry).toEqual(odd);
  });

  test("has no name in its directory, so that nothing is left whatever happens", () => {
    using dir = new TempDir();
    using spill = new Spill<Entry>(dir.path);
    for (let index = 0; index < 6000; index++) spill.add(entryOf(`k${index}`));
    expect(fs.readdirSync(dir.path)).toEqual([]);
    expect(keysOf(spill)).toHaveLength(6000);
  });

  test("keeps only the last few thousand entries in memory", () => {
    using dir = new TempDir();
    using spill = new Spill<Entry>(dir.path);
    const padding = "x".repeat(500);
    Bun.gc(true);
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 50_000; index++) spill.add(entryOf(`${padding}${index}`));
    Bun.gc(true);
    // All of them would be 25 MB and more.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000);
  });

  test("names --temp-dir when its directory is not there", () => {
    using dir = new TempDir();
    using spill = new Spill<Entry>(dir.at("missing"));
    const addAll = (): void => {
      for (let index = 0; index < 5000; index++) spill.add(entryOf(`k${index}`));
    };
    expect(addAll).toThrow(
      expect.objectContaining({
        code: "file-system",
        hint: expect.stringContaining("--temp-dir"),
      }),
    );
  });

  test.skipIf(!canMount)(
    `says so when its disk is full, before anything is read back (${mountNeeds})`,
    () => {
      using disk = new SmallDisk("1m");
      using spill = new Spill<Entry>(disk.path);
      const addAll = (): void => {
        for (let index = 0; index < 20_000; index++) spill.add(entryOf(`key/${index}`));
      };
      expect(addAll).toThrow(expect.objectContaining({ path: disk.path }));
    },
  );

  test.skipIf(!canMount)(
    `says so when its disk becomes full in the middle of a batch (${mountNeeds})`,
    () => {
      using disk = new SmallDisk("600k");
      using spill = new Spill<Entry>(disk.path);
      // One batch of about 430 KiB fits, of the second only a part does.
      const addAll = (): void => {
        for (let index = 0; index < 10_000; index++) spill.add(entryOf(`key/${index}`));
      };
      expect(addAll).toThrow(expect.objectContaining({ path: disk.path }));
    },
  );
});
