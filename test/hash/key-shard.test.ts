/**
 * To which shard a key belongs: the same everywhere, and for ever.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey } from "../../src/core/key.ts";
import { isInShard } from "../../src/hash/key-shard.ts";

function shardOf(key: string, count: number): number {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const found = numbers.filter((number) => isInShard(asKey(key), { number, count }));
  expect(found).toHaveLength(1);
  return found[0] ?? 0;
}

/** xxHash32 with seed 0, as `xxhsum -H0` and others compute it, of their UTF-8 bytes. */
const vectors = [
  ["a", 0x550d7456],
  ["abc", 0x32d153ff],
  ["photos/2024/a.jpg", 0x301f66d1],
  ["é", 0x33a52927],
  ["日本", 0xe0c89d34],
  ["😀", 0x433940bc],
] as const;

describe("the shard of a key", () => {
  test.each(vectors)("%s is the one of its xxHash32", (key, hash) => {
    for (const count of [1, 2, 16, 97]) expect(shardOf(key, count)).toBe((hash % count) + 1);
  });

  test("is that of its UTF-8 bytes, however a string is kept in memory", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (key) => {
        const hash = Bun.hash.xxHash32(new TextEncoder().encode(key));
        expect(shardOf(key, 7)).toBe((hash % 7) + 1);
      }),
    );
  });

  test("is each one about as often as any other", () => {
    const counts = new Map<number, number>();
    for (let at = 0; at < 20_000; at++) {
      const shard = (Bun.hash.xxHash32(`k${at}`) % 16) + 1;
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
      if (at % 1000 === 0) expect(shardOf(`k${at}`, 16)).toBe(shard);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1250)).toBeLessThan(125);
  });
});
