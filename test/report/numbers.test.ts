/**
 * Numbers for people.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { bytes, clock, counted, grouped, humanDuration } from "../../src/report/numbers.ts";

test.each([
  [0, "0 B"],
  [1, "1 B"],
  [1023, "1023 B"],
  [1024, "1.00 KiB"],
  [1536, "1.50 KiB"],
  [31_457_280, "30.00 MiB"],
  [5 * 2 ** 40, "5.00 TiB"],
  [2 ** 50, "1.00 PiB"],
  [2000 * 2 ** 50, "2000.00 PiB"],
])("%d bytes are %s", (count, wanted) => {
  expect(bytes(count)).toBe(wanted);
});

test("every number of bytes has at most two decimals and one unit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (count) => {
      expect(bytes(count)).toMatch(/^(?:\d+ B|\d+\.\d\d [KMGTP]iB)$/);
    }),
  );
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [1_234_567.4, "1,234,567"],
])("%d grouped is %s", (count, wanted) => {
  expect(grouped(count)).toBe(wanted);
});

describe("a duration for people", () => {
  const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
  test.each([
    [0, "0 seconds"],
    [400, "0 seconds"],
    [1 * second, "1 second"],
    [1335, "1 second"],
    [25 * second, "25 seconds"],
    [89 * second, "89 seconds"],
    [90 * second, "2 minutes"],
    [6 * minute, "6 minutes"],
    [89 * minute, "89 minutes"],
    [90 * minute, "2 hours"],
    [35 * hour, "35 hours"],
    [36 * hour, "2 days"],
    [10 * day, "10 days"],
    [11 * day, "2 weeks"],
    [1000 * day, "3 years"],
  ])("of %d ms is %s", (milliseconds, wanted) => {
    expect(humanDuration(milliseconds)).toBe(wanted);
  });

  test("is never 1 of a unit that it is nearly 2 of", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1500, max: 3e11 }), (milliseconds) => {
        expect(humanDuration(milliseconds)).toMatch(/^(?:[2-9]|\d\d+) \w+s$/);
      }),
    );
  });
});

test.each([
  [0, "0:00"],
  [-5, "0:00"],
  [59_400, "0:59"],
  [59_600, "1:00"],
  [245_000, "4:05"],
  [3_723_000, "1:02:03"],
  [360_000_000, "100:00:00"],
])("%d ms on a clock are %s", (milliseconds, wanted) => {
  expect(clock(milliseconds)).toBe(wanted);
});

test.each([
  [0, "0 objects"],
  [1, "1 object"],
  [1234, "1,234 objects"],
])("%p things are counted as %j", (count, wanted) => {
  expect(counted(count, "object")).toBe(wanted);
  expect(counted(1, "directory", "directories")).toBe("1 directory");
});
