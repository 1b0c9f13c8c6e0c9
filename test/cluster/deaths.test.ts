/**
 * Workers that die at any moment, and answers that are lost: the result is that of one run, and nothing counts twice.
 *
 * @module
 */
import { expect, test } from "bun:test";

import fc from "fast-check";

import { type RangeState, tile } from "../../src/cluster/job/range-state.ts";
import { rangesOf } from "../../src/cluster/job/stored.ts";
import { isNightly } from "../support/moments.ts";
import { patient } from "../support/patience.ts";
import { contents } from "../sync/run.ts";
import { JobScene, type WorkerHandle } from "./job-kit.ts";

/** What happens at some calls to the servers, counted over all workers. */
const accident = fc.record({
  call: fc.integer({ min: 1, max: 600 }),
  moment: fc.constantFrom("before" as const, "after" as const),
});

const scenario = fc.record({
  objects: fc.integer({ min: 0, max: 400 }),
  extra: fc.integer({ min: 0, max: 60 }),
  folders: fc.integer({ min: 1, max: 30 }),
  workers: fc.integer({ min: 1, max: 3 }),
  slots: fc.integer({ min: 1, max: 3 }),
  deaths: fc.array(accident, { maxLength: 8 }),
});

test(
  "workers die at any call: all is sent and deleted, and each object counts once",
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ objects, extra, folders, workers, slots, deaths }) => {
        const living: WorkerHandle[] = [];
        let calls = 0;
        await using scene = new JobScene({
          leaseMs: 10,
          presenceMs: 50,
          onCall: ({ ground, moment, operation }) => {
            if (!ground.name.startsWith("worker")) return;
            calls += 1;
            const isHit = deaths.some((death) => death.call === calls && death.moment === moment);
            if (!isHit || operation === "tasks.take") return;
            ground.crash();
            living.push(scene.work({ slots }));
          },
        });
        for (let index = 0; index < objects; index++) {
          scene.source.set(`${index % folders}/object-${index}`, `contents ${index}`);
        }
        for (let index = 0; index < extra; index++) {
          scene.target.set(`${index % folders}/old-${index}`, "old");
        }
        for (let count = 0; count < workers; count++) living.push(scene.work({ slots }));
        const { job, summary } = await scene.carryOut({ delete: true, allowEmptySource: true });
        expect([job.end, job.reason]).toEqual(["done", undefined]);
        expect(contents(scene.target)).toEqual(contents(scene.source));
        expect(summary.transferredObjects + summary.skipped).toBe(objects);
        expect(summary.errors).toBe(0);
        // What a worker had deleted when it died is not there to be counted.
        expect(summary.deleted).toBeLessThanOrEqual(extra);
        const ranges: RangeState[] = await rangesOf(scene.servers.connect(), job.run);
        expect(tile(ranges, {})).toBe(true);
      }),
      { numRuns: isNightly ? 1000 : 40 },
    );
  },
  patient(isNightly ? 1_200_000 : 60_000),
);
