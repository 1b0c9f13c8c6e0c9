/**
 * Rules about listings: the order, the range, the pages.
 *
 * @module
 */
import { expect } from "bun:test";

import {
  asKey,
  compareKeys,
  everything,
  inRange,
  type KeyRange,
  only,
} from "../../src/core/key.ts";
import type { Store } from "../../src/store/store.ts";
import { rejection } from "../core/rejection.ts";
import { keys, listAll, listed, never, put, type Rules } from "./subject.ts";

/** Keys around everything that decides about order: `/`, prefixes of each other, the surrogates. */
const telling = [
  "a",
  "a-",
  "a.txt",
  "a0",
  "aa/b",
  "aa/b-",
  "aa/c/d",
  "b/\ud7ff",
  "b/\ue000",
  "b/\ufffd",
  "b/\u{10000}",
  "b/\u{10ffff}",
  "c",
];

async function plant(store: Store, names: readonly string[]): Promise<string[]> {
  // Not in order, so that no store is in order by chance.
  const shuffled = names.toSorted((a, b) => Bun.hash.crc32(a) - Bun.hash.crc32(b));
  for (const name of shuffled) await put(store, name, name);
  return names.toSorted(compareKeys);
}

function range(prefix: string, after?: string, until?: string): KeyRange {
  return {
    prefix: asKey(prefix),
    after: after === undefined ? undefined : asKey(after),
    until: until === undefined ? undefined : asKey(until),
  };
}

export function listings({ rule }: Pick<Rules, "rule">): void {
  rule("an empty store lists nothing", async (store) => {
    expect(await listAll(store)).toEqual([]);
  });

  rule("a listing comes in the order of the keys' UTF-8 bytes", async (store) => {
    const wanted = await plant(store, telling);
    expect(store.capabilities.ordered).toBe(true);
    const found = await listAll(store);
    const all = found.map(({ key }) => key);
    expect(all).toEqual(all.toSorted(compareKeys));
    expect(await keys(store)).toEqual(wanted);
  });

  rule(
    "a listing of several pages is complete, in order, and repeats no key",
    async (store, subject) => {
      const count = 2 * subject.pageSize + 1;
      const names = Array.from(
        { length: count },
        (_, index) => `p/${String(index).padStart(6, "0")}`,
      );
      for (let at = 0; at < count; at += 50) {
        await Promise.all(names.slice(at, at + 50).map((name) => put(store, name, "")));
      }
      const pages = await Array.fromAsync(store.list(everything, never));
      const found = pages.flat().flatMap((item) => (item.kind === "object" ? [item.key] : []));
      expect(found.length).toBe(count);
      expect<string[]>(found).toEqual(names);
      expect(pages.length).toBeGreaterThanOrEqual(3);
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(subject.pageSize + 1);
    },
  );

  rule("a listing repeats no key while objects come and go", async (store, subject) => {
    const names = Array.from(
      { length: 2 * subject.pageSize + 1 },
      (_, index) => `p/${String(index).padStart(6, "0")}`,
    );
    for (let at = 0; at < names.length; at += 50) {
      await Promise.all(names.slice(at, at + 50).map((name) => put(store, name, "")));
    }
    const found: string[] = [];
    for await (const page of store.list(everything, never)) {
      found.push(...page.flatMap((item) => (item.kind === "object" ? [item.key] : [])));
      const last = found.at(-1) ?? "";
      await put(store, `${last}-new`, "");
      await put(store, "p/", "").catch(() => undefined);
      await store.remove([await listed(store, last)], never);
    }
    expect(found).toEqual([...new Set(found)].toSorted(compareKeys));
    const kept = names.filter((name) => !found.includes(name));
    expect(kept).toEqual([]);
  });

  rule("the first key of a range is the first that its listing shows", async (store) => {
    const all = (await plant(store, telling)).map(asKey);
    if (store.firstKey === undefined) return;
    for (const each of ranges) {
      const wanted = all.find((key) => inRange(key, each));
      expect({ range: each, key: await store.firstKey(each, never) }).toEqual({
        range: each,
        key: wanted,
      });
    }
  });

  const ranges: readonly KeyRange[] = [
    range("a"),
    range("a-"),
    range("aa/"),
    range("aa/b"),
    range("aa"),
    range("b/"),
    range("nothing"),
    range("", "a"),
    range("", "aa/b"),
    range("", "a-zzz"),
    range("", "b/\ufffd"),
    range("", "c"),
    range("", undefined, "a"),
    range("", undefined, "aa/b"),
    range("", undefined, "aa/a"),
    range("", undefined, "b/\ue000"),
    range("", undefined, "b/\u{10000}"),
    range("", "a", "aa/c/d"),
    range("", "aa/b", "aa/b"),
    range("", "b", "a"),
    range("aa/", "aa/b", "aa/c"),
    range("b/", "a", "c"),
    range("b/", "b/\ud7ff", "b/\u{10000}"),
    range("aa/", "b", undefined),
  ];
  rule(
    "a range holds its prefix, begins after its lower bound and ends with its upper one",
    async (store) => {
      const all = (await plant(store, telling)).map(asKey);
      for (const each of ranges) {
        const wanted = all.filter((key) => inRange(key, each));
        expect({ range: each, keys: await keys(store, each) }).toEqual({
          range: each,
          keys: wanted,
        });
      }
    },
  );

  rule("the range of one key holds what the full listing says of it", async (store) => {
    const all = await plant(store, telling);
    for (const key of [...all, "aa", "aa/", "b", "zzz", "a--"]) {
      const wanted = (await listAll(store)).filter((item) => item.key === key);
      const found = await listAll(store, only(asKey(key)));
      expect({ key, found }).toEqual({ key, found: wanted });
    }
  });

  rule("a listing of which nobody wants more does not go on", async (store, subject) => {
    for (let index = 0; index <= subject.pageSize; index++) await put(store, `k${index}`, "");
    let pages = 0;
    for await (const _page of store.list(everything, never)) {
      pages += 1;
      break;
    }
    expect(pages).toBe(1);
    expect(await store.head(asKey("k0"), never)).toBeDefined();
  });

  rule("a listing whose signal fired throws `aborted`", async (store) => {
    await put(store, "k", "x");
    const list = async (): Promise<void> => {
      for await (const _page of store.list(everything, AbortSignal.abort()));
    };
    expect(await rejection(list())).toMatchObject({ code: "aborted" });
  });
}
