/**
 * Connections as toxiproxy breaks them: every toxic, in both directions, on every route. Slow ones cost time and nothing
 * else; where none is left whole, a run fails honestly; where half of them are, it ends complete, if need be by running again. A
 * clean run afterwards puts everything right. What came of it is counted in test/README.md.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { httpServer } from "../support/servers.ts";
import { hasToxiproxy, type Toxic, Toxiproxy } from "../support/toxiproxy.ts";
import { KiB } from "../support/trees.ts";
import { Journey, Origin, routes } from "./routes.ts";
import { type Outcome, Tally } from "./tally.ts";

interface NamedToxic extends Pick<Toxic, "type" | "attributes"> {
  readonly title: string;
  /** A run through nothing else can succeed. */
  readonly isMild?: boolean;
}

const toxics: readonly NamedToxic[] = [
  { title: "latency", type: "latency", attributes: { latency: 20, jitter: 10 }, isMild: true },
  { title: "little bandwidth", type: "bandwidth", attributes: { rate: 16_000 }, isMild: true },
  {
    title: "small slices",
    type: "slicer",
    attributes: { average_size: 4000, size_variation: 3000, delay: 10 },
    isMild: true,
  },
  { title: "late close", type: "slow_close", attributes: { delay: 100 }, isMild: true },
  { title: "reset at once", type: "reset_peer", attributes: { timeout: 0 } },
  { title: "reset after 15 ms", type: "reset_peer", attributes: { timeout: 15 } },
  { title: "closed after 128 KiB", type: "limit_data", attributes: { bytes: 128 * KiB } },
  { title: "silence, and closed after 50 ms", type: "timeout", attributes: { timeout: 50 } },
];
const streams = ["upstream", "downstream"] as const;
/** Decides which connections are struck. */
const seeds = process.env["S3SYNC_TEST_NIGHTLY"] === "1" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];

/** Enough for luck to play no part. */
const mostRuns = 12;

const cells = toxics.flatMap((toxic) => streams.map((stream) => ({ ...toxic, stream })));
const severe = cells.filter(({ isMild }) => isMild !== true);
/** Where time decides, each machine has its own outcomes. */
const counted = cells.filter(
  ({ type, attributes }) => type !== "reset_peer" || attributes["timeout"] === 0,
);
const tally = new Tally("connections", counted.map(rowOf));

function rowOf({ title, stream }: (typeof cells)[number]): string {
  return `${title}, ${stream === "upstream" ? "to the server" : "on the way back"}`;
}

describe.skipIf(!hasToxiproxy)("by toxiproxy (needs toxiproxy)", () => {
  let proxy: Toxiproxy;
  const origins: Origin[] = [];
  beforeAll(async () => {
    proxy = await Toxiproxy.start(seeds[0] ?? 1);
    for (const { route, size } of routes) origins.push(await Origin.create(route, size));
  });
  afterAll(async () => {
    for (const origin of origins) await origin[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  /** Runs through a toxic: complete, or an honest failure that leaves nothing half-written. */
  async function runThrough(
    journey: Journey,
    endpoint: string,
    attempts: number,
  ): Promise<Outcome> {
    const { summary } = await journey.runThrough(endpoint, { awsMaxAttempts: attempts });
    const isComplete = summary.errors + summary.warnings === 0;
    const found = await journey.found();
    if (isComplete) expect(found).toEqual(journey.complete);
    // What was asked for was done, even if nobody heard of it.
    else expect([...journey.halfway, journey.complete]).toContainEqual(found);
    return isComplete ? "complete" : "failed";
  }

  async function expectRepaired(journey: Journey): Promise<void> {
    expect((await journey.runClean()).summary).toMatchObject({ errors: 0, warnings: 0 });
    expect(await journey.found()).toEqual(journey.complete);
  }

  test.each(cells)(
    "$title ($stream), on all connections",
    async (cell) => {
      const { type, attributes, stream, isMild } = cell;
      for (const origin of origins) {
        const { route, size } = origin;
        await using journey = await Journey.begin(origin);
        await using way = await proxy.open(httpServer(), { type, attributes, stream, toxicity: 1 });
        const outcome = await runThrough(journey, way.endpoint, 2);
        await expectRepaired(journey);
        if (isMild === true) expect([route, size, outcome]).toEqual([route, size, "complete"]);
        if (counted.includes(cell)) tally.count({ fault: rowOf(cell), route, size }, outcome);
      }
    },
    60_000,
  );

  test("the outcomes are those in test/README.md", () => {
    // A part of the tests alone cannot tell.
    if (tally.total < counted.length * routes.length) return;
    expect(tally.table()).toEqual(tally.published());
  });

  describe.each(seeds)("with seed %d", (seed) => {
    test.each(severe)(
      "$title ($stream), on half of the connections, ends complete, at the latest by running again",
      async ({ type, attributes, stream }) => {
        await using seeded = await Toxiproxy.start(seed);
        const toxic = { type, attributes, stream, toxicity: 0.5 };
        for (const origin of origins) {
          await using journey = await Journey.begin(origin);
          await using way = await seeded.open(httpServer(), toxic);
          let outcome: Outcome = "failed";
          // A server that was never reached is given up after three tries.
          for (let run = 0; run < mostRuns && outcome === "failed"; run++) {
            outcome = await runThrough(journey, way.endpoint, 20);
          }
          const { route, size } = origin;
          expect([route, size, outcome]).toEqual([route, size, "complete"]);
        }
      },
      60_000,
    );
  });
});
