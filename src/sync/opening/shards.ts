/**
 * What one run of several is about: `--shard`, and `--shard-ranges`.
 *
 * @module
 */
import fs from "node:fs";

import type { Config } from "../../config/shape.ts";
import { SyncError } from "../../core/errors.ts";
import { asKey, inRange, type Key, type KeyRange } from "../../core/key.ts";
import { type Shard, shardName } from "../../core/shard.ts";
import { isInShard } from "../../hash/key-shard.ts";
import { digestOfCuts, rangeBetween, readCuts } from "../../list/cut-keys.ts";

/** The keys of the run, where their hashes say it; `undefined`: all of its range. */
export function hashShard({ shard, shardRanges }: Config): Shard | undefined {
  return shardRanges === undefined ? shard : undefined;
}

/**
 * Which of the runs tells of a key, or a directory, that is asked for by name and is nowhere; `undefined`: this one. A directory
 * that several of them share is told of by none.
 */
export function ownKeys(
  { shard, shardRanges }: Config,
  range: KeyRange | undefined,
): ((key: Key) => boolean) | undefined {
  if (shard === undefined) return undefined;
  if (shardRanges === undefined) return (key) => isInShard(key, shard);
  if (range === undefined) return undefined;
  const hasAllBelow = (key: Key): boolean =>
    !key.endsWith("/") || inRange(asKey(`${key.slice(0, -1)}0`), range);
  return (key) => inRange(key, range) && hasAllBelow(key);
}

/**
 * Reads its range from the file that all of these runs share. That it is the same file nobody can see from here: so its digest is
 * told, for whoever compares.
 *
 * @param say hears it
 * @throws SyncError `usage` when there is no such file, or it cuts into more or fewer ranges
 */
export function shardRange(
  { shard, shardRanges: file }: Config,
  say: (message: string) => void,
): KeyRange | undefined {
  if (shard === undefined || file === undefined) return undefined;
  try {
    const cuts = readCuts(fs.readFileSync(file, "utf8"));
    if (cuts.length !== shard.count - 1) {
      const needs = `${shard.count} shards need ${shard.count - 1} keys`;
      throw new Error(`${needs}, and ${file} has ${cuts.length}`);
    }
    const range = rangeBetween(cuts, shard.number);
    const name = `shard ${shardName(shard)}`;
    say(`${name}: ${wordsFor(range)}; cut by ${file}, digest ${digestOfCuts(cuts)}`);
    return range;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("usage", `--shard-ranges: ${message}`, { path: file, cause });
  }
}

function wordsFor({ after, until }: KeyRange): string {
  const ends = [
    ...(after === undefined ? [] : [`after ${JSON.stringify(after)}`]),
    ...(until === undefined ? [] : [`up to ${JSON.stringify(until)}`]),
  ];
  return ends.length === 0 ? "all keys" : `keys ${ends.join(" ")}`;
}
