/**
 * A run that is told to stop, and one that only pretends.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import { patterned } from "../contract/subject.ts";
import { ChangeLog } from "../support/memory-faults.ts";
import { contents, run, storeOf } from "./run.ts";

const large = patterned(5000);

function many(count: number): Record<string, Uint8Array> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, large]));
}

describe("a run that is told to stop", () => {
  test("before it begins changes nothing", async () => {
    const target = new ChangeLog(storeOf({ old: "" }));
    const told = await run(storeOf({ a: "1" }), target, {
      deletes: true,
      signal: AbortSignal.abort(),
    });
    expect(told.summary).toMatchObject({ interrupted: true, transferredObjects: 0, errors: 0 });
    expect(target.changes).toEqual([]);
  });

  test("in the middle leaves whole objects only, and begins nothing more", async () => {
    const controller = new AbortController();
    const target = storeOf({});
    const told = await run(storeOf(many(50)), target, {
      signal: controller.signal,
      workers: 3,
      onEvent: (event) => {
        if (event.type === "moved" && event.key === "k12") controller.abort();
      },
    });
    expect(told.summary).toMatchObject({ interrupted: true, errors: 0, warnings: 0 });
    for (const key of target.keys()) expect(target.get(key)).toEqual(Buffer.from(large));
    expect<string[]>(target.keys()).toEqual(told.keys("synced").toSorted());
    expect(target.keys().length).toBeLessThan(20);
  });

  const reasons: Readonly<Record<string, unknown>> = {
    "no reason": undefined,
    "one of our own": new SyncError("aborted", "stopped by a signal"),
    "an error of the caller": new Error("the user closed the window"),
    "a deadline": new DOMException("too late", "TimeoutError"),
    "a text": "enough",
  };
  test.each(Object.keys(reasons))(
    "is interrupted, not failed, whatever the reason: %s",
    async (name) => {
      const controller = new AbortController();
      const told = await run(storeOf(many(20)), storeOf({}), {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === "moved") controller.abort(reasons[name]);
        },
      });
      expect(told.troubles("error")).toEqual([]);
      expect(told.summary).toMatchObject({ interrupted: true, errors: 0, warnings: 0 });
    },
  );

  test("while it waits to do an object over, stops at once", async () => {
    const controller = new AbortController();
    const source = storeOf({ a: "1" });
    const target = new (class extends ChangeLog {
      override write(): Promise<never> {
        return Promise.reject(new SyncError("network", "a reset", { retryable: true }));
      }
    })(storeOf({}));
    const told = await run(source, target, {
      signal: controller.signal,
      transfer: { redo: { count: 5, intervalMs: 3_600_000 } },
      onEvent: ({ type }) => {
        if (type === "retry") setImmediate(() => controller.abort());
      },
    });
    expect(told.summary).toMatchObject({ interrupted: true, errors: 0 });
  });
});

describe("a dry run", () => {
  test("changes nothing and tells what would be, with sizes", async () => {
    const inner = storeOf({ old: "", same: "x", stale: "1" });
    const target = new ChangeLog(inner);
    const before = contents(inner);
    const source = storeOf({ new: "123", same: "x", stale: "22", large });
    const told = await run(source, target, { deletes: true, dryRun: true });
    expect(target.changes).toEqual([]);
    expect(contents(inner)).toEqual(before);
    expect(told.keys("synced")).toEqual(["large", "new", "stale"]);
    expect(told.keys("deleted")).toEqual(["old"]);
    expect(told.summary).toMatchObject({
      dryRun: true,
      transferredObjects: 3,
      transferredBytes: 5005,
      deleted: 1,
      skipped: 1,
      etagVerified: 0,
    });
    for (const event of told.events) if ("dryRun" in event) expect(event.dryRun).toBe(true);
  });

  test("opens nothing in the source", async () => {
    const source = new (class extends ChangeLog {
      override open(): Promise<never> {
        throw new Error("it was opened");
      }
    })(storeOf({ a: "1" }));
    const told = await run(source, storeOf({}), { dryRun: true });
    expect(told.summary).toMatchObject({ transferredObjects: 1, errors: 0 });
  });
});
