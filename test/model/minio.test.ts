/**
 * The same model, between directories and a real server, in every direction. All objects are read again through the AWS
 * SDK. Beside the prefix of a case lie the objects of others, which must stay.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import fc from "fast-check";

import { TestBucket } from "../support/bucket.ts";
import { anyShare, anySteps, type Extras, plainKey, type Step } from "./cases.ts";
import { type Kill, play, type Stage } from "./play.ts";
import { patience, runs } from "./settings.ts";
import { BucketPlace, DirectoryPlace, type Place } from "./sides.ts";

let from: TestBucket;
let to: TestBucket;
beforeAll(async () => {
  [from, to] = await Promise.all([TestBucket.create(), TestBucket.create()]);
});
afterAll(async () => {
  await Promise.all([from[Symbol.asyncDispose](), to[Symbol.asyncDispose]()]);
});

const downwards: Extras = { key: plainKey };
const upwards: Extras = { key: plainKey, also: [{}, {}, {}, { ifNoneMatch: true }] };
const directory = (): Place => new DirectoryPlace();

interface Route {
  readonly title: string;
  /** Makes a side of a new case. */
  readonly source: (prefix: string) => Place;
  readonly target: (prefix: string) => Place;
  readonly options: NonNullable<Stage["options"]>;
  readonly extras: Extras;
  /** Cases, normally and nightly: of whole runs, and of those that are stopped. */
  readonly many: readonly [number, number];
  readonly stopped: readonly [number, number];
}

const routes: readonly Route[] = [
  {
    title: "from a directory to a bucket",
    source: directory,
    target: (prefix: string): Place => new BucketPlace(to, "target", `${prefix}/`),
    ...{ options: {}, extras: upwards, many: [12, 120], stopped: [6, 60] },
  },
  {
    title: "from a bucket to a directory",
    source: (prefix: string): Place => new BucketPlace(from, "source", `${prefix}/`),
    target: directory,
    ...{ options: {}, extras: downwards, many: [10, 100], stopped: [6, 60] },
  },
  {
    title: "from a prefix without a slash to a directory",
    source: (prefix: string): Place => new BucketPlace(from, "source", `${prefix}/`, prefix),
    target: directory,
    ...{ options: {}, extras: downwards, many: [5, 50], stopped: [3, 30] },
  },
  {
    title: "from a bucket to a bucket",
    source: (prefix: string): Place => new BucketPlace(from, "source", `${prefix}/`),
    target: (prefix: string): Place => new BucketPlace(to, "target", `${prefix}/`),
    ...{ options: {}, extras: upwards, many: [6, 60], stopped: [3, 30] },
  },
  {
    title: "from a bucket to a bucket on the server",
    source: (prefix: string): Place => new BucketPlace(from, "source", `${prefix}/`),
    target: (prefix: string): Place => new BucketPlace(to, "target", `${prefix}/`),
    ...{ options: { serverSideCopy: true }, extras: downwards, many: [6, 60], stopped: [3, 30] },
  },
];

async function playOn(route: Route, steps: readonly Step[], kill?: Kill): Promise<void> {
  const prefix = `é +%41/${crypto.randomUUID()}`;
  const neighbours = ["!/a", "0"].map((rest) => prefix + rest);
  for (const key of neighbours) await to.put(key, "a neighbour");
  await using source = route.source(prefix);
  await using target = route.target(prefix);
  const stage: Stage = { source, target, options: route.options };
  await play(stage, steps, kill);
  const found = await to.keys(prefix);
  expect(found.filter((key) => !key.startsWith(`${prefix}/`))).toEqual(neighbours);
}

describe("what the model says comes of every run, and of the same once more,", () => {
  test.each([...routes])(
    "$title",
    async (route) => {
      const steps = anySteps(route.extras, 2);
      await fc.assert(
        fc.asyncProperty(steps, (each) => playOn(route, each)),
        runs(...route.many),
      );
    },
    patience,
  );
});

describe("what the model says comes of the run after one that was told to stop anywhere,", () => {
  test.each([...routes])(
    "$title",
    async (route) => {
      const steps = anySteps({ ...route.extras, isBusy: true }, 1);
      await fc.assert(
        fc.asyncProperty(steps, anyShare, (each, share) =>
          playOn(route, each, { by: "signal", share }),
        ),
        runs(...route.stopped),
      );
    },
    patience,
  );
});
