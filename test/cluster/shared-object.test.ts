/**
 * What the leader of a large object asks of others, and what it believes.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { helpOf } from "../../src/cluster/parts/help.ts";
import type { PartSharing } from "../../src/cluster/parts/part-sharing.ts";
import {
  asObject,
  keys,
  newName,
  nobody,
  packed,
  partsOfRun,
  partTaskOf,
} from "../../src/cluster/parts/records.ts";
import { SyncError } from "../../src/core/errors.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import type { SharedParts, SharedTask } from "../../src/transfer/parts/part-help.ts";
import { partOf, planParts } from "../../src/transfer/parts/part-plan.ts";
import type { FinishedPart } from "../../src/transfer/parts/transfer-journal.ts";
import { rejection } from "../core/rejection.ts";
import {
  type MemoryGround,
  type MemoryServerOptions,
  MemoryServers,
} from "../support/memory-ground.ts";
import { never } from "./job-kit.ts";
import { numbersTo } from "./parts-kit.ts";

const plan = planParts(60, 10, undefined);
const run = "nightly-1";

function taskOf(more: Partial<SharedTask> = {}): SharedTask {
  return {
    ...{ address: "bucket/large", source: { etag: "e" }, partSize: 10, settings: ["secret"] },
    ...{ key: asKey("large"), storeKey: asKey("large"), plan, state: { size: 60, mtimeMs: 0 } },
    way: { kind: "move", digests: { md5: true, sha256: false } },
    ...more,
  };
}

function partAt(number: number, etag = `etag-${number}`): FinishedPart {
  return {
    receipt: { number, etag: parseETag(etag), checksum: undefined },
    md5: new Uint8Array(16).fill(number),
    checksum: undefined,
  };
}

/** Servers, and who leads with them. */
class Scene {
  readonly servers: MemoryServers;
  readonly ground: MemoryGround;
  wanted = 0;

  constructor(options: MemoryServerOptions = {}) {
    this.servers = new MemoryServers(options);
    this.ground = this.servers.connect();
  }

  lead(more: Partial<SharedTask> = {}, sharing: Partial<PartSharing> = {}): SharedParts {
    const wanted = (): number => this.wanted;
    const usual = { fromBytes: 1, takeBytes: 20, tellMs: 10, patienceMs: 60_000, lookMs: 1 };
    const options = { ground: this.ground, run, wanted, sharing: { ...usual, ...sharing } };
    return helpOf(options).with(taskOf(more));
  }

  async begun(more: Partial<SharedTask> = {}): Promise<SharedParts> {
    const shared = this.lead(more);
    expect(await shared.takeOver()).toBeUndefined();
    await shared.noteDown({ kind: "memory" });
    await shared.begin(undefined);
    return shared;
  }

  /** Helps until the signal fires. @param moved hears of each part */
  async help(moved: (number: number) => void, signal: AbortSignal): Promise<void> {
    const { records, tasks } = this.servers.connect();
    while (!signal.aborted) {
      const lease = await tasks.take(signal);
      const { object: id, from } = partTaskOf(lease.id) ?? { object: "", from: 0 };
      const stored = await records.get(keys.object(run, id));
      if (stored !== undefined) {
        const object = asObject(stored.value);
        const numbers = partsOfRun(object, from).map(({ number }) => number);
        const parts = numbers.map((number) => packed(partAt(number)));
        const key = keys.run(run, object, from);
        const isOurs = await records.create(key, { by: newName("helper"), parts });
        if (isOurs !== undefined) for (const number of numbers) moved(number);
      }
      await lease.done();
    }
  }

  /** Keys of what is on record about parts. */
  get runs(): string[] {
    return [...this.servers.records.entries.keys()].filter((key) => key.startsWith("parts."));
  }

  get text(): string {
    return [...this.servers.records.entries.values()].map(({ text }) => text).join("\n");
  }
}

