/**
 * `--shard`: processes that share nothing, and do together what one would do.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { check, type OptionsInput, type RunResult, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { patient } from "../support/patience.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inByteOrder, objectDigests, plant, plantObjects } from "../support/trees.ts";

const timeoutMs = patient(30_000);
const numbers = [1, 2, 3, 4];

function tree(prefix: string, count: number): Record<string, string> {
  const keys = Array.from({ length: count }, (_, at) => `${prefix}/${at % 7}/${at}`);
  return Object.fromEntries(keys.map((key) => [key, key]));
}

/** What the summaries of several runs count, together. */
interface Total {
  readonly codes: readonly number[];
  readonly sent: number;
  readonly deleted: number;
}

/** Four processes at the same time, as Kubernetes starts them. */
async function fourProcesses(args: readonly string[]): Promise<Total> {
  const env = serverEnv(httpServer());
  const runs = numbers.map((number) =>
    runCli(["--json-tracing", "--shard", "auto/4", ...args], {
      env: { ...env, JOB_COMPLETION_INDEX: String(number - 1) },
    }),
  );
  const ended = await Promise.all(runs);
  const summaries = ended.map(({ stdout }) => {
    const last = stdout.trimEnd().split("\n").at(-1) ?? "";
    return JSON.parse(last) as { fields: { transferred_object: number; deleted: number } };
  });
  const sum = (name: "transferred_object" | "deleted") =>
    summaries.reduce((total, { fields }) => total + fields[name], 0);
  const codes = ended.map(({ exitCode }) => exitCode);
  return { codes, sent: sum("transferred_object"), deleted: sum("deleted") };
}

describe("four processes", () => {
  test(
    "copy a bucket, deletions included, and none does what another one does",
    async () => {
      await using source = await TestBucket.create();
      await using target = await TestBucket.create();
      await plantObjects(source, tree("new", 60));
      await plantObjects(target, tree("old", 40));
      const total = await fourProcesses(["--delete", source.url(), target.url()]);
      expect(total).toEqual({ codes: [0, 0, 0, 0], sent: 60, deleted: 40 });
      expect(await objectDigests(target)).toEqual(await objectDigests(source));
    },
    timeoutMs,
  );

  test(
    "send files, each its own range",
    async () => {
      using dir = new TempDir();
      plant(dir, tree("files/new", 60));
      await using target = await TestBucket.create();
      await plantObjects(target, tree("old", 40));
      const cuts = dir.write("cuts", "new/1/2\nnew/4\nnew/7\n");
      const args = ["--delete", "--shard-ranges", cuts, dir.at("files"), target.url()];
      const total = await fourProcesses(args);
      expect(total).toEqual({ codes: [0, 0, 0, 0], sent: 60, deleted: 40 });
      expect(await target.keys()).toEqual(inByteOrder(Object.keys(tree("new", 60))));
    },
    timeoutMs,
  );
});

describe("a shard by ranges", () => {
  test("asks for no other keys", async () => {
    using dir = new TempDir();
    await using source = await TestBucket.create();
    await using target = await TestBucket.create();
    await plantObjects(source, { a: "1", b: "1", c: "1" });
    await using proxy = await FaultProxy.start(httpServer());
    const shardRanges = dir.write("cuts", "a\nb\n");
    await sync({
      ...{ source: source.url(), target: target.url(), shard: "2/3", shardRanges },
      ...{ ...source.side("source"), ...target.side("target"), sourceEndpointUrl: proxy.endpoint },
    });
    expect(await target.keys()).toEqual(["b"]);
    const lists = proxy.requests.filter(({ operation }) => operation === "ListObjectsV2");
    for (const { target: asked } of lists) expect(asked).toContain("start-after=a");
    expect(proxy.requests.filter(({ operation }) => operation === "GetObject")).toHaveLength(1);
  });
});

