/**
 * `--enable-versioning`: the history of a bucket, told again in another one.
 *
 * @module
 */
import { afterEach, beforeEach, expect } from "bun:test";

import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";

import {
  type ConfigInput,
  type EventSink,
  type Summary,
  sync,
  type SyncEvent,
} from "../../src/index.ts";
import { openDirect } from "../store/s3/support/apis.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { never, rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const { describe, test } = needing("keeps versions");
const apart = needing("keeps versions", "tells versions apart by milliseconds");

let source: TestBucket;
let target: TestBucket;

beforeEach(async () => {
  [source, target] = [await TestBucket.create(), await TestBucket.create()];
  await source.keepVersions();
  await target.keepVersions();
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

function run(more: Partial<ConfigInput> = {}, onEvent?: EventSink): Promise<Summary> {
  const input = {
    ...{ source: source.url(), target: target.url(), enableVersioning: true },
    ...{ ...source.side("source"), ...target.side("target"), ...more },
  };
  return sync(input, { onEvent });
}

/** Text of a version, or `x` for a marker; of each key oldest first. */
type Told = Readonly<Record<string, string>>;

/** A history as it is written here: `a` of key 1, then a marker… */
async function write(bucket: TestBucket, history: Told): Promise<void> {
  for (const [key, texts] of Object.entries(history)) {
    for (const text of texts.split(" ")) {
      if (text === "x") await bucket.remove([key]);
      else await bucket.put(key, text);
    }
  }
}

async function toldBy(bucket: TestBucket): Promise<Told> {
  const told: Record<string, string> = {};
  for (const version of await versionsOf(bucket)) {
    const text = version.isMarker ? "x" : await textOf(bucket, version);
    told[version.key] = [text, ...(told[version.key]?.split(" ") ?? [])].join(" ");
  }
  return told;
}

interface Found {
  readonly key: string;
  readonly id: string;
  readonly isMarker: boolean;
}

/** Keys in order, newest first, as the server has them: the SDK would tell versions and markers apart. */
async function versionsOf(bucket: TestBucket): Promise<Found[]> {
  const api = await openDirect(bucket.server, bucket.name);
  const page = await api.listVersions({ prefix: "", mark: undefined, maxKeys: 1000 }, never());
  api.close();
  return page.versions.map(({ key, versionId: id, isMarker }) => ({ key, id, isMarker }));
}

async function textOf(bucket: TestBucket, { key, id }: Found): Promise<string> {
  const command = new GetObjectCommand({ Bucket: bucket.name, Key: key, VersionId: id });
  return (await bucket.client.send(command)).Body?.transformToString() ?? "";
}

const history: Told = {
  a: "1 2 3 x 4 5 x 6",
  "b/deleted": "1 2 x",
  "b/once": "only",
  "b/twice deleted": "1 x x",
  "c ü": "1 x 2",
};
/** Only what is deleted now is deleted again. */
const withLatestMarkers: Told = {
  a: "1 2 3 4 5 6",
  "b/deleted": "1 2 x",
  "b/once": "only",
  "b/twice deleted": "1 x",
  "c ü": "1 2",
};

describe("all versions are copied, oldest first,", () => {
  test("with the markers of what is deleted now", async () => {
    await write(source, history);
    const summary = await run();
    expect(summary).toMatchObject({
      ...{ errors: 0, warnings: 0, transferredObjects: 12, deleted: 2, etagVerified: 12 },
    });
    expect(await toldBy(target)).toEqual(withLatestMarkers);
  });

  apart.test("with all markers, if these are to be kept", async () => {
    await write(source, history);
    const markers = (await versionsOf(source)).filter(({ isMarker }) => isMarker).length;
    const summary = await run({ syncDeleteMarkers: true });
    expect(summary).toMatchObject({ errors: 0, deleted: markers });
    // Not every server marks twice what is deleted twice.
    expect(await toldBy(target)).toEqual(await toldBy(source));
    expect((await toldBy(target))["a"]).toBe("1 2 3 x 4 5 x 6");
  });

  async function changesNothingTwice(more: Partial<ConfigInput>): Promise<void> {
    await write(source, history);
    await run(more);
    const before = await versionsOf(target);
    const again = await run(more);
    expect(again).toMatchObject({ transferredObjects: 0, deleted: 0, skipped: 12, errors: 0 });
    expect(await versionsOf(target)).toEqual(before);
  }

  test.each([
    ["", {}],
    [", with all markers", { syncDeleteMarkers: true }],
    [", with other metadata", { metadata: { own: "yes" } }],
  ] as const)("and another run changes nothing%s", (_, more) => changesNothingTwice(more));

  const paged = needing("keeps versions", "lists versions page by page");
  paged.test("and another run changes nothing, page by page", () =>
    changesNothingTwice({ maxKeys: 1 }),
  );

  test("and what comes later is added", async () => {
    await write(source, { a: "1 2", b: "1" });
    await run();
    await write(source, { a: "3 x", b: "x 2" });
    expect(await run()).toMatchObject({ transferredObjects: 2, deleted: 1, skipped: 3 });
    expect(await toldBy(target)).toEqual({ a: "1 2 3 x", b: "1 2" });
  });

  apart.test("and what was deleted in the target comes back only as new versions", async () => {
    await write(source, { a: "1" });
    await run();
    await target.remove(["a"]);
    const notices: string[] = [];
    const onEvent = (event: SyncEvent): void => {
      if (event.type === "notice") notices.push(event.message);
    };
    const again = await run({}, onEvent);
    expect(again).toMatchObject({ transferredObjects: 0, deleted: 0, skipped: 1 });
    expect(notices).toEqual([expect.stringContaining('"a" is deleted in the target')]);
    await write(source, { a: "2" });
    await run();
    expect(await toldBy(target)).toEqual({ a: "1 x 2" });
  });

  test("noted in their metadata, beside what is there", async () => {
    await source.put("a", "1", { Metadata: { own: "yes" } });
    await run();
    const [version] = await versionsOf(source);
    expect((await target.head("a")).Metadata).toEqual({
      own: "yes",
      s3sync_origin_version_id: version?.id ?? "",
      s3sync_origin_last_modified: expect.stringMatching(/^\d{4}-.*\+00:00$/),
    });
  });

  test("of large objects in parts, and on the server", async () => {
    const five = 5 * MiB;
    const [one, two] = [randomBytes("one", 2 * five + 1), randomBytes("two", five)];
    await source.put("large", one);
    await source.put("large", two);
    const parts = { multipartThreshold: five, multipartChunksize: five };
    expect(await run({ ...parts, serverSideCopy: true })).toMatchObject({
      ...{ transferredObjects: 2, errors: 0, warnings: 0 },
    });
    const found = await versionsOf(target);
    expect(found).toHaveLength(2);
    expect(Buffer.compare(await target.get("large"), two)).toBe(0);
    await using second = await TestBucket.create();
    await second.keepVersions();
    const through = { ...parts, target: second.url() };
    expect(await run(through)).toMatchObject({ transferredObjects: 2, errors: 0, etagVerified: 2 });
  });

  needing("keeps versions", "encrypts with its own key").test(
    "encrypted as the run says",
    async () => {
      await source.put("a", "1", { ServerSideEncryption: "AES256" });
      await source.put("a", "2");
      expect(await run({ sse: "AES256" })).toMatchObject({ transferredObjects: 2, errors: 0 });
      expect(await run({ sse: "AES256" })).toMatchObject({ transferredObjects: 0, skipped: 2 });
      expect(await toldBy(target)).toEqual({ a: "1 2" });
      for (const { key, id } of await versionsOf(target)) {
        const at = { Bucket: target.name, Key: key, VersionId: id };
        const head = await target.client.send(new HeadObjectCommand(at));
        expect(head.ServerSideEncryption).toBe("AES256");
      }
    },
  );

  test("below prefixes", async () => {
    await write(source, { "p/a": "1 2 x", "q/a": "1" });
    await run({ source: source.url("p/"), target: target.url("r/") });
    expect(await toldBy(target)).toEqual({ "r/a": "1 2 x" });
  });

  test("those that filters let pass", async () => {
    await write(source, { a: "1 22 333 x", b: "1 22" });
    const summary = await run({ filterLargerSize: 2 });
    expect(summary).toMatchObject({ transferredObjects: 3, skipped: 2, deleted: 1 });
    expect(await toldBy(target)).toEqual({ a: "22 333 x", b: "22" });
  });

  const dated = needing("keeps the dates of old versions", "tells versions apart by milliseconds");
  dated.test("those of a time that filters let pass, each by its own", async () => {
    await write(source, { a: "1 x 2", b: "1 x" });
    await untilLater();
    const time = new Date();
    await untilLater();
    await write(source, { a: "3 x", b: "2" });
    await run({ filterMtimeBefore: time });
    expect(await toldBy(target)).toEqual({ a: "1 2", b: "1 x" });
    await using later = await TestBucket.create();
    await later.keepVersions();
    await run({ target: later.url(), filterMtimeAfter: time });
    expect(await toldBy(later)).toEqual({ a: "3 x", b: "2" });
    await run();
    expect(await toldBy(target)).toEqual({ a: "1 2 3 x", b: "1 x 2" });
  });

  test("and the newest one again that the target has lost", async () => {
    await write(source, { a: "1 2 3" });
    await run();
    const [newest] = await versionsOf(target);
    const lost = { Bucket: target.name, Key: "a", VersionId: newest?.id };
    await target.client.send(new DeleteObjectCommand(lost));
    expect(await run()).toMatchObject({ transferredObjects: 1, skipped: 2, warnings: 0 });
    expect(await toldBy(target)).toEqual({ a: "1 2 3" });
  });

  test("those of before there were versions, too", async () => {
    await using old = await TestBucket.create();
    await old.put("a", "1");
    await old.keepVersions();
    await old.put("a", "2");
    const summary = await run({ source: old.url() });
    expect(summary).toMatchObject({ transferredObjects: 2, errors: 0 });
    expect(await toldBy(target)).toEqual({ a: "1 2" });
    expect(await run({ source: old.url() })).toMatchObject({ transferredObjects: 0, skipped: 2 });
  });
});

test("a run that was cut short is continued", async () => {
  await write(source, history);
  await using proxy = await FaultProxy.start(target.server);
  const gate = proxy.hold("PutObject", "answer", { skip: 4 });
  const stop = new AbortController();
  const input: ConfigInput = {
    ...{ source: source.url(), target: target.url(), enableVersioning: true },
    ...{ ...source.side("source"), ...target.side("target") },
    targetEndpointUrl: proxy.endpoint,
  };
  const running = sync(input, { signal: stop.signal });
  await gate.reached;
  stop.abort();
  gate.open();
  expect(await running).toMatchObject({ interrupted: true });
  expect((await versionsOf(target)).length).toBeLessThan(12);
  expect(await run()).toMatchObject({ errors: 0, warnings: 0 });
  expect(await toldBy(target)).toEqual(withLatestMarkers);
});

test("a dry run says what would be sent and deleted, and does nothing", async () => {
  await write(source, history);
  expect(await run({ dryRun: true })).toMatchObject({ transferredObjects: 12, deleted: 2 });
  expect(await versionsOf(target)).toEqual([]);
});

test("what is older than what the target has does not take its place", async () => {
  await write(source, { a: "1 22 3", b: "1 22" });
  await run({ filterLargerSize: 2 });
  const summary = await run();
  expect(summary).toMatchObject({ transferredObjects: 1, skipped: 4, warnings: 2, errors: 0 });
  expect(await toldBy(target)).toEqual({ a: "22 3", b: "22" });
});

test("what replaced a version without an id is another one", async () => {
  await using old = await TestBucket.create();
  await old.put("a", "1");
  await old.keepVersions();
  await run({ source: old.url() });
  // Where no versions are kept meanwhile, the new one has the same name: null.
  await old.keepVersions("Suspended");
  // Noted are whole seconds.
  await Bun.sleep(1000);
  await old.put("a", "2");
  await old.keepVersions();
  expect(await run({ source: old.url() })).toMatchObject({ transferredObjects: 1, errors: 0 });
  expect(await run({ source: old.url() })).toMatchObject({ transferredObjects: 0, skipped: 1 });
  expect(await toldBy(target)).toEqual({ a: "1 2" });
});

describe("a bucket without versions", () => {
  test.each(["source", "target"] as const)("cannot be the %s", async (side) => {
    await using plain = await TestBucket.create();
    const { errors } = await run({ [side]: plain.url() });
    expect(errors).toBe(1);
  });
});

test("a key that is asked for by name and is not there is a warning", async () => {
  using dir = new TempDir();
  await write(source, { a: "1" });
  dir.write("names", "a\nb\n");
  const summary = await run({ filesFrom: dir.at("names") });
  expect(summary).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
});

test.each(["update", "existing", "ignoreExisting"] as const)("--%s is refused", async (name) => {
  expect(await rejection(run({ [name]: true }))).toMatchObject({ code: "usage" });
});

test("it needs buckets on both sides, and no update check", async () => {
  const error = await rejection(run({ target: ".", checkSize: true }));
  expect(error).toMatchObject({ code: "usage" });
});
