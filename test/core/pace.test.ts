/**
 * Not faster than so much a second.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { Pace } from "../../src/core/pace.ts";

const never = new AbortController().signal;

describe("a pace", () => {
  test("lets no more pass in any second than it says, whoever asks", async () => {
    const perSecond = 400;
    const pace = new Pace(perSecond);
    const passedAt: number[] = [];
    const since = performance.now();
    const until = since + 1300;
    const asker = async (): Promise<void> => {
      while (performance.now() < until) {
        await pace.take(1, never);
        passedAt.push(performance.now());
      }
    };
    await Promise.all(Array.from({ length: 30 }, asker));
    const inOrder = passedAt.toSorted((a, b) => a - b);
    const most = Math.max(
      ...inOrder.map((at, index) => {
        const end = inOrder.findIndex((later) => later >= at + 1000);
        return (end === -1 ? inOrder.length : end) - index;
      }),
    );
    const lateMs = inOrder.map((at, index) => at - since - (index * 1000) / perSecond);
    // Timers count whole milliseconds, by a clock of their own.
    expect(Math.min(...lateMs)).toBeGreaterThan(-2);
    // Those that a late timer delays come close together, and by as much more pass in a second.
    const windowMs = 1002 + Math.max(...lateMs);
    expect(most).toBeLessThanOrEqual((perSecond * windowMs) / 1000 + 1);
    expect(most).toBeGreaterThan(perSecond * 0.8);
  });

  test("makes those that come wait for what passed before, however much that was", async () => {
    const pace = new Pace(1000);
    await pace.take(200, never);
    const since = performance.now();
    await pace.take(1, never);
    expect(performance.now() - since).toBeGreaterThan(190);
  });

  test("does not save up what was not used", async () => {
    const pace = new Pace(1000);
    await pace.take(1, never);
    await Bun.sleep(100);
    await pace.take(50, never);
    const since = performance.now();
    await pace.take(1, never);
    expect(performance.now() - since).toBeGreaterThan(40);
  });

  test("ends a wait when the run is stopped", async () => {
    const pace = new Pace(1);
    await pace.take(100, never);
    const stop = new AbortController();
    const waiting = pace.take(1, stop.signal);
    stop.abort();
    expect(await waiting.catch((error: unknown) => String(error))).toContain("stopped");
  });
});
