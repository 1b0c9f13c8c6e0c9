/**
 * Plans: what a dry run writes down is what is done later, and what has changed meanwhile is left alone.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, Secret, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";
import { plant, secondsAgo } from "../support/trees.ts";

let bucket: TestBucket;
let dir: TempDir;
beforeEach(async () => {
  bucket = await TestBucket.create();
  dir = new TempDir();
  plant(dir, { "from/a": "new", "from/b": "new", "from/sub/ü c": "new", "from/same": "same" });
  dir.write("from/same", "same", secondsAgo(60));
  await bucket.put("p/same", "same");
  await bucket.put("p/b", "old text");
  await bucket.put("p/gone", "x");
  await bucket.put("p/gone too", "x");
});
afterEach(async () => {
  dir[Symbol.dispose]();
  await bucket[Symbol.asyncDispose]();
});

async function run(
  more: Partial<ConfigInput>,
): Promise<{ summary: Summary; warned: readonly (string | undefined)[] }> {
  const { endpoint, accessKeyId, secretAccessKey } = bucket.server;
  const warned: (string | undefined)[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "warning") warned.push(`${event.key} ${event.error.code}`);
  };
  const summary = await sync(
    {
      ...{ source: dir.at("from"), target: bucket.url("p/"), endpointUrl: endpoint },
      ...{ region: "us-east-1", forcePathStyle: true, accessKey: new Secret(accessKeyId) },
      secretAccessKey: new Secret(secretAccessKey),
      ...more,
    },
    { onEvent },
  );
  return { summary, warned };
}

const planFile = (): string => dir.at("plan");

/** Makes a plan. */
function plan(more: Partial<ConfigInput> = {}): ReturnType<typeof run> {
  return run({ dryRun: true, planFile: planFile(), delete: true, ...more });
}

const second = new Date(1_700_000_000_000);

function linesOf(file: string): string[] {
  return fs.readFileSync(file, "utf8").trimEnd().split("\n");
}

const keeping = needing(
  "keeps the dates of old versions",
  "keeps what was there before as version null",
);

