/**
 * Goes through both listings, pair by pair, in several places at once where that helps.
 *
 * @module
 */
import { everything, type Key, type KeyRange, only, pathsTo } from "../core/key.ts";
import { PathClashes } from "../diff/path-clash.ts";
import type { LiveRange } from "../list/live-range.ts";
import { mergeListings, type Pair } from "../list/merge.ts";
import { firstKeyOf, Ranges } from "../list/ranges.ts";
import type { Store } from "../store/store.ts";

/** What to go through. */
export interface Walk {
  readonly source: Store;
  readonly target: Store;
  /** Default: everything. */
  readonly range?: KeyRange | undefined;
  /** Places at the same time. */
  readonly parallelListings: number;
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
  /** Whether nothing else can have the path of a pair's key. */
  takesPlace(pair: Pair): boolean;
}

/** Goes through both listings to their ends. */
export async function walkPairs(walk: Walk, visitor: Visitor, signal: AbortSignal): Promise<void> {
  const { source, target, range = everything, parallelListings } = walk;
  const areCheap = source.capabilities.cheapRanges && target.capabilities.cheapRanges;
  const ranges = new Ranges({
    most: areCheap ? parallelListings : 1,
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
  const { source, target } = walk;
  const range = live.bounds;
  const clashes = await clashesFrom(walk, visitor, range, signal);
  const batches = mergeListings(source.list(range, signal), target.list(range, signal));
  for await (const batch of batches) {
    const pairs = live.claim(batch);
    visitor.listed(pairs);
    for (const pair of pairs) {
      // Most pairs need nothing: a million times waiting for nothing would show.
      const work = visitor.visit(pair, clashes, range);
      if (work !== undefined) await work;
      if (signal.aborted) throw signal.reason;
    }
    if (pairs.length < batch.length) return;
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
  const above = pathsTo(range.after).map(async (key): Promise<Key[]> => {
    const batches = mergeListings(source.list(only(key), signal), target.list(only(key), signal));
    for await (const batch of batches) {
      if (batch.some((pair) => pair.key === key && visitor.takesPlace(pair))) return [key];
    }
    return [];
  });
  return new PathClashes((await Promise.all(above)).flat(), keepsMarkers);
}
