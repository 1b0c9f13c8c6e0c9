/**
 * The places for objects in work: a fixed number, or as many as pay off.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";
import { AdaptiveLimit, type WorkRange } from "../transfer/limits/adaptive-limit.ts";
import { Allowance } from "../transfer/limits/limits.ts";

/** A change by this factor is worth a word. */
const worthTelling = 1.4;

/** Takes objects in, one for each free place. */
export class Workers {
  private readonly places: Allowance;
  private readonly limit: AdaptiveLimit | undefined;
  private told: number;

  /**
   * @param size a number, or what it may be
   * @param say hears of changes
   */
  constructor(
    size: number | WorkRange,
    private readonly say: (message: string) => void = () => undefined,
  ) {
    const start = typeof size === "number" ? size : size.start;
    this.places = new Allowance(start);
    this.limit = typeof size === "number" ? undefined : new AdaptiveLimit(size, performance.now());
    this.told = start;
  }

  /**
   * Waits for a free place.
   *
   * @param bytes what the work on the object moves
   * @returns a function that gives the place back
   */
  async enter(bytes: number): Promise<() => void> {
    const leave = await this.places.take();
    const { limit } = this;
    if (limit === undefined) return leave;
    const since = performance.now();
    return () => {
      const now = performance.now();
      limit.done(bytes, now - since, now);
      this.follow(limit.current);
      leave();
    };
  }

  /** Hears what a run tells: a server that is too busy gets less to do. */
  hear(event: SyncEvent): void {
    if (event.type === "retry" && event.error.code === "throttled") this.slowDown();
  }

  /** Does less for a while. */
  slowDown(): void {
    const { limit } = this;
    if (limit === undefined) return;
    limit.throttled(performance.now());
    this.follow(limit.current);
  }

  private follow(current: number): void {
    if (current === this.places.total) return;
    this.places.resize(current);
    const ratio = current / this.told;
    if (ratio < worthTelling && ratio > 1 / worthTelling) return;
    this.told = current;
    this.say(`up to ${current} objects in work at the same time`);
  }
}
