/**
 * Silence, and bytes that only drip: a peer that stops in the middle costs a try, not the run; and a run that is told
 * to stop does not wait for it. Most of the time here is waiting, so the tests that wait do it together. What came of
 * it is counted in test/README.md.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import type { ConfigInput } from "../../src/index.ts";
import { Allowance } from "../../src/transfer/limits/limits.ts";
import type { Fault, Operation } from "../support/fault-proxy.ts";
import { carriesBody, hasBody } from "./faults.ts";
import { Journey, operations, Origin, type RouteName, routes, type SizeName } from "./routes.ts";
import { Tally } from "./tally.ts";

interface Silence {
  readonly title: string;
  readonly fault: Fault;
  readonly patience: Partial<ConfigInput>;
  /** The operations that meet it; all, unless something is said. */
  readonly meets?: (operation: Operation) => boolean;
}

/** S3 may send blanks while it works on them, for minutes. */
const slow: ReadonlySet<Operation> = new Set([
  "CompleteMultipartUpload",
  "CopyObject",
  "UploadPartCopy",
]);
/** Long enough for a machine that is busy with all of these at once. */
const perAttempt = { operationAttemptTimeoutMilliseconds: 5000 };
const silences: readonly Silence[] = [
  {
    title: "silence in the middle of the request",
    fault: { kind: "stall", at: "in-request" },
    patience: perAttempt,
    meets: carriesBody,
  },
  {
    title: "silence before the answer",
    fault: { kind: "stall", at: "before-answer" },
    patience: perAttempt,
  },
  {
    title: "silence in the middle of the answer",
    fault: { kind: "stall", at: "in-answer" },
    patience: perAttempt,
    meets: hasBody,
  },
  {
    title: "one byte of the answer a minute",
    fault: { kind: "drip", everyMs: 60_000 },
    // It is a stall after twenty seconds: once is enough.
    patience: { awsMaxAttempts: 1 },
    meets: (operation) => hasBody(operation) && !slow.has(operation),
  },
];
/** As many runs wait at the same time: with more, what they do takes longer than their patience. */
const lanes = new Allowance(16);
const titles = silences.map(({ title }) => title);
const tally = new Tally("silence", titles);

const cells = routes.flatMap(({ route, size }) =>
  operations[route][size].map((operation) => ({ route, size, operation })),
);

function cellsOf({ meets }: Silence): typeof cells {
  return cells.filter(({ operation }) => meets?.(operation) ?? true);
}
/** Three times the twenty seconds after which a stall is one. */
const stallLimitMs = 60_000;
const waitLimitMs = 120_000;
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

/** Who only waits needs none. */
async function inLane({ fault }: Silence): Promise<Disposable> {
  const leave = fault.kind === "drip" ? (): void => undefined : await lanes.take();
  return { [Symbol.dispose]: leave };
}

test.concurrent.each([...silences])(
  "$title is overcome, at whatever request of whatever route it strikes once",
  async (silence) => {
    const { title, fault, patience } = silence;
    const outcomes = cellsOf(silence).map(async ({ route, size, operation }) => {
      using _lane = await inLane(silence);
      await using journey = await Journey.begin(originOf(route, size));
      const injection = journey.proxy.inject(operation, fault, { times: 1 });
      const { summary } = await journey.run({ ...patience, awsMaxAttempts: 5 });
      const { errors, warnings, etagVerified } = summary;
      const whole = Bun.deepEquals(await journey.found(), journey.complete);
      tally.count({ fault: title, route, size }, errors + warnings === 0 ? "complete" : "failed");
      return {
        route,
        size,
        operation,
        errors,
        warnings,
        etagVerified,
        whole,
        hits: injection.hits,
      };
    });
    const good = { errors: 0, warnings: 0, etagVerified: 1, whole: true, hits: 1 };
    const expected = cellsOf(silence).map((cell) => ({ ...cell, ...good }));
    expect(await Promise.all(outcomes)).toEqual(expected);
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
    expect(summary).toMatchObject({ interrupted: true, deleted: 0 });
  },
  20_000,
);

async function late(): Promise<never> {
  await Bun.sleep(stopLimitMs);
  throw new Error(`the run did not end within ${stopLimitMs} ms`);
}

test.concurrent.each([...silences])(
  "$title, always, ends in an honest failure wherever it is heard, and a clean run repairs it",
  async (silence) => {
    const { title, fault, patience } = silence;
    const outcomes = cellsOf(silence).map(async ({ route, size, operation }) => {
      using _lane = await inLane(silence);
      await using journey = await Journey.begin(originOf(route, size));
      journey.proxy.inject(operation, fault);
      const { summary } = await journey.run({ ...patience, forceRetryCount: 0 });
      const isComplete = summary.errors + summary.warnings === 0;
      const found = await journey.found();
      if (isComplete) expect(found).toEqual(journey.complete);
      // What was asked for was done, even if nobody heard of it.
      else expect([...journey.halfway, journey.complete]).toContainEqual(found);
      expect((await journey.runClean()).summary).toMatchObject({ errors: 0, warnings: 0 });
      expect(await journey.found()).toEqual(journey.complete);
      tally.count({ fault: title, route, size }, isComplete ? "complete" : "failed");
    });
    await Promise.all(outcomes);
  },
  waitLimitMs,
);

test("the outcomes are those in test/README.md", () => {
  // A part of the tests alone cannot tell.
  if (tally.total < 2 * silences.flatMap(cellsOf).length) return;
  expect(tally.table()).toEqual(tally.published());
});
