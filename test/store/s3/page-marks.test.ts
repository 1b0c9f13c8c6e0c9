/**
 * Listings that go in circles.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { PageMarks } from "../../../src/store/s3/page-marks.ts";

/** How many marks are taken before the circle is noticed; `undefined` if it is not. */
function takenOf(marks: Iterable<string>): number | undefined {
  const passed = new PageMarks("ListObjectsV2", "bucket");
  let taken = 0;
  for (const mark of marks) {
    try {
      passed.pass(mark);
    } catch (error) {
      expect(error).toMatchObject({ code: "protocol", operation: "ListObjectsV2" });
      return taken;
    }
    taken += 1;
  }
  return undefined;
}

/** A few marks, and then the same ones for ever. */
function* circle(before: number, length: number): Generator<string> {
  for (let at = 0; at < before; at++) yield `before ${at}`;
  for (let at = 0; ; at++) yield `circle ${at % length}`;
}

describe("the marks of a listing", () => {
  test("that are all different are taken, however many", () => {
    expect(takenOf(Array.from({ length: 10_000 }, (_, at) => `${at}`))).toBeUndefined();
  });

  test("that come twice are refused, at once if it is the first", () => {
    expect(takenOf(["a", "a"])).toBe(1);
  });

  test("in a circle of any length are refused before it was gone round a few times", () => {
    for (const before of [0, 1, 5, 100]) {
      for (const length of [1, 2, 3, 7, 100]) {
        const taken = takenOf(circle(before, length));
        expect(taken).toBeLessThanOrEqual(3 * (before + length) + length);
      }
    }
  });
});
