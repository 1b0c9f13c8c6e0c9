/**
 * Bounds on what goes on at the same time.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { Allowance } from "../../src/transfer/limits/limits.ts";

/** Lets everything that can go on, go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** Asks, and remembers when it was granted. */
class Asker {
  granted = false;
  release: () => void = () => undefined;

  constructor(allowance: Allowance, amount: number) {
    void allowance.take(amount).then((release) => {
      this.granted = true;
      this.release = release;
    });
  }
}

describe("an allowance", () => {
  test("grants at once what is free", async () => {
    const allowance = new Allowance(3);
    const askers = [new Asker(allowance, 2), new Asker(allowance, 1)];
    await settle();
    expect(askers.map(({ granted }) => granted)).toEqual([true, true]);
  });

  test("lets wait what is not free, until it is given back", async () => {
    const allowance = new Allowance(3);
    const first = new Asker(allowance, 2);
    const second = new Asker(allowance, 2);
    await settle();
    expect(second.granted).toBe(false);
    first.release();
    await settle();
    expect(second.granted).toBe(true);
  });

  test("does not let a small request overtake a large one that came before", async () => {
    const allowance = new Allowance(10);
    const holder = new Asker(allowance, 6);
    const large = new Asker(allowance, 8);
    const small = new Asker(allowance, 1);
    await settle();
    expect([large.granted, small.granted]).toEqual([false, false]);
    holder.release();
    await settle();
    expect([large.granted, small.granted]).toEqual([true, true]);
  });

  test("takes a request for more than there is as one for all of it", async () => {
    const allowance = new Allowance(5);
    const one = new Asker(allowance, 1);
    const huge = new Asker(allowance, 1000);
    const after = new Asker(allowance, 1);
    await settle();
    expect(huge.granted).toBe(false);
    one.release();
    await settle();
    expect([huge.granted, after.granted]).toEqual([true, false]);
    huge.release();
    await settle();
    expect(after.granted).toBe(true);
  });

  test("that grows serves those who wait", async () => {
    const allowance = new Allowance(1);
    const askers = [1, 1, 1].map((amount) => new Asker(allowance, amount));
    await settle();
    allowance.resize(2);
    await settle();
    expect(askers.map(({ granted }) => granted)).toEqual([true, true, false]);
  });

  test("that shrinks takes nothing back, and grants nothing until enough was given back", async () => {
    const allowance = new Allowance(3);
    const askers = [1, 1, 1, 1].map((amount) => new Asker(allowance, amount));
    await settle();
    allowance.resize(1);
    askers[0]?.release();
    askers[1]?.release();
    await settle();
    expect(askers[3]?.granted).toBe(false);
    askers[2]?.release();
    await settle();
    expect(askers[3]?.granted).toBe(true);
  });

  test("counts what is given back twice only once", async () => {
    const allowance = new Allowance(1);
    const first = new Asker(allowance, 1);
    await settle();
    first.release();
    first.release();
    const askers = [new Asker(allowance, 1), new Asker(allowance, 1)];
    await settle();
    expect(askers.map(({ granted }) => granted)).toEqual([true, false]);
  });

  test("grants a request for nothing, but not before its turn", async () => {
    const allowance = new Allowance(1);
    const nothing = new Asker(allowance, 0);
    await settle();
    expect(nothing.granted).toBe(true);
  });

  test("never has more out than there is, serves in order and ends with everything free", async () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 20 });
    const order = fc.infiniteStream(fc.nat());
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        amounts,
        order,
        async (total, asked, pick) => {
          const allowance = new Allowance(total);
          const askers = asked.map((amount) => new Asker(allowance, amount));
          const out = new Set<Asker>();
          const done = new Set<Asker>();
          for (;;) {
            await settle();
            for (const asker of askers) if (asker.granted && !done.has(asker)) out.add(asker);
            const taken = askers.reduce(
              (sum, asker, index) =>
                sum + (out.has(asker) ? Math.min(asked[index] ?? 0, total) : 0),
              0,
            );
            expect(taken).toBeLessThanOrEqual(total);
            const flags = askers.map(({ granted }) => granted);
            expect(flags).toEqual(flags.toSorted((a, b) => Number(b) - Number(a)));
            const chosen = [...out][pick.next().value % Math.max(1, out.size)];
            if (chosen === undefined) break;
            out.delete(chosen);
            done.add(chosen);
            chosen.release();
          }
          expect(done.size).toBe(askers.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});
