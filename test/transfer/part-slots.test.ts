/**
 * How many parts are on their way at the same time.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { MiB } from "../../src/core/bytes.ts";
import { PartSlots } from "../../src/transfer/limits/part-slots.ts";

const partBytes = 8 * MiB;
const most = 16;

/** Moves parts, in rounds: as many at once as there are places. `took` says how long each takes then, in ms. */
function afterRounds(rounds: number, took: (atOnce: number) => number): PartSlots {
  const slots = new PartSlots(most);
  for (let round = 0; round < rounds; round++) {
    const atOnce = slots.current;
    for (let part = 0; part < atOnce; part++) slots.learn(partBytes, took(atOnce));
  }
  return slots;
}

describe("parts on their way", () => {
  test("are two at first", () => {
    expect(new PartSlots(most).current).toBe(2);
  });

  test("are never more than asked for", async () => {
    const slots = new PartSlots(1);
    const leave = await slots.take();
    slots.learn(partBytes, 1);
    expect(slots.current).toBe(1);
    leave();
  });

  test("are all that may be on a fast line, after three rounds", () => {
    expect(afterRounds(3, () => 80).current).toBe(most);
  });

  test("are all that may be where each connection is slow for itself", () => {
    expect(afterRounds(4, () => 8000).current).toBe(most);
  });

  test.each([0.25, 1, 4])("stay few on a line of %p MiB a second that they share", (rate) => {
    const took = (atOnce: number): number => (atOnce * 8 * 1000) / rate;
    for (const rounds of [3, 10, 30]) expect(afterRounds(rounds, took).current).toBeLessThan(5);
  });

  test("become fewer where a line turns out to be narrow, and more when it is wide again", () => {
    const slots = afterRounds(3, () => 1100);
    const wide = slots.current;
    for (let part = 0; part < 30; part++) slots.learn(partBytes, 9000);
    expect(slots.current).toBeLessThan(wide);
    expect(slots.current).toBe(2);
    for (let part = 0; part < 30; part++) slots.learn(partBytes, 300);
    expect(slots.current).toBe(most);
  });

  test("become fewer when a server is too busy, once for many complaints, and no more for a while", () => {
    const slots = afterRounds(3, () => 80);
    const now = performance.now();
    for (let complaint = 0; complaint < 20; complaint++) slots.slowDown(now);
    expect(slots.current).toBe(11);
    slots.learn(partBytes, 80, now + 9000);
    expect(slots.current).toBe(11);
    slots.learn(partBytes, 80, now + 10_000);
    expect(slots.current).toBe(13);
    slots.slowDown(now + 10_000);
    expect(slots.current).toBe(9);
  });

  test("are compared by their size", () => {
    const slots = new PartSlots(most);
    slots.learn(MiB, 2000);
    slots.learn(partBytes, 16_000);
    expect(slots.current).toBe(4);
  });

  test("that fail teach nothing", async () => {
    const slots = new PartSlots(most);
    const failing = slots.timed(partBytes, () => Promise.reject(new Error("broken")));
    expect(await failing.catch((thrown: unknown) => String(thrown))).toBe("Error: broken");
    expect(slots.current).toBe(2);
  });
});
