/**
 * What it takes to wait for a job.
 *
 * @module
 */
import { expect, test } from "bun:test";

import type { CountedJobState } from "../../src/cluster/control/follow.ts";
import { follow } from "../../src/cluster/control/follow.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import { keys } from "../../src/cluster/job/job.ts";
import { freshRange } from "../../src/cluster/job/range-state.ts";
import { SyncError } from "../../src/core/errors.ts";
import { asKey } from "../../src/core/key.ts";
import { rejection } from "../core/rejection.ts";
import { JobScene, never } from "./job-kit.ts";

test("who waits for a job hears of its ranges and requests, and reads them once at the end", async () => {
  const reads: string[] = [];
  await using scene = new JobScene({
    onCall: ({ ground, operation, moment }) => {
      if (ground.name === "onlooker" && moment === "before") reads.push(operation);
    },
  });
  for (let index = 0; index < 500; index++) scene.source.set(`folder-${index % 7}/${index}`, "x");
  scene.work();
  scene.work();
  const states: CountedJobState[] = [];
  await scene.carryOut({}, { onState: (state) => void states.push(state), everyMs: 0 });
  expect(states.length).toBeGreaterThan(5);
  const sent = states.map(({ totals }) => totals.counts.transferredObjects);
  expect(sent).toEqual(sent.toSorted((a, b) => a - b));
  expect(new Set(sent).size).toBeGreaterThan(2);
  expect(sent.at(-1)).toBe(500);
  expect(reads.filter((operation) => operation === "records.all")).toHaveLength(2);
  expect(reads.filter((operation) => operation === "records.watch")).toHaveLength(2);
});

test("what keeps a range back is told to whoever waits, until it goes on", async () => {
  await using scene = new JobScene();
  const ground = scene.servers.connect();
  const { run } = await submit(ground, "nightly", { source: "s3://a/", target: "s3://b/" });
  const key = keys.range(run, "first");
  await ground.records.put(key, { ...freshRange({}), trouble: "nobody is at home" });
  const stop = new AbortController();
  const troubles: (string | undefined)[] = [];
  const waiting = follow(ground, "nightly", {
    ...{ signal: stop.signal, everyMs: 0 },
    onState: ({ trouble }) => {
      if (troubles.at(-1) !== trouble || troubles.length === 0) troubles.push(trouble);
      if (troubles.length === 2) stop.abort(new SyncError("aborted", "enough"));
      else ground.records.put(key, freshRange({ after: asKey("a") })).catch(() => undefined);
    },
  });
  expect(await rejection(waiting)).toMatchObject({ code: "aborted" });
  expect(troubles).toEqual(["nobody is at home", undefined]);
});

test("what the servers refuse for good ends the waiting", async () => {
  await using scene = new JobScene({
    onCall: ({ ground, operation }) => {
      const isRefused = ground.name === "onlooker" && operation === "records.watch";
      if (isRefused) throw new SyncError("access-denied", "no entry");
    },
  });
  await submit(scene.servers.connect(), "nightly", { source: "s3://a/", target: "s3://b/" });
  const waiting = follow(scene.servers.connect("onlooker"), "nightly", { signal: never });
  expect(await rejection(waiting)).toMatchObject({ code: "access-denied" });
});

test("who waits for a job sees bytes of an object that is still under way", async () => {
  await using scene = new JobScene();
  scene.source.set("large", "0123456789");
  const { promise: shown, resolve } = Promise.withResolvers<void>();
  const write = scene.target.write.bind(scene.target);
  // One object is there, and the slice goes on.
  scene.source.set("z-last", "x");
  scene.target.write = async (...args) => {
    if (args[0].key === "z-last") await shown;
    return await write(...args);
  };
  scene.work();
  const { summary } = await scene.carryOut(
    {},
    {
      onState: ({ totals: { counts, movedBytes } }) => {
        if (counts.transferredBytes === 0 && movedBytes === 10) resolve();
      },
    },
  );
  expect(summary).toMatchObject({ transferredObjects: 2, transferredBytes: 11 });
});
