/**
 * How long a watch waits while a server or the network is away.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { backoffMs } from "../../src/watch/backoff.ts";

const minuteMs = 60_000;

describe("the wait after a failure", () => {
  test("is a second at first, and twice as long each time", () => {
    for (const [failures, most] of [
      ...([
        [1, 1000],
        [2, 2000],
        [3, 4000],
        [8, 128_000],
      ] as const),
    ]) {
      const wait = backoffMs(failures);
      expect(wait).toBeLessThanOrEqual(most);
      expect(wait).toBeGreaterThanOrEqual(most * 0.75);
    }
  });

  test("is never more than five minutes: after an hour, or a week, it goes on as soon", () => {
    let [away, tries] = [0, 0];
    while (away < 7 * 24 * 60 * minuteMs) {
      tries += 1;
      const wait = backoffMs(tries);
      expect(wait).toBeLessThanOrEqual(5 * minuteMs);
      away += wait;
      if (away > 60 * minuteMs && away - wait <= 60 * minuteMs) expect(tries).toBeLessThan(30);
    }
    expect(tries).toBeGreaterThan(2000);
  });

  test("is another one each time: not all come at the same moment", () => {
    const waits = new Set(Array.from({ length: 20 }, () => backoffMs(5)));
    expect(waits.size).toBeGreaterThan(10);
  });
});