describe("all shards together", () => {
  async function each<T>(work: (shard: string) => Promise<T>): Promise<T[]> {
    const done: T[] = [];
    for (const number of numbers) done.push(await work(`${number}/4`));
    return done;
  }
  const total = (results: readonly RunResult[], of: (result: RunResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0);

  test("check what one check does", async () => {
    using dir = new TempDir();
    plant(dir, { ...tree("same", 20), ...tree("mine", 10) });
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { ...tree("same", 20), ...tree("theirs", 15) });
    const places = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    const results = await each((shard) => check({ ...places, shard }));
    const whole = await check(places);
    expect(added(results.map((result) => result.check))).toEqual(numbersIn(whole.check));
    expect(whole.check).toMatchObject({ onlyInSource: 10, onlyInTarget: 15 });
  });

  test("report what one report does", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    plant(dir, { ...tree("same", 12), ...tree("mine", 6) });
    await plantObjects(bucket, { ...tree("same", 12), ...tree("theirs", 9) });
    const places = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    const options = { ...places, reportSyncStatus: true };
    const [whole, results] = [
      await sync(options),
      await each((shard) => sync({ ...options, shard })),
    ];
    expect(added(results.map((result) => result.status))).toEqual(numbersIn(whole.status));
    expect(numbersIn(whole.status)["etag.MATCHES"]).toBe(12);
  });

  test("remember each its own, on one machine and in one index", async () => {
    using dir = new TempDir();
    plant(dir, tree("files/a", 40));
    await using bucket = await TestBucket.create();
    const options: OptionsInput = { index: dir.at("index"), checkEtag: true, delete: true };
    const places = { source: dir.at("files"), target: bucket.url(), ...bucket.side("target") };
    const once = () =>
      Promise.all(numbers.map((n) => sync({ ...places, ...options, shard: `${n}/4` })));
    expect(total(await once(), (result) => result.transferredObjects)).toBe(40);
    dir.write("files/a/0/0", "changed");
    const again = await once();
    expect(total(again, (result) => result.transferredObjects)).toBe(1);
    expect(total(again, (result) => result.skipped)).toBe(39);
    expect(total(again, (result) => result.errors + result.warnings)).toBe(0);
    // What a shard knows is not taken for all that there is.
    const told: string[] = [];
    const whole = await sync(
      { ...places, ...options, trustIndex: true },
      { onEvent: (event) => void (event.type === "notice" && told.push(event.message)) },
    );
    expect(told.join()).toContain("does not know all of it");
    expect(whole).toMatchObject({ transferredObjects: 0, skipped: 40, deleted: 0 });
  });

  needing("keeps versions").test("copy all versions, each once", async () => {
    await using source = await TestBucket.create();
    await using target = await TestBucket.create();
    for (const bucket of [source, target]) await bucket.keepVersions();
    for (const text of ["1", "2"]) await plantObjects(source, objectsOf("v", 10, text));
    const places = { ...source.side("source"), ...target.side("target"), enableVersioning: true };
    const options = { source: source.url(), target: target.url(), ...places };
    const results = await each((shard) => sync({ ...options, shard }));
    expect(total(results, (result) => result.transferredObjects)).toBe(20);
    expect(Math.max(...results.map((result) => result.transferredObjects))).toBeLessThan(20);
    expect(await sync(options)).toMatchObject({ transferredObjects: 0, skipped: 20 });
  });
});

function objectsOf(prefix: string, count: number, text: string): Record<string, string> {
  return Object.fromEntries(Object.keys(tree(prefix, count)).map((key) => [key, text]));
}

/** All numbers of counters, also of those in others, by their names. */
function numbersIn(counts: object | undefined): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(counts ?? {}) as [string, unknown][]) {
    if (typeof value === "number") found[name] = value;
    else if (typeof value === "object" && value !== null) {
      for (const [inner, number] of Object.entries(numbersIn(value)))
        found[`${name}.${inner}`] = number;
    }
  }
  return found;
}

function added(all: readonly (object | undefined)[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, number] of all.flatMap((counts) => Object.entries(numbersIn(counts)))) {
    sum[name] = (sum[name] ?? 0) + number;
  }
  return sum;
}
