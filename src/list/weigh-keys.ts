/**
 * Finds out how the keys of a place are spread: by counting all of them, or where they are many by looking here and there.
 *
 * @module
 */
import { everything, type KeyRange } from "../core/key.ts";
import type { Weighed } from "./balance.ts";
import { KeyCount } from "./count-keys.ts";
import { Ranges } from "./ranges.ts";
import { type Sampled, sampleKeys } from "./sample-keys.ts";

/** How exact it is to be. */
export interface Exactness {
  /** So many keys are counted. Of more, only places are looked at, which takes some thousand requests. */
  readonly mostCounted: number;
  /** Then no range that is not known whole is to hold more than this share of all keys. */
  readonly mostShare: number;
}

/** Places at which all is listed at the same time. */
const listedAtOnce = 16;

/**
 * Finds it out.
 *
 * @param whole the range in which the keys lie
 * @returns keys in order, and how many there are between them
 */
export async function weighKeys(
  place: Sampled,
  { mostCounted, mostShare }: Exactness,
  signal: AbortSignal,
  whole: KeyRange = everything,
): Promise<Weighed[]> {
  const counted = await countKeys(place, mostCounted, signal, whole);
  return counted ?? (await sampleKeys(place, mostShare, signal, whole));
}

/** @returns `undefined` when there are more than the limit */
async function countKeys(
  place: Sampled,
  limit: number,
  signal: AbortSignal,
  whole: KeyRange,
): Promise<Weighed[] | undefined> {
  const count = new KeyCount();
  const ranges = new Ranges({ most: listedAtOnce, firstKey: place.firstKey, signal });
  await ranges.run(whole, async (live, inner) => {
    const counted = count.range();
    for await (const page of place.list(live.bounds, inner)) {
      const own = live.claim(page);
      for (const { key } of own) counted.take(key);
      if (own.length < page.length || count.total > limit) break;
    }
    counted.end();
  });
  return count.total > limit ? undefined : count.weighed();
}
