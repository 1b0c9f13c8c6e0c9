/**
 * What is sent when all the rest is there.
 *
 * @module
 */
import { expect, test } from "bun:test";

import type { Entry, Listed } from "../../src/core/entry.ts";
import { SyncError } from "../../src/core/errors.ts";
import { asKey } from "../../src/core/key.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { contents, run, storeOf } from "./run.ts";

const stageOf = ({ key }: Entry): number => (key.endsWith(".html") ? 1 : 0);

test("what is late is written after everything else, and before anything is deleted", async () => {
  const source = storeOf({ "a.html": "a", "b.css": "b", "c.html": "c", "d.css": "d" });
  const target = storeOf({ "old.css": "x" });
  const order: string[] = [];
  await run(source, target, {
    deletes: true,
    stageOf,
    onEvent: (event) => {
      if (event.type === "started") order.push(event.key);
      if (event.type === "deleted") order.push(`- ${event.key}`);
    },
  });
  expect(order).toEqual(["b.css", "d.css", "a.html", "c.html", "- old.css"]);
});

test("stages come one after the other, and the rest of them waits when one fails", async () => {
  const names = ["a.3", "b.1", "c.2", "d.0", "e.1", "f.2"];
  const source = storeOf(Object.fromEntries(names.map((name) => [name, name])));
  const byName = ({ key }: Entry): number => Number(key.at(-1));
  const whole = await run(source, storeOf({}), { stageOf: byName });
  expect(whole.keys("started")).toEqual(["d.0", "b.1", "e.1", "c.2", "f.2", "a.3"]);
  class Full extends MemoryStore {
    override write(...given: Parameters<MemoryStore["write"]>): ReturnType<MemoryStore["write"]> {
      if (given[0].key === "c.2")
        throw new SyncError("access-denied", "no", { operation: "PutObject" });
      return super.write(...given);
    }
  }
  const target = new Full("memory:", () => 0);
  await run(source, target, { stageOf: byName });
  expect(Object.keys(contents(target))).toEqual(["b.1", "d.0", "e.1", "f.2"]);
});

test("more of it than is kept in memory arrives whole and in order", async () => {
  const names = Array.from(
    { length: 12_000 },
    (_, index) => `${String(index).padStart(5, "0")}.html`,
  );
  const source = storeOf(Object.fromEntries(names.map((name) => [name, name])));
  const target = storeOf({});
  const told = await run(source, target, { stageOf, workers: 1 });
  expect(told.keys("started")).toEqual(names);
  expect(Object.keys(contents(target))).toEqual(names);
});

test("it is held back, with a warning, when something else could not be sent", async () => {
  class Full extends MemoryStore {
    override write(...given: Parameters<MemoryStore["write"]>): ReturnType<MemoryStore["write"]> {
      if (given[0].key === "b.css")
        throw new SyncError("access-denied", "not this one", { operation: "PutObject" });
      return super.write(...given);
    }
  }
  const target = new Full("memory:", () => 0);
  const source = storeOf({ "a.html": "a", "b.css": "b", "c.css": "c" });
  const told = await run(source, target, { deletes: true, stageOf });
  expect(contents(target)).toEqual({ "c.css": "c" });
  expect(told.events).toContainEqual(
    expect.objectContaining({
      error: expect.objectContaining({
        message: "1 object that comes last is not sent: not everything could be transferred",
      }),
    }),
  );
});

test("it is held back when a part of the source could not be listed", async () => {
  class Hidden extends MemoryStore {
    override async *list(
      ...given: Parameters<MemoryStore["list"]>
    ): AsyncGenerator<readonly Listed[], void, undefined> {
      yield* super.list(...given);
      const error = new SyncError("access-denied", "no", { operation: "list" });
      yield [{ kind: "gap", key: asKey("z"), error }];
    }
  }
  const source = new Hidden("memory:", () => 0);
  source.set("a.html", "a");
  source.set("b.css", "b");
  const target = storeOf({});
  await run(source, target, { stageOf });
  expect(contents(target)).toEqual({ "b.css": "b" });
});

test("what is done at the end hears how the run went, and its errors are those of the run", async () => {
  const order: string[] = [];
  const finish = async (isWell: boolean): Promise<void> => void order.push(`finish ${isWell}`);
  const onEvent = (event: { readonly type: string }): void => void order.push(event.type);
  await run(storeOf({ a: "a" }), storeOf({ b: "b" }), { deletes: true, finish, onEvent });
  expect(order.slice(-3)).toEqual(["deleted", "finish true", "end"]);
  const failing = { finish: async () => Promise.reject(new SyncError("protocol", "no")) };
  const told = await run(storeOf({ a: "a" }), storeOf({}), failing);
  expect(told.troubles("error")).toEqual(["- protocol"]);
  class Broken extends MemoryStore {
    override write(): never {
      throw new SyncError("network", "gone");
    }
  }
  await run(storeOf({ a: "a" }), new Broken("memory:", () => 0), { finish, onEvent });
  expect(order.slice(-2)).toEqual(["finish false", "end"]);
});
