/**
 * Stores that change one thing about another: a single key, no writing.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { asKey, everything, only } from "../../../src/core/key.ts";
import { bytesBody } from "../../../src/store/body.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import { openS3 } from "../../../src/store/s3/open.ts";
import type { ServerSideCopy, Store } from "../../../src/store/store.ts";
import { onlyKey } from "../../../src/store/wrap/only-key.ts";
import { readOnly } from "../../../src/store/wrap/read-only.ts";
import { Wrapper } from "../../../src/store/wrap/wrapper.ts";
import { s3Options } from "../../contract/s3-subject.ts";
import {
  entryOf,
  keys,
  listAll,
  listed,
  never,
  put,
  specOf,
  text,
} from "../../contract/subject.ts";
import { rejection } from "../../core/rejection.ts";
import { TestBucket } from "../../support/bucket.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { noDigests, sourceAt, targetAt } from "../local/local.ts";

function storeOf(...names: readonly string[]): MemoryStore {
  const store = new MemoryStore("memory:x");
  for (const name of names) store.set(name, name);
  return store;
}

/** A store that copies on the server, and notes it. */
class Copying extends Wrapper {
  copies = 0;
  override readonly serverSideCopy: ServerSideCopy = {
    accepts: () => true,
    copy: () => this.note({ etag: undefined, versionId: undefined, encryption: undefined }),
    copyPart: () => this.note({ number: 1, etag: undefined }),
  };

  private note<T>(result: T): Promise<T> {
    this.copies += 1;
    return Promise.resolve(result);
  }
}

describe("a wrapper", () => {
  test("is the store itself as long as it changes nothing", async () => {
    const inner = storeOf("a", "b/c");
    const store = new Wrapper(inner);
    expect([store.name, store.capabilities]).toEqual(["memory:x", inner.capabilities]);
    expect(store.locate(asKey("a"))).toBe("a");
    expect(await listAll(store)).toEqual(await listAll(inner));
    await put(store, "d", "new");
    expect(await text(inner, "d")).toBe("new");
    const writer = await store.beginWrite(specOf("e", 0), never);
    await writer.commit([], never);
    await store.remove([await listed(store, "a")], never);
    expect(await keys(inner)).toEqual(["b/c", "d", "e"]);
    await store.close();
  });

  test("offers threads and copies exactly where the store does", () => {
    const plain = new Wrapper(storeOf());
    expect([plain.ticket, plain.attachReader, plain.attachWriter, plain.serverSideCopy]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const local = new Wrapper(sourceAt("/"));
    expect([local.ticket, local.attachReader, local.attachWriter].map((it) => typeof it)).toEqual([
      "function",
      "function",
      "function",
    ]);
    const copying = new Copying(storeOf());
    expect(new Wrapper(copying).serverSideCopy).toBe(copying.serverSideCopy);
  });

  test("lets other threads go on with the store's readers and writers", async () => {
    using dir = new TempDir();
    dir.write("a", "content");
    const store = new Wrapper(targetAt(dir.path));
    const reader = await store.open(await listed(store, "a"), false, never);
    const into = Buffer.alloc(7);
    if (reader.ticket === undefined) throw new Error("no ticket");
    await store.attachReader?.(reader.ticket).read(0, into, never);
    expect(into.toString()).toBe("content");
    await reader.close();
    expect(await store.ticket?.()).toEqual({ kind: "local" });
  });
});

describe("a view of one key", () => {
  test("lists that object only, though others are there", async () => {
    const view = onlyKey(storeOf("a", "ab", "a/b", "b"), asKey("a"));
    expect(await keys(view)).toEqual(["a"]);
    expect(await keys(view, only(asKey("a")))).toEqual(["a"]);
  });

  test("lists nothing in a range without it, or when the object is gone", async () => {
    const view = onlyKey(storeOf("a", "b"), asKey("a"));
    expect(await keys(view, { ...everything, after: asKey("a") })).toEqual([]);
    expect(await keys(view, { ...everything, prefix: asKey("b") })).toEqual([]);
    expect(await keys(onlyKey(storeOf("b"), asKey("a")))).toEqual([]);
  });

  test("of a file lists it without looking at the directory around", async () => {
    using dir = new TempDir();
    dir.write("a", "1");
    dir.write("b/c", "2");
    expect(await keys(onlyKey(sourceAt(dir.path), asKey("a")))).toEqual(["a"]);
  });

  test("can still be the source of a server-side copy", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("from/a", "content");
    const quiet = (): void => undefined;
    const source = await openS3(s3Options(bucket, "from/"), quiet);
    const target = await openS3(s3Options(bucket, "to/"), quiet);
    const view = onlyKey(source, asKey("a"));
    expect(target.serverSideCopy.accepts(source)).toBe(true);
    expect(target.serverSideCopy.accepts(view)).toBe(true);
    const reader = await view.open(await listed(view, "a"), false, never);
    const origin = { storeKey: asKey("a"), info: reader.info };
    await target.serverSideCopy.copy(view, origin, specOf("a", 7), never);
    expect(await text(target, "a")).toBe("content");
    await Promise.all([source.close(), target.close()]);
  });
});

describe("a store that may only be read", () => {
  const refused = { code: "internal", message: "a dry run must not change anything" };
  const bytes = bytesBody(Buffer.from("x"));

  test("is read as before", async () => {
    const store = readOnly(storeOf("a", "b"));
    expect(await keys(store)).toEqual(["a", "b"]);
    expect(await text(store, "a")).toBe("a");
  });

  const writes: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    "a write": (store) => store.write(specOf("a", 1), bytes, noDigests, never),
    "the beginning of one in parts": (store) => store.beginWrite(specOf("a", 1), never),
    "a removal": (store) => store.remove([entryOf("a")], never),
    "a removal of nothing": (store) => store.remove([], never),
  };
  test.each(Object.keys(writes))("refuses %s", async (what) => {
    const inner = storeOf("a");
    expect(await rejection(writes[what]?.(readOnly(inner)) ?? Promise.resolve())).toMatchObject(
      refused,
    );
    expect(await text(inner, "a")).toBe("a");
  });

  test("copies nothing on the server either", async () => {
    const inner = new Copying(storeOf("a"));
    const store = readOnly(inner);
    const info = await inner.head(asKey("a"), never);
    if (info === undefined) throw new Error("no object");
    const origin = { storeKey: asKey("a"), info };
    await store.serverSideCopy?.copy(inner, origin, specOf("b", 1), never).catch(() => undefined);
    expect(inner.copies).toBe(0);
  });
});
