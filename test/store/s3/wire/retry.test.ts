/**
 * How long a client waits before it tries again.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { backoffMs } from "../../../../src/store/s3/wire/retry.ts";

const policy = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 1000 }),
  initialBackoffMs: fc.integer({ min: 0, max: 60_000 }),
});
const attempt = fc.integer({ min: 1, max: 1000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("backoffMs", () => {
  test("stays between nothing and the doubled first wait, and below 20 seconds", () => {
    fc.assert(
      fc.property(policy, attempt, random, (chosen, number, luck) => {
        const wait = backoffMs(chosen, number, luck, undefined);
        const ceiling = Math.min(20_000, chosen.initialBackoffMs * 2 ** (number - 1));
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(ceiling);
      }),
    );
  });

  test("is spread over the whole range by chance", () => {
    const chosen = { maxAttempts: 9, initialBackoffMs: 100 };
    expect(backoffMs(chosen, 1, 0, undefined)).toBe(0);
    expect(backoffMs(chosen, 1, 0.5, undefined)).toBe(50);
    expect(backoffMs(chosen, 4, 0.5, undefined)).toBe(400);
    expect(backoffMs(chosen, 30, 0.999, undefined)).toBeCloseTo(19_980);
  });

  test("never shrinks from one attempt to the next for the same luck", () => {
    fc.assert(
      fc.property(policy, attempt, random, (chosen, number, luck) => {
        expect(backoffMs(chosen, number + 1, luck, undefined)).toBeGreaterThanOrEqual(
          backoffMs(chosen, number, luck, undefined),
        );
      }),
    );
  });

  test("is at least what the server asks for, up to five minutes", () => {
    fc.assert(
      fc.property(policy, attempt, random, fc.nat({ max: 1e9 }), (chosen, number, luck, asked) => {
        const wait = backoffMs(chosen, number, luck, asked);
        expect(wait).toBeGreaterThanOrEqual(Math.min(asked, 300_000));
        expect(wait).toBeLessThanOrEqual(Math.max(20_000, Math.min(asked, 300_000)));
      }),
    );
  });
});
