/**
 * Counts keys as they are listed, and remembers some of them, with how many there are between them.
 *
 * @module
 */
import { compareKeys, type Key } from "../core/key.ts";
import type { Weighed } from "./balance.ts";

/** More are not remembered: each stands for more others then. */
const mostRemembered = 1 << 17;

/** Counts the keys of several ranges at the same time. */
export class KeyCount {
  private remembered: { key: Key; keys: number }[] = [];
  /** Each key that is remembered stands for so many. */
  private stride = 1;
  private counted = 0;

  /** @param most no more keys are remembered */
  constructor(private readonly most: number = mostRemembered) {}

  /** Begins a range. */
  range(): RangeCount {
    return new RangeCount(
      () => this.stride,
      (key, keys) => this.remember(key, keys),
    );
  }

  /** How many keys there were so far, but for a few of each range. */
  get total(): number {
    return this.counted;
  }

  /** What was counted, in order. */
  weighed(): Weighed[] {
    return this.sorted();
  }

  private remember(key: Key, keys: number): void {
    this.counted += keys;
    this.remembered.push({ key, keys });
    if (this.remembered.length <= this.most) return;
    const all = this.sorted();
    this.stride *= 2;
    this.remembered = all.flatMap((each, index) => {
      if (index % 2 === 0 && index + 1 < all.length) return [];
      const before = index % 2 === 1 ? (all[index - 1]?.keys ?? 0) : 0;
      return [{ key: each.key, keys: each.keys + before }];
    });
  }

  private sorted(): { key: Key; keys: number }[] {
    return this.remembered.toSorted((a, b) => compareKeys(a.key, b.key));
  }
}

/** Counts the keys of one range. */
export class RangeCount {
  private last: Key | undefined;
  private passed = 0;

  constructor(
    private readonly stride: () => number,
    private readonly remember: (key: Key, keys: number) => void,
  ) {}

  take(key: Key): void {
    this.last = key;
    this.passed += 1;
    if (this.passed >= this.stride()) this.end();
  }

  /** There are no more. */
  end(): void {
    if (this.last !== undefined && this.passed > 0) this.remember(this.last, this.passed);
    this.passed = 0;
  }
}
