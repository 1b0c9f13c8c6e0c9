/**
 * Rules about writes that are left, and taken up again by somebody who has nothing but a note.
 *
 * @module
 */
import { expect } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import { md5Of } from "../../src/hash/digest.ts";
import { singleETag } from "../../src/hash/etag.ts";
import type {
  Held,
  Part,
  PartReceipt,
  Resumption,
  Store,
  WriteNote,
  Writer,
} from "../../src/store/store.ts";
import { rejection } from "../core/rejection.ts";
import { get, keys, never, put, type Rules, specOf, threeParts, writePart } from "./subject.ts";

const key = asKey("sub/k");

/** A write that was left after its first two parts. */
interface Left {
  readonly parts: ReturnType<typeof threeParts>;
  readonly size: number;
  readonly receipts: readonly PartReceipt[];
  readonly note: WriteNote;
}

function resumptionOf(store: Store): Resumption {
  if (store.resumable === undefined) throw new Error("this store takes nothing up again");
  return store.resumable;
}

async function beginAndNote(
  store: Store,
  size: number,
): Promise<{ writer: Writer; note: unknown }> {
  let note: unknown;
  const writer = await resumptionOf(store).begin(
    specOf(key, size),
    async (given) => {
      // As in a file.
      note = JSON.parse(JSON.stringify(given));
    },
    never,
  );
  return { writer, note };
}

async function leaveOne(store: Store): Promise<Left> {
  const parts = threeParts(store);
  const size = parts.reduce((sum, [part]) => sum + part.length, 0);
  const { writer, note } = await beginAndNote(store, size);
  const receipts: PartReceipt[] = [];
  for (const [part, bytes] of parts.slice(0, 2)) {
    receipts.push(await writePart(store, writer, part, bytes));
  }
  await writer.leave?.();
  return { parts, size, receipts, note: note as WriteNote };
}

async function takeUp(store: Store, { note, size }: Left): Promise<{ writer: Writer; held: Held }> {
  const found = await resumptionOf(store).resume(note, specOf(key, size), never);
  if (found === undefined) throw new Error("nothing was left");
  return found;
}

async function bytesOf(held: Held, part: Part): Promise<Uint8Array | undefined> {
  if (held.kind === "parts") return undefined;
  const into = new Uint8Array(part.length);
  await held.reader.read(part.offset, into, never);
  return into;
}

export function takenUpWrites({ rule }: Pick<Rules, "rule">): void {
  rule(
    "a write that was left shows nothing, and is told of by a note of plain data",
    async (store) => {
      await put(store, key, "old");
      const { note } = await leaveOne(store);
      expect(typeof note.kind).toBe("string");
      expect((await get(store, key))?.toString()).toBe("old");
      expect(await keys(store)).toEqual([key]);
      expect(await resumptionOf(store).drop(note, key)).toBeUndefined();
    },
  );

  rule("it is taken up with what was written, and becomes the object", async (store) => {
    const left = await leaveOne(store);
    const { writer, held } = await takeUp(store, left);
    for (const [part, bytes] of left.parts.slice(0, 2)) {
      if (held.kind === "bytes") expect(await bytesOf(held, part)).toEqual(bytes);
      else {
        const { number, length } = part;
        expect(held.parts.get(number)).toMatchObject({
          number,
          length,
          etag: singleETag(md5Of(bytes)),
        });
      }
    }
    const receipts = [...left.receipts];
    for (const [part, bytes] of left.parts.slice(2)) {
      receipts.push(await writePart(store, writer, part, bytes));
    }
    await writer.commit(receipts, never);
    const whole = Buffer.concat(left.parts.map(([, bytes]) => bytes));
    expect((await get(store, key))?.equals(whole)).toBe(true);
    expect(await keys(store)).toEqual([key]);
  });

  rule(
    "others write parts into it, where that is possible; the note is all they need",
    async (store) => {
      const left = await leaveOne(store);
      const joined = resumptionOf(store).join?.(left.note, key);
      const { writer } = await takeUp(store, left);
      const receipts = [...left.receipts];
      for (const [part, bytes] of left.parts.slice(2)) {
        receipts.push(await writePart(store, joined ?? writer, part, bytes));
      }
      await writer.commit(receipts, never);
      const whole = Buffer.concat(left.parts.map(([, bytes]) => bytes));
      expect((await get(store, key))?.equals(whole)).toBe(true);
    },
  );

  rule("it tells of no part that was not written", async (store) => {
    const left = await leaveOne(store);
    const { writer, held } = await takeUp(store, left);
    const [, , last] = left.parts;
    if (held.kind === "parts") expect(new Set(held.parts.keys())).toEqual(new Set([1, 2]));
    else expect<number | undefined>(held.size).toBe(last?.[0].offset);
    expect(await writer.abort()).toBeUndefined();
  });

  rule("it can be left and taken up again and again", async (store) => {
    const left = await leaveOne(store);
    for (let time = 0; time < 2; time++) {
      const { writer } = await takeUp(store, left);
      await writer.leave?.();
    }
    const { writer } = await takeUp(store, left);
    expect(await writer.abort()).toBeUndefined();
  });

  rule("nothing is left once it was committed, aborted or dropped", async (store) => {
    const resumption = resumptionOf(store);
    for (const end of ["commit", "abort", "drop"] as const) {
      const left = await leaveOne(store);
      if (end === "drop") expect(await resumption.drop(left.note, key)).toBeUndefined();
      else {
        const { writer } = await takeUp(store, left);
        if (end === "abort") await writer.abort();
        else await writer.commit(left.receipts, never);
      }
      expect(await resumption.resume(left.note, specOf(key, left.size), never)).toBeUndefined();
      // Dropping what is gone is fine.
      expect(await resumption.drop(left.note, key)).toBeUndefined();
    }
  });

  rule("a note of another key, or of another kind of store, finds nothing", async (store) => {
    const left = await leaveOne(store);
    const resumption = resumptionOf(store);
    for (const note of [
      { kind: "other" },
      { ...left.note, key: "else", name: "else", id: "else" },
    ]) {
      expect(await resumption.resume(note, specOf(key, left.size), never)).toBeUndefined();
      expect(resumption.join?.(note, key)).toBeUndefined();
      expect(await resumption.drop(note, key)).toBeUndefined();
    }
    expect((await takeUp(store, left)).held).toBeDefined();
    expect(await resumption.drop(left.note, key)).toBeUndefined();
  });

  rule("a write that cannot be noted down does not begin, and leaves nothing", async (store) => {
    let note: WriteNote | undefined;
    const begun = resumptionOf(store).begin(
      specOf(key, 10),
      async (given) => {
        note = given;
        throw new Error("the disk is full");
      },
      never,
    );
    expect(await rejection(begun)).toMatchObject({ message: "the disk is full" });
    if (note === undefined) throw new Error("nothing was noted");
    expect(await resumptionOf(store).resume(note, specOf(key, 10), never)).toBeUndefined();
  });

  rule(
    "an address names one object, and is the same for whoever opens the store",
    async (store) => {
      const resumption = resumptionOf(store);
      expect(resumption.address(key)).toBe(resumption.address(asKey("sub/k")));
      expect(resumption.address(key)).not.toBe(resumption.address(asKey("k")));
    },
  );
}
