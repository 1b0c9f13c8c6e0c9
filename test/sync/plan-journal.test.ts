/**
 * How far a plan was carried out, as far as it is noted.
 *
 * @module
 */
import { afterEach, beforeEach, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import { StateDirectory } from "../../src/state/state-directory.ts";
import { PlanJournal } from "../../src/sync/plans/plan-journal.ts";
import { TempDir } from "../support/temp-dir.ts";

let dir: TempDir;
beforeEach(() => {
  dir = new TempDir();
  dir.write("plan", "a plan");
});
afterEach(() => dir[Symbol.dispose]());

const open = (): Promise<PlanJournal> =>
  PlanJournal.open(new StateDirectory(dir.at("state")), dir.at("plan"));

test("a journal that was left knows each step that is done, in whatever order they ended", async () => {
  const runs = fc.array(
    fc.uniqueArray(fc.record({ step: fc.integer({ min: 1, max: 1500 }), isDone: fc.boolean() }), {
      selector: ({ step }) => step,
      maxLength: 1500,
    }),
    { minLength: 1, maxLength: 3 },
  );
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      fs.rmSync(dir.at("state"), { recursive: true, force: true });
      const done = new Set<number>();
      for (const steps of all) {
        const journal = await open();
        for (const { step, isDone } of steps) {
          if (journal.isDone(step)) continue;
          journal.settle(step, isDone);
          if (isDone) done.add(step);
        }
        journal.leave();
      }
      const last = await open();
      const known = Array.from({ length: 1500 }, (_, index) => index + 1).filter((step) =>
        last.isDone(step),
      );
      expect(new Set(known)).toEqual(done);
      last.finish();
    }),
    { numRuns: 30 },
  );
});

test("a step that failed in a later run takes nothing from those that were done before", async () => {
  const settle = async (...steps: readonly (readonly [number, boolean])[]): Promise<void> => {
    const journal = await open();
    for (const [step, isDone] of steps) journal.settle(step, isDone);
    journal.leave();
  };
  await settle([1, true]);
  await settle([3, false]);
  await settle();
  expect((await open()).isDone(1)).toBe(true);
});

test("many steps take a few lines", async () => {
  const journal = await open();
  for (let step = 1; step <= 20_000; step++) journal.settle(step, step !== 7);
  const [file = ""] = dir.files("state");
  const text = fs.readFileSync(dir.at("state", file), "utf8");
  expect(text.split("\n").length).toBeLessThan(50);
  // As if the run had died.
  const lines = text.trimEnd().split("\n");
  expect(lines.at(-1)).toContain('"up_to":20000,"open":[7]');
});

test("another plan knows nothing of it, also under the same name", async () => {
  const journal = await open();
  journal.settle(1, true);
  journal.leave();
  dir.write("plan", "another plan");
  const other = await open();
  expect([other.isGoingOn, other.isDone(1)]).toEqual([false, false]);
});

test("nothing is left of one by which nothing was done", async () => {
  const journal = await open();
  journal.settle(1, false);
  journal.leave();
  expect(dir.files("state")).toEqual([]);
});
