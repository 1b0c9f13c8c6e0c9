/**
 * To which shard a key belongs. Runs of any version and machine must agree about it, so it never changes.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import type { Shard } from "../core/shard.ts";

/**
 * Whether a key belongs to a shard: the xxHash32 (seed 0) of its UTF-8 bytes, modulo the number of shards, is the number of
 * the shard minus 1. It costs less than a tenth of a microsecond.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export function isInShard(key: Key, { number, count }: Shard): boolean {
  return Bun.hash.xxHash32(key) % count === number - 1;
}
