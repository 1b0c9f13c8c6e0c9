/**
 * Rules about reading: absent objects, heads, ranges, streams.
 *
 * @module
 */
import { expect } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import { asKey } from "../../src/core/key.ts";
import type { Reader, Store } from "../../src/store/store.ts";
import { rejection } from "../core/rejection.ts";
import {
  entryOf,
  get,
  keys,
  listed,
  never,
  patterned,
  put,
  reading,
  type Rules,
  text,
} from "./subject.ts";

const MiB = 1024 * 1024;

export function absentObjects({ rule }: Pick<Rules, "rule">): void {
  rule("an absent object has no head", async (store) => {
    await put(store, "ab", "x");
    expect(await store.head(asKey("a"), never)).toBeUndefined();
    expect(await store.head(asKey("abc"), never)).toBeUndefined();
    expect(await store.head(asKey("d/e"), never)).toBeUndefined();
  });

  rule("an absent object cannot be opened: `not-found`", async (store) => {
    await put(store, "ab", "x");
    for (const whole of [true, false]) {
      const entry = entryOf("a", { size: 5 });
      expect(await rejection(store.open(entry, whole, never))).toMatchObject({ code: "not-found" });
    }
  });

  rule("an absent object is not listed", async (store) => {
    await put(store, "ab", "x");
    expect(await keys(store, { prefix: asKey("a"), after: undefined, until: asKey("a") })).toEqual(
      [],
    );
  });

  rule("an object that was removed is absent", async (store) => {
    await put(store, "a", "x");
    await store.remove([await listed(store, "a")], never);
    expect(await store.head(asKey("a"), never)).toBeUndefined();
    expect(await keys(store)).toEqual([]);
  });
}

async function viaPieces(reader: Reader, offset: number, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  // A piece is only good until the promise resolves.
  await reader.readPieces(offset, length, (piece) => void pieces.push(Buffer.from(piece)), never);
  return Buffer.concat(pieces);
}

async function viaStream(
  reader: Reader,
  offset: number,
  length: number,
): Promise<Buffer | undefined> {
  if (reader.stream === undefined) return undefined;
  return Buffer.concat(
    await Array.fromAsync(reader.stream(offset, length), (piece) => Buffer.from(piece)),
  );
}

async function viaRead(reader: Reader, offset: number, length: number): Promise<Buffer> {
  const into = Buffer.alloc(length, 0xee);
  await reader.read(offset, into, never);
  return into;
}

/** Compares a range, read in every way, with what it should be. Buffers are not printed: they are large. */
async function expectRange(
  reader: Reader,
  content: Uint8Array,
  offset: number,
  length: number,
): Promise<void> {
  const wanted = content.slice(offset, offset + length);
  const found = [
    await viaRead(reader, offset, length),
    await viaPieces(reader, offset, length),
    await viaStream(reader, offset, length),
  ];
  const same = found.map((bytes) => bytes === undefined || bytes.equals(wanted));
  expect({ offset, length, same }).toEqual({ offset, length, same: [true, true, true] });
}

