/**
 * A large site: published, built anew with new times and a few changes, published again. Nightly it has 200,000 files.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { publish, type PublishInput, type RunResult, type SyncEvent } from "../../src/index.ts";
import { isNightly } from "../support/moments.ts";
import { bearable, patient } from "../support/patience.ts";
import { SiteScene } from "./site-kit.ts";

const count = bearable(isNightly ? 200_000 : 4000);
const changes = 50;
/** Files in a directory: half of them pages. */
const perDirectory = 100;
const timeoutMs = patient(isNightly ? 3_600_000 : 120_000);

let site: SiteScene;

beforeAll(async () => {
  site = await SiteScene.create({});
  site.proxy.keepsRequests = false;
  plant(new Date("2021-02-03T04:05:06Z"));
}, timeoutMs);
afterAll(async () => {
  await site[Symbol.asyncDispose]();
}, timeoutMs);

function nameOf(index: number): string {
  const directory = `d${Math.floor(index / perDirectory)}`;
  const within = index % perDirectory;
  if (within === 0) return `${directory}/index.html`;
  return within % 2 === 0 ? `${directory}/page-${within}.html` : `${directory}/style-${within}.css`;
}

/** What a build leaves: the same bytes, but for some files, and the time of the build. */
function plant(time: Date, isOther: (index: number) => boolean = () => false): void {
  for (let index = 0; index < count; index++) {
    const name = nameOf(index);
    const file = site.dir.at("public", name);
    if (index % perDirectory === 0)
      fs.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    fs.writeFileSync(file, `${name} ${isOther(index) ? "two" : "one"}`);
    fs.utimesSync(file, time, time);
  }
}

/** Spread over the whole site. */
const isChanged = (index: number): boolean => index % (count / changes) === 7;
const changed = Array.from({ length: count }, (_, index) => index)
  .filter(isChanged)
  .map(nameOf);

/** Past the proxy: with so many requests it would be what is measured. */
async function run(
  more: Partial<PublishInput>,
): Promise<{ summary: RunResult; told: SyncEvent[] }> {
  const told: SyncEvent[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "notice" || (event.type === "synced" && told.length < 10 * changes))
      told.push(event);
  };
  const input = { ...site.input, ...site.bucket.side("target"), ...more };
  const summary = await publish(input, { onEvent });
  return { summary, told };
}

/** And the memory of the whole process, which holds more than the run. */
function seconds({ durationMs }: RunResult): string {
  const mebibytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  return `${count} files in ${(durationMs / 1000).toFixed(1)} s, ${mebibytes} MiB resident`;
}

describe(`a site of ${count} files`, () => {
  test(
    "is published whole",
    async () => {
      const { summary } = await run({});
      console.error(`published ${seconds(summary)}`);
      expect(summary).toMatchObject({ transferredObjects: count, errors: 0, warnings: 0 });
    },
    timeoutMs,
  );

  test(
    "that was built anew publishes its 50 changes, and CloudFront forgets these",
    async () => {
      plant(new Date(Date.now() + 60_000), isChanged);
      const dry = await run({ dryRun: true, cloudfrontDistribution: "E1" });
      const forgotten = dry.told.flatMap((event) =>
        event.type === "notice" ? (/would forget \/(.*)$/.exec(event.message)?.[1] ?? []) : [],
      );
      expect(forgotten).toEqual(changed.toSorted());
      const { summary, told } = await run({});
      console.error(`published the changes of ${seconds(summary)}`);
      expect(summary).toMatchObject({ transferredObjects: changes, skipped: count - changes });
      const sent = told.flatMap((event) => (event.type === "synced" ? String(event.key) : []));
      expect(sent.toSorted()).toEqual(changed.toSorted());
      // Listed in several places at once, not all pages are full.
      const { ListObjectsV2: pages = 0, ...others } = summary.traffic.requests;
      expect(pages).toBeLessThan(count / 200 + 50);
      expect(others).toEqual({ PutObject: changes + 1, HeadObject: changes + 1 });
    },
    timeoutMs,
  );

  test(
    "of which nothing is newer hashes nothing",
    async () => {
      plant(new Date("2021-02-03T04:05:06Z"), isChanged);
      const { summary } = await run({});
      console.error(`looked through ${seconds(summary)}`);
      expect(summary).toMatchObject({ transferredObjects: 0, skipped: count, warnings: 0 });
    },
    timeoutMs,
  );

  test(
    "that an index knows is listed no more: a build of it publishes its 50 changes",
    async () => {
      const index = { index: site.dir.at("index"), trustIndex: true };
      const learnt = await run(index);
      expect(learnt.summary).toMatchObject({ transferredObjects: 0, warnings: 0 });
      plant(new Date(Date.now() + 60_000));
      const { summary } = await run(index);
      console.error(`published the changes of ${seconds(summary)}, by an index`);
      expect(summary).toMatchObject({ transferredObjects: changes, skipped: count - changes });
      const { HeadObject: heads = 0, ...others } = summary.traffic.requests;
      expect(others).toEqual({ PutObject: changes + 1 });
      expect(heads).toBeLessThan(3 * changes);
      const again = await run(index);
      console.error(`looked through ${seconds(again.summary)}, by an index`);
      expect(again.summary.traffic.requests["ListObjectsV2"]).toBeUndefined();
      expect(again.summary).toMatchObject({ transferredObjects: 0, skipped: count });
    },
    timeoutMs,
  );
});
