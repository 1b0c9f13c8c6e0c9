/**
 * Objects in whose place something lies that is to be deleted.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import type { MemoryStore } from "../../src/store/memory/store.ts";
import { contents, run, storeOf } from "./run.ts";

/** A server that keeps objects as files. */
function filesOf(objects: Readonly<Record<string, string>>): MemoryStore {
  const store = storeOf(objects);
  const write = store.write.bind(store);
  store.write = (spec, ...rest) => {
    const isHeld = (key: string): boolean =>
      key.startsWith(`${spec.key}/`) || spec.key.startsWith(`${key}/`);
    if (!store.keys().some(isHeld)) return write(spec, ...rest);
    const details = { operation: "PutObject", key: spec.key, reason: "ExistingObjectIsDirectory" };
    return Promise.reject(new SyncError("path-clash", "something is there", details));
  };
  return store;
}

describe("an object in whose place something lies", () => {
  const source = { a: "file", "b/c": "below" };
  const old = { "a/x": "1", "a/y/z": "2", b: "3" };

  test("is sent when that is deleted", async () => {
    const target = filesOf(old);
    const told = await run(storeOf(source), target, { deletes: true, makesRoom: true });
    expect(told.summary).toMatchObject({ transferredObjects: 2, deleted: 3, warnings: 0 });
    expect(contents(target)).toEqual(source);
  });

  test("is not sent where nothing may be deleted, and what lies there stays", async () => {
    const target = filesOf(old);
    const deleteLimit = { kind: "objects", most: 2 } as const;
    const more = { deletes: true, makesRoom: true, deleteLimit };
    const told = await run(storeOf(source), target, more);
    expect(told.troubles("warning").toSorted()).toEqual(
      ["- precondition", "a path-clash", "b/c path-clash"].toSorted(),
    );
    expect(contents(target)).toEqual(old);
  });

  test("is not sent where another object failed, and what lies there stays", async () => {
    const target = filesOf(old);
    const broken = storeOf({ ...source, other: "x" });
    const open = broken.open.bind(broken);
    broken.open = (entry, ...rest) =>
      entry.key === "other"
        ? Promise.reject(new SyncError("source-changed", "it has changed"))
        : open(entry, ...rest);
    await run(broken, target, { deletes: true, makesRoom: true });
    expect(contents(target)).toEqual(old);
  });

  test("is told of by each run that deletes nothing", async () => {
    const target = filesOf(old);
    const told = await run(storeOf(source), target, {});
    expect(told.troubles("warning").toSorted()).toEqual(["a path-clash", "b/c path-clash"]);
    expect(contents(target)).toEqual(old);
  });
});
