/**
 * The bucket as a store, over an S3 that says what no server of the tests says.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../../src/core/errors.ts";
import { asKey, everything, type KeyRange } from "../../../src/core/key.ts";
import { mergeListings } from "../../../src/list/merge.ts";
import { MemoryStore } from "../../../src/store/memory/store.ts";
import type { DeleteFailure, S3Api } from "../../../src/store/s3/api.ts";
import { serviceOf } from "../../../src/store/s3/endpoint.ts";
import { S3Store } from "../../../src/store/s3/store.ts";
import type { ListedObject } from "../../../src/store/s3/wire/contents-reader.ts";
import { entryOf, never } from "../../contract/subject.ts";
import { rejection } from "../../core/rejection.ts";
import { run } from "../../sync/run.ts";

/** A store over operations of which only these exist. */
function storeOver(operations: Partial<S3Api>, prefix = "", ordered = true): S3Store {
  const api = { bucket: "bucket", ...operations } as S3Api;
  const digestsFirst = { md5: true, sha256: true };
  return new S3Store(api, { ordered, prefix, maxKeys: 1000, digestsFirst, service: "here" });
}

describe("deleting several objects", () => {
  const entries = ["p/a", "p/b", "p/c"].map((key) => entryOf(key));

  /** Answers of the server, one a request. */
  function answering(...answers: readonly DeleteFailure[][]): {
    store: S3Store;
    asked: (readonly string[])[];
  } {
    const asked: (readonly string[])[] = [];
    const store = storeOver({
      deleteObjects: async (keys) => {
        asked.push(keys);
        return answers[asked.length - 1] ?? [];
      },
    });
    return { store, asked };
  }

  test("tells of each that the server refuses to delete", async () => {
    const denied = { key: "p/b", reason: "AccessDenied", message: "no" };
    const { store, asked } = answering([denied]);
    const told = await store.remove(entries, never);
    expect(told.map(({ error }) => error?.code)).toEqual([undefined, "access-denied", undefined]);
    expect(asked).toHaveLength(1);
  });

  test("asks again for those that the server was too busy for, and only for those", async () => {
    const busy = { key: "p/b", reason: "SlowDown", message: "later" };
    const { store, asked } = answering([busy, { key: "p/c", reason: "AccessDenied", message: "" }]);
    const told = await store.remove(entries, never);
    expect(asked).toEqual([["p/a", "p/b", "p/c"], ["p/b"]]);
    expect(told.map(({ error }) => error?.code)).toEqual([undefined, undefined, "access-denied"]);
  });

  test.each(["", "p/B"])("trusts no answer that speaks of another key: %p", async (key) => {
    const { store } = answering([{ key, reason: "InternalError", message: "oops" }]);
    expect(await rejection(store.remove(entries, never))).toBeInstanceOf(SyncError);
  });
});

describe("a bucket that knows no order", () => {
  const objectAt = (key: string): ListedObject => ({
    key,
    damaged: false,
    size: 1,
    mtimeMs: 0,
    etag: undefined,
    storageClass: undefined,
  });
  const pages = [
    { objects: ["p/d/2", "p/a"].map(objectAt), commonPrefixes: [], nextToken: "more" },
    { objects: ["p/d/1", "p/dx", "p/"].map(objectAt), commonPrefixes: [], nextToken: undefined },
  ];

  async function listed(range: Partial<KeyRange>): Promise<{ keys: string[]; asked: string[] }> {
    const asked: string[] = [];
    const listObjects: S3Api["listObjects"] = async ({ prefix, startAfter, token }) => {
      asked.push(`${prefix} ${startAfter ?? "-"} ${token ?? "-"}`);
      return pages[asked.length - 1] ?? { objects: [], commonPrefixes: [], nextToken: undefined };
    };
    const store = storeOver({ listObjects }, "p/", false);
    expect(store.capabilities).toMatchObject({ ordered: false, cheapRanges: false });
    expect(store.firstKey).toBeUndefined();
    const items = await Array.fromAsync(store.list({ ...everything, ...range }, never));
    return { keys: items.flat().map(({ key }) => key), asked };
  }

  test("is listed as it comes, page by page, never beginning after a key", async () => {
    const { keys, asked } = await listed({ after: asKey("a") });
    expect(keys).toEqual(["d/2", "d/1", "dx"]);
    expect(asked).toEqual(["p/ - -", "p/ - more"]);
  });

  test("takes whole directories as prefixes: the rest of one is looked at here", async () => {
    const { keys, asked } = await listed({ prefix: asKey("d/1") });
    expect(keys).toEqual(["d/1"]);
    expect(asked[0]).toBe("p/d/ - -");
  });
});

