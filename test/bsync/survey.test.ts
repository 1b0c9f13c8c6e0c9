/**
 * A look at both sides and their past: what is not known is not absent.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { survey } from "../../src/bsync/survey.ts";
import { asKey } from "../../src/core/key.ts";
import { gapOf, objectOf, Pages, specialOf } from "../list/listed.ts";

const keys = ["a", "d/x", "e"];
const past = keys.map((key) => ({ key: asKey(key), size: 0, etag: "", modifiedAt: 0 }));

test.each([
  ["a directory", gapOf("d/"), ["a", "e"]],
  ["a link", specialOf("d"), ["a", "e"]],
  ["the whole listing", gapOf(""), []],
] as const)("of %s that cannot be looked into nothing is told", async (_what, hidden, told) => {
  const found: string[] = [];
  const sides = {
    local: new Pages([[hidden]]),
    remote: new Pages([keys.map((it) => objectOf(it))]),
  };
  for await (const findings of survey({ ...sides, past }, () => undefined)) {
    found.push(...findings.map(({ key }) => key));
  }
  expect(found).toEqual([...told]);
});