export function readers({ rule }: Pick<Rules, "rule">): void {
  rule("head, listing and reader tell the same size, time and ETag", async (store) => {
    await put(store, "a/b", patterned(1234));
    const entry = await listed(store, "a/b");
    const head = await store.head(asKey("a/b"), never);
    expect(entry).toMatchObject({ size: 1234, etag: head?.etag });
    expect(head).toMatchObject({ size: 1234 });
    // S3 lists milliseconds and heads whole seconds.
    const seconds = (time = 0): number => Math.floor(time / 1000);
    expect(seconds(head?.mtimeMs)).toBe(seconds(entry.mtimeMs));
    for (const whole of [true, false]) {
      const info = await reading(store, "a/b", whole, async (reader) => reader.info);
      expect(info).toMatchObject({ size: 1234, etag: head?.etag });
      expect(seconds(info.mtimeMs)).toBe(seconds(entry.mtimeMs));
    }
    expect(head?.etag !== undefined).toBe(store.capabilities.etags);
  });

  for (const whole of [true, false]) {
    const way = whole ? "opened as a whole" : "opened for ranges";
    for (const size of [0, 1, 1000, 2 * MiB + 1]) {
      rule(`${size} bytes, ${way}, are the same in every way to read them`, async (store) => {
        const content = patterned(size);
        await put(store, "k", content);
        await reading(store, "k", whole, async (reader) => {
          expect(Buffer.from(await reader.bytes(never)).equals(content)).toBe(true);
          await expectRange(reader, content, 0, size);
          await reader.verifyUnchanged();
        });
      });
    }

    rule(`ranges of an object, ${way}, are exact at every border`, async (store) => {
      const size = MiB + 300_000;
      const content = patterned(size);
      await put(store, "k", content);
      const ranges = [
        [0, 0],
        [0, 1],
        [1, 1],
        [size - 1, 1],
        [size, 0],
        [1, size - 1],
        [0, size - 1],
        [256 * 1024 - 1, 2],
        [MiB - 1, 2],
        [3, MiB],
      ] as const;
      await reading(store, "k", whole, async (reader) => {
        for (const [offset, length] of ranges) await expectRange(reader, content, offset, length);
      });
    });
  }

  rule("several ranges may be read at the same time", async (store) => {
    const content = patterned(500_000);
    await put(store, "k", content);
    await reading(store, "k", false, async (reader) => {
      const offsets = Array.from({ length: 8 }, (_, index) => index * 60_000 + index);
      await Promise.all(offsets.map((offset) => expectRange(reader, content, offset, 60_000)));
    });
  });

  rule("pieces come in order, one at a time, also to somebody who is slow", async (store) => {
    const content = patterned(900_000);
    await put(store, "k", content);
    const taken: Buffer[] = [];
    let busy = 0;
    await reading(store, "k", false, (reader) =>
      reader.readPieces(
        0,
        content.byteLength,
        async (piece) => {
          busy += 1;
          expect(busy).toBe(1);
          const copy = Buffer.from(piece);
          for (let turn = 0; turn < 20; turn++) await Promise.resolve();
          // Nothing was written over it meanwhile.
          expect(copy.equals(piece)).toBe(true);
          taken.push(copy);
          busy -= 1;
        },
        never,
      ),
    );
    expect(Buffer.concat(taken).equals(content)).toBe(true);
  });

  rule(
    "somebody who takes no more pieces is asked no more, and hears the own error",
    async (store) => {
      await put(store, "k", patterned(900_000));
      const full = new SyncError("disk-full", "full");
      let asked = 0;
      const sink = (): void => {
        asked += 1;
        throw full;
      };
      const read = reading(store, "k", false, (reader) =>
        reader.readPieces(0, 900_000, sink, never),
      );
      expect(await rejection(read)).toBe(full);
      expect(asked).toBe(1);
    },
  );

  rule("an object that is replaced meanwhile is read as it was, or not at all", async (store) => {
    const [old, fresh] = [patterned(500_000, 1), patterned(500_000, 2)];
    await put(store, "k", old);
    for (const whole of [true, false]) {
      const outcome = await reading(store, "k", whole, async (reader) => {
        const first = await viaRead(reader, 0, 250_000);
        await put(store, "k", fresh);
        const second = await viaRead(reader, 250_000, 250_000);
        await reader.verifyUnchanged();
        return Buffer.concat([first, second]);
      }).catch((thrown: unknown) => thrown);
      if (outcome instanceof Buffer) expect(outcome.equals(old)).toBe(true);
      else expect(outcome).toMatchObject({ code: "source-changed" });
      await put(store, "k", old);
    }
  });

  rule("an entry of a view is opened by the key that the store itself knows", async (store) => {
    await put(store, "real", "content");
    const entry = {
      ...(await listed(store, "real")),
      key: asKey("shown"),
      storeKey: asKey("real"),
    };
    const reader = await store.open(entry, true, never);
    expect(Buffer.from(await reader.bytes(never)).toString()).toBe("content");
    await reader.close();
  });
}

async function cloned(store: Store, key: string, content: Uint8Array): Promise<void> {
  const reader = await store.open(await listed(store, key), false, never);
  try {
    expect(reader.ticket === undefined).toBe(store.attachReader === undefined);
    if (reader.ticket === undefined) return;
    // As a message to another thread is.
    const ticket = structuredClone(reader.ticket);
    const attached = store.attachReader?.(ticket);
    const into = new Uint8Array(content.byteLength - 10);
    await attached?.read(10, into, never);
    expect(Buffer.from(into).equals(content.subarray(10))).toBe(true);
    const pieces: Buffer[] = [];
    const sink = (piece: Uint8Array): void => void pieces.push(Buffer.from(piece));
    await attached?.readPieces(5, content.byteLength - 5, sink, never);
    expect(Buffer.concat(pieces).equals(content.subarray(5))).toBe(true);
  } finally {
    await reader.close();
  }
}

export function readerTickets({ rule }: Pick<Rules, "rule">): void {
  rule(
    "a reader's ticket, if it has one, reads the same bytes in another thread",
    async (store) => {
      const content = patterned(400_000);
      await put(store, "k", content);
      await cloned(store, "k", content);
      expect((await get(store, "k"))?.equals(content)).toBe(true);
    },
  );

  rule("a reader's ticket does not read a state that came later", async (store) => {
    await put(store, "k", "old content");
    const reader = await store.open(await listed(store, "k"), false, never);
    const { ticket } = reader;
    if (ticket !== undefined) {
      await put(store, "k", "new content");
      const into = Buffer.alloc(11);
      const outcome = await store
        .attachReader?.(structuredClone(ticket))
        .read(0, into, never)
        .then(
          () => into.toString(),
          (thrown: unknown) => thrown,
        );
      if (outcome !== "old content") expect(outcome).toMatchObject({ code: "source-changed" });
    }
    await reader.close();
    expect(await text(store, "k")).toBe(ticket === undefined ? "old content" : "new content");
  });
}
