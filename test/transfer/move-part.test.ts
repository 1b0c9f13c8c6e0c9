/**
 * One part on its way: piece by piece, through a buffer, or through the disk, always with the same result.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { SyncError } from "../../src/core/errors.ts";
import { md5Of } from "../../src/hash/digest.ts";
import { type Body, bodyLength } from "../../src/store/body.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Part, PartReader, PartWriter } from "../../src/store/store.ts";
import { movePart, type MoveSetup, type PartWitness } from "../../src/transfer/parts/move-part.ts";
import { never, patterned } from "../contract/subject.ts";
import { rejection } from "../core/rejection.ts";
import { objectOf } from "../list/listed.ts";
import { TempDir } from "../support/temp-dir.ts";

const content = patterned(1_000_000);
const part: Part = { number: 3, offset: 100_000, length: 600_000 };
const wanted = content.slice(part.offset, part.offset + part.length);

async function memoryReader(): Promise<PartReader> {
  const store = new MemoryStore();
  store.set("k", content);
  return store.open(objectOf("k"), false, never);
}

/** A reader as of a remote store: reading twice costs network, so there is no stream. */
async function remoteReader(): Promise<PartReader> {
  const reader = await memoryReader();
  return {
    read: (offset, into, signal) => reader.read(offset, into, signal),
    readPieces: async (offset, length, sink) => {
      for (let at = offset; at < offset + length; at += 64_000) {
        await sink(content.slice(at, Math.min(at + 64_000, offset + length)));
      }
    },
  };
}

async function collect(body: Body): Promise<Buffer> {
  if (body.kind === "bytes") return Buffer.from(body.bytes);
  return Buffer.concat(await Array.fromAsync(body.open()));
}

/** Takes parts; opens a stream twice, as a request that is repeated does. */
class PartTaker implements PartWriter {
  kind: Body["kind"] | undefined;
  taken: Buffer | undefined;
  md5: Uint8Array | undefined;

  async writePart(...[taken, body, digests]: Parameters<PartWriter["writePart"]>) {
    this.kind = body.kind;
    this.md5 = digests.md5;
    expect(bodyLength(body)).toBe(part.length);
    await collect(body);
    this.taken = await collect(body);
    return { number: taken.number, etag: undefined };
  }
}

/** Takes bytes at any place. */
class PlaceTaker extends PartTaker {
  private readonly bytes = Buffer.alloc(content.byteLength);

  async writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    this.bytes.set(bytes, offset);
    this.taken = this.bytes.subarray(part.offset, part.offset + part.length);
  }
}

/** Sees the bytes of a part, from its beginning to its end. */
class Seen implements PartWitness {
  readonly calls: string[] = [];
  private readonly pieces: Buffer[] = [];

  async begin({ number }: Part): Promise<void> {
    this.calls.push(`begin ${number}`);
  }

  see(bytes: Uint8Array): void {
    this.pieces.push(Buffer.from(bytes));
  }

  end(): void {
    this.calls.push("end");
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

const enough = part.length;
const tooLittle = part.length - 1;

const routes = {
  "by pieces, into a store that takes them anywhere": [
    memoryReader,
    PlaceTaker,
    tooLittle,
    undefined,
  ],
  "by pieces from afar, however little memory": [remoteReader, PlaceTaker, 1, undefined],
  "through a buffer, where memory is enough": [remoteReader, PartTaker, enough, "bytes"],
  "read twice, where that is cheap and memory is not enough": [
    memoryReader,
    PartTaker,
    tooLittle,
    "stream",
  ],
  "through the disk, where reading twice costs network": [
    remoteReader,
    PartTaker,
    tooLittle,
    "stream",
  ],
} as const;

function setupOf(shareBytes: number, tempDir: string): MoveSetup {
  return { digests: { md5: true, sha256: false }, shareBytes, tempDir };
}

describe("a part is moved", () => {
  test.each(Object.entries(routes))("%s", async (_, [open, Taker, shareBytes, kind]) => {
    using dir = new TempDir();
    const writer = new Taker();
    const seen = new Seen();
    const setup = setupOf(shareBytes, dir.path);
    const moved = await movePart(await open(), writer, part, setup, never, seen);
    expect(writer.taken?.equals(wanted)).toBe(true);
    expect(writer.kind).toBe(kind);
    expect(moved.receipt).toEqual({ number: 3, etag: undefined });
    expect(moved.md5).toEqual(md5Of(wanted));
    if (kind !== undefined) expect(writer.md5).toEqual(md5Of(wanted));
    expect(seen.calls).toEqual(["begin 3", "end"]);
    expect(seen.bytes.equals(wanted)).toBe(true);
    expect(fs.readdirSync(dir.path)).toEqual([]);
  });

  test.each(Object.entries(routes))(
    "without digests if nobody wants any: %s",
    async (_, [open, Taker, shareBytes]) => {
      using dir = new TempDir();
      const writer = new Taker();
      const setup = { ...setupOf(shareBytes, dir.path), digests: { md5: false, sha256: false } };
      const moved = await movePart(await open(), writer, part, setup, never);
      expect([moved.md5, writer.md5]).toEqual([undefined, undefined]);
      expect(writer.taken?.equals(wanted)).toBe(true);
    },
  );
});

describe("a part that cannot be", () => {
  test.each(Object.entries(routes))(
    "read is an error, and nothing is left on disk: %s",
    async (_, route) => {
      using dir = new TempDir();
      const [, Taker, shareBytes] = route;
      const failure = new SyncError("network", "it broke");
      const reader: PartReader = {
        read: () => Promise.reject(failure),
        readPieces: async (_offset, _length, sink) => {
          await sink(wanted.slice(0, 10));
          throw failure;
        },
      };
      const moving = movePart(reader, new Taker(), part, setupOf(shareBytes, dir.path), never);
      expect(await rejection(moving)).toBe(failure);
      expect(fs.readdirSync(dir.path)).toEqual([]);
    },
  );

  test("kept on disk names --temp-dir", async () => {
    const setup = setupOf(tooLittle, "/nowhere");
    const moving = movePart(await remoteReader(), new PartTaker(), part, setup, never);
    expect(await rejection(moving)).toMatchObject({
      code: "file-system",
      hint: expect.stringContaining("--temp-dir"),
    });
  });
});
