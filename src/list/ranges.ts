/**
 * Works through a range of keys in several places at once, where waiting for pages takes the time.
 *
 * It begins as one range. As long as the process waits rather than works, the longest-lived range is cut where
 * keys turn out to lie: nobody has to know beforehand how they are spread, in folders or in none.
 *
 * @module
 */
import type { KeyRange } from "../core/key.ts";
import { cutPlaces, type FirstKey } from "./cut-places.ts";
import { LiveRange } from "./live-range.ts";

/** How to cut. */
export interface RangesOptions {
  /** Ranges in work at the same time. 1: the whole is never cut. */
  readonly most: number;
  /** Finds the first key of a range; `undefined` where nobody can. */
  readonly firstKey: FirstKey | undefined;
  readonly signal: AbortSignal;
  /** Keys that a range must have had before it is cut, and milliseconds: short listings are not worth it. */
  readonly leastKeys?: number;
  readonly leastMs?: number;
  /** Asked after each page: whether the process has nothing better to do than to list more. */
  readonly isIdle?: () => boolean;
}

const defaultLeastKeys = 2000;
const defaultLeastMs = 250;

/** A range and what is cut off it, worked through. */
export class Ranges {
  private readonly live = new Set<LiveRange>();
  private readonly waiting: KeyRange[] = [];
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly beingCut = new Set<LiveRange>();
  private readonly isIdle: () => boolean;

  constructor(private readonly options: RangesOptions) {
    this.isIdle = options.isIdle ?? idleWatch();
    this.signal = AbortSignal.any([options.signal, this.stop.signal]);
  }

  /**
   * Works through a range.
   *
   * @param work goes through the keys of one range, and claims them
   * @throws the first failure, when nothing is under way any more
   */
  async run(
    whole: KeyRange,
    work: (range: LiveRange, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    let failure: { readonly thrown: unknown } | undefined;
    const running = new Set<Promise<void>>();
    const start = (range: KeyRange): void => {
      const { leastKeys = defaultLeastKeys, leastMs = defaultLeastMs } = this.options;
      const live = new LiveRange(range, leastKeys, leastMs, () => this.look(startWaiting));
      this.live.add(live);
      const done = work(live, this.signal)
        .catch((thrown: unknown) => {
          failure ??= { thrown };
          this.stop.abort(thrown);
        })
        .finally(() => {
          this.live.delete(live);
          running.delete(done);
          startWaiting();
        });
      running.add(done);
    };
    const startWaiting = (): void => {
      while (this.live.size < this.options.most && !this.signal.aborted) {
        const next = this.waiting.shift();
        if (next === undefined) return;
        start(next);
      }
    };
    start(whole);
    while (running.size > 0) await Promise.race(running);
    if (failure !== undefined) throw failure.thrown;
  }

  /** Cuts a range if there is room for more and the process has nothing better to do. */
  private look(onCut: () => void): void {
    const room = this.options.most - this.live.size - this.beingCut.size;
    const { firstKey } = this.options;
    if (firstKey === undefined || this.waiting.length > 0 || room <= 0) return;
    if (!this.isIdle()) return;
    const whole = [...this.live].filter((live) => live.weight > 0 && !this.beingCut.has(live));
    const longest = whole.toSorted((a, b) => b.weight - a.weight)[0];
    if (longest === undefined) return;
    this.beingCut.add(longest);
    this.cutOff(longest, firstKey)
      .then(onCut)
      // A server that cannot answer will tell the listing as well.
      .catch(() => undefined)
      .finally(() => this.beingCut.delete(longest));
  }

  private async cutOff(live: LiveRange, firstKey: FirstKey): Promise<void> {
    const at = live.position;
    if (at === undefined) return;
    const found = await cutPlaces(at, live.bounds, firstKey, this.signal);
    // At once, and only while the range is in work: what is cut off waits before its end is noticed.
    if (this.live.has(live)) this.waiting.push(...live.cut(found));
  }
}

/** How often it is looked whether the process is idle, in milliseconds. */
const lookMs = 50;
/** It waits if it uses less than this part of a processor. */
const busyFrom = 0.6;

/** Tells whether the process waited rather than worked since the last time. */
function idleWatch(): () => boolean {
  let then = { at: performance.now(), cpu: cpuMs() };
  return () => {
    const now = { at: performance.now(), cpu: cpuMs() };
    const wallMs = now.at - then.at;
    if (wallMs < lookMs) return false;
    const isIdle = now.cpu - then.cpu < busyFrom * wallMs;
    then = now;
    return isIdle;
  };
}

/** What this process has used of its processors so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
