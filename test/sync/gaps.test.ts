/**
 * Unknown is not absent: whatever lies in a gap of a listing is left alone on both sides.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey, compareKeys } from "../../src/core/key.ts";
import { gapOf } from "../list/listed.ts";
import { ChangeLog, Faults } from "../support/memory-faults.ts";
import { contents, run, storeOf } from "./run.ts";

describe("a gap in the source", () => {
  test("is told once, and what else there is is transferred", async () => {
    using faults = new Faults();
    const source = faults.hasGaps(storeOf({ a: "1", "d/x": "2", e: "3" }), gapOf("d/"));
    const target = storeOf({ "d/x": "old", "d/y": "old" });
    const told = await run(source, target);
    expect(told.troubles("warning")).toEqual(["d/ access-denied"]);
    expect(contents(target)).toEqual({ a: "1", "d/x": "old", "d/y": "old", e: "3" });
  });

  test("of a single key leaves its neighbours to be transferred", async () => {
    using faults = new Faults();
    const source = faults.hasGaps(storeOf({ "d/x": "1", "d/y": "2" }), gapOf("d/x"));
    const target = storeOf({ "d/x": "old" });
    await run(source, target);
    expect(contents(target)).toEqual({ "d/x": "old", "d/y": "2" });
  });
});

describe("a gap in the target", () => {
  test("keeps what lies in it from being overwritten, and says so of each", async () => {
    using faults = new Faults();
    const inner = storeOf({ "d/x": "old" });
    const target = faults.hasGaps(inner, gapOf("d/"));
    const told = await run(storeOf({ a: "1", "d/x": "new", "d/z": "new" }), target);
    expect(contents(inner)).toEqual({ a: "1", "d/x": "old" });
    expect(told.troubles("warning")).toEqual(["d/ access-denied"]);
    expect(told.events).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          type: "skipped",
          key: asKey("d/z"),
          reason: "unknown in the target",
        }),
      ]),
    );
  });
});

describe("wherever gaps are,", () => {
  const anyKey = fc.string({ unit: fc.constantFrom("a", "b", "/"), minLength: 1, maxLength: 4 });
  const anyObjects = fc.dictionary(anyKey, fc.constantFrom("", "1", "22"), {
    maxKeys: 12,
    noNullPrototype: true,
  });
  const anyGaps = fc.uniqueArray(anyKey, { minLength: 1, maxLength: 3 });

  function lies(key: string, gaps: readonly string[]): boolean {
    return gaps.some((gap) => gap === key || key.startsWith(gap.endsWith("/") ? gap : `${gap}/`));
  }

  /** Gaps as a store tells them: in order, none within another. */
  function gapsOf(keys: readonly string[]): string[] {
    return keys
      .filter(
        (key) =>
          !lies(
            key,
            keys.filter((other) => other !== key),
          ),
      )
      .toSorted(compareKeys);
  }

  test("nothing within one is changed", async () => {
    await fc.assert(
      fc.asyncProperty(anyObjects, anyObjects, anyGaps, anyGaps, async (from, to, left, right) => {
        using faults = new Faults();
        const [inSource, inTarget] = [gapsOf(left), gapsOf(right)];
        const inner = new ChangeLog(storeOf(to));
        const source = faults.hasGaps(storeOf(from, 9e6), ...inSource.map((key) => gapOf(key)));
        const target = faults.hasGaps(inner, ...inTarget.map((key) => gapOf(key)));
        await run(source, target, { deletes: true });
        const changed = inner.changes.map((change) => change.replace(/^\w+ /, ""));
        expect(changed.filter((key) => lies(key, [...inSource, ...inTarget]))).toEqual([]);
        expect(inner.changes.filter((change) => change.startsWith("remove"))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("those that are harmless leave every deletion outside of them to be done", async () => {
    await fc.assert(
      fc.asyncProperty(anyObjects, anyObjects, anyGaps, async (from, to, given) => {
        using faults = new Faults();
        const gaps = gapsOf(given);
        const target = storeOf(to);
        const source = faults.hasGaps(storeOf(from), ...gaps.map((key) => gapOf(key, "file-name")));
        await run(source, target, { deletes: true });
        const kept = Object.keys(to).filter((key) => lies(key, gaps) || key in from);
        const added = Object.keys(from).filter((key) => !lies(key, gaps));
        expect<string[]>(target.keys()).toEqual(
          [...new Set([...kept, ...added])].toSorted(compareKeys),
        );
      }),
      { numRuns: 200 },
    );
  });
});
