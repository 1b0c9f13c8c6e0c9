/**
 * Rules about writing in parts: any order, any thread, visible only at the end.
 *
 * @module
 */
import { expect } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import { md5Of } from "../../src/hash/digest.ts";
import { multipartETag } from "../../src/hash/etag.ts";
import { bytesBody } from "../../src/store/body.ts";
import type { Store, Writer } from "../../src/store/store.ts";
import { rejection } from "../core/rejection.ts";
import {
  digestsFor,
  get,
  keys,
  listed,
  never,
  partsOf,
  patterned,
  put,
  type Rules,
  specOf,
  text,
  threeParts,
  writePart,
} from "./subject.ts";

type Parts = ReturnType<typeof threeParts>;

function joined(parts: Parts): Buffer {
  return Buffer.concat(parts.map(([, bytes]) => bytes));
}

function begin(store: Store, parts: Parts, key = "k"): Promise<Writer> {
  return store.beginWrite(specOf(key, joined(parts).byteLength), never);
}

export function partWrites({ rule }: Pick<Rules, "rule">): void {
  rule("parts may come in any order and at the same time", async (store) => {
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const late = parts.slice(0, 1);
    const receipts = await Promise.all(
      parts
        .slice(1)
        .toReversed()
        .map(([part, bytes]) => writePart(store, writer, part, bytes)),
    );
    for (const [part, bytes] of late) receipts.push(await writePart(store, writer, part, bytes));
    receipts.sort((a, b) => a.number - b.number);
    expect(receipts.map(({ number }) => number)).toEqual([1, 2, 3]);
    await writer.commit(receipts, never);
    expect((await get(store, "k"))?.equals(joined(parts))).toBe(true);
  });

  rule("one part, the empty one too, makes an object", async (store) => {
    for (const [key, content] of [
      ["some", "content"],
      ["none", ""],
    ] as const) {
      const parts = partsOf(store, Buffer.from(content), 1000);
      const writer = await begin(store, parts, key);
      const receipts = await Promise.all(
        parts.map(([part, bytes]) => writePart(store, writer, part, bytes)),
      );
      await writer.commit(receipts, never);
      expect(await text(store, key)).toBe(content);
    }
  });

  rule(
    "a commit tells the ETag of the parts, which head and listing then show, if there are ETags",
    async (store) => {
      const parts = threeParts(store);
      const writer = await begin(store, parts);
      const receipts = await Promise.all(
        parts.map(([part, bytes]) => writePart(store, writer, part, bytes)),
      );
      const written = await writer.commit(receipts, never);
      const etag = store.capabilities.etags
        ? multipartETag(parts.map(([, bytes]) => md5Of(bytes)))
        : undefined;
      expect(written.etag).toBe(etag);
      expect((await store.head(asKey("k"), never))?.etag).toBe(etag);
      expect((await listed(store, "k")).etag).toBe(etag);
    },
  );

  rule("nothing is visible before the commit: the old object is", async (store) => {
    await put(store, "k", "old");
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const other = await begin(store, parts, "new");
    const receipts = await Promise.all(
      parts.map(([part, bytes]) => writePart(store, writer, part, bytes)),
    );
    await Promise.all(parts.map(([part, bytes]) => writePart(store, other, part, bytes)));
    expect(await text(store, "k")).toBe("old");
    expect(await keys(store)).toEqual(["k"]);
    await writer.commit(receipts, never);
    expect(await listed(store, "k")).toMatchObject({ size: joined(parts).byteLength });
    expect(await other.abort()).toBeUndefined();
  });

  rule("a part that is written again counts once, with its last bytes", async (store) => {
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    for (const [part, bytes] of parts) {
      await writePart(store, writer, part, patterned(bytes.byteLength, 99));
    }
    const receipts = await Promise.all(
      parts.map(([part, bytes]) => writePart(store, writer, part, bytes)),
    );
    await writer.commit(receipts, never);
    expect((await get(store, "k"))?.equals(joined(parts))).toBe(true);
  });

  rule("a buffer may be used for something else as soon as its part is written", async (store) => {
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const receipts = [];
    for (const [part, bytes] of parts) {
      const buffer = Uint8Array.from(bytes);
      receipts.push(await writePart(store, writer, part, buffer));
      buffer.fill(0xee);
    }
    await writer.commit(receipts, never);
    expect((await get(store, "k"))?.equals(joined(parts))).toBe(true);
  });

  rule("bytes may be written at any place, where the store offers that", async (store) => {
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const content = joined(parts);
    const cuts = [0, 3, Math.floor(content.byteLength / 2), content.byteLength];
    const pieces = cuts.slice(1).map((end, index) => [cuts[index] ?? 0, end] as const);
    if (writer.writeAt === undefined) {
      expect(store.capabilities.partLimits !== undefined || store.capabilities.etags).toBe(true);
      expect(await writer.abort()).toBeUndefined();
      return;
    }
    for (const [start, end] of pieces.toReversed()) {
      const piece = Uint8Array.from(content.subarray(start, end));
      await writer.writeAt(start, piece);
      piece.fill(0xee);
    }
    await writer.commit(
      parts.map(([part]) => ({ number: part.number, etag: undefined })),
      never,
    );
    expect((await get(store, "k"))?.equals(content)).toBe(true);
  });

  rule("two writers of the same object do not mix: the last commit stays", async (store) => {
    const parts = threeParts(store);
    const others = parts.map(([part, bytes]) => [part, patterned(bytes.byteLength, 50)] as const);
    const [first, second] = [await begin(store, parts), await begin(store, parts)];
    const both = await Promise.all([
      Promise.all(parts.map(([part, bytes]) => writePart(store, first, part, bytes))),
      Promise.all(others.map(([part, bytes]) => writePart(store, second, part, bytes))),
    ]);
    await second.commit(both[1], never);
    expect((await get(store, "k"))?.equals(joined(others))).toBe(true);
    await first.commit(both[0], never);
    expect((await get(store, "k"))?.equals(joined(parts))).toBe(true);
  });
}

