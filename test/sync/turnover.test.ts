/**
 * What a limit of deletions counts.
 *
 * @module
 */
import { expect, test } from "bun:test";

import type { Entry } from "../../src/core/entry.ts";
import { asKey } from "../../src/core/key.ts";
import { Turnover } from "../../src/sync/deletions/turnover.ts";

function entry(name: string): Entry {
  const unknown = { etag: undefined, storageClass: undefined, storeKey: undefined };
  return { kind: "object", key: asKey(name), size: 1, mtimeMs: 0, ...unknown };
}

/** A run that finds some names in the source, and others in the target that go. */
function counted(turnover: Turnover, source: readonly string[], target: readonly string[]) {
  for (const name of new Set([...source, ...target])) {
    turnover.list({
      key: asKey(name),
      source: source.includes(name) ? entry(name) : undefined,
      target: target.includes(name) ? entry(name) : undefined,
    });
    if (!source.includes(name)) turnover.goes(entry(name));
  }
  return turnover.counted;
}

const isDigested = (key: string): boolean => key.startsWith("hash-");

test("all that goes counts, of all that the target has", () => {
  expect(counted(new Turnover(), ["a", "new"], ["a", "b", "c"])).toEqual({ gone: 2, objects: 3 });
});

test("what comes and goes does not count where the source has such", () => {
  const turnover = new Turnover(isDigested);
  const target = ["a", "b", "hash-1", "hash-2", "hash-3"];
  expect(counted(turnover, ["a", "hash-4"], target)).toEqual({ gone: 1, objects: 2 });
});

test("where the source has none of it any more, it counts", () => {
  const turnover = new Turnover(isDigested);
  expect(counted(turnover, ["a"], ["a", "hash-1", "hash-2"])).toEqual({ gone: 2, objects: 3 });
});
