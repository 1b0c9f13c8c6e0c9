/**
 * Bodies that are kept on disk for a while.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { md5Of } from "../../src/hash/digest.ts";
import { Spool } from "../../src/transfer/spool.ts";
import { rejection } from "../core/rejection.ts";
import { canMount, mountNeeds, SmallDisk } from "../store/local/small-disk.ts";
import { TempDir } from "../support/temp-dir.ts";

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream));
}

describe("a spooled body", () => {
  test("comes back as it was, as often as it is asked for", async () => {
    using dir = new TempDir();
    const body = Buffer.alloc(700_000, "0123456789");
    await using spool = await Spool.open(dir.path);
    await spool.write(body.subarray(0, 1));
    await spool.write(body.subarray(1, 300_001));
    await spool.write(body.subarray(300_001));
    for (let time = 0; time < 2; time++) {
      expect(md5Of(await collect(spool.read()))).toEqual(md5Of(body));
    }
  });

  test("may be read twice at the same time", async () => {
    using dir = new TempDir();
    const body = Buffer.alloc(600_000, "abc");
    await using spool = await Spool.open(dir.path);
    await spool.write(body);
    const copies = await Promise.all([collect(spool.read()), collect(spool.read())]);
    for (const copy of copies) expect(md5Of(copy)).toEqual(md5Of(body));
  });

  test("may be empty", async () => {
    using dir = new TempDir();
    await using spool = await Spool.open(dir.path);
    expect(await collect(spool.read())).toHaveLength(0);
  });

  test("has no name, so that nothing is left whatever happens", async () => {
    using dir = new TempDir();
    await using spool = await Spool.open(dir.path);
    await spool.write(Buffer.from("x"));
    expect(fs.readdirSync(dir.path)).toEqual([]);
  });

  test("names --temp-dir when its directory is not there", async () => {
    using dir = new TempDir();
    expect(await rejection(Spool.open(dir.at("missing")))).toMatchObject({
      code: "file-system",
      path: dir.at("missing"),
      hint: expect.stringContaining("--temp-dir"),
    });
  });

  test.skipIf(!canMount)(`says so when its disk is full (${mountNeeds})`, async () => {
    using disk = new SmallDisk("1m");
    await using spool = await Spool.open(disk.path);
    const piece = Buffer.alloc(256 * 1024);
    const writeAll = async (): Promise<void> => {
      for (let written = 0; written < 8; written++) await spool.write(piece);
    };
    expect(await rejection(writeAll())).toMatchObject({ code: "disk-full", path: disk.path });
  });

  test.skipIf(!canMount)(
    `says so when its disk becomes full in the middle of a piece (${mountNeeds})`,
    async () => {
      using disk = new SmallDisk("1m");
      await using spool = await Spool.open(disk.path);
      const piece = Buffer.alloc(1536 * 1024);
      expect(await rejection(spool.write(piece))).toMatchObject({ code: "disk-full" });
    },
  );
});
