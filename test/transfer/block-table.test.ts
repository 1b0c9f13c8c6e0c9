/**
 * Bytes of an object are found by the signatures of its blocks, wherever they are now.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { GiB, KiB, MiB } from "../../src/core/bytes.ts";
import type { KnownBlocks } from "../../src/state/known-object.ts";
import type { Part } from "../../src/store/store.ts";
import {
  blockBytesFor,
  BlockTable,
  isWholeTable,
  signBlocks,
} from "../../src/transfer/delta/block-table.ts";
import { partOf, planParts } from "../../src/transfer/parts/part-plan.ts";
import { randomBytes } from "../support/trees.ts";

/** What an upload in parts would have noted. */
function blocksOf(bytes: Uint8Array, partSize: number, blockBytes: number): KnownBlocks {
  const plan = planParts(bytes.length, partSize, undefined);
  const signatures = Array.from({ length: plan.count }, (_, index) => {
    const { offset, length } = partOf(plan, index + 1);
    return signBlocks(bytes.subarray(offset, offset + length), blockBytes);
  });
  return { size: bytes.length, partSize, blockBytes, signatures: Buffer.concat(signatures) };
}

/** All places where the blocks of an object would be, each compared byte by byte. */
function naive(old: Uint8Array, blocks: KnownBlocks, bytes: Uint8Array): number[] {
  const { partSize, blockBytes } = blocks;
  const starts: number[] = [];
  for (let part = 0; part < old.length; part += partSize) {
    const end = Math.min(part + partSize, old.length);
    for (let at = part; at + blockBytes <= end; at += blockBytes) starts.push(at);
  }
  const isThere = (origin: number): boolean => {
    const whole = starts.filter((at) => at >= origin && at + blockBytes <= origin + bytes.length);
    const isSame = (at: number): boolean =>
      Buffer.compare(
        old.subarray(at, at + blockBytes),
        bytes.subarray(at - origin, at - origin + blockBytes),
      ) === 0;
    return whole.length > 0 && whole.every(isSame);
  };
  const places = Math.max(0, old.length - bytes.length + 1);
  return Array.from({ length: places }, (_, origin) => origin).filter(isThere);
}

/** An object, how it was cut, and bytes that are made of it. */
const anyCase = fc
  .record({
    old: fc.oneof(
      fc.uint8Array({ minLength: 20, maxLength: 400 }),
      // Much of it is the same.
      fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 20, maxLength: 400 }),
    ),
    blockBytes: fc.integer({ min: 2, max: 12 }),
    inPart: fc.integer({ min: 2, max: 5 }),
    rest: fc.nat(),
    from: fc.nat(),
    length: fc.integer({ min: 1, max: 120 }),
    edits: fc.array(fc.tuple(fc.nat(), fc.constantFrom("insert", "remove", "change")), {
      maxLength: 2,
    }),
    likely: fc.array(fc.integer({ min: -50, max: 450 }), { maxLength: 3 }),
  })
  .map(({ old: values, rest, from, length, edits, ...cut }) => {
    const old = Uint8Array.from(values);
    const start = from % old.length;
    const bytes = [...old.subarray(start, start + length)];
    for (const [place, how] of edits) {
      const at = place % (bytes.length + 1);
      if (how === "insert") bytes.splice(at, 0, 7);
      else bytes.splice(at, 1, ...(how === "change" ? [9] : []));
    }
    const partSize = cut.blockBytes * cut.inPart + (rest % cut.blockBytes);
    return { ...cut, old, partSize, start, bytes: Uint8Array.from(bytes) };
  });

test("what is found is what a comparison of all bytes at all places finds", () => {
  fc.assert(
    fc.property(anyCase, ({ old, partSize, blockBytes, bytes, likely }) => {
      const blocks = blocksOf(old, partSize, blockBytes);
      const found = new BlockTable(blocks).find(bytes, likely, undefined);
      if (found !== undefined) expect(naive(old, blocks, bytes)).toContain(found);
    }),
    { numRuns: 1000 },
  );
});

