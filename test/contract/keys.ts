/**
 * Rules about keys that are odd in some way.
 *
 * @module
 */
import { expect } from "bun:test";

import { asKey, compareKeys, only } from "../../src/core/key.ts";
import { rejection } from "../core/rejection.ts";
import { longKey, oddKeys } from "./odd-keys.ts";
import {
  get,
  keys,
  listAll,
  listed,
  never,
  put,
  type Rules,
  text,
  threeParts,
  writePart,
} from "./subject.ts";

export function keysOfAllKinds({ rule }: Pick<Rules, "rule">): void {
  for (const [what, key] of Object.entries(oddKeys)) {
    rule(`a key with ${what} is written, listed, read and removed`, async (store) => {
      await put(store, key, key);
      await put(store, `${key}!`, "a neighbour");
      expect(await keys(store, only(asKey(key)))).toEqual([key]);
      expect(await keys(store)).toContain(key);
      expect(await store.head(asKey(key), never)).toMatchObject({ size: Buffer.byteLength(key) });
      expect(await text(store, key)).toBe(key);
      const told = await store.remove([await listed(store, key)], never);
      expect(told.map(({ error }) => error)).toEqual([undefined]);
      expect(await store.head(asKey(key), never)).toBeUndefined();
      expect(await keys(store)).toEqual([`${key}!`]);
    });
  }

  rule("the longest key is written, listed, read and removed", async (store, subject) => {
    const key = longKey(subject.longestKey);
    await put(store, key, "x");
    expect(await keys(store)).toEqual([key]);
    expect(await text(store, key)).toBe("x");
    const told = await store.remove([await listed(store, key)], never);
    expect(told.map(({ error }) => error)).toEqual([undefined]);
    expect(await keys(store)).toEqual([]);
  });

  rule("all odd keys together are listed in order, each once", async (store) => {
    const all = Object.values(oddKeys);
    for (const key of all) await put(store, key, "x");
    expect(await keys(store)).toEqual(all.toSorted(compareKeys));
  });

  rule("an odd key can be written in parts", async (store) => {
    const key = "a b+c%2F&<\n\u{1f600}\ufffd/d";
    const parts = threeParts(store);
    const size = parts.reduce((sum, [part]) => sum + part.length, 0);
    const spec = { key: asKey(key), size, mtimeMs: 0, attributes: { metadata: {} } };
    const writer = await store.beginWrite(spec, never);
    const receipts = await Promise.all(
      parts.map(([part, bytes]) => writePart(store, writer, part, bytes)),
    );
    await writer.commit(receipts, never);
    expect(await get(store, key)).toHaveLength(size);
    expect(await keys(store)).toEqual([key]);
  });

  rule("a marker `d/` lives beside what lies below it", async (store) => {
    await put(store, "d/", "");
    await put(store, "d/e", "x");
    const found = (await listAll(store)).map(({ key }) => key);
    expect<string[]>(found).toEqual(["d/", "d/e"]);
  });

  rule(
    "a key is both object and prefix, unless keys are paths: then it is a clash",
    async (store) => {
      await put(store, "a", "file");
      const below = put(store, "a/b", "below");
      if (store.capabilities.hierarchical) {
        expect(await rejection(below)).toMatchObject({ code: "path-clash" });
        expect(await keys(store)).toEqual(["a"]);
      } else {
        await below;
        expect(await keys(store)).toEqual(["a", "a/b"]);
        expect(await text(store, "a/b")).toBe("below");
      }
      expect(await text(store, "a")).toBe("file");
    },
  );
}
