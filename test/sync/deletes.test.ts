/**
 * Deletions: the last phase, and only when all else went well.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ErrorCode, SyncError } from "../../src/core/errors.ts";
import { gapOf } from "../list/listed.ts";
import { ChangeLog, Faults } from "../support/memory-faults.ts";
import { TempDir } from "../support/temp-dir.ts";
import { contents, run, storeOf } from "./run.ts";

const fatal = new SyncError("server", "it is broken");
const denied = new SyncError("access-denied", "not you", { operation: "DeleteObjects" });

/** Keys in order: `k000000`, `k000001`… */
function many(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`k${String(index).padStart(6, "0")}`, ""]),
  );
}

describe("deletions", () => {
  test("come after everything else", async () => {
    const target = new ChangeLog(storeOf({ a: "", m: "", z: "" }));
    const told = await run(storeOf({ b: "1", n: "2", zz: "3" }), target, { deletes: true });
    expect(target.changes.toSorted()).toEqual(
      ["remove a", "remove m", "remove z", "write b", "write n", "write zz"].toSorted(),
    );
    expect(target.changes.slice(3)).toEqual(["remove a", "remove m", "remove z"]);
    const types = told.events.map(({ type }) => type);
    expect(types.lastIndexOf("verified")).toBeLessThan(types.indexOf("deleted"));
    expect(types.indexOf("listing-complete")).toBeLessThan(types.indexOf("deleted"));
  });

  test("wait for the slowest transfer", async () => {
    const inner = storeOf({ old: "" });
    const gate = Promise.withResolvers<void>();
    const target = new (class extends ChangeLog {
      override async write(...args: Parameters<ChangeLog["write"]>) {
        await gate.promise;
        return super.write(...args);
      }
    })(inner);
    const running = run(storeOf({ new: "x" }), target, {
      deletes: true,
      onEvent: ({ type }) => {
        if (type === "listing-complete") setImmediate(() => gate.resolve());
      },
    });
    await running;
    expect(target.changes).toEqual(["write new", "remove old"]);
  });

  test("of more than memory keeps are all carried out, in batches, by way of the disk", async () => {
    using dir = new TempDir();
    const target = storeOf({ ...many(12_345), keep: "x" });
    const batches: number[] = [];
    const watched = new (class extends ChangeLog {
      override remove(...args: Parameters<ChangeLog["remove"]>) {
        batches.push(args[0].length);
        return super.remove(...args);
      }
    })(target);
    const told = await run(storeOf({ keep: "x" }), watched, {
      deletes: true,
      transfer: { tempDir: dir.path },
    });
    expect(told.summary).toMatchObject({ deleted: 12_345, skipped: 1, errors: 0 });
    expect(contents(target)).toEqual({ keep: "x" });
    expect(batches).toEqual([5000, 5000, 2345]);
    expect(fs.readdirSync(dir.path)).toEqual([]);
  });

  test("that need the disk are refused, all of them, where the disk cannot be used", async () => {
    const target = new ChangeLog(storeOf(many(6000)));
    const told = await run(storeOf({}), target, {
      deletes: true,
      transfer: { tempDir: "/nowhere" },
    });
    expect(told.troubles("error")).toEqual(["- file-system"]);
    expect(target.changes).toEqual([]);
  });
});

describe("nothing is deleted", () => {
  test("without being asked for", async () => {
    const target = new ChangeLog(storeOf({ old: "" }));
    await run(storeOf({ new: "" }), target);
    expect(target.changes).toEqual(["write new"]);
  });

  test.each(["source", "target"])("after the listing of the %s failed", async (side) => {
    using faults = new Faults();
    const target = new ChangeLog(storeOf(many(3000)));
    const source = storeOf({ new: "x" });
    const told = await run(
      side === "source" ? faults.listingBreaks(source, fatal) : source,
      side === "target" ? faults.listingBreaks(target, fatal, 2) : target,
      { deletes: true },
    );
    expect(told.troubles("error")).toEqual(["- server"]);
    expect(target.changes.filter((change) => change.startsWith("remove"))).toEqual([]);
  });

  test("after a transfer failed", async () => {
    using faults = new Faults();
    const inner = storeOf({ old: "" });
    const target = new ChangeLog(inner);
    const failing = faults.writeFails(target, ["b"], fatal);
    const told = await run(storeOf({ a: "1", b: "2" }), failing, { deletes: true });
    expect(told.summary).toMatchObject({ errors: 1, deleted: 0 });
    expect(contents(inner)).toHaveProperty("old");
  });

  test("after a run that was stopped", async () => {
    const controller = new AbortController();
    const target = new ChangeLog(storeOf({ old: "" }));
    const told = await run(storeOf({ a: "1" }), target, {
      deletes: true,
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === "listing-complete") controller.abort();
      },
    });
    expect(told.summary).toMatchObject({ deleted: 0, interrupted: true });
    expect(target.changes).not.toContain("remove old");
  });

  test("when a part of the source's listing is missing, anywhere: that is a warning", async () => {
    using faults = new Faults();
    const source = faults.hasGaps(storeOf({ a: "1" }), gapOf("locked/"));
    const target = new ChangeLog(storeOf({ old: "", "locked/x": "" }));
    const told = await run(source, target, { deletes: true });
    expect(target.changes).toEqual(["write a"]);
    expect(told.troubles("warning")).toEqual(["locked/ access-denied", "- precondition"]);
    expect(told.events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        error: expect.objectContaining({
          message: "1 object is not deleted: a part of a listing is missing",
        }),
      }),
    );
  });

  test("when a part of the target's listing is missing", async () => {
    using faults = new Faults();
    const inner = new ChangeLog(storeOf({ old: "", "locked/x": "" }));
    const target = faults.hasGaps(inner, gapOf("locked/"));
    const told = await run(storeOf({ a: "1" }), target, { deletes: true });
    expect(inner.changes).toEqual(["write a"]);
    expect(told.troubles("warning")).toEqual(["locked/ access-denied", "- precondition"]);
  });

  test("in a dry run, though it is told what would be", async () => {
    const target = new ChangeLog(storeOf({ old: "", older: "" }));
    const told = await run(storeOf({}), target, { deletes: true, dryRun: true });
    expect(target.changes).toEqual([]);
    expect(told.keys("deleted")).toEqual(["old", "older"]);
    expect(told.events).toContainEqual({
      type: "deleted",
      key: "old",
      target: "old",
      dryRun: true,
    } as never);
  });
});

