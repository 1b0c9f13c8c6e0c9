/**
 * A run that goes through its keys in several places does what one that goes through them in order does.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Listed } from "../../src/core/entry.ts";
import { asKey, type KeyRange } from "../../src/core/key.ts";
import { LocalStore } from "../../src/store/local/store.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";
import { gapOf } from "../list/listed.ts";
import { Faults } from "../support/memory-faults.ts";
import { TempDir } from "../support/temp-dir.ts";
import { contents, run, storeOf } from "./run.ts";

const pageSize = 500;

/** A store whose pages are long in coming, so that the process waits rather than works. */
class Distant extends Wrapper {
  lists = 0;

  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    this.lists += 1;
    for await (const page of this.inner.list(range, signal)) {
      for (let at = 0; at < page.length; at += pageSize) {
        await new Promise<void>((resolve) => {
          setTimeout(resolve, 60);
        });
        yield page.slice(at, at + pageSize);
      }
    }
  }
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `d/${String(index).padStart(6, "0")}`);
}

function objectsOf(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, "x"]));
}

test("a long listing that is waited for is gone through in several places, and nothing is missed", async () => {
  const count = 12_000;
  const all = names(count);
  const surplus = all.filter((_, index) => index % 1000 === 7).map((key) => `${key}-old`);
  const missing = all.filter((_, index) => index % 1000 === 3);
  const there = all.filter((key) => !missing.includes(key));
  const source = new Distant(storeOf(objectsOf(all)));
  const inner = storeOf(objectsOf([...there, ...surplus]));
  const target = new Distant(inner);
  const told = await run(source, target, { deletes: true, parallelListings: 16 });
  expect(source.lists).toBeGreaterThan(1);
  expect(told.summary).toMatchObject({
    transferredObjects: missing.length,
    deleted: surplus.length,
    skipped: there.length,
    errors: 0,
    warnings: 0,
  });
  expect(inner.keys()).toEqual(all.map(asKey));
});

describe("a range that begins in the middle", () => {
  function after(key: string): KeyRange {
    return { prefix: asKey(""), after: asKey(key), until: undefined };
  }

  test.each([
    { clash: "a", start: "a" },
    { clash: "a", start: "a/b" },
    { clash: "a/b", start: "a/b/c/d" },
  ])("knows that $clash before it is a file", async ({ clash, start }) => {
    using dir = new TempDir();
    const source = storeOf({ [clash]: "file", "a/b/c/e": "below", a0: "beside" });
    const target = new LocalStore(dir.path, {
      side: "target",
      ignoreLinks: false,
      guessContentType: false,
      removeLeftovers: false,
      sync: false,
    });
    const told = await run(source, target, { range: after(start), route: "download" });
    expect(told.troubles("warning")).toEqual(["a/b/c/e path-clash"]);
    expect(dir.files()).toEqual(["a0"]);
  });

  test("leaves alone what a gap before it covers, and does not tell of it again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("a", "a/"), async (gap) => {
        using faults = new Faults();
        const source = faults.hasGaps(storeOf({ "a/z": "new", b: "1" }), gapOf(gap));
        const target = storeOf({ "a/y": "old" });
        const told = await run(source, target, { range: after("a/x"), deletes: true });
        expect(told.troubles("warning").filter((line) => line.startsWith("a"))).toEqual([]);
        expect(contents(target)).toEqual({ "a/y": "old", b: "1" });
      }),
    );
  });
});
