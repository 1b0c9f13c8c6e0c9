/**
 * Callbacks: who takes part, what is sent, who hears of it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import {
  type Callbacks,
  type ListedObject,
  type SourceObject,
  sync,
  SyncError,
  type SyncEvent,
  type SyncInput,
} from "../../src/index.ts";
import type { MemoryStore } from "../../src/store/memory/store.ts";
import { rejection } from "../core/rejection.ts";
import { TempDir } from "../support/temp-dir.ts";
import { contents, storeOf } from "./run.ts";

interface Ran {
  readonly result: Awaited<ReturnType<typeof sync>>;
  readonly events: readonly SyncEvent[];
}

async function ran(
  source: MemoryStore,
  target: MemoryStore,
  callbacks: Callbacks,
  more: Partial<SyncInput> = {},
): Promise<Ran> {
  const events: SyncEvent[] = [];
  const onEvent = (event: SyncEvent): void => void events.push(event);
  const result = await sync({ ...more, source, target }, { callbacks, onEvent });
  return { result, events };
}

function skippedBy(reason: string, { events }: Ran): string[] {
  return events.flatMap((event) =>
    event.type === "skipped" && event.reason === reason ? [event.key] : [],
  );
}

/** Lets others have a turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

const notB = ({ key }: ListedObject): boolean => key !== "b";
const ways = [
  ["at once", notB],
  [
    "later",
    async (object: ListedObject) => {
      await turn();
      return notB(object);
    },
  ],
] as const;

describe.each(ways)("a filter that answers %s", (_way, filter) => {
  test("leaves objects out, which count as skipped", async () => {
    const target = storeOf({});
    const run = await ran(storeOf({ a: "1", b: "2", c: "3" }), target, { filter });
    expect(contents(target)).toEqual({ a: "1", c: "3" });
    expect(skippedBy("callback", run)).toEqual(["b"]);
    expect(run.result).toMatchObject({ skipped: 1, transferredObjects: 2, errors: 0, warnings: 0 });
  });

  test("protects what it leaves out from deletion", async () => {
    const target = storeOf({ b: "old", z: "only here" });
    await ran(storeOf({ a: "1", b: "2" }), target, { filter }, { delete: true });
    expect(contents(target)).toEqual({ a: "1", b: "old" });
  });

  test("is asked in dry runs, too", async () => {
    const run = await ran(storeOf({ a: "1", b: "2" }), storeOf({}), { filter }, { dryRun: true });
    expect(skippedBy("callback", run)).toEqual(["b"]);
    expect(run.result.transferredObjects).toBe(1);
  });

  test("keeps objects out of reports", async () => {
    const source = storeOf({ a: "1", b: "2" });
    const run = await ran(source, storeOf({ a: "1" }), { filter }, { reportSyncStatus: true });
    const told = run.events.flatMap((event) => (event.type === "status" ? [event.key] : []));
    expect(told.map(String)).toEqual(["a"]);
    expect(run.result.skipped).toBe(1);
  });

  test("is all settled when the listing is said to be complete", async () => {
    const objects = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, "x"]));
    const { events } = await ran(storeOf(objects), storeOf({}), { filter });
    const types = events.map(({ type }) => type);
    expect(types.lastIndexOf("queued")).toBeLessThan(types.indexOf("listing-complete"));
    expect(types.filter((type) => type === "synced")).toHaveLength(500);
  });
});

describe("a filter", () => {
  test("sees an object as the listing has it", async () => {
    const seen: ListedObject[] = [];
    const filter = (object: ListedObject): boolean => seen.push(object) > 0;
    await ran(storeOf({ "dir/a": "12345" }, 1_000_000), storeOf({}), { filter });
    expect(seen).toEqual([
      expect.objectContaining({
        ...{ key: "dir/a", sourceKey: "dir/a", size: 5, lastModified: new Date(1_000_000) },
        ...{ etag: "827ccb0eea8a706c4c34a16891f84e7b", isLatest: true, isDeleteMarker: false },
      }),
    ]);
  });

  test("is asked about what is unchanged, and not about what other filters leave out", async () => {
    const seen: string[] = [];
    const filter = ({ key }: ListedObject): boolean => seen.push(key) > 0;
    const more = { exclude: [{ pattern: "b" }] };
    const run = await ran(storeOf({ a: "1", b: "2" }), storeOf({ a: "1" }), { filter }, more);
    expect(seen).toEqual(["a"]);
    expect(run.result).toMatchObject({ skipped: 2, transferredObjects: 0 });
  });

  test("has no more than 65 answers to give at the same time", async () => {
    let [now, most] = [0, 0];
    const filter = async (): Promise<boolean> => {
      most = Math.max(most, ++now);
      await turn();
      now -= 1;
      return false;
    };
    const objects = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${at}`, ""]));
    await ran(storeOf(objects), storeOf({}), { filter });
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(65);
  });

  const broken = [
    [
      "throws",
      () => {
        throw new TypeError("no idea");
      },
      "TypeError: no idea",
    ],
    ["rejects", async () => Promise.reject(new Error("too late")), "Error: too late"],
    ["forgets to answer", () => undefined as unknown as boolean, "it gave undefined"],
  ] as const;
  test.each(broken)("that %s ends the run with an error", async (_what, filter, text) => {
    const target = storeOf({ z: "stays" });
    const more = { delete: true, continueOnError: true };
    const { result } = await ran(storeOf({ a: "1", b: "2" }), target, { filter }, more);
    expect(result.errors).toBeGreaterThan(0);
    expect(contents(target)).toEqual({ z: "stays" });
    const [first] = result.failures;
    expect(first?.error.code).toBe("callback");
    expect(first?.error.message).toStartWith('the callback filter failed for "a": ');
    expect(first?.error.message).toContain(text);
  });

  test("that never answers does not keep a run from stopping", async () => {
    const stop = new AbortController();
    const filter = (): Promise<boolean> => {
      setImmediate(() => stop.abort());
      return new Promise(() => undefined);
    };
    const input = { source: storeOf({ a: "1" }), target: storeOf({}) };
    const result = await sync(input, { callbacks: { filter }, signal: stop.signal });
    expect(result).toMatchObject({ interrupted: true, errors: 0 });
  });
});

describe("preprocess", () => {
  test("changes what an object gets", async () => {
    const target = storeOf({});
    const seen: SourceObject[] = [];
    const source = storeOf({ "a.css": "x" });
    source.set("a.css", "x", { contentType: "text/plain", metadata: { from: "here" } });
    await ran(source, target, {
      preprocess: (object, upload) => {
        seen.push(object);
        upload.cacheControl = "max-age=60";
        upload.metadata["Team"] = "web";
        upload.expires = new Date("2030-01-02T03:04:05Z");
        upload.tags = { a: "1 2", b: "&" };
        return upload;
      },
    });
    expect(seen[0]).toMatchObject({ key: "a.css", targetKey: "a.css", size: 1 });
    expect(seen[0]?.attributes).toMatchObject({
      contentType: "text/plain",
      metadata: { from: "here" },
    });
    const { attributes } = (await target.head(asKey("a.css"))) ?? {};
    expect(attributes).toMatchObject({
      cacheControl: "max-age=60",
      contentType: "text/plain",
      expires: "Wed, 02 Jan 2030 03:04:05 GMT",
      tagging: "a=1%202&b=%26",
      metadata: { from: "here", team: "web" },
    });
  });

  test("leaves objects out by false", async () => {
    const target = storeOf({});
    const run = await ran(storeOf({ a: "1", b: "2", c: "3".repeat(9e6) }), target, {
      preprocess: async ({ key }, upload) => key === "a" && upload,
    });
    expect(target.keys().map(String)).toEqual(["a"]);
    expect(skippedBy("preprocess", run).toSorted()).toEqual(["b", "c"]);
    expect(run.result).toMatchObject({ skipped: 2, transferredObjects: 1, errors: 0, warnings: 0 });
  });

  test("is called neither in dry runs nor for local targets", async () => {
    using dir = new TempDir();
    const preprocess = (): false => false;
    const dry = await ran(storeOf({ a: "1" }), storeOf({}), { preprocess }, { dryRun: true });
    expect(dry.result.transferredObjects).toBe(1);
    const input = { source: storeOf({ a: "1" }), target: dir.path };
    expect(await sync(input, { callbacks: { preprocess } })).toMatchObject({
      transferredObjects: 1,
      skipped: 0,
    });
    expect(dir.files()).toEqual(["a"]);
  });

  const wrong = [
    [{ acl: "everybody" }, 'acl cannot be "everybody"'],
    [{ storageClass: "no class" }, 'storageClass cannot be "no class"'],
    [{ requestPayer: "me" }, 'requestPayer cannot be "me"'],
    [{ metadata: { a: 1 } }, "metadata.a is no text but number"],
    [{ metadata: { "a b": "1" } }, 'metadata cannot have the name "a b"'],
    [{ metadata: { a: "1\r\nx-amz-acl: public-read" } }, "metadata.a is a text with a line break"],
    [{ contentType: "a\nb" }, "contentType is a text with a line break"],
    [{ contentType: 1 }, "contentType is no text but number"],
    [{ expires: "tomorrow" }, "expires is no date"],
    [{ tags: "a=1" }, "tags is no object of texts"],
    [{ metadata: undefined }, "metadata is no object of texts"],
    [
      { cachecontrol: "no-cache" },
      "cachecontrol is no attribute: there are cacheControl, contentDisposition, contentEncoding, contentLanguage, contentType, websiteRedirect, acl, expires, metadata, tags, storageClass, requestPayer",
    ],
  ] as const;
  test.each(wrong)("that gives %j ends the run with an error", async (change, text) => {
    const target = storeOf({});
    const { result } = await ran(storeOf({ a: "1" }), target, {
      preprocess: (_object, upload) => ({ ...upload, ...change }) as typeof upload,
    });
    expect(result.errors).toBe(1);
    expect(result.failures[0]?.error).toMatchObject({
      code: "callback",
      operation: "preprocess",
      message: `the callback preprocess failed for "a": TypeError: ${text}`,
    });
    expect(target.keys()).toEqual([]);
  });

  test("does not go with what would undo it", async () => {
    const input = { source: "./a", target: "s3://b", syncLatestMetadata: true };
    const callbacks: Callbacks = { preprocess: (_object, upload) => upload };
    expect(await rejection(sync(input, { callbacks }))).toMatchObject({
      code: "usage",
      message: "--sync-latest-metadata would undo what the callback preprocess says",
    });
  });
});

describe("onEvent", () => {
  test("hears everything in order, one after the other, before the run ends", async () => {
    const heard: SyncEvent[] = [];
    let isBusy = false;
    const { events } = await ran(storeOf({ a: "1", b: "2" }), storeOf({}), {
      onEvent: async (event) => {
        expect(isBusy).toBe(false);
        isBusy = true;
        await turn();
        isBusy = false;
        heard.push(event);
      },
    });
    expect(heard).toEqual([...events]);
    expect(heard.at(-1)?.type).toBe("end");
  });

  test("that throws is one warning, and changes nothing else", async () => {
    const target = storeOf({});
    const { result, events } = await ran(storeOf({ a: "1" }), target, {
      onEvent: () => {
        throw new RangeError("out of paper");
      },
    });
    expect(contents(target)).toEqual({ a: "1" });
    expect(result).toMatchObject({ warnings: 0, errors: 0 });
    const warnings = events.flatMap((event) => (event.type === "warning" ? [event.error] : []));
    expect(warnings.map(({ code, message }) => ({ code, message }))).toEqual([
      { code: "callback", message: "the callback onEvent failed: RangeError: out of paper" },
    ]);
  });

  test("that never returns does not keep a run from stopping", async () => {
    const stop = new AbortController();
    const onEvent = (): Promise<void> => {
      stop.abort();
      return new Promise(() => undefined);
    };
    const input = { source: storeOf({ a: "1" }), target: storeOf({}) };
    const result = await sync(input, { callbacks: { onEvent }, signal: stop.signal });
    expect(result.interrupted).toBe(true);
  });

  test("that is slow makes the run wait instead of filling the memory", async () => {
    const objects = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, ""]));
    let [told, heard, most] = [0, 0, 0];
    const input = { source: storeOf(objects), target: storeOf(objects) };
    await sync(input, {
      onEvent: () => {
        told += 1;
      },
      callbacks: {
        onEvent: async () => {
          heard += 1;
          most = Math.max(most, told - heard);
          if (heard % 100 === 0) await turn();
        },
      },
    });
    expect(told).toBeGreaterThan(5000);
    expect(heard).toBe(told);
    expect(most).toBeLessThan(1200);
  });
});

test("callbacks are closed at the end, also of a run that could not begin", async () => {
  let closed = 0;
  const callbacks = { close: () => void (closed += 1) };
  await sync({ source: storeOf({}), target: storeOf({}) }, { callbacks });
  expect(await rejection(sync({ source: "", target: "" }, { callbacks }))).toBeInstanceOf(
    SyncError,
  );
  expect(closed).toBe(2);
});