describe("a plan", () => {
  test("has what would be done, and for which states", async () => {
    await plan();
    const [head, ...steps] = linesOf(planFile()).map((line) => JSON.parse(line) as object);
    expect(head).toMatchObject({ s3sync_plan: 1, target: bucket.url("p/") });
    expect(steps).toMatchObject([
      { action: "send", key: "a", source: { size: 3 } },
      { action: "send", key: "b", source: { size: 3 }, target: { size: 8 } },
      { action: "send", key: "sub/ü c", source: { size: 3 } },
      { action: "delete", key: "gone", target: { size: 1 } },
      { action: "delete", key: "gone too", target: { size: 1 } },
    ]);
  });

  test("is carried out to the letter", async () => {
    await plan();
    // What came later is no part of it.
    dir.write("from/later", "x");
    await bucket.put("p/later too", "x");
    const { summary, warned } = await run({ applyPlan: planFile() });
    expect(warned).toEqual([]);
    expect(summary).toMatchObject({ transferredObjects: 3, deleted: 2, errors: 0, warnings: 0 });
    expect(await bucket.keys("p/")).toEqual(["p/a", "p/b", "p/later too", "p/same", "p/sub/ü c"]);
  });

  test.each([
    ["a source that changed", (): void => void dir.write("from/a", "changed"), "a"],
    [
      "a source that changed within the second, and has its size",
      (): void => void dir.write("from/sub/ü c", "odd", new Date(second.getTime() + 1)),
      "sub/ü c",
    ],
    ["a source that is gone", (): void => fs.rmSync(dir.at("from/a")), "a"],
    ["a target that changed", (): Promise<void> => bucket.put("p/b", "meanwhile"), "b"],
    ["a target that is there now", (): Promise<void> => bucket.put("p/a", "meanwhile"), "a"],
    ["a target that is gone", (): Promise<void> => bucket.remove(["p/b"]), "b"],
    ["what was to be deleted", (): Promise<void> => bucket.put("p/gone", "meanwhile"), "gone"],
    ["what the source has again", (): void => void dir.write("from/gone", "x"), "gone"],
  ] as const)("leaves alone just %s", async (_, change, key) => {
    dir.write("from/sub/ü c", "new", second);
    await plan();
    await change();
    const before = (await bucket.list(`p/${key}`)).map(({ etag }) => etag);
    const { summary, warned } = await run({ applyPlan: planFile() });
    expect(warned).toEqual([`${key} plan-outdated`]);
    const [sent, deleted] = key === "gone" ? [3, 1] : [2, 2];
    expect(summary).toMatchObject({ transferredObjects: sent, deleted, errors: 0 });
    const after = (await bucket.list(`p/${key}`)).map(({ etag }) => etag);
    expect(after.slice(0, 1)).toEqual(before.slice(0, 1));
  });

  test("deletes nothing if something could not be sent", async () => {
    await plan();
    await using proxy = await FaultProxy.start(bucket.server);
    const refusal = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    proxy.inject("PutObject", refusal, { times: 1 });
    const { summary, warned } = await run({
      ...{ applyPlan: planFile(), endpointUrl: proxy.endpoint },
    });
    expect(warned).toEqual([expect.stringContaining("access-denied"), "undefined protocol"]);
    expect(summary).toMatchObject({ transferredObjects: 2, deleted: 0, errors: 0 });
  });

  test("carried out twice finds everything changed", async () => {
    await plan();
    await run({ applyPlan: planFile() });
    const { summary, warned } = await run({ applyPlan: planFile() });
    expect(summary).toMatchObject({ transferredObjects: 0, deleted: 0 });
    expect(warned).toHaveLength(5);
  });

  test.each(["upload", "download"] as const)(
    "goes on where it was interrupted, and takes nothing that it did for a change (%s)",
    async (way) => {
      const isUp = way === "upload";
      const places = isUp ? {} : { source: bucket.url("p/"), target: dir.at("to") };
      if (!isUp) plant(dir, { "to/extra": "x", "to/b": "older than that" });
      await plan(places);
      await using proxy = await FaultProxy.start(bucket.server);
      const refusal = { kind: "refuse", status: 400, code: "InvalidRequest" } as const;
      const rule = proxy.inject(isUp ? "PutObject" : "GetObject", refusal, { skip: 2 });
      const more = { ...places, applyPlan: planFile(), stateDir: dir.at("state") };
      const first = await run({ ...more, endpointUrl: proxy.endpoint, workerSize: 1 });
      expect(rule.hits).toBe(1);
      expect(first.summary).toMatchObject({ transferredObjects: 2, errors: 1, deleted: 0 });
      const { summary, warned } = await run(more);
      expect(warned).toEqual([]);
      const counts = isUp
        ? { transferredObjects: 1, skipped: 2, deleted: 2 }
        : { transferredObjects: 2, skipped: 2, deleted: 1 };
      expect(summary).toMatchObject({ ...counts, errors: 0, warnings: 0 });
      expect(dir.files("state")).toEqual([]);
    },
  );

  test("goes on although the last of what was done could not be noted", async () => {
    await plan();
    await using proxy = await FaultProxy.start(bucket.server);
    const refusal = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    proxy.inject("DeleteObjects", refusal);
    const more = { applyPlan: planFile(), stateDir: dir.at("state") };
    await run({ ...more, endpointUrl: proxy.endpoint });
    const [journal = ""] = dir.files("state");
    const file = dir.at("state", journal);
    fs.truncateSync(file, fs.statSync(file).size - 10);
    await bucket.remove(["p/gone"]);
    const { summary, warned } = await run(more);
    expect(warned).toEqual([]);
    expect(summary).toMatchObject({ transferredObjects: 0, skipped: 3, deleted: 1, errors: 0 });
  });

  test("that is gone on with still leaves alone what somebody has changed since", async () => {
    await plan();
    await using proxy = await FaultProxy.start(bucket.server);
    const refusal = { kind: "refuse", status: 400, code: "InvalidRequest" } as const;
    proxy.inject("PutObject", refusal, { skip: 1 });
    const more = { applyPlan: planFile(), stateDir: dir.at("state") };
    await run({ ...more, endpointUrl: proxy.endpoint, workerSize: 1 });
    await bucket.put("p/b", "meanwhile");
    const { summary, warned } = await run(more);
    expect(warned).toEqual(["b plan-outdated"]);
    expect(summary).toMatchObject({ transferredObjects: 1, skipped: 1, deleted: 2 });
    expect(Buffer.from(await bucket.get("p/b")).toString()).toBe("meanwhile");
  });

  test("works down and across as well", async () => {
    const ways: readonly Partial<ConfigInput>[] = [
      { source: bucket.url("p/"), target: dir.at("to") },
      { source: bucket.url("p/"), target: bucket.url("q/") },
      { source: bucket.url("p/"), target: bucket.url("r/"), serverSideCopy: true },
    ];
    for (const way of ways) {
      await plan(way);
      const { summary, warned } = await run({ ...way, applyPlan: planFile() });
      expect(warned).toEqual([]);
      expect(summary).toMatchObject({ transferredObjects: 4, errors: 0 });
    }
  });

  const beginning = needing(
    "keeps what was there before as version null",
    "keeps the dates of old versions",
    "lists versions after any key",
  );
  beginning.test(
    "works below a prefix without a slash, which keys of files do not begin with",
    async () => {
      await bucket.keepVersions();
      await bucket.put("p/same", "same");
      const down = { source: bucket.url("p"), target: dir.at("to") };
      await untilLater();
      for (const pointInTime of [undefined, new Date()]) {
        await untilLater();
        await plan({ ...down, pointInTime });
        const { summary, warned } = await run({ ...down, applyPlan: planFile() });
        expect(warned).toEqual([]);
        expect(summary).toMatchObject({ transferredObjects: 4, errors: 0 });
        fs.rmSync(dir.at("to"), { recursive: true });
      }
    },
  );

  keeping.test("of a time deletes what was not there then, whatever is there now", async () => {
    await bucket.keepVersions();
    const pointInTime = new Date();
    await untilLater();
    await bucket.put("p/later", "x");
    await bucket.put("q/later", "old");
    const across = { source: bucket.url("p/"), target: bucket.url("q/") };
    await plan({ ...across, pointInTime });
    const { summary, warned } = await run({ ...across, applyPlan: planFile() });
    expect(warned).toEqual([]);
    expect(summary).toMatchObject({ transferredObjects: 4, deleted: 1, errors: 0 });
    expect(await bucket.keys("q/")).not.toContain("q/later");
  });

  needing("keeps line breaks in keys").test(
    "has keys with any characters that end lines somewhere",
    async () => {
      const keys = ["line\nfeed", "line\rreturn", "line\u2028separator", "next\u0085line"];
      for (const key of keys) dir.write(`from/${key}`, "x");
      await plan();
      const { summary, warned } = await run({ applyPlan: planFile() });
      expect(warned).toEqual([]);
      expect(summary).toMatchObject({ transferredObjects: 7, errors: 0 });
      expect(await bucket.keys("p/")).toEqual(
        expect.arrayContaining(keys.map((key) => `p/${key}`)),
      );
    },
  );

  test("can be tried once more", async () => {
    await plan();
    const { summary } = await run({ applyPlan: planFile(), dryRun: true });
    expect(summary).toMatchObject({ transferredObjects: 3, deleted: 2, dryRun: true });
    expect(await bucket.keys("p/")).toContain("p/gone");
  });
});

