/**
 * How many parts are on their way at the same time: few at first, and more as long as that does not make each of them
 * slower. On a narrow line many parts would share it, and for a long time none would be finished: nothing to show, and
 * nothing to go on with after an interruption.
 *
 * @module
 */
import { MiB } from "../../core/bytes.ts";
import { Allowance } from "./limits.ts";

/** To begin with, and the least that there are. */
const first = 2;
/** Parts that take no longer than this, in milliseconds, make nobody wait. */
const quickMs = 1000;
/** More are taken in while parts take at most so many times as long as the quickest did. */
const undisturbed = 1.25;
/** So many times as long speaks for fewer. */
const crowded = 1.75;

/** A server that is too busy is given this time, in milliseconds, to recover before its next complaint counts. */
const coolDownMs = 2000;
/** So long there are no more than it got along with. */
const restMs = 10_000;

/** Places for parts. */
export class PartSlots {
  private readonly places: Allowance;
  /** Milliseconds for each MiB, of the quickest part so far. */
  private best = Number.POSITIVE_INFINITY;
  private quietUntilMs = 0;
  private restsUntilMs = 0;

  /** @param most never more than these */
  constructor(private readonly most: number) {
    this.places = new Allowance(Math.min(first, most));
  }

  /** How many may be on their way now. */
  get current(): number {
    return this.places.total;
  }

  /**
   * Waits for a place.
   *
   * @returns a function that gives it back
   */
  take(): Promise<() => void> {
    return this.places.take();
  }

  /** Moves a part, and learns from how long that takes. */
  async timed<T>(bytes: number, move: () => Promise<T>): Promise<T> {
    const since = performance.now();
    const moved = await move();
    this.learn(bytes, performance.now() - since);
    return moved;
  }

  /** A part of so many bytes has taken so many milliseconds. */
  learn(bytes: number, tookMs: number, nowMs = performance.now()): void {
    const isResting = nowMs < this.restsUntilMs;
    if (tookMs <= quickMs) return isResting ? undefined : this.change(2);
    const pace = tookMs / Math.max(bytes / MiB, 1);
    this.best = Math.min(this.best, pace);
    if (pace <= this.best * undisturbed) return isResting ? undefined : this.change(1);
    if (pace > this.best * crowded) this.change(-1);
  }

  /** A server says that it is asked too much. */
  slowDown(nowMs = performance.now()): void {
    if (nowMs < this.quietUntilMs) return;
    this.quietUntilMs = nowMs + coolDownMs;
    this.restsUntilMs = nowMs + restMs;
    this.change(-Math.ceil(this.current * 0.3));
  }

  private change(by: number): void {
    const wanted = Math.min(Math.max(this.current + by, first), this.most);
    if (wanted !== this.current && this.most > first) this.places.resize(wanted);
  }
}
