/**
 * `--point-in-time`: what a bucket held at four moments around writes and a mass delete, into a bucket and into a
 * folder.
 *
 * @module
 */
import { afterAll, beforeAll, expect } from "bun:test";
import fs from "node:fs";

import {
  type ConfigInput,
  Secret,
  type Summary,
  sync,
  SyncError,
  type SyncEvent,
} from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { Account, everything, hasAccounts } from "../support/minio-admin.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const { describe, test } = needing("keeps versions", "keeps the dates of old versions");
const large = randomBytes("large", 11 * MiB);
const other = randomBytes("other", 11 * MiB);

/** The states of the bucket, oldest first, and the moments at which they were. */
interface Moment {
  readonly name: string;
  readonly at: () => Date;
  readonly state: Readonly<Record<string, Uint8Array | string>>;
}

let source: TestBucket;
const times: Date[] = [];

/** The server's clock counts: a moment lies between the last write and the next one. */
async function now(): Promise<void> {
  await untilLater();
  times.push(new Date());
  await untilLater();
}

const states: readonly Moment["state"][] = [
  {},
  { "p/a": "one", "p/b/c": "two", "p/large": large, "p/ü é": "odd" },
  { "p/a": "changed", "p/large": other, "p/ü é": "odd", "p/new": "" },
  {},
];
const moments: readonly Moment[] = states.map((state, index) => ({
  name:
    ["before anything", "after the first writes", "after changes", "after a mass delete"][index] ??
    "",
  at: () => times[index] ?? new Date(Number.NaN),
  state,
}));

/** Writes what has changed since the state before, and deletes what is gone. */
async function enter(state: Moment["state"], before: Moment["state"]): Promise<void> {
  for (const [key, content] of Object.entries(state)) {
    if (before[key] === content) continue;
    if (typeof content === "string") await source.put(key, content);
    else await upload(key, content);
  }
  const gone = Object.keys(before).filter((key) => state[key] === undefined);
  await source.remove(gone);
}

/** In parts of 5 MiB, as nobody's default. */
async function upload(key: string, content: Uint8Array): Promise<void> {
  using dir = new TempDir();
  dir.write(key.slice(2), content);
  const parts = { multipartThreshold: 5 * MiB, multipartChunksize: 5 * MiB };
  const always = { removeModifiedFilter: true };
  const places = { source: dir.path, target: source.url("p/") };
  await sync({ ...places, ...source.side("target"), ...parts, ...always });
}

beforeAll(async () => {
  source = await TestBucket.create();
  await source.keepVersions();
  let before: Moment["state"] = {};
  for (const state of states) {
    await enter(state, before);
    await now();
    before = state;
  }
  // What came later does not count.
  await source.put("p/a", "later");
});
afterAll(() => source[Symbol.asyncDispose]());

async function restore(
  moment: Moment,
  target: string,
  more: Partial<ConfigInput> = {},
): Promise<Summary> {
  return sync({
    source: source.url("p/"),
    target,
    ...source.side("source"),
    pointInTime: moment.at(),
    ...more,
  });
}

/** What a state is below the prefix. */
function below(state: Moment["state"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state).map(([key, content]) => [key.slice(2), Bun.hash(content).toString(36)]),
  );
}

