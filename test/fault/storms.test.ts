/**
 * Storms: faults of all kinds at a third of all requests, and documents with flipped bits, each made again from its
 * seed. With `S3SYNC_TEST_NIGHTLY=1` there are many more of them.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { type Fault, FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, objectDigests, plant, randomBytes } from "../support/trees.ts";
import { Journey, operations, Origin, routes } from "./routes.ts";

const isNightly = process.env["S3SYNC_TEST_NIGHTLY"] === "1";

function seedsUpTo(most: number): number[] {
  return Array.from({ length: most }, (_, at) => at + 1);
}

/** Numbers below 2³¹ that look random and are the same for the same seed. */
function numbers(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) & 0x7fffffff;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >>> 8;
  };
}

const five = 5 * MiB;
const small = Array.from({ length: 40 }, (_, i) => [
  `d${i % 7}/${i}`,
  randomBytes(`${i}`, 997 * i),
]);
const tree = Object.fromEntries([...small, ["large", randomBytes("storm", 2 * five)]]) as Record<
  string,
  Uint8Array
>;
const all = { transferredObjects: 41, etagVerified: 41, deleted: 1, errors: 0, warnings: 0 };
const patient: Partial<ConfigInput> = {
  ...{ awsMaxAttempts: 20, initialBackoffMilliseconds: 1, forceRetryIntervalMilliseconds: 1 },
  ...{ multipartThreshold: five, multipartChunksize: five, delete: true },
};

const storm: readonly Fault[] = [
  { kind: "refuse", status: 503, code: "SlowDown" },
  { kind: "refuse", status: 500, code: "InternalError" },
  { kind: "reset", at: "in-request" },
  { kind: "reset", at: "instead-of-answer" },
  { kind: "reset", at: "in-answer" },
];

/** A proxy where one request in three meets something. */
async function stormAt(seed: number): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(httpServer());
  const next = numbers(seed);
  // Each of the five sees what the ones before it let pass.
  for (const fault of storm) proxy.inject(() => next() % 13 === 0, fault);
  return proxy;
}

describe.each(seedsUpTo(isNightly ? 20 : 2))("a storm with seed %d loses nothing", (seed) => {
  test("up, across, on the server, and down", async () => {
    using dir = new TempDir();
    plant(dir, tree);
    await using proxy = await stormAt(seed);
    const stack = new AsyncDisposableStack();
    await using _stack = stack;
    const targets: TestBucket[] = [];
    for (const extra of ["extra1", "extra2", "extra3"]) {
      const bucket = stack.use(await TestBucket.create());
      await bucket.put(extra, "x");
      targets.push(bucket);
    }
    const [one, two, three] = targets as [TestBucket, TestBucket, TestBucket];
    const from = { ...one.side("source"), sourceEndpointUrl: proxy.endpoint };
    const to = { ...one.side("target"), targetEndpointUrl: proxy.endpoint };
    const run = (source: string, target: string, more: Partial<ConfigInput>): Promise<unknown> =>
      sync({ source, target, ...patient, ...more });
    expect(await run(dir.path, one.url(), to)).toMatchObject(all);
    expect(await run(one.url(), two.url(), { ...from, ...to })).toMatchObject(all);
    const onServer = { ...from, ...to, serverSideCopy: true };
    expect(await run(two.url(), three.url(), onServer)).toMatchObject(all);
    using back = new TempDir();
    back.write("extra", "x");
    expect(await run(three.url(), back.path, from)).toMatchObject(all);
    expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
    for (const bucket of targets) {
      expect(await objectDigests(bucket)).toEqual(fileDigests(dir.path));
    }
  }, 60_000);
});

/** Answers that are documents. A listing is left out: over http nothing protects what it does not show. */
const documents: ReadonlySet<Operation> = new Set([
  "CreateMultipartUpload",
  "CompleteMultipartUpload",
  "CopyObject",
  "UploadPartCopy",
  "DeleteObjects",
]);

describe.each(
  routes.filter(({ route, size }) => operations[route][size].some((each) => documents.has(each))),
)("a flipped bit in a document about a $size object ($route)", ({ route, size }) => {
  let origin: Origin;
  beforeAll(async () => {
    origin = await Origin.create(route, size);
  });
  afterAll(() => origin[Symbol.asyncDispose]());

  const cells = operations[route][size]
    .filter((operation) => documents.has(operation))
    .flatMap((operation) => seedsUpTo(isNightly ? 60 : 5).map((seed) => ({ operation, seed })));

  test.each(cells)(
    "is harmless or told: $operation, seed $seed",
    async ({ operation, seed }) => {
      await using journey = await Journey.begin(origin);
      const next = numbers(seed);
      const fault: Fault = {
        kind: "flip",
        in: "answer",
        bit: (body) => next() % (8 * body.length),
      };
      const injection = journey.proxy.inject(operation, fault);
      const { summary } = await journey.run({ forceRetryCount: 0 });
      expect(injection.hits).toBeGreaterThan(0);
      const found = await journey.found();
      const gone = operation === "DeleteObjects" ? [journey.complete] : [];
      if (summary.errors + summary.warnings === 0) expect(found).toEqual(journey.complete);
      else expect([...journey.halfway, ...gone]).toContainEqual(found);
      expect((await journey.runClean()).summary).toMatchObject({ errors: 0, warnings: 0 });
      expect(await journey.found()).toEqual(journey.complete);
    },
    20_000,
  );
});