export function partAborts({ rule }: Pick<Rules, "rule">): void {
  rule(
    "a writer that is aborted leaves the old object, and aborting twice is fine",
    async (store) => {
      await put(store, "k", "old");
      const parts = threeParts(store);
      for (const key of ["k", "new"]) {
        const writer = await begin(store, parts, key);
        for (const [part, bytes] of parts.slice(0, 2)) await writePart(store, writer, part, bytes);
        expect(await writer.abort()).toBeUndefined();
        expect(await writer.abort()).toBeUndefined();
      }
      expect(await text(store, "k")).toBe("old");
      expect(await keys(store)).toEqual(["k"]);
    },
  );

  rule("a writer that was aborted cannot be committed", async (store) => {
    await put(store, "k", "old");
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const receipts = await Promise.all(
      parts.map(([part, bytes]) => writePart(store, writer, part, bytes)),
    );
    await writer.abort();
    await rejection(writer.commit(receipts, never));
    expect(await text(store, "k")).toBe("old");
  });

  rule("a writer does not begin after the signal fired: `aborted`", async (store) => {
    const begun = store.beginWrite(specOf("k", 10), AbortSignal.abort());
    expect(await rejection(begun)).toMatchObject({ code: "aborted" });
    expect(await keys(store)).toEqual([]);
  });

  rule("a commit after the signal fired changes nothing and throws `aborted`", async (store) => {
    await put(store, "k", "old");
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const receipts = await Promise.all(
      parts.map(([part, bytes]) => writePart(store, writer, part, bytes)),
    );
    const commit = writer.commit(receipts, AbortSignal.abort());
    expect(await rejection(commit)).toMatchObject({ code: "aborted" });
    expect(await writer.abort()).toBeUndefined();
    expect(await text(store, "k")).toBe("old");
  });

  rule("a part whose signal fires shows nothing, and the writer can be aborted", async (store) => {
    await put(store, "k", "old");
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const [first] = parts;
    if (first !== undefined) {
      const [part, bytes] = first;
      const digests = digestsFor(store, bytes);
      await writer
        .writePart(part, bytesBody(bytes), digests, AbortSignal.abort())
        .catch((thrown: unknown) => expect(thrown).toMatchObject({ code: "aborted" }));
    }
    expect(await text(store, "k")).toBe("old");
    expect(await writer.abort()).toBeUndefined();
    expect(await keys(store)).toEqual(["k"]);
  });
}

export function writerTickets({ rule }: Pick<Rules, "rule">): void {
  rule("a writer's ticket, if it has one, writes parts from another thread", async (store) => {
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    expect(writer.ticket === undefined).toBe(store.attachWriter === undefined);
    // As a message to another thread is.
    const attached =
      writer.ticket === undefined
        ? undefined
        : store.attachWriter?.(structuredClone(writer.ticket));
    const receipts = await Promise.all(
      parts.map(([part, bytes], index) =>
        writePart(store, index === 1 ? writer : (attached ?? writer), part, bytes),
      ),
    );
    await writer.commit(receipts, never);
    expect((await get(store, "k"))?.equals(joined(parts))).toBe(true);
  });

  rule("a writer's ticket writes at any place if the writer itself does", async (store) => {
    const parts = threeParts(store);
    const writer = await begin(store, parts);
    const attached =
      writer.ticket === undefined
        ? undefined
        : store.attachWriter?.(structuredClone(writer.ticket));
    if (attached !== undefined) {
      expect(attached.writeAt === undefined).toBe(writer.writeAt === undefined);
    }
    const content = joined(parts);
    const half = content.byteLength >> 1;
    if (attached?.writeAt !== undefined) {
      await attached.writeAt(half, content.subarray(half));
      await attached.writeAt(0, content.subarray(0, half));
      await writer.commit([], never);
      expect((await get(store, "k"))?.equals(content)).toBe(true);
    } else {
      expect(await writer.abort()).toBeUndefined();
      expect(await keys(store)).toEqual([]);
    }
  });
}
