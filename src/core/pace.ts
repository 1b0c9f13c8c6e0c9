/**
 * Not faster than so much a second.
 *
 * @module
 */
import { pause } from "./cancel.ts";

/** Lets units pass at an even pace: no second sees more than its share, whoever asks and however often. */
export class Pace {
  /** When the next unit may pass, on the clock of `performance.now()`. */
  private nextMs = 0;

  /** @param perSecond units a second */
  constructor(readonly perSecond: number) {}

  /** Waits until some units may pass. Those that ask first pass first. */
  async take(units: number, signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, this.nextMs);
    this.nextMs = atMs + (units * 1000) / this.perSecond;
    if (atMs > nowMs) await pause(atMs - nowMs, signal);
  }
}
