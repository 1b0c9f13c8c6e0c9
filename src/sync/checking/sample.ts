/**
 * A random sample of the keys, the same for the same seed, in whatever order the keys come. Pure.
 *
 * @module
 */
import type { SampleSize } from "../../core/check.ts";
import type { Key } from "../../core/key.ts";

/** What was decided when something was offered. */
export interface Drawn<T> {
  readonly chosen: readonly T[];
  readonly left: readonly T[];
}

const ranks = 2 ** 32;

/** Draws a sample of what has keys. */
export class Sample<T extends { readonly key: Key }> {
  /**
   * Candidates for a number of objects; up to twice as many, so that they are not sorted for each. Of a share only the
   * best one, as long as none is chosen: a sample of nothing would prove nothing.
   */
  private held: { readonly item: T; readonly rank: number }[] = [];
  private hasChosen = false;

  constructor(
    private readonly size: SampleSize,
    private readonly seed: number,
  ) {}

  /** Offers one. Of a number of objects those are chosen whose ranks are lowest, which shows only at the end. */
  offer(item: T): Drawn<T> {
    const { kind, most } = this.size;
    const rank = Bun.hash.xxHash32(item.key, this.seed);
    if (kind === "percent") {
      if (rank < (most / 100) * ranks) return this.choose(item);
      if (this.hasChosen) return { chosen: [], left: [item] };
    }
    this.held.push({ item, rank });
    return { chosen: [], left: this.held.length < 2 * this.keeps ? [] : this.dropHighest() };
  }

  /** How many are held in the end. */
  private get keeps(): number {
    return this.size.kind === "percent" ? 1 : this.size.most;
  }

  /** Of a share. */
  private choose(item: T): Drawn<T> {
    this.hasChosen = true;
    return { chosen: [item], left: this.held.splice(0).map((other) => other.item) };
  }

  /** The rest of what was offered. */
  finish(): Drawn<T> {
    const left = this.dropHighest();
    const chosen = this.held.map(({ item }) => item);
    this.held = [];
    return { chosen, left };
  }

  private dropHighest(): T[] {
    this.held.sort((a, b) => a.rank - b.rank || (a.item.key < b.item.key ? -1 : 1));
    return this.held.splice(this.keeps).map(({ item }) => item);
  }
}
