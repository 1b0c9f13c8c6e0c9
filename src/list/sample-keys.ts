/**
 * Estimates how keys are spread, without listing all of them: pages are looked at in many places, and where there seem to be
 * most keys between two places, more places between them.
 *
 * How many keys there are between a page and the next place follows from how far the page has come on the way there. That
 * is rough; but what is too much by the same factor everywhere does no harm, and there are many places.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import { everything, type Key, type KeyRange } from "../core/key.ts";
import { inParallel } from "../core/parallel.ts";
import type { Weighed } from "./balance.ts";
import { cutPlaces, type FirstKey, sharedDepth } from "./cut-places.ts";
import { fractionOf } from "./key-distance.ts";

/** Where keys are looked at. */
export interface Sampled {
  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly Listed[]>;
  readonly firstKey: FirstKey;
}

/** A range, the first keys of it, and how many there may be in all. */
interface Segment {
  readonly range: KeyRange;
  readonly keys: readonly Key[];
  /** All keys are at hand. */
  readonly isWhole: boolean;
  readonly estimate: number;
}

/** Ranges that are looked at, or cut, at the same time. */
const atOnce = 8;

/**
 * Estimates it.
 *
 * @param most no range that is not known whole is to hold more than this share of all keys: 1/128
 * @param whole the range in which all keys lie
 */
export async function sampleKeys(
  place: Sampled,
  most: number,
  signal: AbortSignal,
  whole: KeyRange = everything,
): Promise<Weighed[]> {
  const sampler = new Sampler(place, signal);
  let segments = [await sampler.look(whole)];
  // Each round cuts the longest ones; there are never many more than the share asks for.
  for (let rounds = 0; rounds < 1000; rounds++) {
    const total = segments.reduce((sum, { estimate }) => sum + estimate, 0);
    const long = segments
      .filter(({ isWhole, estimate }) => !isWhole && estimate > total * most)
      .toSorted((a, b) => b.estimate - a.estimate)
      .slice(0, atOnce);
    if (long.length === 0) break;
    const pieces = await inParallel(long, atOnce, (segment) =>
      sampler.cut(segment, Math.ceil((2 * segment.estimate) / (total * most))),
    );
    const inPieces = new Map(long.map((segment, index) => [segment, pieces[index] ?? []]));
    segments = segments.flatMap((segment) => inPieces.get(segment) ?? [segment]);
  }
  return segments.flatMap(weigh);
}

function weigh({ range, keys, isWhole, estimate }: Segment): Weighed[] {
  const known = keys.map((key) => ({ key, keys: 1 }));
  const others = Math.max(0, estimate - keys.length);
  return isWhole || others === 0 ? known : [...known, { key: range.until, keys: others }];
}

class Sampler {
  constructor(
    private readonly place: Sampled,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Looks at the next page of a range, and whether there is more.
   *
   * @param before keys of it that were looked at
   */
  async look(range: KeyRange, before: readonly Key[] = []): Promise<Segment> {
    const keys = [...before];
    const after = before.at(-1) ?? range.after;
    for await (const page of this.place.list({ ...range, after }, this.signal)) {
      keys.push(...page.flatMap((item) => (item.kind === "object" ? [item.key] : [])));
      if (keys.length > before.length) break;
    }
    return this.judge(range, keys);
  }

  /**
   * Cuts a range behind what was looked at.
   *
   * @param pieces as many are wanted
   */
  async cut({ range, keys }: Segment, pieces: number): Promise<Segment[]> {
    const last = keys.at(-1);
    const { firstKey } = this.place;
    const all = last === undefined ? [] : await cutPlaces(last, range, firstKey, this.signal);
    const step = Math.ceil(all.length / pieces);
    const found = all.filter((_, index) => index % step === 0);
    const [first, ...others] = found;
    // There is more, but nobody knows where.
    if (first === undefined) return [await this.look(range, keys)];
    const head = await this.judge({ ...range, until: first }, keys);
    const ends = [...others, range.until];
    const rest = found.map((after, index) => ({ ...range, after, until: ends[index] }));
    return [head, ...(await inParallel(rest, atOnce, (each) => this.look(each)))];
  }

  /** @param keys the first ones of the range */
  private async judge(range: KeyRange, keys: readonly Key[]): Promise<Segment> {
    const after = keys.at(-1) ?? range.after;
    const next = await this.place.firstKey({ ...range, after }, this.signal);
    if (next === undefined || next === range.until) {
      const all = next === undefined ? keys : [...keys, next];
      return { range, keys: all, isWhole: true, estimate: all.length };
    }
    const estimate = await this.estimate(range, keys);
    return { range, keys, isWhole: false, estimate };
  }

  /**
   * What is too much shows when the range is cut, what is too little never: so the larger one of two counts, by the whole
   * page and by its second half.
   */
  private async estimate(range: KeyRange, keys: readonly Key[]): Promise<number> {
    const half = keys.length >> 1;
    const [first, middle, last] = [keys[0], keys[half], keys.at(-1)];
    if (first === undefined || middle === undefined || last === undefined) return 1;
    const { until: to } = range;
    const { firstKey } = this.place;
    const shared =
      to === undefined ? ((await sharedDepth(last, range, firstKey, this.signal)) ?? 0) : 0;
    const shareFrom = (from: Key): number => fractionOf({ from, at: last, to }, shared, keys);
    const shares = [
      { passed: keys.length, share: shareFrom(first) },
      { passed: keys.length - half, share: shareFrom(middle) },
    ];
    const estimates = shares.map(({ passed, share }) => passed / share);
    return Math.round(Math.max(keys.length + 1, ...estimates));
  }
}