test("a range of an object whose blocks differ is found wherever it is", () => {
  const sizes = fc.record({
    seed: fc.string(),
    blockBytes: fc.integer({ min: 8, max: 24 }),
    inPart: fc.integer({ min: 2, max: 6 }),
    rest: fc.nat(),
    from: fc.nat(),
    more: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(sizes, ({ seed, blockBytes, inPart, rest, from, more }) => {
      const old = randomBytes(seed, 1500);
      const partSize = blockBytes * inPart + (rest % blockBytes);
      // So long that one block lies in it, wherever it begins.
      const length = 2 * blockBytes + (rest % blockBytes) + more;
      const start = from % (old.length - length - partSize);
      const table = new BlockTable(blocksOf(old, partSize, blockBytes));
      const bytes = old.slice(start, start + length);
      expect(table.find(bytes, [], undefined)).toBe(start);
    }),
    { numRuns: 300 },
  );
});

test("of a file with some edits all parts are found but those that hold or touch one, and a short last one", () => {
  const anyEdit = fc.record({
    at: fc.nat(),
    inserts: fc.integer({ min: 0, max: 300 }),
    removes: fc.integer({ min: 0, max: 300 }),
  });
  const anyFile = fc.record({ seed: fc.string(), edits: fc.array(anyEdit, { maxLength: 4 }) });
  const [size, partSize] = [40_000, 2048];
  fc.assert(
    fc.property(anyFile, ({ seed, edits }) => {
      const old = randomBytes(seed, size);
      let file = Buffer.from(old);
      for (const [number, { at, inserts, removes }] of edits.entries()) {
        const place = at % file.length;
        const more = randomBytes(`${seed} ${number}`, inserts);
        file = Buffer.concat([file.subarray(0, place), more, file.subarray(place + removes)]);
      }
      const table = new BlockTable(blocksOf(old, partSize, 64));
      const plan = planParts(file.length, partSize, undefined);
      const isSent = ({ offset, length }: Part): boolean =>
        table.find(file.subarray(offset, offset + length), [offset], undefined) === undefined;
      const parts = Array.from({ length: plan.count }, (_, index) => partOf(plan, index + 1));
      expect(parts.filter(isSent).length).toBeLessThanOrEqual(2 * edits.length + 1);
    }),
    { numRuns: 200 },
  );
});

describe("a table", () => {
  const old = randomBytes("blocks", 4096);
  const table = new BlockTable(blocksOf(old, 1024, 64));

  test("finds bytes first where they are likely to be", () => {
    const twice = Buffer.concat([old, old]);
    const both = new BlockTable(blocksOf(twice, 1024, 64));
    expect(both.find(old.subarray(5, 1029), [4096 + 5], undefined)).toBe(4096 + 5);
  });

  test("does not find them where they are known not to be", () => {
    expect(table.find(old.subarray(1024, 2048), [1024], 1024)).toBeUndefined();
  });

  test("finds no bytes of which one block was changed", () => {
    const bytes = old.slice(1, 1025);
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    expect(table.find(bytes, [1], undefined)).toBeUndefined();
  });

  test("finds what begins with zeros, of which there are many, by what follows them", () => {
    const zeros = new Uint8Array(2048);
    const holey = Buffer.concat([old.subarray(0, 1024), zeros, old.subarray(1024)]);
    const found = new BlockTable(blocksOf(holey, 1024, 64));
    expect(found.find(holey.subarray(2600, 3624), [], undefined)).toBe(2600);
    expect(found.find(holey.subarray(1100, 2124), [], undefined)).toBe(1024);
  });

  test("tells nothing of bytes that are shorter than a block", () => {
    expect(table.find(old.subarray(64, 100), [64], undefined)).toBeUndefined();
  });
});

describe("the signatures of an object", () => {
  test("take 12 bytes for each 64 KiB, and 192 KiB or so for a large one", () => {
    expect(blockBytesFor({ size: GiB, partSize: 8 * MiB, count: 128 })).toBe(64 * KiB);
    expect(blockBytesFor({ size: 16 * GiB, partSize: 8 * MiB, count: 2048 })).toBe(MiB);
    expect(signBlocks(new Uint8Array(MiB), 64 * KiB)).toHaveLength(16 * 12);
  });

  test("are of several blocks in each part, however small that is", () => {
    expect(blockBytesFor({ size: 70 * GiB, partSize: 8 * MiB, count: 8960 })).toBe(2 * MiB);
    expect(blockBytesFor({ size: 10, partSize: 5, count: 2 })).toBe(1);
  });

  test("are as many as it has blocks, or of another one", () => {
    const blocks = blocksOf(randomBytes("some", 1000), 300, 64);
    expect(isWholeTable(blocks)).toBe(true);
    expect(isWholeTable({ ...blocks, signatures: blocks.signatures.subarray(12) })).toBe(false);
    expect(isWholeTable({ ...blocks, size: 1100 })).toBe(false);
    expect(isWholeTable({ ...blocks, blockBytes: 0 })).toBe(false);
  });
});
