/**
 * How many objects to have in work, found by trying: more while that moves more, fewer when the server says so.
 * Pure arithmetic: the time is told, nothing waits.
 *
 * @module
 */

/** How many may be in work at the same time. */
export interface WorkRange {
  /** To begin with. */
  readonly start: number;
  readonly least: number;
  readonly most: number;
}

/** A window ends after this time, in milliseconds, if enough was done in it to mean something. */
const windowMs = 500;
/** So many objects for each one in work must be done in a window: else chance rules. */
const roundsPerWindow = 2;
/** More pays if it moves this much more. */
const worthwhile = 1.05;
/** Latency that is so many times the lowest one speaks for fewer. */
const congested = 2;
/** By how much the lowest latency is forgotten in each window. */
const forgetting = 1.01;
/** Windows to stay where it is before trying again whether more would pay. */
const restWindows = 10;
/** A server that is too busy is given this time to recover before its next complaint counts. */
const coolDownMs = 2000;
/** Bytes that cost as much as one object. */
const bytesPerObject = 256 * 1024;

interface Window {
  readonly sinceMs: number;
  objects: number;
  bytes: number;
  busyMs: number;
}

/** What a window showed. A small object is one unit of work; a larger one is several. */
interface Shown {
  /** Units a second. */
  readonly rate: number;
  /** Milliseconds that a unit took. */
  readonly latency: number;
}

/** Follows a run. */
export class AdaptiveLimit {
  private value: number;
  private window: Window;
  /** What the limit was before it was changed to see what that does, and what it showed. */
  private before: { readonly value: number; readonly shown: Shown } | undefined;
  private resting = 0;
  private quietUntilMs = 0;
  /** The lowest latency so far. It is slowly forgotten. */
  private bestLatency = Number.POSITIVE_INFINITY;

  constructor(
    private readonly range: WorkRange,
    nowMs: number,
  ) {
    this.value = range.start;
    this.window = emptyWindow(nowMs);
  }

  /** How many may be in work now. */
  get current(): number {
    return this.value;
  }

  /**
   * An object is done.
   *
   * @param tookMs from its start
   */
  done(bytes: number, tookMs: number, nowMs: number): void {
    const { window } = this;
    window.objects += 1;
    window.bytes += bytes;
    window.busyMs += tookMs;
    const isLong = nowMs - window.sinceMs >= windowMs;
    if (isLong && window.objects >= roundsPerWindow * this.value) this.endWindow(nowMs);
  }

  /** The server said that it is asked too much. */
  throttled(nowMs: number): void {
    if (nowMs < this.quietUntilMs) return;
    this.quietUntilMs = nowMs + coolDownMs;
    this.settle(Math.floor(this.value * 0.7));
    this.window = emptyWindow(nowMs);
  }

  private endWindow(nowMs: number): void {
    const { objects, bytes, busyMs, sinceMs } = this.window;
    const work = objects + bytes / bytesPerObject;
    const shown = { rate: (work * 1000) / (nowMs - sinceMs), latency: busyMs / work };
    this.window = emptyWindow(nowMs);
    this.bestLatency = Math.min(this.bestLatency * forgetting, shown.latency);
    const { before } = this;
    if (before !== undefined) {
      this.judge(before, shown);
    } else if (shown.latency > this.bestLatency * congested) {
      this.change(Math.floor(this.value * 0.8), shown);
    } else if (this.resting > 0) {
      this.resting -= 1;
    } else {
      this.change(Math.ceil(this.value * 1.25), shown);
    }
  }

  /** Whether the last change was for the better. */
  private judge(before: { value: number; shown: Shown }, shown: Shown): void {
    this.before = undefined;
    if (this.value > before.value) {
      const pays = shown.rate >= before.shown.rate * worthwhile;
      if (pays) this.change(Math.ceil(this.value * 1.25), shown);
      else this.settle(before.value);
    } else if (shown.rate * worthwhile < before.shown.rate) {
      // It was not congestion: the objects are others now, and take longer.
      this.settle(before.value);
      this.bestLatency = shown.latency;
    }
  }

  private change(wanted: number, shown: Shown): void {
    const value = Math.min(Math.max(wanted, this.range.least), this.range.most);
    if (value === this.value) {
      this.resting = restWindows;
      return;
    }
    this.before = { value: this.value, shown };
    this.value = value;
  }

  private settle(value: number): void {
    this.value = Math.max(this.range.least, value);
    this.before = undefined;
    this.resting = restWindows;
  }
}

function emptyWindow(sinceMs: number): Window {
  return { sinceMs, objects: 0, bytes: 0, busyMs: 0 };
}
