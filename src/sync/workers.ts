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
/** Who begins so soon after a server was too busy, in milliseconds, begins with less. */
const recentMs = 10_000;

/** Takes objects in, one for each free place. */
export class Workers {
  private readonly places: Allowance;
  private readonly limit: AdaptiveLimit | undefined;
  private readonly others = new Set<() => void>();
  private told: number;
  private slowedAt = Number.NEGATIVE_INFINITY;

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
    const now = performance.now();
    this.slowedAt = now;
    for (const slowDown of this.others) slowDown();
    const { limit } = this;
    if (limit === undefined) return;
    limit.throttled(now);
    this.follow(limit.current);
  }

  /** Has something else do less as well, until that is disposed of: objects in work are not all that a server has to do. */
  alongWith(slowDown: () => void): Disposable {
    this.others.add(slowDown);
    if (performance.now() - this.slowedAt < recentMs) slowDown();
    return { [Symbol.dispose]: () => void this.others.delete(slowDown) };
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
