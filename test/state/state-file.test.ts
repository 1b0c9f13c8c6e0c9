/**
 * The state file of two-way syncs: every byte of its format, and what is refused.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { SyncError } from "../../src/core/errors.ts";
import type { ByteSource } from "../../src/state/byte-reader.ts";
import {
  decodeState as decodeFrom,
  encodeState,
  scanState,
  type State,
} from "../../src/state/state-file.ts";

function encoded(state: State): Buffer {
  return Buffer.concat([...encodeState(state)].map((chunk) => Buffer.from(chunk)));
}

/** Gives at most so many bytes at once. */
function sourceOf(bytes: Uint8Array, most = Infinity): ByteSource {
  let given = 0;
  return (into) => {
    const next = bytes.subarray(given, given + Math.min(into.length, most));
    into.set(next);
    given += next.length;
    return next.length;
  };
}

function decodeState(bytes: Uint8Array, most?: number): State {
  return decodeFrom(sourceOf(bytes, most));
}

const md5 = "0123456789abcdef0123456789abcdef";

/** As the document of the format has it, byte by byte. */
const example = Buffer.concat([
  Buffer.from("9D9F533301", "hex"),
  Buffer.from("9A 00000000 65920080 9B".replaceAll(" ", ""), "hex"),
  Buffer.from("90", "hex"),
  Buffer.from("photos\0"),
  Buffer.from("92", "hex"),
  Buffer.from("/home/me/photos\0album/\0"),
  Buffer.from("0193", "hex"),
  Buffer.from("94", "hex"),
  Buffer.from("album/ä.jpg\0"),
  Buffer.from(`0000000000000001 96 ${md5} 0000000000001000 95`.replaceAll(" ", ""), "hex"),
  Buffer.from("94", "hex"),
  Buffer.from("album/large\0"),
  Buffer.from("0000000000000002", "hex"),
  Buffer.from("97", "hex"),
  Buffer.from(`${md5}-2\0`),
  Buffer.from("0000000100000000 95 91".replaceAll(" ", ""), "hex"),
]);

const meaning: State = {
  syncedAt: 1_704_067_200,
  buckets: [
    {
      name: "photos",
      maps: [{ path: "/home/me/photos", prefix: "album/", recursive: true }],
      objects: [
        { key: "album/ä.jpg", modifiedAt: 1, etag: md5, size: 4096 },
        { key: "album/large", modifiedAt: 2, etag: `${md5}-2`, size: 2 ** 32 },
      ],
    },
  ],
};

test("is written byte by byte as the document says", () => {
  expect(encoded(meaning).toString("hex")).toBe(example.toString("hex"));
});

test("is read as it is written", () => {
  expect(decodeState(example)).toEqual(meaning);
});

const text = fc
  .string({ unit: "grapheme", maxLength: 40 })
  .filter((each) => !each.includes("\0") && each.isWellFormed());
const integer = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const etag = fc.oneof(
  fc.string({
    unit: fc.constantFrom(...Array.from("0123456789abcdef")),
    minLength: 32,
    maxLength: 32,
  }),
  text,
);
const states: fc.Arbitrary<State> = fc.record({
  syncedAt: integer,
  buckets: fc.array(
    fc.record({
      name: text,
      maps: fc.array(fc.record({ path: text, prefix: text, recursive: fc.boolean() }), {
        maxLength: 3,
      }),
      objects: fc.array(fc.record({ key: text, modifiedAt: integer, etag, size: integer })),
    }),
    { maxLength: 3 },
  ),
});

test("any state comes back as it was, in whatever pieces the disk gives it", () => {
  fc.assert(
    fc.property(states, fc.integer({ min: 1, max: 100 }), (state, most) => {
      expect(decodeState(encoded(state), most)).toEqual(state);
    }),
  );
});

test("a text may be longer than what is read at once", () => {
  const key = "ä".repeat(150_000);
  const objects = [{ key, modifiedAt: 1, etag: key, size: 1 }];
  const state = { syncedAt: 1, buckets: [{ name: "b", maps: [], objects }] };
  expect(decodeState(encoded(state), 10_000)).toEqual(state);
});

test("a state of many objects comes in pieces", () => {
  const objects = Array.from({ length: 10_000 }, (_, index) => ({
    ...{ key: `album/${index}`, modifiedAt: index, etag: md5, size: index },
  }));
  const state = { syncedAt: 1, buckets: [{ name: "b", maps: [], objects }] };
  expect([...encodeState(state)].length).toBeGreaterThan(5);
  expect(decodeState(encoded(state))).toEqual(state);
  const outline = { syncedAt: 1, buckets: [{ name: "b", maps: [] }] };
  expect(scanState(sourceOf(encoded(state)))).toEqual(outline);
});

describe("refuses", () => {
  test("every beginning of a file that is not the whole of it", () => {
    for (let length = 0; length < example.length; length++) {
      // What ends behind the metadata is a state without buckets.
      if (length === 15) continue;
      const beginning = example.subarray(0, length);
      expect(() => decodeState(beginning)).toThrow(SyncError);
      expect(() => scanState(sourceOf(beginning))).toThrow(SyncError);
    }
  });

  test.each([
    ["what is no state file", 0, 0x50, "it is no state file"],
    ["another version", 4, 0x02, "it has version 2, and this program knows version 1"],
    ["something else than metadata", 5, 0x98, "98 stands where the metadata is wanted, at byte 5"],
    ["a control byte without meaning", 15, 0x99, "99 stands where a bucket is wanted"],
    ["another one in a bucket", 23, 0x9c, "9C stands where a directory map, an object"],
    ["a third one", 23, 0x9e, "9E stands where a directory map, an object"],
  ])("%s", (_what, at, byte, message) => {
    const bytes = Buffer.from(example);
    bytes[at] = byte;
    expect(() => decodeState(bytes)).toThrow(message);
  });

  test("a byte of any place that was changed, or it means something else", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: example.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, by) => {
          const bytes = Buffer.from(example);
          bytes[at] = (bytes[at] ?? 0) ^ by;
          let read: State | undefined;
          try {
            read = decodeState(bytes);
          } catch (error) {
            expect(error).toMatchObject({ code: "damaged-state" });
          }
          if (read !== undefined) expect(encoded(read).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  test("texts with NUL, and numbers that are none", () => {
    expect(() => encoded({ syncedAt: -1, buckets: [] })).toThrow("-1 is no number");
    const named = (name: string): State => ({
      syncedAt: 0,
      buckets: [{ name, maps: [], objects: [] }],
    });
    expect(() => encoded(named("a\0b"))).toThrow("cannot hold");
    expect(() => encoded(named("\ud800"))).toThrow("cannot hold");
  });
});
