/**
 * Whatever lies on both sides, whatever is changed there and whatever is wished: a run does what the model says. Between
 * places that cost nothing, so with many cases, and with keys and clashes that no server of the tests takes.
 *
 * @module
 */
import { describe, test } from "bun:test";

import fc from "fast-check";

import { anyKey, anyShare, anySteps, type Extras, type Step } from "./cases.ts";
import { Machine } from "./mortal.ts";
import { type Kill, play, run, type Stage } from "./play.ts";
import { patience, runs } from "./settings.ts";
import { Clock, DirectoryPlace, MemoryPlace, type Place } from "./sides.ts";

/** What lies in memory may have any keys, and may be asked about by a callback. */
const plain: Extras = { key: anyKey, also: [{}, {}, {}, { oddOnly: true }] };
/** Keys that exclude each other are found before a callback is asked. */
const paths: Extras = { key: anyKey };

/** Plays a case between two new places. */
async function playBetween(
  source: (clock: Clock) => Place,
  target: (clock: Clock) => Place,
  steps: readonly Step[],
  kill?: Kill,
): Promise<void> {
  const clock = new Clock();
  await using from = source(clock);
  await using to = target(clock);
  await play({ source: from, target: to, clock }, steps, kill);
}

const memory = (clock: Clock): Place => new MemoryPlace(clock);
const memoryInTinyPages = (clock: Clock): Place => new MemoryPlace(clock, "tiny");
const directory = (): Place => new DirectoryPlace();

describe("what the model says comes of every run, and of the same once more,", () => {
  const routes = [
    { from: memory, to: memory, extras: plain, title: "from memory to memory", many: [120, 1000] },
    {
      ...{ from: memoryInTinyPages, to: memoryInTinyPages, extras: plain },
      ...{ title: "from memory to memory in tiny pages", many: [40, 300] },
    },
    {
      ...{ from: memory, to: directory, extras: paths },
      ...{ title: "from memory to a directory", many: [60, 500] },
    },
    {
      ...{ from: directory, to: memory, extras: plain },
      ...{ title: "from a directory to memory", many: [40, 300] },
    },
  ] as const;

  test.each([...routes])(
    "$title",
    async ({ from, to, extras, many: [normally, nightly] }) => {
      const steps = anySteps(extras, 3);
      await fc.assert(
        fc.asyncProperty(steps, (each) => playBetween(from, to, each)),
        runs(normally, nightly),
      );
    },
    patience,
  );
});

/** Calls for each object, in two steps each. */
const stepsOfEach = 12;

describe("what the model says comes of the next run", () => {
  const die = (share: number): Kill => ({
    share,
    async by({ source, target }, { wish, workerSize }, units) {
      const machine = new Machine(Math.floor(units * stepsOfEach));
      const stores = [reached(machine, source), reached(machine, target)] as const;
      await run({ source, target }, wish, workerSize, { stores });
    },
  });
  const stop = (share: number): Kill => ({ share, by: "signal" });

  test.each([
    {
      title: "after one from memory to memory that was told to stop anywhere",
      ...{ to: memory, extras: plain, kill: stop, many: [50, 400] },
    },
    {
      title: "after one from memory to a directory that was told to stop anywhere",
      ...{ to: directory, extras: paths, kill: stop, many: [30, 200] },
    },
    {
      title: "after one whose machine died at any call of a store, without cleaning up",
      ...{ to: memory, extras: plain, kill: die, many: [50, 400] },
    },
  ])(
    "$title",
    async ({ to, extras, kill, many: [normally, nightly] }) => {
      const steps = anySteps({ ...extras, isBusy: true }, 2);
      await fc.assert(
        fc.asyncProperty(steps, anyShare, (each, share) =>
          playBetween(memory, to, each, kill(share)),
        ),
        runs(normally, nightly),
      );
    },
    patience,
  );
});

function reached(machine: Machine, { url }: Stage["source"]) {
  if (typeof url === "string") throw new TypeError("only stores can be reached through a machine");
  return machine.reach(url);
}
