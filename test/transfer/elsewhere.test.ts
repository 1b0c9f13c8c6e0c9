/**
 * What is remembered of bytes that were found elsewhere in an object.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { signBlocks } from "../../src/transfer/delta/block-table.ts";
import { findElsewhere, Shifted } from "../../src/transfer/delta/elsewhere.ts";
import { randomBytes } from "../support/trees.ts";

const old = randomBytes("elsewhere", 4096);
const signatures = signBlocks(old, 64);
const blocks = { size: 4096, partSize: 4096, blockBytes: 64, signatures };

test("blocks of an object of another size are of no use", () => {
  expect(Shifted.of(blocks, 4096)).toBeDefined();
  expect(Shifted.of(blocks, 4097)).toBeUndefined();
  expect(Shifted.of(undefined, 4096)).toBeUndefined();
});

test("the last distances are looked at first, each once", () => {
  const shifted = Shifted.of(blocks, 4096);
  for (const shift of [1, 2, 3, 4, 1, 5]) shifted?.found(shift);
  expect(shifted?.elsewhere?.shifts).toEqual([5, 1, 4, 3]);
});

test("after copies of other bytes, one after the other, nothing is looked for any more", () => {
  const shifted = Shifted.of(blocks, 4096);
  for (let number = 0; number < 7; number++) shifted?.missed();
  shifted?.found(1);
  for (let number = 0; number < 7; number++) shifted?.missed();
  expect(shifted?.elsewhere).toBeDefined();
  shifted?.missed();
  expect(shifted?.elsewhere).toBeUndefined();
});

test("bytes are found, but not where they are known not to be", () => {
  const elsewhere = Shifted.of(blocks, 4096)?.elsewhere;
  if (elsewhere === undefined) throw new Error("there are blocks");
  const bytes = old.subarray(1000, 2000);
  expect(findElsewhere(elsewhere, bytes, 1001, true)).toBe(1000);
  expect(findElsewhere(elsewhere, bytes, 1000, false)).toBe(1000);
  expect(findElsewhere(elsewhere, bytes, 1000, true)).toBeUndefined();
});
