/**
 * Every fault of the wire at every request of every route. A fault that strikes once is overcome, or told; one that
 * strikes always ends in an honest failure; and a clean run afterwards puts everything right. What came of all that
 * is counted in test/README.md.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Fault, Operation } from "../support/fault-proxy.ts";
import { canMeet, faults, mustOvercome } from "./faults.ts";
import { Journey, operations, Origin, routes } from "./routes.ts";
import { type Outcome, Tally } from "./tally.ts";

/** A lost answer to this one leaves an upload of which nobody knows the id. */
function mayLeaveUpload(operation: Operation, fault: Fault): boolean {
  return operation === "CreateMultipartUpload" && fault.kind !== "refuse";
}

async function expectNothingUnfinished(journey: Journey): Promise<void> {
  expect(await journey.unfinished()).toBe(0);
}

async function expectRepaired(journey: Journey): Promise<void> {
  const { summary } = await journey.runClean();
  expect(summary).toMatchObject({ errors: 0, warnings: 0 });
  expect(await journey.found()).toEqual(journey.complete);
  const [object] = (await journey.bucket?.list("object")) ?? [];
  if (object !== undefined) expect(object.etag).toBe(journey.etag);
}

/** Runs to the end: complete means that all is there, else that something was said and nothing is broken. */
async function outcomeOf(journey: Journey, operation: Operation, once: boolean): Promise<Outcome> {
  const { summary } = await journey.run(once ? {} : { forceRetryCount: 0 });
  const found = await journey.found();
  if (summary.errors + summary.warnings === 0) {
    expect(found).toEqual(journey.complete);
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, deleted: 1 });
    return "complete";
  }
  // A deletion whose answer was lost was carried out all the same.
  const gone = operation === "DeleteObjects" ? [journey.complete] : [];
  expect([...journey.halfway, ...gone]).toContainEqual(found);
  expect(summary.deleted).toBe(0);
  return "failed";
}

const cells = routes.flatMap(({ route, size }) =>
  operations[route][size].flatMap((operation) =>
    faults
      .filter((fault) => canMeet(fault, operation, size))
      .map((fault) => ({ ...fault, route, size, operation })),
  ),
);
const counted = cells.filter(({ isRace }) => isRace !== true);
const tally = new Tally("requests", [...new Set(counted.map(({ title }) => title))]);

describe.each(routes)("$route of a $size object", ({ route, size }) => {
  let origin: Origin;
  beforeAll(async () => {
    origin = await Origin.create(route, size);
  });
  afterAll(() => origin[Symbol.asyncDispose]());

  const own = cells.filter((cell) => cell.route === route && cell.size === size);

  test.each(own)(
    "with $title at one $operation is complete, or fails honestly",
    async (cell) => {
      const { title, fault, operation, isRace } = cell;
      await using journey = await Journey.begin(origin);
      const injection = journey.proxy.inject(operation, fault, { times: 1 });
      const outcome = await outcomeOf(journey, operation, true);
      expect(injection.hits).toBe(1);
      if (mustOvercome(cell, operation)) expect(outcome).toBe("complete");
      if (outcome === "failed") await expectRepaired(journey);
      // What can be gone on with may stay, and is gone on with.
      if (!mayLeaveUpload(operation, fault)) await expectNothingUnfinished(journey);
      if (isRace !== true) tally.count({ fault: title, route, size }, outcome);
    },
    20_000,
  );

  test.each(own)(
    "with $title at every $operation fails honestly, and can be repaired",
    async ({ title, fault, operation, isRace }) => {
      await using journey = await Journey.begin(origin);
      const injection = journey.proxy.inject(operation, fault);
      const outcome = await outcomeOf(journey, operation, false);
      expect(injection.hits).toBeGreaterThan(0);
      await expectRepaired(journey);
      if (!mayLeaveUpload(operation, fault)) await expectNothingUnfinished(journey);
      if (isRace !== true) tally.count({ fault: title, route, size }, outcome);
    },
    20_000,
  );
});

test("the outcomes are those in test/README.md", () => {
  // A part of the tests alone cannot tell.
  if (tally.total < 2 * counted.length) return;
  expect(tally.table()).toEqual(tally.published());
});