describe("is refused:", () => {
  test("a plan for other places", async () => {
    await plan();
    const { summary } = await run({ applyPlan: planFile(), target: bucket.url("q/") });
    expect(summary).toMatchObject({ errors: 1, transferredObjects: 0 });
    expect(await bucket.keys("q/")).toEqual([]);
  });

  test.each([
    ["nothing", ""],
    ["something else", "hello\n"],
    ["another version", '{"s3sync_plan":2,"source":"x","target":"y"}\n'],
  ])("a file that holds %s", async (_, text) => {
    dir.write("plan", text);
    const { summary } = await run({ applyPlan: planFile() });
    expect(summary).toMatchObject({ errors: 1, transferredObjects: 0, deleted: 0 });
  });

  test("a plan that makes no sense further down, before anything is deleted", async () => {
    await plan();
    fs.appendFileSync(planFile(), '{"action":"send","key":"x"}\n');
    const { summary } = await run({ applyPlan: planFile() });
    expect(summary).toMatchObject({ errors: 1, deleted: 0 });
  });

  test.each([
    [{ planFile: "x" }, "--plan-file needs --dry-run"],
    [
      { planFile: "x", dryRun: true, syncLatestMetadata: true },
      "--plan-file cannot be combined with --sync-latest-metadata",
    ],
    [{ applyPlan: "x", delete: true }, "--apply-plan cannot be combined with --delete"],
    [{ exportBatchManifest: "x", dryRun: true }, "--export-batch-manifest needs an S3 SOURCE"],
  ] as const)("%p", async (more, text) => {
    expect(await rejection(run(more))).toMatchObject({
      code: "usage",
      message: expect.stringContaining(text),
    });
  });
});

test("a manifest for S3 Batch Operations has what would be copied", async () => {
  await bucket.put("p/a b,ü", "x");
  const manifest = dir.at("manifest.csv");
  const way = { source: bucket.url("p/"), target: bucket.url("q/") };
  await run({ ...way, dryRun: true, exportBatchManifest: manifest });
  expect(linesOf(manifest)).toEqual([
    `${bucket.name},p/a%20b%2C%C3%BC`,
    ...["p/b", "p/gone", "p/gone%20too", "p/same"].map((key) => `${bucket.name},${key}`),
  ]);
});
