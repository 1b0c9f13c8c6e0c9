/**
 * Rules about removing: what was listed, and nothing else.
 *
 * @module
 */
import { expect } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import { rejection } from "../core/rejection.ts";
import { entryOf, keys, listed, never, objects, put, type Rules, text } from "./subject.ts";

export function removals({ rule }: Pick<Rules, "rule">): void {
  rule("what is removed is gone, the rest stays, and each is told in turn", async (store) => {
    for (const key of ["a", "a-b", "d/e", "d/f", "z"]) await put(store, key, key);
    const some = [await listed(store, "d/e"), await listed(store, "a")];
    const told = await store.remove(some, never);
    expect(told).toEqual(some.map((entry) => ({ entry, error: undefined })));
    expect(await keys(store)).toEqual(["a-b", "d/f", "z"]);
  });

  rule("an object that is gone already is removed without an error", async (store) => {
    await put(store, "a", "x");
    const entry = await listed(store, "a");
    await store.remove([entry], never);
    const told = await store.remove([entry, entryOf("never/was")], never);
    expect(told.map(({ error }) => error)).toEqual([undefined, undefined]);
  });

  rule("nothing to remove is fine", async (store) => {
    await put(store, "a", "x");
    expect(await store.remove([], never)).toEqual([]);
    expect(await keys(store)).toEqual(["a"]);
  });

  rule("more than a server takes at once is removed all the same", async (store) => {
    const present = ["k0000", "k0999", "k1000", "k2000"];
    for (const key of present) await put(store, key, "x");
    const known = new Map((await objects(store)).map((entry) => [entry.key, entry]));
    const entries = Array.from({ length: 2001 }, (_, index) => {
      const key = asKey(`k${String(index).padStart(4, "0")}`);
      return known.get(key) ?? entryOf(key);
    });
    const told = await store.remove(entries, never);
    expect(told.map(({ entry }) => entry)).toEqual(entries);
    expect(told.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(await keys(store)).toEqual([]);
  });

  rule("an object that changed since it was listed stays, and that is told", async (store) => {
    await put(store, "a", "old");
    await put(store, "b", "old");
    const entries = await objects(store);
    await put(store, "a", "newer");
    const told = await store.remove(entries, never);
    expect(told.map(({ error }) => error?.code)).toEqual(["precondition", undefined]);
    expect(await text(store, "a")).toBe("newer");
    expect(await keys(store)).toEqual(["a"]);
  });

  rule("an entry of a view is removed by the key that the store itself knows", async (store) => {
    await put(store, "real", "x");
    await put(store, "shown", "x");
    const entry = {
      ...(await listed(store, "real")),
      key: asKey("shown"),
      storeKey: asKey("real"),
    };
    const told = await store.remove([entry], never);
    expect(told.map(({ error }) => error)).toEqual([undefined]);
    expect(await keys(store)).toEqual(["shown"]);
  });

  rule("nothing is removed after the signal fired: `aborted`", async (store) => {
    await put(store, "a", "x");
    const entry = await listed(store, "a");
    const remove = store.remove([entry], AbortSignal.abort());
    expect(await rejection(remove)).toMatchObject({ code: "aborted" });
    expect(await keys(store)).toEqual(["a"]);
  });
}
