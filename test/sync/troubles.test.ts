/**
 * Transfers that go wrong: what is done over, what is a warning, what ends the run.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Entry } from "../../src/core/entry.ts";
import { SyncError } from "../../src/core/errors.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import type { Reader } from "../../src/store/store.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";
import { patterned } from "../contract/subject.ts";
import { gapOf } from "../list/listed.ts";
import { ChangeLog, Faults } from "../support/memory-faults.ts";
import { contents, run, storeOf } from "./run.ts";

const fatal = new SyncError("server", "it is broken");
const flaky = new SyncError("network", "a reset", { retryable: true });
const unfit = new SyncError("unsafe-key", "no such name here");
const large = patterned(5000);

describe("a source that changes while it is read", () => {
  test.each([
    ["at once", "content"],
    ["in parts", large],
  ])("is done over, and then it is fine: %s", async (_, content) => {
    using faults = new Faults();
    const source = faults.sourceChanges(storeOf({ a: content }), ["a"], 1);
    const target = storeOf({});
    const told = await run(source, target);
    expect(told.troubles("retry")).toEqual(["a source-changed"]);
    expect(told.keys("verified")).toEqual(["a"]);
    expect(target.get("a")).toEqual(Buffer.from(content));
    expect(told.summary).toMatchObject({ transferredObjects: 1, warnings: 0, errors: 0 });
  });

  test.each([
    ["at once", "content"],
    ["in parts", large],
  ])(
    "again and again is a warning: neither written, nor synced, nor verified: %s",
    async (_, content) => {
      using faults = new Faults();
      const source = faults.sourceChanges(storeOf({ a: content, b: "fine" }), ["a"]);
      const target = storeOf({ a: "old" });
      const told = await run(source, target);
      expect(told.troubles("retry")).toEqual(["a source-changed", "a source-changed"]);
      expect(told.troubles("warning")).toEqual(["a source-changed"]);
      expect([told.keys("synced"), told.keys("verified")]).toEqual([["b"], ["b"]]);
      expect(contents(target)).toEqual({ a: "old", b: "fine" });
      expect(told.summary).toMatchObject({ warnings: 1, errors: 0 });
    },
  );

  test("is done over as it is then: another size goes another way", async () => {
    const source = storeOf({ a: "small" });
    const target = storeOf({});
    const told = await run(source, target, {
      onEvent: ({ type }) => {
        if (type === "queued") source.set("a", large);
      },
    });
    expect(target.get("a")).toEqual(Buffer.from(large));
    expect(told.keys("verified")).toEqual(["a"]);
    expect(told.summary).toMatchObject({ transferredBytes: 5000, warnings: 0 });
  });

  test("is listed anew, for a store that refuses an entry that is out of date", async () => {
    const inner = storeOf({ a: "small" });
    const source = new (class extends Wrapper {
      override async open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
        const info = await this.inner.head(entry.key, signal);
        if (info?.size === entry.size) return this.inner.open(entry, whole, signal);
        throw new SyncError("source-changed", "it grew since it was listed");
      }
    })(inner);
    const target = storeOf({});
    const told = await run(source, target, {
      onEvent: ({ type }) => {
        if (type === "queued") inner.set("a", "larger");
      },
    });
    expect(told.troubles("retry")).toEqual(["a source-changed"]);
    expect(contents(target)).toEqual({ a: "larger" });
  });

  test("or is gone, is a warning", async () => {
    using faults = new Faults();
    const gone = new SyncError("not-found", "gone");
    const source = faults.openFails(storeOf({ a: "1", b: "2" }), ["a"], gone);
    const target = storeOf({});
    const told = await run(source, target);
    expect(told.troubles("warning")).toEqual(["a not-found"]);
    expect(contents(target)).toEqual({ b: "2" });
  });
});

describe("bytes that are not those of the source's ETag", () => {
  test.each([
    ["at once", "content"],
    ["in parts", large],
  ])("once are asked for again, and nothing wrong is ever visible: %s", async (_, content) => {
    using faults = new Faults();
    const inner = storeOf({ a: content });
    const source = faults.bytesFlip(inner, ["a"], 1);
    const target = storeOf({});
    const told = await run(source, target);
    expect(told.troubles("retry")).toEqual(["a integrity"]);
    expect(told.keys("verified")).toEqual(["a"]);
    expect(target.get("a")).toEqual(Buffer.from(content));
  });

  test.each([
    ["at once", "content"],
    ["in parts", large],
  ])(
    "the same twice are the object's own: a warning, and nothing is written: %s",
    async (_, content) => {
      using faults = new Faults();
      const source = faults.bytesFlip(storeOf({ a: content }), ["a"]);
      const target = storeOf({ a: "old" });
      const told = await run(source, target);
      expect(told.troubles("retry")).toEqual(["a integrity"]);
      expect(told.troubles("warning")).toEqual(["a integrity"]);
      expect([told.keys("synced"), told.keys("verified")]).toEqual([[], []]);
      expect(contents(target)).toEqual({ a: "old" });
    },
  );

  test("that are different each time are asked for as often as an object is done over", async () => {
    using faults = new Faults();
    const source = faults.bytesFlip(storeOf({ a: "content" }), ["a"], 9, true);
    const told = await run(source, storeOf({}), {
      transfer: { redo: { count: 3, intervalMs: 0 } },
    });
    expect(told.troubles("retry")).toHaveLength(3);
    expect(told.troubles("warning")).toEqual(["a integrity"]);
  });

  test("are no matter if nobody wants to compare", async () => {
    using faults = new Faults();
    const source = faults.bytesFlip(storeOf({ a: "content" }), ["a"]);
    const told = await run(source, storeOf({}), { transfer: { verifyETags: false } });
    expect(told.summary).toMatchObject({ transferredObjects: 1, etagVerified: 0, warnings: 0 });
  });
});

describe("a target that tells another ETag than that of what it was given", () => {
  const wrong = parseETag("0".repeat(32));

  test.each([
    ["at once", "content", wrong],
    ["in parts", large, parseETag(`${wrong}-13`)],
  ])("is a warning: synced, but not verified: %s", async (_, content, etag) => {
    using faults = new Faults();
    const target = faults.writtenETagIsWrong(storeOf({}), etag);
    const told = await run(storeOf({ a: content }), target);
    expect(told.troubles("warning")).toEqual(["a integrity"]);
    expect([told.keys("synced"), told.keys("verified")]).toEqual([["a"], []]);
    expect(told.summary).toMatchObject({ transferredObjects: 1, etagVerified: 0, warnings: 1 });
  });

  test("keeps everything from being deleted", async () => {
    using faults = new Faults();
    const inner = storeOf({ old: "" });
    const told = await run(storeOf({ a: "content" }), faults.writtenETagIsWrong(inner, wrong), {
      deletes: true,
    });
    expect(told.troubles("warning")).toEqual(["a integrity", "- precondition"]);
    expect(inner.keys()).toContain(asKey("old"));
  });

  test("in a form that says nothing about bytes is told as unverified", async () => {
    using faults = new Faults();
    const target = faults.writtenETagIsWrong(storeOf({}), parseETag("something else"));
    const told = await run(storeOf({ a: "content" }), target);
    expect([told.keys("unverified"), told.keys("verified")]).toEqual([["a"], []]);
    expect(told.summary).toMatchObject({ notVerified: 1, warnings: 0 });
  });
});

describe("a request that failed for good but may work another time", () => {
  test("lets the whole object be done over", async () => {
    using faults = new Faults();
    const target = storeOf({});
    const told = await run(storeOf({ a: "1" }), faults.writeFails(target, ["a"], flaky, 2));
    expect(told.troubles("retry")).toEqual(["a network", "a network"]);
    expect(contents(target)).toEqual({ a: "1" });
    expect(told.summary).toMatchObject({ transferredObjects: 1, warnings: 0, errors: 0 });
  });

  test("in one part lets all parts be done over, and leaves nothing half", async () => {
    using faults = new Faults();
    const source = faults.partReadFails(storeOf({ a: large }), 2000, flaky, 1);
    const target = storeOf({});
    const told = await run(source, target);
    expect(told.troubles("retry")).toEqual(["a network"]);
    expect(target.get("a")).toEqual(Buffer.from(large));
    expect(told.keys("verified")).toEqual(["a"]);
  });

  test("is tried so often and no more, and then ends the run", async () => {
    using faults = new Faults();
    const target = faults.writeFails(storeOf({}), ["a"], flaky);
    const told = await run(storeOf({ a: "1" }), target);
    expect(told.troubles("retry")).toHaveLength(2);
    expect(told.troubles("error")).toEqual(["a network"]);
  });

  test.each([0, 1, 5, 12])("in part %d, never mended, leaves the old object", async (number) => {
    using faults = new Faults();
    const source = faults.partReadFails(storeOf({ a: large }), number * 400, fatal);
    const target = storeOf({ a: "old" });
    const told = await run(source, target);
    expect(told.troubles("error")).toEqual(["a server"]);
    expect(contents(target)).toEqual({ a: "old" });
  });
});

describe("trouble with one object", () => {
  test("is a warning, and the others go on", async () => {
    using faults = new Faults();
    const inner = storeOf({});
    const target = faults.writeFails(inner, ["b"], unfit);
    const told = await run(storeOf({ a: "1", b: "2", c: "3" }), target);
    expect(told.troubles("warning")).toEqual(["b unsafe-key"]);
    expect(contents(inner)).toEqual({ a: "1", c: "3" });
    expect(told.summary).toMatchObject({ transferredObjects: 2, warnings: 1, errors: 0 });
  });

  test("is an error and ends the run where warnings are errors", async () => {
    using faults = new Faults();
    const target = faults.writeFails(storeOf({}), ["a"], unfit);
    const source = storeOf(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`a${i}`, ""])));
    source.set("a", "");
    const told = await run(source, target, { warningsAreErrors: true, workers: 1 });
    expect(told.troubles("error")).toEqual(["a unsafe-key"]);
    expect(told.summary.transferredObjects).toBeLessThan(50);
  });

  test("stays a warning where it is about a digest, even then", async () => {
    using faults = new Faults();
    const source = faults.bytesFlip(storeOf({ a: "content", b: "2" }), ["a"]);
    const told = await run(source, storeOf({}), { warningsAreErrors: true });
    expect(told.summary).toMatchObject({ warnings: 1, errors: 0, transferredObjects: 1 });
  });

  test("in a listing is an error where warnings are errors", async () => {
    using faults = new Faults();
    const source = faults.hasGaps(storeOf({ b: "1" }), gapOf("a/"));
    const told = await run(source, storeOf({}), { warningsAreErrors: true });
    expect(told.troubles("error")).toEqual(["a/ access-denied"]);
  });
});

describe("an error", () => {
  test("ends the run: what was not begun is not begun any more", async () => {
    using faults = new Faults();
    const keys = Array.from({ length: 100 }, (_, index) => `k${String(index).padStart(3, "0")}`);
    const target = new ChangeLog(storeOf({}));
    const failing = faults.writeFails(target, ["k005"], fatal);
    const source = storeOf(Object.fromEntries(keys.map((key) => [key, "x"])));
    const told = await run(source, failing, { workers: 2 });
    expect(told.troubles("error")).toEqual(["k005 server"]);
    expect(told.keys("started").length).toBeLessThan(10);
    expect(told.summary).toMatchObject({ errors: 1, interrupted: false });
    expect(told.summary.transferredObjects).toBe(target.changes.length);
  });

  test("is told once: those that are stopped by it say nothing", async () => {
    using faults = new Faults();
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    const source = storeOf(Object.fromEntries(keys.map((key) => [key, large])));
    const target = faults.writeFails(storeOf({}), ["k3"], fatal);
    const told = await run(source, target, { workers: 8 });
    expect(told.troubles("error")).toEqual(["k3 server"]);
    expect(told.troubles("warning")).toEqual([]);
  });

  test("that nobody foresaw is told as a bug, and ends the run all the same", async () => {
    using faults = new Faults();
    const target = faults.writeFails(storeOf({}), ["a"], new TypeError("undefined is no function"));
    const told = await run(storeOf({ a: "1" }), target);
    expect(told.troubles("error")).toEqual(["a internal"]);
  });
});

describe("a run that goes on after errors", () => {
  test("transfers all the others, and counts each error", async () => {
    using faults = new Faults();
    const target = storeOf({});
    const failing = faults.writeFails(target, ["a", "c"], fatal);
    const source = storeOf({ a: "1", b: "2", c: "3", d: "4" });
    const told = await run(source, failing, { continuesOnError: true, workers: 1 });
    expect(contents(target)).toEqual({ b: "2", d: "4" });
    expect(told.troubles("error")).toEqual(["a server", "c server"]);
    expect(told.summary).toMatchObject({ transferredObjects: 2, errors: 2 });
  });

  test("deletes nothing then", async () => {
    using faults = new Faults();
    const inner = storeOf({ old: "" });
    const failing = faults.writeFails(inner, ["a"], fatal);
    const told = await run(storeOf({ a: "1", b: "2" }), failing, {
      continuesOnError: true,
      deletes: true,
    });
    expect(contents(inner)).toEqual({ b: "2", old: "" });
    expect(told.summary).toMatchObject({ errors: 1, deleted: 0 });
  });

  test("still ends when a listing fails: nobody knows what is missing", async () => {
    using faults = new Faults();
    const source = faults.listingBreaks(storeOf({ a: "1" }), fatal);
    const told = await run(source, storeOf({}), { continuesOnError: true });
    expect(told.troubles("error")).toEqual(["- server"]);
  });
});
