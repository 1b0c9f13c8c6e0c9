/**
 * How many objects are in work, with servers that are only arithmetic.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { AdaptiveLimit, type WorkRange } from "../../src/transfer/limits/adaptive-limit.ts";

const range: WorkRange = { start: 16, least: 1, most: 64 };

/** A server, as the time in milliseconds that an object takes when so many are in work. */
type Server = (inWork: number) => number;

/** As many as `capacity` are served side by side, each in `latency` milliseconds; others wait their turn. */
function serverOf(capacity: number, latency: number): Server {
  return (inWork) => latency * Math.max(1, inWork / capacity);
}

/** Drives a limit against a server, a step of time after the other. */
class Drive {
  nowMs = 0;
  readonly seen: number[] = [];
  readonly limit: AdaptiveLimit;
  private owed = 0;

  constructor(given: WorkRange = range) {
    this.limit = new AdaptiveLimit(given, 0);
  }

  /** @param throttlesAbove the server complains when more than this are in work */
  run(server: Server, seconds: number, throttlesAbove = Number.POSITIVE_INFINITY, bytes = 0): this {
    const end = this.nowMs + seconds * 1000;
    for (; this.nowMs < end; this.nowMs += 10) {
      const { current } = this.limit;
      const took = server(current);
      this.owed += (current * 10) / took;
      for (; this.owed >= 1; this.owed -= 1) this.limit.done(bytes, took, this.nowMs);
      if (current > throttlesAbove) this.limit.throttled(this.nowMs);
      this.seen.push(this.limit.current);
    }
    return this;
  }

  /** The mean of the last steps. */
  get usual(): number {
    const last = this.seen.slice(-2000);
    return last.reduce((sum, value) => sum + value, 0) / last.length;
  }
}

describe("the limit", () => {
  test("begins where it is told to", () => {
    expect(new AdaptiveLimit(range, 0).current).toBe(16);
  });

  test("grows to its most where the server serves all of them side by side", () => {
    expect(new Drive().run(serverOf(1000, 50), 60).usual).toBeGreaterThan(60);
  });

  test("stays near the start where more would not be served sooner", () => {
    const { usual, seen } = new Drive().run(serverOf(8, 20), 60);
    expect(usual).toBeLessThan(20);
    expect(Math.max(...seen)).toBeLessThanOrEqual(20);
  });

  test("finds about how many the server serves side by side", () => {
    const { usual } = new Drive().run(serverOf(40, 50), 120);
    expect(usual).toBeGreaterThan(30);
    expect(usual).toBeLessThan(52);
  });

  test("falls where the server complains, and stays below that most of the time", () => {
    const { usual, seen } = new Drive().run(serverOf(1000, 50), 120, 10);
    expect(usual).toBeLessThan(11);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(1);
  });

  test("takes many complaints at once for one", () => {
    const limit = new AdaptiveLimit(range, 0);
    for (let i = 0; i < 100; i++) limit.throttled(i);
    expect(limit.current).toBe(11);
    limit.throttled(3000);
    expect(limit.current).toBe(7);
  });

  test("shrinks when everything begins to take far longer", () => {
    const drive = new Drive().run(serverOf(1000, 20), 60);
    expect(drive.usual).toBeGreaterThan(50);
    // Something else uses the line now: more in work only wait for each other.
    expect(drive.run(serverOf(4, 20), 60).usual).toBeLessThan(45);
  });

  test("grows again when the server can do more again", () => {
    const drive = new Drive().run(serverOf(1000, 50), 60, 10);
    expect(drive.run(serverOf(1000, 50), 120).usual).toBeGreaterThan(50);
  });

  test("counts bytes as work: few large objects that fill the line need no more of them", () => {
    const { seen } = new Drive().run(serverOf(4, 200), 120, undefined, 8 * 1024 * 1024);
    expect(Math.max(...seen)).toBeLessThanOrEqual(20);
  });

  test("that may not move does not", () => {
    const drive = new Drive({ start: 5, least: 5, most: 5 }).run(serverOf(1000, 50), 30, 3);
    expect(new Set(drive.seen)).toEqual(new Set([5]));
  });

  test("never leaves its range, whatever happens", () => {
    const step = fc.oneof(
      fc.record({ took: fc.double({ min: 0, max: 1e5, noNaN: true }), bytes: fc.nat() }),
      fc.constant("throttled" as const),
    );
    const wait = fc.double({ min: 0, max: 3000, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(step, wait), { maxLength: 2000 }), (steps) => {
        const limit = new AdaptiveLimit(range, 0);
        let now = 0;
        for (const [what, ms] of steps) {
          now += ms;
          if (what === "throttled") limit.throttled(now);
          else limit.done(what.bytes, what.took, now);
          expect(limit.current).toBeGreaterThanOrEqual(range.least);
          expect(limit.current).toBeLessThanOrEqual(range.most);
          expect(Number.isInteger(limit.current)).toBe(true);
        }
      }),
    );
  });
});
