/**
 * A run over a range of keys: a job can be cut into pieces, on one machine or on many.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey, compareKeys, type KeyRange } from "../../src/core/key.ts";
import { contents, run, storeOf } from "./run.ts";

function rangeOf(after: string | undefined, until: string | undefined): KeyRange {
  const [a, b] = [after, until].map((key) => (key === undefined ? undefined : asKey(key)));
  return { prefix: asKey(""), after: a, until: b };
}

describe("a run over a range", () => {
  test("leaves everything outside of it alone, on both sides, also when it deletes", async () => {
    const source = storeOf({ a: "1", b: "1", c: "1", d: "1" });
    const target = storeOf({ "0": "", "b+": "", "c+": "", "d+": "" });
    const told = await run(source, target, { deletes: true, range: rangeOf("a", "c") });
    expect(told.keys("synced")).toEqual(["b", "c"]);
    expect(told.keys("deleted")).toEqual(["b+"]);
    expect(Object.keys(contents(target))).toEqual(["0", "b", "c", "c+", "d+"]);
  });

  test("and runs over the rest together do what one run does, wherever it is cut", async () => {
    const keys = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }), {
      maxLength: 40,
    });
    const cuts = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(keys, keys, cuts, async (sources, targets, given) => {
        const objects = (from: readonly string[]): Record<string, string> =>
          Object.fromEntries(from.filter((key) => key.isWellFormed()).map((key) => [key, key]));
        const whole = storeOf(objects(targets));
        await run(storeOf(objects(sources)), whole, { deletes: true });
        const pieces = storeOf(objects(targets));
        const places = given.filter((key) => key.isWellFormed()).toSorted(compareKeys);
        for (const [index, after] of [undefined, ...places].entries()) {
          const range = rangeOf(after, places[index]);
          await run(storeOf(objects(sources)), pieces, { deletes: true, range });
        }
        expect(contents(pieces)).toEqual(contents(whole));
      }),
      { numRuns: 60 },
    );
  });
});