describe("a shared object", () => {
  test("is offered to others when they wait for something to do, from its end", async () => {
    const scene = new Scene();
    const shared = await scene.begun();
    expect(await shared.take(partOf(plan, 1), never)).toBeUndefined();
    expect(await scene.ground.tasks.count(run)).toBe(0);
    scene.wanted = 2;
    const leases = [await scene.ground.tasks.take(never), await scene.ground.tasks.take(never)];
    expect(leases.map(({ id }) => id.split("-").at(-1))).toEqual(["5", "3"]);
    await shared.remove();
  });

  test("never has more tasks than find somebody, and each part is moved once", async () => {
    let most = 0;
    const scene: Scene = new Scene({
      onCall: () => void (most = Math.max(most, scene.servers.tasksOf(run).length)),
    });
    const end = new AbortController();
    const large = planParts(4000, 10, undefined);
    const helped: number[] = [];
    const led: number[] = [];
    const shared = await scene.begun({ plan: large });
    scene.wanted = 3;
    const help = (): Promise<void> => scene.help((number) => helped.push(number), end.signal);
    const helping = Promise.allSettled([help(), help(), help()]);
    for (let number = 1; number <= large.count; number++) {
      if ((await shared.take(partOf(large, number), never)) !== undefined) continue;
      led.push(number);
      shared.finish(partAt(number));
    }
    await shared.remove();
    end.abort();
    await helping;
    expect([...led, ...helped].toSorted((a, b) => a - b)).toEqual(numbersTo(large.count));
    expect(helped.length).toBeGreaterThan(100);
    // As many in work, and as many that wait.
    expect(most).toBeLessThanOrEqual(6);
  });

  test("has a task that waits, so that nobody who has moved a run has to", async () => {
    const scene = new Scene();
    const shared = await scene.begun({ plan: planParts(4000, 10, undefined) });
    scene.wanted = 1;
    const first = await scene.ground.tasks.take(never);
    scene.wanted = 0;
    const { attempt } = JSON.parse(scene.text) as { attempt: string };
    const from = partTaskOf(first.id)?.from ?? 0;
    await scene.ground.records.create(keys.run(run, { attempt }, from), {
      by: "helper",
      parts: [],
    });
    const second = await scene.ground.tasks.take(never);
    expect(partTaskOf(second.id)?.from).toBe(from - 2);
    await shared.remove();
  });

  test("offers something else when a task was lost", async () => {
    const scene = new Scene();
    const shared = scene.lead({}, { patienceMs: 5 });
    await shared.noteDown({ kind: "memory" });
    await shared.begin(undefined);
    scene.wanted = 1;
    const lost = await scene.ground.tasks.take(never);
    const next = await scene.ground.tasks.take(never);
    expect([lost, next].map(({ id }) => partTaskOf(id)?.from)).toEqual([5, 3]);
    await shared.remove();
  });

  test("has each run of parts taken by one, and notes what is finished in it", async () => {
    const scene = new Scene();
    const shared = await scene.begun();
    const taken = [1, 2].map((number) => shared.take(partOf(plan, number), never));
    expect(await Promise.all(taken)).toEqual([undefined, undefined]);
    expect(scene.runs).toHaveLength(1);
    for (const number of [1, 2]) shared.finish(partAt(number));
    await shared.leave();
    expect(scene.text).toContain("etag-2");
    expect(scene.text).toContain(nobody);
  });

  test("goes on alone where nobody can be asked", async () => {
    const scene = new Scene();
    const asked = Promise.withResolvers<void>();
    scene.ground.tasks.add = async () => {
      asked.resolve();
      throw new SyncError("server", "refused");
    };
    scene.wanted = 2;
    const shared = await scene.begun();
    await asked.promise;
    for (let number = 1; number <= plan.count; number++) {
      expect(await shared.take(partOf(plan, number), never)).toBeUndefined();
    }
    await shared.remove();
  });

  test("says why when what is finished cannot be noted", async () => {
    const scene = new Scene();
    const shared = await scene.begun();
    await shared.take(partOf(plan, 1), never);
    const refused = Promise.withResolvers<void>();
    scene.ground.records.update = async () => {
      refused.resolve();
      throw new SyncError("server", "a record is too large");
    };
    shared.finish(partAt(1));
    await refused.promise;
    await shared.leave();
    expect(await rejection(shared.take(partOf(plan, 2), never))).toMatchObject({
      ...{ code: "aborted", key: "large" },
      message: 'what is finished of "large" cannot be noted: a record is too large',
    });
  });

  test("keeps no secret: what decides how it is written is there as a hash", async () => {
    const scene = new Scene();
    const shared = await scene.begun();
    expect(scene.text).toContain("bucket/large");
    expect(scene.text).not.toContain("secret");
    await shared.remove();
    expect(scene.servers.records.entries.size).toBe(0);
  });

  test("waits for a part that somebody else has taken, and has it when it is told of", async () => {
    const scene = new Scene();
    const shared = await scene.begun();
    scene.wanted = 2;
    await scene.ground.tasks.take(never);
    const { attempt } = JSON.parse(scene.text) as { attempt: string };
    const key = keys.run(run, { attempt }, 5);
    const revision = await scene.ground.records.create(key, { by: "helper-1", parts: [] });
    const waiting = shared.take(partOf(plan, 6), never);
    const told = { by: "helper-1", parts: [[6, "etag-6", null, null]] };
    await scene.ground.records.update(key, told, revision ?? 0);
    expect((await waiting)?.receipt).toMatchObject({ number: 6, etag: parseETag("etag-6") });
    await shared.remove();
  });

  test("takes back what is not heard of any more", async () => {
    const scene = new Scene();
    const shared = scene.lead({}, { patienceMs: 20 });
    await shared.noteDown({ kind: "memory" });
    await shared.begin(undefined);
    const { attempt } = JSON.parse(scene.text) as { attempt: string };
    await scene.ground.records.create(keys.run(run, { attempt }, 1), { by: "helper-1", parts: [] });
    expect(await shared.take(partOf(plan, 1), never)).toBeUndefined();
    await shared.remove();
  });

  test("goes to the next leader with those of its parts that are still there", async () => {
    const scene = new Scene();
    const first = await scene.begun();
    for (const number of [1, 2, 3]) {
      await first.take(partOf(plan, number), never);
      first.finish(partAt(number));
    }
    await first.leave();
    const second = scene.lead();
    expect(await second.takeOver()).toEqual({ note: { kind: "memory" }, fits: true });
    const held = [1, 3].map(
      (number) => [number, { ...partAt(number).receipt, length: 10 }] as const,
    );
    await second.begin({ kind: "parts", parts: new Map(held) });
    expect([1, 2, 3].map((number) => second.part(number)?.receipt.number)).toEqual([
      1,
      undefined,
      3,
    ]);
    expect([await first.isOurs(), await second.isOurs()]).toEqual([false, true]);
    await second.remove();
  });

  test("lets go of it when somebody else leads, and leaves it alone", async () => {
    const scene = new Scene();
    const first = await scene.begun();
    await first.take(partOf(plan, 1), never);
    const second = scene.lead();
    await second.takeOver();
    await second.begin(undefined);
    expect(await second.take(partOf(plan, 1), never)).toBeUndefined();
    first.finish(partAt(1));
    await first.leave();
    expect(await rejection(first.take(partOf(plan, 1), never))).toMatchObject({ code: "aborted" });
    await first.remove();
    expect(await second.isOurs()).toBe(true);
    await second.remove();
  });

  test("is not forgotten by who had it before", async () => {
    const scene = new Scene();
    await (await scene.begun()).leave();
    const second = scene.lead();
    await second.takeOver();
    const third = scene.lead();
    await third.takeOver();
    expect(await rejection(second.forget())).toMatchObject({ code: "aborted", retryable: true });
    expect(await third.isOurs()).toBe(true);
    await third.remove();
  });

  test.each([
    ["another state of the source", { source: { etag: "other" } }],
    ["other attributes", { settings: ["other"] }],
    ["parts of another size", { partSize: 20 }],
  ])("is of no use for %s", async (_, more) => {
    const scene = new Scene();
    const first = await scene.begun();
    await first.take(partOf(plan, 1), never);
    first.finish(partAt(1));
    await first.leave();
    const second = scene.lead(more);
    expect(await second.takeOver()).toMatchObject({ fits: false });
    await second.forget();
    expect(scene.servers.records.entries.size).toBe(0);
  });
});
