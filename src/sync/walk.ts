/**
 * Goes through both listings, pair by pair, in several places at once where that helps.
 *
 * @module
 */
import { batchesOf } from "../core/batches.ts";
import { everything, filesUpTo, inRange, type Key, type KeyRange, only } from "../core/key.ts";
import type { Shard } from "../core/shard.ts";
import { PathClashes } from "../diff/path-clash.ts";
import { isInShard } from "../hash/key-shard.ts";
import { firstKeyOf } from "../list/cut-places.ts";
import type { LiveRange } from "../list/live-range.ts";
import { mergeListings, type Pair } from "../list/merge.ts";
import { listPlaces } from "../list/places.ts";
import { Ranges } from "../list/ranges.ts";
import type { Store } from "../store/store.ts";
import type { Part, Slice } from "./part.ts";

/** What to go through. */
export interface Walk {
  readonly source: Store;
  readonly target: Store;
  /** Default: everything. */
  readonly range?: KeyRange | undefined;
  /** Places at the same time. */
  readonly parallelListings: number;
  /** What of it is looked at; `undefined`: all. */
  readonly part?: Part | undefined;
  /** Others go through all keys that are not of it; `undefined`: there are no others. */
  readonly shard?: Shard | undefined;
}

/** Who looks at the pairs. */
export interface Visitor {
  /** Pairs that are looked at next. */
  listed(pairs: readonly Pair[]): void;
  /**
   * Looks at a pair.
   *
   * @returns what the next pair waits for, if anything
   *
   * @param clashes what keys stand in each other's way, where keys are paths
   * @param range the range in which it was found
   */
  visit(pair: Pair, clashes: PathClashes | undefined, range: KeyRange): Promise<void> | undefined;
  /** Heeds what a pair of another shard means for those of this one. */
  passBy?(pair: Pair, clashes: PathClashes | undefined): void;
  /** Whether nothing else can have the path of a pair's key. */
  takesPlace(pair: Pair): boolean;
}

/** Goes through both listings to their ends. */
export async function walkPairs(walk: Walk, visitor: Visitor, signal: AbortSignal): Promise<void> {
  const { source, target, range = everything, parallelListings, part } = walk;
  const areCheap = source.capabilities.cheapRanges && target.capabilities.cheapRanges;
  const isWhole = part?.places === undefined;
  const ranges = new Ranges({
    most: areCheap && isWhole && part?.slice === undefined ? parallelListings : 1,
    firstKey: firstKeyOf(source, target),
    signal,
  });
  await ranges.run(range, (live, inner) => walkRange(walk, visitor, live, inner));
}

async function walkRange(
  walk: Walk,
  visitor: Visitor,
  live: LiveRange,
  signal: AbortSignal,
): Promise<void> {
  const { part, shard } = walk;
  const range = live.bounds;
  const clashes = await clashesFrom(walk, visitor, range, signal);
  for await (const batch of pairsOf(walk, range, signal)) {
    const claimed = live.claim(batch);
    for (const pairs of portions(claimed, part?.slice)) {
      const own = shard === undefined ? pairs : pairs.filter(({ key }) => isInShard(key, shard));
      visitor.listed(own);
      let taken = 0;
      for (const pair of pairs) {
        if (part?.ending.aborted === true) return;
        if (pair !== own[taken]) {
          visitor.passBy?.(pair, clashes);
          continue;
        }
        taken += 1;
        if (part?.isLeft(pair.key) === true) continue;
        // Most pairs need nothing: a million times waiting for nothing would show.
        const work = visitor.visit(pair, clashes, range);
        if (work !== undefined) await work;
        if (signal.aborted) throw signal.reason;
      }
    }
    if (claimed.length < batch.length || part?.slice?.isEnough() === true) return;
  }
}

/** So many pairs of a slice are looked at before it may be enough. */
const portion = 32;

function* portions(
  pairs: readonly Pair[],
  slice: Slice | undefined,
): Generator<readonly Pair[], void, undefined> {
  if (slice === undefined) return yield pairs;
  for (const some of batchesOf(pairs, portion)) {
    if (slice.isEnough()) return;
    yield some;
    const last = some.at(-1);
    if (last !== undefined) slice.passed(last.key, some.length);
  }
}

async function* pairsOf(
  { source, target, part }: Walk,
  range: KeyRange,
  signal: AbortSignal,
): AsyncGenerator<readonly Pair[], void, undefined> {
  const places = part?.places;
  if (places === undefined) {
    yield* mergeListings(source.list(range, signal), target.list(range, signal));
    return;
  }
  const list = (store: Store) => listPlaces(store, places, signal);
  for await (const batch of mergeListings(list(source), list(target))) {
    yield batch.filter(({ key }) => inRange(key, range));
  }
}

/** What stands in the way of keys of a range may lie before it. */
async function clashesFrom(
  { source, target }: Walk,
  visitor: Visitor,
  range: KeyRange,
  signal: AbortSignal,
): Promise<PathClashes | undefined> {
  const { hierarchical, keepsMarkers } = target.capabilities;
  if (!hierarchical) return undefined;
  // Where one key cannot be listed alone.
  if (source.firstKey === undefined) return new PathClashes([], keepsMarkers);
  const above = filesUpTo(range.after).map(async (key): Promise<Key[]> => {
    const batches = mergeListings(source.list(only(key), signal), target.list(only(key), signal));
    for await (const batch of batches) {
      if (batch.some((pair) => pair.key === key && visitor.takesPlace(pair))) return [key];
    }
    return [];
  });
  return new PathClashes((await Promise.all(above)).flat(), keepsMarkers);
}
