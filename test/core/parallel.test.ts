/**
 * Work on many things at the same time.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { inParallel } from "../../src/core/parallel.ts";
import { rejection } from "./rejection.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("work on many things", () => {
  test("gives what came of each, in their order, with so many under way and no more", async () => {
    let [now, most] = [0, 0];
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (turns) => {
      now += 1;
      most = Math.max(most, now);
      for (let each = 0; each < turns; each++) await turn();
      now -= 1;
      return turns * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  test("of nothing is nothing", async () => {
    expect(await inParallel([], 4, async () => 1)).toEqual([]);
  });

  test("begins nothing after a failure, and waits for what is under way", async () => {
    const done: number[] = [];
    const work = inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      if (item === 1) throw new Error("one");
      await turn();
      done.push(item);
    });
    expect(await rejection(work)).toMatchObject({ message: "one" });
    expect(done).toEqual([2]);
  });
});
