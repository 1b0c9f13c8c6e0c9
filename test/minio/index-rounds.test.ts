/**
 * Rounds of random edits, runs that fail, and runs that die, with an index that is trusted all the while: as long as
 * nobody else changes the bucket, each run that comes to its end leaves both sides the same.
 *
 * @module
 */
import { expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import type { Fault, Operation } from "../support/fault-proxy.ts";
import { type Indexed, IndexedPair } from "../support/indexed-pair.ts";
import { fileDigests, objectDigests, secondsAgo } from "../support/trees.ts";

const seed = Number(process.env["S3SYNC_TEST_SEED"] ?? Date.now() % 1_000_000);
const rounds = process.env["S3SYNC_TEST_NIGHTLY"] === "1" ? 300 : 25;
const keys = ["a", "b", "c/d", "c/e", "f", "g/h"];
const texts = ["one", "two", "six", "three", "seven"];
const operations: readonly Operation[] = [
  "PutObject",
  "DeleteObjects",
  "HeadObject",
  "ListObjectsV2",
];
const faults: readonly Fault[] = [
  { kind: "reset", at: "before-request" },
  { kind: "reset", at: "instead-of-answer" },
  { kind: "refuse", status: 503, code: "SlowDown", headers: { "retry-after": "0" } },
  { kind: "refuse", status: 403, code: "AccessDenied" },
];
const trust = {
  ...{ trustIndex: true, delete: true, allowEmptySource: true, checkEtag: true },
  ...{ initialBackoffMilliseconds: 1, forceRetryIntervalMilliseconds: 1 },
} as const;
const impatient = { awsMaxAttempts: 1, forceRetryCount: 0, continueOnError: true } as const;

/** Draws, again the same for the same seed. */
const draw = fc.sample(fc.nat({ max: 2 ** 30 }), { seed, numRuns: rounds * 60 }).values();
const next = (below: number): number => (draw.next().value ?? 0) % below;
const one = <T>(from: readonly T[]): T => from[next(from.length)] as T;

/** Contents and times come again, so that files look like what they were. */
function edit(pair: IndexedPair): void {
  for (let left = 1 + next(4); left > 0; left--) {
    const key = one(keys);
    if (next(3) === 0) fs.rmSync(pair.at(`files/${key}`), { force: true });
    else pair.write(key, one(texts), next(2) === 0 ? secondsAgo(3600) : new Date());
  }
}

/** A run with a fault. What it comes to does not matter. */
async function failingRun(pair: IndexedPair): Promise<void> {
  const fault = pair.proxy.inject(one(operations), one(faults), {
    skip: next(2),
    times: 1 + next(3),
  });
  await pair.up({ ...trust, ...(next(2) === 0 ? impatient : {}) });
  fault.remove();
}

/** A run that dies at a request: its index is left as it lies on the disk at that moment, whatever was done. */
async function dyingRun(pair: IndexedPair): Promise<void> {
  const gate = pair.proxy.hold(one(["PutObject", "DeleteObjects"]), one(["request", "answer"]));
  const run = pair.up(trust);
  const died = await Promise.race([gate.reached.then(() => true), run.then(() => false)]);
  const files = ["", "-wal"]
    .map((suffix) => pair.index + suffix)
    .filter((file) => fs.existsSync(file));
  const left = files.map((file) => [file, fs.readFileSync(file)] as const);
  gate.open();
  await run;
  if (!died) return;
  fs.rmSync(`${pair.index}-shm`, { force: true });
  for (const [file, bytes] of left) fs.writeFileSync(file, bytes);
}

async function bothSides(pair: IndexedPair): Promise<readonly object[]> {
  return [fileDigests(pair.root), await objectDigests(pair.bucket)];
}

test(`an index that is trusted is right after whatever happens (seed ${seed})`, async () => {
  await using pair = await IndexedPair.create(keys);
  await pair.up(trust);
  let listed = 0;
  for (let round = 0; round < rounds; round++) {
    edit(pair);
    const how = next(4);
    if (how === 0) await failingRun(pair);
    else if (how === 1) await dyingRun(pair);
    else if (how === 2) await pair.up({ ...trust, exclude: ["c/"] });
    if (next(2) === 0) edit(pair);
    const run: Indexed = await pair.up(trust);
    listed += run.requests["ListObjectsV2"] ?? 0;
    const [files, objects] = await bothSides(pair);
    expect({ round, how, objects, warnings: run.warnings }).toEqual({
      ...{ round, how, warnings: [] },
      objects: files,
    });
    expect((await pair.up(trust)).requests).toEqual({});
  }
  // Most of the time the index was believed.
  expect(listed).toBeLessThan(rounds);
}, 60_000);