async function heldBy(bucket: TestBucket): Promise<Record<string, string>> {
  const entries = (await bucket.keys()).map(
    async (key) => [key, Bun.hash(await bucket.get(key)).toString(36)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

function filesIn(dir: TempDir): Record<string, string> {
  return Object.fromEntries(
    dir.files().map((file) => [file, Bun.hash(fs.readFileSync(dir.at(file))).toString(36)]),
  );
}

const each = moments.map((moment) => [moment.name, moment] as const);
/** Before there was anything, there is nothing to be like. */
const eachWithHistory = each.slice(1);

describe("into a folder, as it was", () => {
  test.each(each)("%s", async (_name, moment) => {
    using dir = new TempDir();
    const summary = await restore(moment, dir.path);
    expect(summary).toMatchObject({ errors: 0, warnings: 0, notVerified: 0 });
    expect(filesIn(dir)).toEqual(below(moment.state));
  });

  test.each(eachWithHistory)(
    "exactly, with --delete, whatever was there: %s",
    async (_name, moment) => {
      using dir = new TempDir();
      dir.write("a", "something else");
      dir.write("stale/file", "x");
      const summary = await restore(moment, dir.path, { delete: true });
      expect(summary).toMatchObject({ errors: 0, warnings: 0 });
      expect(filesIn(dir)).toEqual(below(moment.state));
    },
  );
});

describe.each([
  ["through this machine", {}],
  ["copied by the server", { serverSideCopy: true }],
] as const)("into a bucket, %s, as it was", (_how, how) => {
  test.each(eachWithHistory)("%s", async (_name, moment) => {
    await using target = await TestBucket.create();
    await target.put("a", "something else");
    await target.put("stale", "x");
    const more = { ...target.side("target"), ...how, delete: true };
    const summary = await restore(moment, target.url(), more);
    expect(summary).toMatchObject({ errors: 0, warnings: 0, notVerified: 0 });
    expect(await heldBy(target)).toEqual(below(moment.state));
  });
});

describe("a run", () => {
  const moment = moments[1] as Moment;

  test("once more sends nothing, into a bucket", async () => {
    await using target = await TestBucket.create();
    const more = target.side("target");
    await restore(moment, target.url(), more);
    const again = await restore(moment, target.url(), more);
    expect(again).toMatchObject({ transferredObjects: 0, skipped: 4, errors: 0, warnings: 0 });
  });

  test("once more sends nothing, into a folder", async () => {
    using dir = new TempDir();
    await restore(moment, dir.path);
    const again = await restore(moment, dir.path);
    expect(again).toMatchObject({ transferredObjects: 0, skipped: 4, errors: 0, warnings: 0 });
  });

  test("with --remove-modified-filter overwrites everything", async () => {
    using dir = new TempDir();
    await restore(moment, dir.path);
    const again = await restore(moment, dir.path, { removeModifiedFilter: true });
    expect(again).toMatchObject({ transferredObjects: 4, skipped: 0 });
  });

  test("sends what differs although it is newer in the target", async () => {
    using dir = new TempDir();
    await restore(moment, dir.path);
    dir.write("a", "six", new Date());
    expect(await restore(moment, dir.path)).toMatchObject({ transferredObjects: 1 });
    expect(dir.read("a").toString()).toBe("one");
  });

  test("filters as ever, and takes one exact key", async () => {
    using dir = new TempDir();
    await restore(moment, dir.path, { filterLargerSize: 5 * MiB });
    expect(dir.files()).toEqual(["large"]);
    using single = new TempDir();
    const input = { source: source.url("p/a"), target: single.path, ...source.side("source") };
    await sync({ ...input, pointInTime: moment.at() });
    expect(single.read("a").toString()).toBe("one");
  });

  test("tells which versions it sent", async () => {
    await using target = await TestBucket.create();
    const sent: unknown[] = [];
    const input = { source: source.url("p/"), target: target.url(), pointInTime: moment.at() };
    const onEvent = (event: SyncEvent): void => {
      if (event.type === "synced") sent.push(event.sourceVersionId);
    };
    const sides = { ...source.side("source"), ...target.side("target") };
    await sync({ ...input, ...sides }, { onEvent });
    expect(new Set(sent).size).toBe(4);
    expect(sent.every((id) => typeof id === "string" && id !== "" && id !== "null")).toBe(true);
  });

  needing("keeps the dates of old versions", "lists versions page by page").test(
    "does the same whatever the size of pages",
    async () => {
      using dir = new TempDir();
      await restore(moment, dir.path, { maxKeys: 1 });
      expect(filesIn(dir)).toEqual(below(moment.state));
    },
  );

  test.each([
    ["for real", {}],
    ["in a dry run", { dryRun: true }],
    ["over a range of keys", { keyStart: "a" }],
  ])("with --delete empties no target if nothing existed yet, %s", async (_how, more) => {
    const [early] = moments;
    if (early === undefined) throw new Error("no moment");
    using dir = new TempDir();
    dir.write("z", "x");
    const errors: SyncError[] = [];
    const input = { source: source.url("p/"), target: dir.path, ...source.side("source") };
    const summary = await sync(
      { ...input, pointInTime: early.at(), delete: true, ...more },
      { onEvent: (event) => void (event.type === "error" && errors.push(event.error)) },
    );
    expect(summary).toMatchObject({ errors: 1, deleted: 0 });
    expect(errors).toMatchObject([{ code: "usage", hint: expect.stringContaining("SOURCE") }]);
    const when = early.at().toISOString();
    expect(errors[0]?.message).toBe(
      `nothing existed yet at ${when} under ${source.url("p/")}; --delete would empty the target`,
    );
    expect(dir.files()).toEqual(["z"]);
  });

  test("with --delete over a range that was empty then deletes what the target has there", async () => {
    using dir = new TempDir();
    dir.write("zz", "x");
    const range = { keyStart: "z", keyEnd: "zzz", delete: true };
    const summary = await restore(moment, dir.path, range);
    expect(summary).toMatchObject({ errors: 0, deleted: 1 });
  });

  test("is refused where the bucket keeps no versions", async () => {
    using dir = new TempDir();
    await using plain = await TestBucket.create();
    await plain.put("a", "x");
    const input = { source: plain.url(), target: dir.path, ...plain.side("source") };
    const error = await rejection(sync({ ...input, pointInTime: new Date() }));
    expect(error).toMatchObject({
      code: "usage",
      message: expect.stringContaining("keeps no versions"),
    });
  });

  test("where versions were missed goes on, but deletes nothing by that", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("a", "1");
    await bucket.keepVersions("Suspended");
    const pointInTime = new Date();
    await untilLater();
    // It was there, and nothing tells so any more.
    await bucket.put("a", "2");
    using dir = new TempDir();
    dir.write("a", "1");
    const input = { source: bucket.url(), target: dir.path, ...bucket.side("source"), pointInTime };
    expect(await rejection(sync({ ...input, delete: true }))).toMatchObject({ code: "usage" });
    expect(await sync(input)).toMatchObject({ transferredObjects: 0, errors: 0 });
    expect(dir.files()).toEqual(["a"]);
  });

  test.skipIf(!hasAccounts)(
    "goes on where that may not be asked (needs a MinIO of ours)",
    async () => {
      await using account = await Account.create([
        ...everything,
        { Effect: "Deny", Action: ["s3:GetBucketVersioning"], Resource: ["arn:aws:s3:::*"] },
      ]);
      using dir = new TempDir();
      const notices: string[] = [];
      const { accessKeyId, secretAccessKey } = account.server;
      const summary = await sync(
        {
          ...{ source: source.url("p/"), target: dir.path, pointInTime: moment.at() },
          ...source.side("source"),
          sourceAccessKey: new Secret(accessKeyId),
          sourceSecretAccessKey: new Secret(secretAccessKey),
        },
        { onEvent: (event) => void (event.type === "notice" && notices.push(event.message)) },
      );
      expect(summary).toMatchObject({ errors: 0, warnings: 0, transferredObjects: 4 });
      expect(notices.join()).toContain("s3:GetBucketVersioning");
      const deleting = {
        ...{ source: source.url("p/"), target: dir.path, pointInTime: moment.at(), delete: true },
        ...source.side("source"),
        sourceAccessKey: new Secret(accessKeyId),
        sourceSecretAccessKey: new Secret(secretAccessKey),
      };
      expect(await rejection(sync(deleting))).toMatchObject({ code: "usage" });
    },
  );
});
