/**
 * The library's front door: a run to iterate, to await, to cancel; stores of one's own.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type Run, type RunResult, sync, type SyncEvent, type SyncInput } from "../../src/index.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { rejection } from "../core/rejection.ts";
import { ShelfStore } from "../support/shelf-store.ts";
import { TempDir } from "../support/temp-dir.ts";
import { contents, storeOf } from "./run.ts";

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "x"]));
}

async function typesOf(run: AsyncIterable<SyncEvent>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of run) types.push(type);
  return types;
}

describe("a run", () => {
  test("is a promise of its counters", async () => {
    const result: RunResult = await sync({ source: storeOf({ a: "1" }), target: storeOf({}) });
    expect(result).toMatchObject({ transferredObjects: 1, errors: 0, failures: [] });
  });

  test("can be iterated for its events, from the first to the last", async () => {
    const heard: string[] = [];
    const onEvent = ({ type }: SyncEvent): void => void heard.push(type);
    const run = sync({ source: storeOf({ a: "1", b: "2" }), target: storeOf({}) }, { onEvent });
    const types = await typesOf(run);
    expect(types).toEqual(heard);
    expect(types[0]).toBe("start");
    expect(types.at(-1)).toBe("end");
    expect(await run.result).toMatchObject({ transferredObjects: 2 });
    expect(await run).toBe(await run.result);
  });

  test("can be iterated by several at the same time", async () => {
    const run = sync({ source: storeOf(many(10)), target: storeOf({}) });
    const [first, second] = await Promise.all([typesOf(run), typesOf(run)]);
    expect(first).toEqual(second);
  });

  test("that is over has no more events", async () => {
    const run = sync({ source: storeOf({ a: "1" }), target: storeOf({}) });
    await run;
    expect(await typesOf(run)).toEqual([]);
  });

  test("goes on when whoever iterates it leaves", async () => {
    const run = sync({ source: storeOf(many(3000)), target: storeOf(many(3000)) });
    for await (const { type } of run) if (type === "start") break;
    expect(await run).toMatchObject({ skipped: 3000 });
  });

  test("waits for a slow listener, who has no more than a bounded number of events before him", async () => {
    let told = 0;
    const onEvent = (): void => void (told += 1);
    const run = sync({ source: storeOf(many(5000)), target: storeOf(many(5000)) }, { onEvent });
    let [heard, most] = [0, 0];
    for await (const _event of run) {
      heard += 1;
      most = Math.max(most, told - heard);
      if (heard % 100 === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(heard).toBeGreaterThan(5000);
    expect(most).toBeLessThan(1200);
  });

  test("tells what went wrong, with keys", async () => {
    using dir = new TempDir();
    const { failures } = await sync({ source: storeOf({ "../a": "1", b: "2" }), target: dir.path });
    const told = failures.map(({ severity, key, error }) => [severity, key, error.code]);
    expect(told as unknown[]).toEqual([["warning", "../a", "unsafe-key"]]);
  });

  test("that cannot begin is rejected, and the loop throws that, too", async () => {
    const input = { source: "./no/such/directory", target: "s3://bucket/" };
    expect(await rejection(sync(input))).toMatchObject({ code: "usage" });
    expect(await rejection(typesOf(sync(input)))).toMatchObject({ code: "usage" });
    const same = storeOf({});
    expect(await rejection(sync({ source: same, target: same }))).toMatchObject({ code: "usage" });
  });

  test("is refused with a callback that nobody would call", async () => {
    const input = { source: storeOf({ a: "1" }), target: storeOf({}) };
    const filter = (): false => false;
    const misspelled = { callbacks: { filter, ...{ preproces: filter } } };
    expect(await rejection(sync(input, misspelled))).toMatchObject({
      code: "usage",
      message: "there is no callback preproces; known are filter, preprocess, onEvent, close",
    });
    const misplaced = { signal: undefined, ...{ filter } };
    expect(await rejection(sync(input, misplaced))).toMatchObject({
      code: "usage",
      message:
        "there is no handler filter: known are onEvent, callbacks, signal; filter, preprocess, onEvent, close belong into callbacks",
    });
    class Own {
      least = 1;
      filter = ({ size }: { readonly size: number }): boolean => size > this.least;
    }
    expect(await sync(input, { callbacks: new Own() })).toMatchObject({ skipped: 1 });
  });

  test("is stopped by its signal, in the middle", async () => {
    const stop = new AbortController();
    const source = storeOf(many(2000));
    const target = storeOf({});
    const run = sync({ source, target, workerSize: 1 }, { signal: stop.signal });
    for await (const { type } of run) if (type === "synced") stop.abort();
    const result = await run.result;
    expect(result).toMatchObject({ interrupted: true, errors: 0 });
    expect(target.keys().length).toBeGreaterThan(0);
    expect(target.keys().length).toBeLessThan(2000);
  });

  test("knows nothing of another one at the same time", async () => {
    const runs = ["one", "two"].map((name) => {
      const [source, target] = [storeOf({ [name]: name, both: name }), storeOf({})];
      return { name, target, run: sync({ source, target }, { callbacks: { filter: () => true } }) };
    });
    const heard = runs.map(async ({ run }) => {
      const keys: string[] = [];
      for await (const event of run) if (event.type === "synced") keys.push(event.key);
      return keys.toSorted();
    });
    expect(await Promise.all(heard)).toEqual([
      ["both", "one"],
      ["both", "two"],
    ]);
    expect(runs.map(({ target }) => contents(target))).toEqual([
      { both: "one", one: "one" },
      { both: "two", two: "two" },
    ]);
  });
});

describe("a store of one's own", () => {
  test("can be the source and the target", async () => {
    using dir = new TempDir();
    const shelf = new ShelfStore();
    dir.write("up/a", "1");
    dir.write("up/b/c", "22");
    const up = await sync({ source: dir.at("up"), target: shelf, cacheControl: "no-cache" });
    expect(up).toMatchObject({ transferredObjects: 2, errors: 0, warnings: 0 });
    expect(shelf.show()).toEqual({ a: "1 (no-cache)", "b/c": "22 (no-cache)" });

    expect(await sync({ source: shelf, target: dir.at("down") })).toMatchObject({
      transferredObjects: 2,
      errors: 0,
      warnings: 0,
    });
    expect(dir.files("down")).toEqual(["a", "b/c"]);
    expect(shelf.isOpen).toBe(true);
  });

  test("takes deletions, and is left alone in dry runs", async () => {
    const shelf = new ShelfStore();
    await sync({ source: storeOf({ a: "1", b: "2" }), target: shelf });
    const input: SyncInput = { source: storeOf({ a: "1" }), target: shelf, delete: true };
    expect(await sync({ ...input, dryRun: true })).toMatchObject({ deleted: 1 });
    expect(Object.keys(shelf.show())).toEqual(["a", "b"]);
    expect(await sync(input)).toMatchObject({ deleted: 1, skipped: 1 });
    expect(Object.keys(shelf.show())).toEqual(["a"]);
  });

  test("is named in messages about options that are for S3", async () => {
    const run: Run = sync({ source: "./a", target: new MemoryStore(), sse: "AES256" });
    expect(await rejection(run)).toMatchObject({
      code: "usage",
      message: "--sse needs an S3 TARGET",
    });
  });
});
