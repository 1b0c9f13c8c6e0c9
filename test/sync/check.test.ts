/**
 * `check()` on stores in memory: a model of what it has to tell, gaps, callbacks, and what it refuses.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { check, type CheckCounts, type OptionsInput, type Store, sync } from "../../src/index.ts";
import type { SyncHandlers } from "../../src/index.ts";
import { gapOf } from "../list/listed.ts";
import { Faults } from "../support/memory-faults.ts";
import { storeOf } from "./run.ts";

async function run(
  source: Store | string,
  target: Store | string,
  options: OptionsInput = {},
  handlers: SyncHandlers = {},
): Promise<{ told: Record<string, string>; counts: CheckCounts | undefined }> {
  const told: Record<string, string> = {};
  const work = check(
    { source, target, ...options },
    {
      ...handlers,
      onEvent: (event) => {
        if (event.type !== "checked") return;
        expect(told).not.toHaveProperty([event.key]);
        told[event.key] = event.verdict;
      },
    },
  );
  const { check: counts, errors } = await work;
  expect(errors).toBe(0);
  return { told, counts };
}

describe("whatever both sides hold,", () => {
  const anyKey = fc.string({
    unit: fc.constantFrom("a", "b", "/", "é", "\u{1f600}", "\uffff"),
    minLength: 1,
    maxLength: 4,
  });
  const anyObjects = fc.dictionary(anyKey, fc.constantFrom("", "1", "2", "22"), {
    maxKeys: 12,
    noNullPrototype: true,
  });

  /** What agreement means. */
  function model(one: Record<string, string>, other: Record<string, string>) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return Object.fromEntries(
      Array.from(keys, (key) => {
        if (!Object.hasOwn(other, key)) return [key, "only-in-source"];
        if (!Object.hasOwn(one, key)) return [key, "only-in-target"];
        return [key, one[key] === other[key] ? "same" : "differs"];
      }),
    );
  }

  test.each([false, true])(
    "each key gets the one verdict that is true (readData: %p)",
    (readData) =>
      fc.assert(
        fc.asyncProperty(anyObjects, anyObjects, async (one, other) => {
          const { told } = await run(storeOf(one), storeOf(other), { readData });
          expect(told).toEqual(model(one, other));
        }),
        { numRuns: 200 },
      ),
  );

  test("a sample says nothing else, where ETags prove the rest", () =>
    fc.assert(
      fc.asyncProperty(anyObjects, anyObjects, fc.nat({ max: 5 }), async (one, other, seed) => {
        const options = { sample: 2, sampleSeed: seed };
        const { told, counts } = await run(storeOf(one), storeOf(other), options);
        expect(told).toEqual(model(one, other));
        expect(counts?.same.bytes).toBeLessThanOrEqual(2);
      }),
      { numRuns: 100 },
    ));
});

test("what lies in a gap of a side is not proven, nor is the gap", async () => {
  using faults = new Faults();
  const source = faults.hasGaps(storeOf({ a: "1", "d/x": "2" }), gapOf("d/"));
  const { told, counts } = await run(source, storeOf({ a: "1", "d/x": "2", "d/y": "3" }));
  expect(told).toEqual({ a: "same", "d/": "unproven", "d/x": "unproven", "d/y": "unproven" });
  expect(counts).toMatchObject({ unproven: 3, onlyInTarget: 0 });
});

test("a callback decides what takes part, on both sides", async () => {
  const { told } = await run(
    storeOf({ a: "1", b: "1", "x-a": "1" }),
    storeOf({ a: "1", b: "2", "x-b": "1" }),
    {},
    { callbacks: { filter: async ({ key }) => !key.startsWith("x-") } },
  );
  expect(told).toEqual({ a: "same", b: "differs" });
});

test("a check that is stopped says that it was", async () => {
  const signal = AbortSignal.abort();
  const summary = await check({ source: storeOf({ a: "1" }), target: storeOf({}) }, { signal });
  expect(summary).toMatchObject({ interrupted: true, errors: 0 });
});

test("options that mean nothing to a check are left out, and its own are refused elsewhere", async () => {
  const stores = { source: storeOf({ a: "1" }), target: storeOf({}) };
  const { check: counts } = await check({ ...stores, delete: true, dryRun: true, checkEtag: true });
  expect(counts?.onlyInSource).toBe(1);
  for (const option of [{ readData: true }, { sample: 3 }, { sample: "1%", sampleSeed: 1 }]) {
    const refused = sync({ ...stores, ...option }).catch((error: Error) => error.message);
    expect(await refused).toContain("belongs to s3sync check");
  }
});

test.each([
  [{ sample: 0 }, "--sample"],
  [{ sample: "0%" }, "--sample"],
  [{ sample: "101%" }, "--sample"],
  [{ sampleSeed: 1 }, "--sample-seed needs --sample"],
  [{ readData: true, sample: 1 }, "--read-data cannot be combined with --sample"],
] as const)("%j makes no sense", async (options, message) => {
  const refused = check({ source: storeOf({}), target: storeOf({}), ...options });
  expect(await refused.result.catch((error: Error) => error.message)).toContain(message);
});
