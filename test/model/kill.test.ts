/**
 * The same model, for the program as a process that is killed (SIGKILL) at any request: whatever it has done by then is
 * whole, and the next run ends as if nothing had happened.
 *
 * @module
 */
import { afterAll, beforeAll, describe, test } from "bun:test";

import fc from "fast-check";

import { options } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { serverEnv, startCli } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { anyShare, anySteps, type Extras, plainKey } from "./cases.ts";
import { type Kill, play, type Stage } from "./play.ts";
import { patience, runs } from "./settings.ts";
import { BucketPlace, DirectoryPlace, type Place } from "./sides.ts";
import type { Wish } from "./terms.ts";

let from: TestBucket;
let to: TestBucket;
beforeAll(async () => {
  [from, to] = await Promise.all([TestBucket.create(), TestBucket.create()]);
});
afterAll(async () => {
  await Promise.all([from[Symbol.asyncDispose](), to[Symbol.asyncDispose]()]);
});

/** One for most objects, more for those in parts or from bucket to bucket, fewer for deletions. */
const requestsOfEach = 1.5;

/** Where in a request. */
const points = ["request", "in-request", "answer", "in-answer"] as const;

interface Moment {
  /** How far the run is to come, from 0 to 1. */
  readonly share: number;
  readonly at: (typeof points)[number];
}

const anyMoment: fc.Arbitrary<Moment> = fc.record({
  share: anyShare,
  at: fc.constantFrom(...points),
});

/** Kills the process at a moment, if it lives that long. */
function kill({ share, at }: Moment): Kill {
  return {
    share,
    mayGoOn: true,
    async by(stage, { wish, workerSize }, units) {
      await using proxy = await FaultProxy.start(httpServer());
      using list = new TempDir();
      const gate = proxy.hold(() => true, at, { skip: Math.floor(units * requestsOfEach) });
      const env = { ...serverEnv(httpServer()), AWS_ENDPOINT_URL: proxy.endpoint };
      const more = [`--worker-size=${workerSize}`, "--multipart-threshold=5MiB", "-qqq"];
      const child = startCli([...argumentsOf(stage, wish, list), ...more], { env });
      await Promise.race([gate.reached, child.exited]);
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** The command line that says the same. */
function argumentsOf({ source, target, options: all }: Stage, wish: Wish, list: TempDir): string[] {
  const { names, ...others } = wish;
  const lines = names === undefined ? [] : [`--files-from=${list.write("l", names.join("\n"))}`];
  // Globs in the order in which the library takes them.
  const { exclude, include, ...rest } = { ...others, ...all };
  const said = Object.entries({ ...rest, exclude, include }).flatMap(([name, value]) => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (!(flag.slice(2) in options)) throw new TypeError(`there is no option ${flag}`);
    const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return values
      .filter((each) => each !== undefined)
      .map((each) => (each === true ? flag : `${flag}=${written(each)}`));
  });
  if (typeof source.url !== "string" || typeof target.url !== "string") {
    throw new TypeError("a process knows no stores");
  }
  return [source.url, target.url, ...lines, ...said];
}

function written(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

const extras: Extras = { key: plainKey, large: 10, isBusy: true };
const up = (prefix: string): Place => new BucketPlace(to, "target", prefix);
const down = (prefix: string): Place => new BucketPlace(from, "source", prefix);
const directory = (): Place => new DirectoryPlace();

describe("what the model says comes of the run after one that was killed", () => {
  test.each([
    { title: "from a directory to a bucket", source: directory, target: up, all: {} },
    { title: "from a bucket to a directory", source: down, target: directory, all: {} },
    { title: "from a bucket to a bucket", source: down, target: up, all: {} },
    {
      title: "from a bucket to a bucket on the server",
      ...{ source: down, target: up, all: { serverSideCopy: true } },
    },
  ])(
    "$title",
    async ({ source, target, all }) => {
      await fc.assert(
        fc.asyncProperty(anySteps(extras, 1), anyMoment, async (steps, moment) => {
          const prefix = `${crypto.randomUUID()}/`;
          await using here = source(prefix);
          await using there = target(prefix);
          await play({ source: here, target: there, options: all }, steps, kill(moment));
        }),
        runs(3, 60),
      );
    },
    patience,
  );
});