test.each([true, false])(
  "a listing that names the same page for ever is an error, not an endless run (in order: %p)",
  async (ordered) => {
    const page = { objects: [], commonPrefixes: [], nextToken: "again" };
    const store = storeOver({ listObjects: () => Promise.resolve(page) }, "", ordered);
    const listing = Array.fromAsync(store.list(everything, never));
    expect(await rejection(listing)).toMatchObject({ code: "protocol" });
  },
);

describe("a key that is not UTF-8", () => {
  const damaged = objectOf("b\ufffd", true);

  function objectOf(key: string, isDamaged = false): ListedObject {
    return {
      key,
      damaged: isDamaged,
      size: 1,
      mtimeMs: 0,
      etag: undefined,
      storageClass: undefined,
    };
  }

  function listing(...objects: readonly ListedObject[]): S3Store {
    const page = { objects, commonPrefixes: [], nextToken: undefined };
    return storeOver({ listObjects: async () => page });
  }

  test("is a gap, and the keys around it are listed, also those that seem to come before it", async () => {
    const store = listing(objectOf("a"), damaged, objectOf("b\u00e9"), objectOf("c"));
    const items = (await Array.fromAsync(store.list(everything, never))).flat();
    expect(items.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      "object a",
      "gap a",
      "object b\u00e9",
      "object c",
    ]);
    expect(items[1]).toMatchObject({ error: { code: "file-name", key: "b\ufffd" } });
  });

  test("is told also where it is the first of a range", async () => {
    const source = listing(damaged, objectOf("c"));
    const range = { prefix: asKey(""), after: asKey("b"), until: undefined };
    const told = await run(source, new MemoryStore(), { range, dryRun: true });
    expect(told.troubles("warning")).toEqual(["b file-name"]);
  });

  test("hides no key of the other side", async () => {
    const source = listing(objectOf("a"), damaged, objectOf("b\u00e9"));
    const target = new MemoryStore();
    for (const key of ["a", "b\u00e9"]) target.set(key, "");
    const pairs = mergeListings(source.list(everything, never), target.list(everything, never));
    const objects = (await Array.fromAsync(pairs))
      .flat()
      .filter(({ source: s }) => s?.kind !== "gap");
    expect(objects.map(({ source: s, target: t }): unknown[] => [s?.key, t?.key])).toEqual([
      ["a", "a"],
      ["b\u00e9", "b\u00e9"],
    ]);
  });
});

describe("the service of a bucket", () => {
  const signing = { scheme: "sigv4", region: "r", service: "s3" } as const;

  test.each([
    ["https://b.s3.eu-west-1.amazonaws.com", "", "aws.amazonaws.com"],
    ["https://s3.amazonaws.com", "/b", "aws.amazonaws.com"],
    ["https://b.s3.cn-north-1.amazonaws.com.cn", "", "aws.amazonaws.com.cn"],
    ["http://127.0.0.1:9000", "/b", "http://127.0.0.1:9000"],
    ["https://b.storage.example", "", "https://storage.example"],
    ["https://storage.example", "/b", "https://storage.example"],
  ])("%s%s is %s", (origin, basePath, service) => {
    const endpoint = { origin, host: new URL(origin).host, basePath, signing };
    expect(serviceOf(endpoint, "b")).toBe(service);
  });
});
