/**
 * A range of keys that is being worked through, and may be cut meanwhile.
 *
 * @module
 */
import { compareKeys, type Key, type KeyRange } from "../core/key.ts";

/** Cutting that found no place is tried again after so many keys. */
const retryKeys = 20_000;

/** Pages that come quicker than this, in milliseconds, come from nearby: cutting saves little there. */
const quickPageMs = 50;
/** So many times as long such a range must have been in work. */
const patience = 4;

/** A range in work. Its end comes nearer when it is cut. */
export class LiveRange {
  /** The last key that was taken into work. */
  private claimed: Key | undefined;
  private keysSinceCut = 0;
  private claimsSinceCut = 0;
  private keysBeforeCut: number;
  private cutAt = performance.now();

  /**
   * @param leastKeys so many it must have had before it is cut
   * @param leastMs so long it must have been in work before, in milliseconds
   * @param onProgress called when keys were taken into work
   */
  constructor(
    private range: KeyRange,
    private readonly leastKeys: number,
    private readonly leastMs: number,
    private readonly onProgress: () => void,
  ) {
    this.keysBeforeCut = leastKeys;
  }

  /** The range as it is now. */
  get bounds(): KeyRange {
    return this.range;
  }

  /** Those of the items, which come in order, that still belong to the range. They count as taken into work. */
  claim<T extends { readonly key: Key }>(items: readonly T[]): readonly T[] {
    const { until } = this.range;
    const last = items.at(-1)?.key;
    const isBeyond = until !== undefined && last !== undefined && compareKeys(last, until) > 0;
    const mine = isBeyond ? items.filter(({ key }) => compareKeys(key, until) <= 0) : items;
    this.claimed = mine.at(-1)?.key ?? this.claimed;
    this.keysSinceCut += mine.length;
    this.claimsSinceCut += 1;
    this.onProgress();
    return mine;
  }

  /** Whether it is long enough to be cut; the one with the greatest weight is cut first. */
  get weight(): number {
    const isShort = this.keysSinceCut < this.keysBeforeCut;
    return this.claimed === undefined || isShort || this.isYoung() ? 0 : this.keysSinceCut;
  }

  private isYoung(): boolean {
    const ageMs = performance.now() - this.cutAt;
    const isQuick = ageMs < quickPageMs * this.claimsSinceCut;
    return ageMs < (isQuick ? patience * this.leastMs : this.leastMs);
  }

  /** Where the listing is. */
  get position(): Key | undefined {
    return this.claimed;
  }

  /**
   * Cuts the range.
   *
   * @param places ends of the new ranges, in order; those that the listing has passed are left out
   * @returns what is cut off
   */
  cut(places: readonly Key[]): KeyRange[] {
    const { claimed, range } = this;
    const ahead = places.filter(
      (place) =>
        (claimed === undefined || compareKeys(place, claimed) > 0) &&
        (range.until === undefined || compareKeys(place, range.until) < 0),
    );
    const [first] = ahead;
    this.keysBeforeCut = first === undefined ? this.keysSinceCut + retryKeys : this.leastKeys;
    if (first === undefined) return [];
    this.keysSinceCut = 0;
    this.claimsSinceCut = 0;
    this.cutAt = performance.now();
    this.range = { ...range, until: first };
    return ahead.map((after, index) => ({
      ...range,
      after,
      until: ahead[index + 1] ?? range.until,
    }));
  }
}
