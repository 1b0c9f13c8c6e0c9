/**
 * How objects are cut into parts.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { GiB, MiB, TiB } from "../../src/core/bytes.ts";
import type { PartLimits } from "../../src/store/store.ts";
import { isLegalPartSize, partOf, planParts } from "../../src/transfer/parts/part-plan.ts";

const s3: PartLimits = { minBytes: 5 * MiB, maxBytes: 5 * GiB, maxParts: 10_000 };
const mostBytes = s3.maxBytes * s3.maxParts;

const anySize = fc.oneof(
  fc.integer({ min: 0, max: 100 * MiB }),
  fc.bigInt({ min: 0n, max: BigInt(mostBytes) }).map(Number),
);
const anyWish = fc.oneof(
  fc.integer({ min: 5 * MiB, max: 64 * MiB }),
  fc.integer({ min: 5 * MiB, max: 5 * GiB }),
);

describe("a plan for S3", () => {
  test("covers every byte once, in at most 10,000 parts of legal sizes", () => {
    fc.assert(
      fc.property(anySize, anyWish, (size, wish) => {
        const plan = planParts(size, wish, s3);
        expect(plan.count).toBeGreaterThanOrEqual(1);
        expect(plan.count).toBeLessThanOrEqual(s3.maxParts);
        let next = 0;
        for (let number = 1; number <= plan.count; number++) {
          const part = partOf(plan, number);
          const isLast = number === plan.count;
          // One check a part would be most of the test's time.
          const isLegal = part.length <= s3.maxBytes && (isLast || part.length >= s3.minBytes);
          const isInPlace = part.number === number && part.offset === next;
          if (!isLegal || !isInPlace || (part.length < 1 && size > 0)) {
            throw new Error(`part ${JSON.stringify(part)} of ${JSON.stringify(plan)}`);
          }
          next += part.length;
        }
        expect(next).toBe(size);
        expect(isLegalPartSize(size, plan.partSize, s3) || size === 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("takes the wanted part size wherever 10,000 parts are enough", () => {
    fc.assert(
      fc.property(anySize, anyWish, (size, wish) => {
        fc.pre(size <= wish * s3.maxParts);
        expect(planParts(size, wish, s3).partSize).toBe(wish);
      }),
    );
  });

  test("grows the parts of an object of 5 TiB to whole mebibytes", () => {
    const plan = planParts(5 * TiB, 8 * MiB, s3);
    expect(plan).toEqual({ size: 5 * TiB, partSize: 525 * MiB, count: 9987 });
    expect(plan.partSize % MiB).toBe(0);
  });

  test("cuts 10,000 parts at the size where the wanted part size just suffices", () => {
    expect(planParts(80_000 * MiB, 8 * MiB, s3)).toMatchObject({
      partSize: 8 * MiB,
      count: 10_000,
    });
    expect(planParts(80_000 * MiB + 1, 8 * MiB, s3)).toMatchObject({
      partSize: 9 * MiB,
      count: 8889,
    });
  });

  test("fills the largest object that S3's limits allow with the largest parts", () => {
    expect(planParts(mostBytes, 8 * MiB, s3)).toMatchObject({
      partSize: 5 * GiB,
      count: 10_000,
    });
  });

  test("refuses an object of one byte more", () => {
    expect(() => planParts(mostBytes + 1, 8 * MiB, s3)).toThrow(
      expect.objectContaining({ code: "rejected" }),
    );
  });

  test("brings a part size that is too small or too large to the nearest legal one", () => {
    expect(planParts(20 * MiB, 1 * MiB, s3).partSize).toBe(5 * MiB);
    expect(planParts(20 * GiB, 6 * GiB, s3).partSize).toBe(5 * GiB);
  });

  test("has one empty part for an empty object", () => {
    const plan = planParts(0, 8 * MiB, s3);
    expect(plan.count).toBe(1);
    expect(partOf(plan, 1)).toEqual({ number: 1, offset: 0, length: 0 });
  });
});

describe("a plan for a store without limits", () => {
  test("takes the wanted part size, whatever the number of parts", () => {
    expect(planParts(100_001, 5, undefined)).toEqual({ size: 100_001, partSize: 5, count: 20_001 });
  });
});

describe("parts of a size are legal", () => {
  test.each([
    { size: 20 * MiB, partSize: 5 * MiB, legal: true },
    { size: 20 * MiB, partSize: 5 * MiB - 1, legal: false },
    { size: 20 * MiB, partSize: 5 * GiB, legal: true },
    { size: 20 * GiB, partSize: 5 * GiB + 1, legal: false },
    { size: 50_000 * MiB, partSize: 5 * MiB, legal: true },
    { size: 50_000 * MiB + 1, partSize: 5 * MiB, legal: false },
    // A single part may be as short as it likes: it is the last one.
    { size: 1000, partSize: 1000, legal: true },
    { size: 1000, partSize: 2000, legal: true },
    { size: 1000, partSize: 999, legal: false },
  ])("$partSize bytes for an object of $size: $legal", ({ size, partSize, legal }) => {
    expect(isLegalPartSize(size, partSize, s3)).toBe(legal);
  });

  test("always, where there are no limits, but never without any length", () => {
    expect(isLegalPartSize(20 * MiB, 1, undefined)).toBe(true);
    expect(isLegalPartSize(20 * MiB, 0, undefined)).toBe(false);
  });
});
