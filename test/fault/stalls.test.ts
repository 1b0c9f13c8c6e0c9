/**
 * Silence: a peer that stops in the middle costs a try, not the run; and a run that is told to stop does not
 * wait for it. Most of the time here is waiting, so the tests that wait do it together.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import type { Fault } from "../support/fault-proxy.ts";
import { Journey, operations, Origin, type RouteName, routes, type SizeName } from "./routes.ts";

const silences: readonly { readonly where: string; readonly fault: Fault }[] = [
  { where: "in the middle of its body", fault: { kind: "stall", at: "in-request" } },
  { where: "before the answer", fault: { kind: "stall", at: "before-answer" } },
  { where: "in the middle of the answer", fault: { kind: "stall", at: "in-answer" } },
];

const cells = routes.flatMap(({ route, size }) =>
  operations[route][size].map((operation) => ({ route, size, operation })),
);
/** Long enough for a machine that is busy with all of these at once. */
const patience = { operationAttemptTimeoutMilliseconds: 3000 };
/** Twice the twenty seconds after which a stall is one. */
const stallLimitMs = 40_000;
const waitLimitMs = 60_000;
/** How long a run that was told to stop may take to end. */
const stopLimitMs = 5000;

const origins: Origin[] = [];

beforeAll(async () => {
  for (const { route, size } of routes) origins.push(await Origin.create(route, size));
});
afterAll(async () => {
  for (const origin of origins) await origin[Symbol.asyncDispose]();
});

function originOf(route: RouteName, size: SizeName): Origin {
  const found = origins.find((origin) => origin.route === route && origin.size === size);
  if (found === undefined) throw new Error(`no origin for a ${size} ${route}`);
  return found;
}

test.concurrent.each([...silences])(
  "silence $where is overcome, at whatever request of whatever route it strikes once",
  async ({ fault }) => {
    const outcomes = cells.map(async ({ route, size, operation }) => {
      await using journey = await Journey.begin(originOf(route, size));
      journey.proxy.inject(operation, fault, { times: 1 });
      const { summary } = await journey.run({ ...patience, awsMaxAttempts: 5 });
      const { errors, warnings, etagVerified } = summary;
      const whole = Bun.deepEquals(await journey.found(), journey.complete);
      return { route, size, operation, errors, warnings, etagVerified, whole };
    });
    const good = { errors: 0, warnings: 0, etagVerified: 1, whole: true };
    expect(await Promise.all(outcomes)).toEqual(cells.map((cell) => ({ ...cell, ...good })));
  },
  waitLimitMs,
);

test.concurrent(
  "answers that never come end in an honest failure",
  async () => {
    const outcomes = cells.map(async ({ route, size, operation }) => {
      await using journey = await Journey.begin(originOf(route, size));
      journey.proxy.inject(operation, { kind: "stall", at: "before-answer" });
      const { summary } = await journey.run({ ...patience, forceRetryCount: 0 });
      return { route, size, operation, errors: summary.errors, etagVerified: summary.etagVerified };
    });
    const honest = { errors: 1, etagVerified: 0 };
    expect(await Promise.all(outcomes)).toEqual(cells.map((cell) => ({ ...cell, ...honest })));
  },
  waitLimitMs,
);

test.concurrent(
  "a body that stalls is noticed by default, in every direction",
  async () => {
    const reading = routes.filter(({ route }) => route === "download" || route === "copy");
    const outcomes = reading.map(async ({ route, size }) => {
      await using journey = await Journey.begin(originOf(route, size));
      journey.proxy.inject("GetObject", { kind: "stall", at: "in-answer" }, { times: 1 });
      const { summary } = await journey.run();
      expect(await journey.found()).toEqual(journey.complete);
      return summary;
    });
    for (const summary of await Promise.all(outcomes)) {
      expect(summary).toMatchObject({ etagVerified: 1, errors: 0, warnings: 0 });
      expect(summary.durationMs).toBeLessThan(stallLimitMs);
    }
  },
  waitLimitMs,
);

test.each(cells)(
  "$route of a $size object ends soon when it is told to stop while $operation is not answered",
  async ({ route, size, operation }) => {
    await using journey = await Journey.begin(originOf(route, size));
    const silence = journey.proxy.inject(operation, { kind: "stall", at: "before-answer" });
    const stop = new AbortController();
    const run = journey.run({}, stop.signal);
    await silence.met;
    stop.abort();
    const { summary } = await Promise.race([run, late()]);
    expect(summary).toMatchObject({ interrupted: true, etagVerified: 0 });
  },
  20_000,
);

async function late(): Promise<never> {
  await Bun.sleep(stopLimitMs);
  throw new Error(`the run did not end within ${stopLimitMs} ms`);
}
