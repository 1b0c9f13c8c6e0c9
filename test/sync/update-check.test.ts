/**
 * Closer looks: what the listings do not tell is found out before anything is sent.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Key } from "../../src/core/key.ts";
import type { ObjectInfo } from "../../src/core/object.ts";
import { defaultCheck, type UpdateCheck } from "../../src/diff/update-check.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { patterned } from "../contract/subject.ts";
import { sourceAt, targetAt } from "../store/local/local.ts";
import { ChangeLog } from "../support/memory-faults.ts";
import { TempDir } from "../support/temp-dir.ts";
import { contents, run, storeOf } from "./run.ts";

const byETag: UpdateCheck = { ...defaultCheck, rule: { kind: "etag", ifNewer: false } };
const asking: UpdateCheck = { ...defaultCheck, headEachTarget: true };

/** A bucket whose objects were all encrypted with KMS, or that does not tell the sizes of parts. */
class Encrypted extends MemoryStore {
  override async head(key: Key): Promise<ObjectInfo | undefined> {
    const info = await super.head(key);
    return info === undefined ? undefined : { ...info, encryption: "aws:kms" };
  }
}

describe("by ETag, files against a bucket:", () => {
  test("what has the same bytes is kept, however new it is; the rest is sent", async () => {
    using dir = new TempDir();
    dir.write("same", "12345");
    dir.write("other", "12345");
    dir.write("missing", "1");
    const target = storeOf({ same: "12345", other: "54321" }, 1000);
    const told = await run(sourceAt(dir.path), target, { check: byETag });
    expect(told.keys("skipped")).toEqual(["same"]);
    expect(told.keys("synced").toSorted()).toEqual(["missing", "other"]);
    expect(contents(target)).toEqual({ same: "12345", other: "12345", missing: "1" });
    expect(told.summary).toMatchObject({ warnings: 0, errors: 0 });
  });

  test("a bucket against files works the same way", async () => {
    using dir = new TempDir();
    dir.write("same", "12345");
    dir.write("other", "12345");
    const told = await run(storeOf({ same: "12345", other: "54321" }), targetAt(dir.path), {
      check: byETag,
    });
    expect(told.keys("skipped")).toEqual(["same"]);
    expect(dir.read("other").toString()).toBe("54321");
  });

  test("an object that was uploaded in parts is compared by the same parts", async () => {
    using dir = new TempDir();
    dir.write("big", patterned(5000));
    const target = storeOf({});
    const chunks = { thresholdBytes: 1000, chunkBytes: 700 };
    await run(sourceAt(dir.path), target, { transfer: chunks });
    const again = await run(sourceAt(dir.path), target, { check: byETag, transfer: chunks });
    expect(again.keys("skipped")).toEqual(["big"]);
  });

  test("what cannot be compared is sent, with a warning that says why", async () => {
    using dir = new TempDir();
    dir.write("secret", "12345");
    const target = new Encrypted();
    target.set("secret", "54321");
    const told = await run(sourceAt(dir.path), target, { check: byETag });
    expect(told.keys("synced")).toEqual(["secret"]);
    expect(told.troubles("warning")).toEqual(["secret incomparable"]);
    expect(told.summary.warnings).toBe(1);
  });

  test("where warnings are errors, it is not sent", async () => {
    using dir = new TempDir();
    dir.write("secret", "12345");
    const target = new Encrypted();
    target.set("secret", "54321");
    const told = await run(sourceAt(dir.path), target, { check: byETag, warningsAreErrors: true });
    expect(told.troubles("error")).toEqual(["secret incomparable"]);
    expect(contents(target)).toEqual({ secret: "54321" });
  });

  test("a dry run compares too, and sends nothing", async () => {
    using dir = new TempDir();
    dir.write("same", "12345");
    dir.write("other", "12345");
    const target = storeOf({ same: "12345", other: "54321" });
    const told = await run(sourceAt(dir.path), target, { check: byETag, dryRun: true });
    expect(told.keys("synced")).toEqual(["other"]);
    expect(told.keys("skipped")).toEqual(["same"]);
    expect(contents(target)).toEqual({ same: "12345", other: "54321" });
  });
});

describe("asking the target for each object", () => {
  /** A bucket whose listing shows nothing yet of what it holds. */
  class OldListing extends MemoryStore {
    // oxlint-disable-next-line require-yield
    override async *list(): AsyncGenerator<never> {}
  }

  test("finds what its listing does not show", async () => {
    const target = new OldListing();
    target.set("a", "1");
    target.set("b", "22");
    const log = new ChangeLog(target);
    const told = await run(storeOf({ a: "1", b: "1", c: "1" }, 1000), log, { check: asking });
    expect(told.keys("skipped")).toEqual(["a"]);
    expect(log.changes.toSorted()).toEqual(["write b", "write c"]);
  });

  test("asks only for those that would be sent", async () => {
    const asked: string[] = [];
    class Asked extends MemoryStore {
      override async head(key: Key): Promise<ObjectInfo | undefined> {
        asked.push(key);
        return super.head(key);
      }
    }
    const target = new Asked();
    target.set("same", "1");
    await run(storeOf({ same: "1", new: "1" }, 1000), target, { check: asking });
    expect(asked).toEqual(["new"]);
  });

  test("tells of the transfers that are needed only, so that progress is true", async () => {
    const target = new OldListing();
    target.set("a", "1");
    const told = await run(storeOf({ a: "1", b: "1" }, 1000), target, { check: asking });
    const queued = told.events.flatMap((event) => (event.type === "queued" ? [event.key] : []));
    expect(queued.map(String)).toEqual(["b"]);
  });
});
