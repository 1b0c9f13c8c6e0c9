/**
 * What has moved.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { findMoves } from "../../src/bsync/moves.ts";

const thing = (key: string, identity: string, size = 1) => ({ key, identity, size });
const found = (...args: Parameters<typeof findMoves>): string[] =>
  findMoves(...args).map(({ from, to }) => `${from.key} -> ${to.key}`);

test("what is gone and has appeared with the same identity has moved", () => {
  expect(found([thing("a", "1"), thing("b", "2")], [thing("c", "2")])).toEqual(["b -> c"]);
});

test("another size is another thing", () => {
  expect(found([thing("a", "1", 1)], [thing("b", "1", 2)])).toEqual([]);
});

test("of several that are alike, the one with the same base name has moved", () => {
  const gone = [thing("old/x", "1"), thing("old/y", "1")];
  expect(found(gone, [thing("new/y", "1"), thing("new/x", "1")])).toEqual([
    ...["old/y -> new/y", "old/x -> new/x"],
  ]);
});

test("each is taken once", () => {
  expect(found([thing("a", "1")], [thing("b", "1"), thing("c", "1")])).toEqual(["a -> b"]);
});

test("empty ones do not move", () => {
  expect(found([thing("a", "1", 0)], [thing("b", "1", 0)])).toEqual([]);
});