describe("a limit", () => {
  const five = { a: "", b: "", c: "", d: "", e: "" };
  test.each([
    { limit: { kind: "objects", most: 4 }, deleted: 4 },
    { limit: { kind: "objects", most: 3 }, deleted: 0 },
    { limit: { kind: "objects", most: 0 }, deleted: 0 },
    { limit: { kind: "percent", most: 80 }, deleted: 4 },
    { limit: { kind: "percent", most: 79.9 }, deleted: 0 },
  ] as const)(
    "of $limit.most $limit.kind lets $deleted of 4 of 5 be deleted",
    async ({ limit, deleted }) => {
      const told = await run(storeOf({ a: "" }), storeOf(five), {
        deletes: true,
        deleteLimit: limit,
      });
      expect(told.summary).toMatchObject({ deleted, errors: 0, warnings: deleted === 0 ? 1 : 0 });
    },
  );

  test("that is exceeded is told with both numbers, and in a dry run too", async () => {
    for (const dryRun of [true, false]) {
      const target = storeOf(five);
      const told = await run(storeOf({ a: "" }), target, {
        deletes: true,
        dryRun,
        deleteLimit: { kind: "percent", most: 50 },
      });
      expect(told.events).toContainEqual(
        expect.objectContaining({
          type: "warning",
          error: expect.objectContaining({
            message: "4 objects are not deleted: --max-delete allows 50% of 5, which is 2",
          }),
        }),
      );
      expect(Object.keys(contents(target))).toEqual(Object.keys(five));
    }
  });
});

describe("an object that could not be transferred, though it is only a warning,", () => {
  const harmful: readonly ErrorCode[] = ["source-changed", "integrity", "archived", "precondition"];
  test.each(harmful)(
    "keeps everything from being deleted: its only copy may be there: %s",
    async (code) => {
      using faults = new Faults();
      const source = faults.openFails(
        storeOf({ a: "1", b: "2" }),
        ["a"],
        new SyncError(code, "no"),
      );
      const target = storeOf({ old: "" });
      const told = await run(source, target, { deletes: true });
      expect(contents(target)).toEqual({ b: "2", old: "" });
      expect(told.troubles("warning")).toEqual([`a ${code}`, "- precondition"]);
      expect(told.summary).toMatchObject({ errors: 0, deleted: 0 });
    },
  );

  const harmless: readonly ErrorCode[] = ["not-found", "unsafe-key", "path-clash", "special-file"];
  test.each(harmless)(
    "keeps nothing from it if it is gone or can never be there: %s",
    async (code) => {
      using faults = new Faults();
      const source = faults.openFails(
        storeOf({ a: "1", b: "2" }),
        ["a"],
        new SyncError(code, "no"),
      );
      const target = storeOf({ old: "" });
      const told = await run(source, target, { deletes: true });
      expect(contents(target)).toEqual({ b: "2" });
      expect(told.troubles("warning")).toEqual([`a ${code}`]);
    },
  );
});

describe("a gap that is no failure of the listing", () => {
  const harmless: readonly ErrorCode[] = ["file-name", "link-loop"];
  test.each(harmless)("does not keep others from being deleted: %s", async (code) => {
    using faults = new Faults();
    const source = faults.hasGaps(storeOf({ a: "1" }), gapOf("odd/", code));
    const target = storeOf({ old: "", "odd/x": "", odd: "" });
    const told = await run(source, target, { deletes: true });
    expect(told.keys("deleted")).toEqual(["odd", "old"]);
    // What lies in the gap is still unknown.
    expect(contents(target)).toEqual({ a: "1", "odd/x": "" });
  });
});

describe("an object that cannot be deleted", () => {
  test("is a warning if it is about that object, and the others go", async () => {
    using faults = new Faults();
    const inner = storeOf({ a: "", b: "", c: "" });
    const told = await run(storeOf({}), faults.removalFails(inner, ["b"], denied), {
      deletes: true,
    });
    expect(told.keys("deleted")).toEqual(["a", "c"]);
    expect(told.troubles("warning")).toEqual(["b access-denied"]);
    expect(told.summary).toMatchObject({ deleted: 2, warnings: 1, errors: 0 });
  });

  test("ends the phase if it is graver: the next batch stays", async () => {
    using faults = new Faults();
    using dir = new TempDir();
    const inner = storeOf(many(6000));
    const refused = new SyncError("rejected", "no");
    const told = await run(storeOf({}), faults.removalFails(inner, ["k000001"], refused), {
      deletes: true,
      transfer: { tempDir: dir.path },
    });
    expect(told.troubles("error")).toEqual(["k000001 rejected"]);
    expect(told.summary).toMatchObject({ deleted: 4999, errors: 1 });
    expect(inner.keys()).toHaveLength(1001);
  });
});
