/**
 * What every ground of a cluster promises: one suite for all of them.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Ground, Lease, Note, Stored } from "../../src/cluster/ground.ts";
import { rejection } from "../core/rejection.ts";
import { until } from "../support/until.ts";

/** A ground that several can connect to. Its leases last as long as its presence: not long. */
export interface GroundSubject {
  /** Another worker. */
  connect(): Promise<Ground>;
  /** Ends a worker as if its machine had lost its power. */
  crash(ground: Ground): Promise<void>;
  dispose(): Promise<void>;
}

/** All that is there, by key. */
async function contents(stored: AsyncIterable<Stored>): Promise<Record<string, unknown>> {
  const found = await Array.fromAsync(stored);
  return Object.fromEntries(found.map(({ key, value }) => [key, value]));
}

const never = new AbortController().signal;
const word = (): string => crypto.randomUUID();

/** Runs the suite. */
export function groundContract(name: string, start: () => Promise<GroundSubject>): void {
  describe(`a cluster on ${name}`, () => {
    let subject: GroundSubject;
    let ground: Ground;
    let other: Ground;

    beforeAll(async () => {
      subject = await start();
      ground = await subject.connect();
      other = await subject.connect();
    }, 60_000);

    afterAll(async () => {
      await ground[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await subject.dispose();
    });

    // Tasks go to whoever asks, whatever job they are of: no test may leave one behind.
    const taken = async (worker: Ground, most = 1): Promise<Lease[]> => {
      const leases: Lease[] = [];
      while (leases.length < most) leases.push(await worker.tasks.take(never));
      return leases;
    };

    describe("a task", () => {
      test("is given to one worker, with its job and id", async () => {
        const job = word();
        await ground.tasks.add(job, ["a", "b", "c-1_2"]);
        const leases = [...(await taken(ground, 2)), ...(await taken(other))];
        const names = leases.map(({ job: of, id }) => `${of} ${id}`).toSorted();
        expect(names).toEqual([`${job} a`, `${job} b`, `${job} c-1_2`]);
        for (const lease of leases) await lease.done();
        expect(await ground.tasks.count(job)).toBe(0);
      });

      test("is waited for", async () => {
        const waiting = other.tasks.take(never);
        const job = word();
        await ground.tasks.add(job, ["late"]);
        const lease = await waiting;
        expect(lease.id).toBe("late");
        await lease.done();
      });

      test("is not waited for any more when the signal fires", async () => {
        const controller = new AbortController();
        const waiting = ground.tasks.take(controller.signal);
        controller.abort();
        expect(await rejection(waiting)).toMatchObject({ code: "aborted" });
        expect(await rejection(ground.tasks.take(AbortSignal.abort()))).toMatchObject({
          code: "aborted",
        });
        const job = word();
        await ground.tasks.add(job, ["for-the-other"]);
        const [lease] = await taken(other);
        expect(lease?.id).toBe("for-the-other");
        await lease?.done();
      });

      test("counts as long as it is not done, by job", async () => {
        const [one, two] = [word(), word()];
        await ground.tasks.add(one, ["a", "b"]);
        await ground.tasks.add(two, ["c"]);
        const [lease] = await taken(ground);
        expect([await other.tasks.count(one), await other.tasks.count(two)]).toEqual([2, 1]);
        await lease?.done();
        expect([await other.tasks.count(one), await other.tasks.count(two)]).toEqual([1, 1]);
        for (const job of [one, two]) await ground.tasks.clear(job);
        expect([await other.tasks.count(one), await other.tasks.count(two)]).toEqual([0, 0]);
        expect(await ground.tasks.count("nobodys")).toBe(0);
      });

      test("that is given back goes to another", async () => {
        const job = word();
        await ground.tasks.add(job, ["again"]);
        const [first] = await taken(ground);
        await first?.giveBack();
        const [second] = await taken(other);
        expect(second?.id).toBe("again");
        const begun = performance.now();
        await second?.giveBack(150.5);
        const [third] = await taken(ground);
        expect(performance.now() - begun).toBeGreaterThan(140);
        expect(third?.id).toBe("again");
        await third?.done();
        expect(await ground.tasks.count(job)).toBe(0);
      });

      test("of a worker that dies goes to another", async () => {
        const job = word();
        const mortal = await subject.connect();
        await ground.tasks.add(job, ["orphan"]);
        await taken(mortal);
        await subject.crash(mortal);
        const [lease] = await taken(other);
        expect(lease?.id).toBe("orphan");
        await lease?.done();
      }, 10_000);

      test("stays with its worker as long as that lives", async () => {
        const job = word();
        await ground.tasks.add(job, ["long"]);
        const [lease] = await taken(ground);
        // Longer than any lease: what was written when it began is gone, and written anew, and gone.
        for (const key of [word(), word(), word()]) {
          await ground.presence.put(key, 1);
          await until(async () => (await ground.presence.get(key)) === undefined);
        }
        const controller = new AbortController();
        const waiting = other.tasks.take(controller.signal).catch(() => "nothing");
        await ground.presence.put(word(), 1);
        expect(await other.tasks.count(job)).toBe(1);
        controller.abort();
        expect(await waiting).toBe("nothing");
        await lease?.done();
        expect(await other.tasks.count(job)).toBe(0);
      }, 20_000);

      test("that is put in again while it is in work, is there when that is done", async () => {
        const job = word();
        await ground.tasks.add(job, ["twice"]);
        const [first] = await taken(ground);
        await other.tasks.add(job, ["twice"]);
        await first?.done();
        const [second] = await taken(other);
        expect(second?.id).toBe("twice");
        await second?.done();
        await other.tasks.add(job, ["twice"]);
        const [third] = await taken(other);
        expect(third?.id).toBe("twice");
        await third?.done();
      });

      test("is forgotten with all others of its words, as if they had never been", async () => {
        const job = word();
        for (const key of [`${job}.a`, `${job}.b.1`]) await ground.records.put(key, 1);
        await ground.records.remove(`${job}.a`);
        const first = await ground.records.put(`${job}-other.a`, 1);
        await other.records.clear(`${job}.`);
        await other.records.clear(`${job}.`);
        expect(await contents(ground.records.all(`${job}.`))).toEqual({});
        expect(await ground.records.get(`${job}.b.1`)).toBeUndefined();
        expect(await ground.records.update(`${job}.b.1`, 2, first - 1)).toBeUndefined();
        expect(await ground.records.create(`${job}.b.1`, 3)).toBeGreaterThan(first);
        expect(await other.records.get(`${job}-other.a`)).toMatchObject({ value: 1 });
      });

      test("may be one of thousands", async () => {
        const job = word();
        const ids = Array.from({ length: 3000 }, (_, index) => `range-${index}`);
        await ground.tasks.add(job, ids);
        expect(await ground.tasks.count(job)).toBe(3000);
        const seen: string[] = [];
        const work = async (worker: Ground): Promise<void> => {
          while (seen.length < ids.length) {
            const controller = new AbortController();
            finished.promise.then(
              () => controller.abort(),
              () => undefined,
            );
            const lease = await worker.tasks.take(controller.signal).catch(() => undefined);
            if (lease === undefined) return;
            seen.push(lease.id);
            await lease.done();
            if (seen.length === ids.length) finished.resolve();
          }
        };
        const finished = Promise.withResolvers<void>();
        await Promise.all([ground, ground, ground, other, other, other].map(work));
        expect(seen.toSorted()).toEqual(ids.toSorted());
      }, 30_000);
    });

    describe("a record", () => {
      test("is what was written, and has a greater revision each time", async () => {
        const key = `${word()}.range.7`;
        const value = { from: "ä/\u0000", counts: [1, 2.5, null], deep: { is: true } };
        expect(await ground.records.get(key)).toBeUndefined();
        const first = await ground.records.put(key, value);
        expect(await other.records.get(key)).toEqual({ key, value, revision: first });
        const second = await other.records.put(key, 2);
        expect(second).toBeGreaterThan(first);
        expect(await ground.records.get(key)).toEqual({ key, value: 2, revision: second });
      });

      test("is made once", async () => {
        const key = word();
        const made = await Promise.all(
          [ground, other, ground, other].map(({ records }, index) => records.create(key, index)),
        );
        const [winner] = made.flatMap((revision, index) => (revision === undefined ? [] : [index]));
        expect(made.filter((revision) => revision !== undefined)).toHaveLength(1);
        expect(await ground.records.get(key)).toMatchObject({ value: winner });
      });

      test("is changed only by whoever has seen its last state", async () => {
        const key = word();
        const first = (await ground.records.create(key, "a")) ?? 0;
        const second = await other.records.update(key, "b", first);
        expect(second).toBeGreaterThan(first);
        expect(await ground.records.update(key, "c", first)).toBeUndefined();
        expect(await ground.records.remove(key, first)).toBe(false);
        expect(await ground.records.get(key)).toEqual({ key, value: "b", revision: second ?? 0 });
        expect(await ground.records.remove(key, second)).toBe(true);
        expect(await ground.records.get(key)).toBeUndefined();
      });

      test("is changed by many without losing a change", async () => {
        const key = word();
        await ground.records.create(key, 0);
        const count = async ({ records }: Ground): Promise<void> => {
          for (let left = 20; left > 0;) {
            const { value, revision } = (await records.get(key)) ?? { value: 0, revision: 0 };
            if ((await records.update(key, Number(value) + 1, revision)) !== undefined) left -= 1;
          }
        };
        await Promise.all([ground, other, ground, other].map(count));
        expect(await ground.records.get(key)).toMatchObject({ value: 80 });
      }, 20_000);

      test("that is gone is not changed, and can be made again", async () => {
        const key = word();
        const first = (await ground.records.create(key, 1)) ?? 0;
        await other.records.remove(key);
        await other.records.remove(key);
        expect(await ground.records.get(key)).toBeUndefined();
        expect(await ground.records.update(key, 2, first)).toBeUndefined();
        expect(await ground.records.update(word(), 2, first)).toBeUndefined();
        const second = await ground.records.create(key, 3);
        expect(second).toBeGreaterThan(first);
        expect(await other.records.get(key)).toMatchObject({ value: 3 });
      });

      test("is found with all others of its words", async () => {
        const [job, another] = [word(), word()];
        for (const key of [`${job}.a`, `${job}.b.1`, `${job}.b.2`, `${job}.gone`, another]) {
          await ground.records.put(key, key.length);
        }
        await ground.records.remove(`${job}.gone`);
        const all = await contents(other.records.all(`${job}.`));
        expect(Object.keys(all).toSorted()).toEqual([`${job}.a`, `${job}.b.1`, `${job}.b.2`]);
        expect(Object.keys(await contents(other.records.all(`${job}.b.`)))).toHaveLength(2);
        expect(await contents(other.records.all(""))).toMatchObject({
          ...{ ...all, [another]: another.length },
        });
        expect(await contents(other.records.all(`${word()}.`))).toEqual({});
      });

      test("may be one of thousands", async () => {
        const job = word();
        const keys = Array.from({ length: 3000 }, (_, index) => `${job}.${index}`);
        await Promise.all(keys.map((key) => ground.records.put(key, { key })));
        let count = 0;
        for await (const { key, value } of other.records.all(`${job}.`)) {
          expect(value).toEqual({ key });
          count += 1;
        }
        expect(count).toBe(keys.length);
      }, 20_000);
    });

    describe("who watches records", () => {
      test("is told what there is, then that this was all, then every change", async () => {
        const job = word();
        const key = `${job}.a`;
        const revision = await ground.records.put(key, 1);
        const controller = new AbortController();
        const watch = other.records.watch(`${job}.`, controller.signal)[Symbol.asyncIterator]();
        const next = async () => (await watch.next()).value as unknown;
        expect(await next()).toEqual({ key, value: 1, revision });
        expect(await next()).toBeUndefined();
        await ground.records.put(word(), "of another job");
        const second = (await ground.records.update(key, 2, revision)) ?? 0;
        expect(await next()).toEqual({ key, value: 2, revision: second });
        await ground.records.remove(key);
        expect(await next()).toMatchObject({ key, value: undefined });
        const made = await ground.records.create(`${job}.b`, 3);
        expect(await next()).toEqual({ key: `${job}.b`, value: 3, revision: made ?? 0 });
        const last = watch.next();
        controller.abort();
        expect(await last).toEqual({ done: true, value: undefined });
      });

      test("is told that there is nothing", async () => {
        const controller = new AbortController();
        const watch = other.records.watch(`${word()}.`, controller.signal)[Symbol.asyncIterator]();
        expect(await watch.next()).toEqual({ done: false, value: undefined });
        controller.abort();
        expect(await watch.next()).toEqual({ done: true, value: undefined });
      });
    });

    describe("presence", () => {
      test("goes away when nobody writes it, and stays as long as somebody does", async () => {
        const [dead, alive] = [word(), word()];
        await ground.presence.put(dead, 1);
        let seen = 0;
        await until(async () => {
          await ground.presence.put(alive, (seen += 1));
          return (await other.presence.get(dead)) === undefined;
        });
        const all = await contents(other.presence.all(""));
        expect(all).toMatchObject({ [alive]: seen });
        expect(Object.keys(all)).not.toContain(dead);
        expect(await ground.records.get(alive)).toBeUndefined();
      }, 10_000);

      test("that went away can be made again, but not be changed", async () => {
        const key = word();
        const first = (await ground.presence.create(key, 1)) ?? 0;
        await until(async () => (await other.presence.get(key)) === undefined);
        expect(await ground.presence.update(key, 2, first)).toBeUndefined();
        expect(await ground.presence.create(key, 3)).toBeGreaterThan(first);
      }, 10_000);
    });

    describe("a note", () => {
      const read = async (notes: AsyncIterable<Note>) => await Array.fromAsync(notes);

      test("is kept with its job, in the order in which it came", async () => {
        const job = word();
        for (const id of ["a", "b", "c"]) await ground.notes.add(job, id, { id });
        await ground.notes.add(word(), "d", "of another job");
        const found = await read(other.notes.read(job, 0));
        expect(found.map(({ value }) => value)).toEqual([{ id: "a" }, { id: "b" }, { id: "c" }]);
        const [first, second, third] = found.map(({ sequence }) => sequence);
        expect(second).toBeGreaterThan(first ?? 0);
        const later = await read(other.notes.read(job, first ?? 0));
        expect(later.map(({ sequence }) => sequence)).toEqual([second ?? 0, third ?? 0]);
        expect(await read(other.notes.read(job, third ?? 0))).toEqual([]);
        expect(await read(other.notes.read(word(), 0))).toEqual([]);
      });

      test("of the same id is there once, by job", async () => {
        const [job, another] = [word(), word()];
        await ground.notes.add(job, "a", 1);
        await other.notes.add(job, "a", 2);
        await other.notes.add(another, "a", 3);
        expect((await read(ground.notes.read(job, 0))).map(({ value }) => value)).toEqual([1]);
        expect((await read(ground.notes.read(another, 0))).map(({ value }) => value)).toEqual([3]);
      });

      test("is forgotten with the others of its job", async () => {
        const [job, another] = [word(), word()];
        await ground.notes.add(job, "a", 1);
        await ground.notes.add(another, "a", 2);
        await other.notes.clear(job);
        expect(await read(ground.notes.read(job, 0))).toEqual([]);
        expect(await read(ground.notes.read(another, 0))).toHaveLength(1);
      });
    });

    test("refuses names and values that a server could not keep", async () => {
      const refused = [
        ...["", "a b", "a.b", "ä", "*", ">"].flatMap((bad) => [
          () => ground.tasks.add(bad, ["a"]),
          () => ground.tasks.add("a", [bad]),
          () => ground.notes.add(bad, "a", 1),
        ]),
        ...["", "a..b", ".a", "a.", "a b", "a.*"].map((key) => () => ground.records.put(key, 1)),
        () => ground.records.put("large", "x".repeat(1_100_000)),
      ];
      for (const call of refused) {
        expect(await rejection(call())).toMatchObject({ code: "internal" });
      }
    });
  });
}
