/**
 * The sample of a check.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { asKey, type Key } from "../../src/core/key.ts";
import { Sample } from "../../src/sync/checking/sample.ts";

const items = Array.from({ length: 10_000 }, (_, index) => ({ key: asKey(`key ${index}`) }));

interface Drawn {
  readonly chosen: readonly Key[];
  readonly left: readonly Key[];
  /** The most that were neither chosen nor left at any time. */
  readonly pending: number;
}

function draw(sample: Sample<{ readonly key: Key }>, offered = items): Drawn {
  const [chosen, left]: [Key[], Key[]] = [[], []];
  let [taken, pending] = [0, 0];
  for (const drawn of [...offered.map((item) => () => sample.offer(item)), () => sample.finish()]) {
    const { chosen: some, left: rest } = drawn();
    chosen.push(...some.map(({ key }) => key));
    left.push(...rest.map(({ key }) => key));
    taken += 1;
    pending = Math.max(pending, taken - chosen.length - left.length);
  }
  return { chosen: chosen.toSorted(), left, pending };
}

const percent = { kind: "percent", most: 1 } as const;
const hundred = { kind: "objects", most: 100 } as const;

describe.each([percent, hundred])("of $most $kind", (size) => {
  test("every object is chosen or left, once", () => {
    const { chosen, left } = draw(new Sample(size, 7));
    expect(new Set([...chosen, ...left]).size).toBe(items.length);
    expect(chosen.length + left.length).toBe(items.length);
  });

  test("the same seed draws the same, in whatever order the keys come", () => {
    const { chosen } = draw(new Sample(size, 7));
    expect(draw(new Sample(size, 7), items.toReversed()).chosen).toEqual(chosen);
    expect(draw(new Sample(size, 8)).chosen).not.toEqual(chosen);
  });
});

test("a share is about as large as it says", () => {
  const { chosen, pending } = draw(new Sample(percent, 1));
  expect(chosen.length).toBeWithin(60, 140);
  expect(pending).toBeLessThan(2);
});

test("a number is exact, and holds no more than twice as many at a time", () => {
  const { chosen, pending } = draw(new Sample(hundred, 1));
  expect(chosen).toHaveLength(100);
  expect(pending).toBeLessThan(201);
  expect(draw(new Sample(hundred, 1), items.slice(0, 5)).chosen).toHaveLength(5);
});

test("a share of few objects is one of them, the same in whatever order they come", () => {
  for (let seed = 0; seed < 50; seed++) {
    const few = items.slice(seed, seed + 5);
    const { chosen, left, pending } = draw(new Sample(percent, seed), few);
    expect([chosen.length, left.length]).toEqual([1, 4]);
    expect(pending).toBeLessThan(3);
    expect(draw(new Sample(percent, seed), few.toReversed()).chosen).toEqual(chosen);
  }
  expect(draw(new Sample(percent, 1), []).chosen).toEqual([]);
});

test("a whole is everything", () => {
  expect(draw(new Sample({ kind: "percent", most: 100 }, 1)).left).toEqual([]);
});
