/**
 * Annotations of objects. No server that runs here has them: one that stands before MinIO answers for it, in the
 * form that the AWS SDK writes and reads.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import {
  DeleteObjectAnnotationCommand,
  GetObjectAnnotationCommand,
  ListObjectAnnotationsCommand,
  PutObjectAnnotationCommand,
} from "@aws-sdk/client-s3";

import { type ConfigInput, sync, type SyncEvent } from "../../src/index.ts";
import { AnnotatingServer } from "../support/annotating-server.ts";
import { TestBucket } from "../support/bucket.ts";
import { heardCopy } from "../support/heard-copy.ts";
import { httpServer } from "../support/servers.ts";
import { MiB, randomBytes } from "../support/trees.ts";

let front: AnnotatingServer;
let bucket: TestBucket;
beforeEach(async () => {
  front = new AnnotatingServer(httpServer());
  bucket = await TestBucket.create(front.server);
});
afterEach(async () => {
  await bucket[Symbol.asyncDispose]();
  await front[Symbol.asyncDispose]();
});

const copy = { enableSyncObjectAnnotations: true };
const latest = { syncLatestObjectAnnotations: true };
const odd = { summary: "a text", "ü &<name>": "größer", empty: "x" };

async function run(more: Partial<ConfigInput>): ReturnType<typeof heardCopy> {
  const heard = await heardCopy(bucket, more);
  expect(heard.summary.errors).toBe(0);
  return heard;
}

function pathOf(key: string): string {
  return `/${bucket.name}/${key}`;
}

function changes(events: readonly SyncEvent[]): string[] {
  const found = events.flatMap((event) =>
    event.type === "annotation" ? [`${event.change} ${event.name}`] : [],
  );
  return found.toSorted();
}

describe("--enable-sync-object-annotations", () => {
  test.each([
    ["whole", "x", {}],
    ["in parts", randomBytes("annotated", 11 * MiB), { multipartThreshold: 5 * MiB }],
    ["on the server", "x", { serverSideCopy: true }],
  ] as const)("copies all annotations of an object that is sent %s", async (_, body, more) => {
    await bucket.put("p/a b", body);
    front.annotate(pathOf("p/a b"), odd);
    const { summary, events } = await run({ ...copy, ...more });
    expect(front.of(pathOf("q/a b"))).toEqual(odd);
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 0 });
    const told = events.filter((event) => event.type === "annotation");
    expect(told.map(({ isVerified }) => isVerified)).toEqual([true, true, true]);
  });

  test("takes away what was beside the object that was replaced", async () => {
    await bucket.put("q/a", "old");
    await bucket.put("p/a", "newer");
    front.annotate(pathOf("p/a"), { kept: "x" });
    front.annotate(pathOf("q/a"), { kept: "x", old: "y" });
    const { events } = await run(copy);
    expect(front.of(pathOf("q/a"))).toEqual({ kept: "x" });
    expect(changes(events)).toEqual(["removed old"]);
  });

  test("leaves alone what is unchanged", async () => {
    await bucket.put("p/a", "x");
    await bucket.put("q/a", "x");
    front.annotate(pathOf("p/a"), { kept: "x" });
    expect((await run(copy)).summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
    expect(front.requests).toEqual([]);
  });

  test("asks for none without it", async () => {
    await bucket.put("p/a", "x");
    front.annotate(pathOf("p/a"), { kept: "x" });
    await run({});
    expect(front.requests).toEqual([]);
  });

  test("warns of one that is not what was sent", async () => {
    await bucket.put("p/a", "x");
    front.annotate(pathOf("p/a"), { kept: "x" });
    front.damage = "!";
    const { summary, events } = await run(copy);
    expect(summary.warnings).toBe(1);
    const warning = events.find((event) => event.type === "warning");
    expect(warning).toMatchObject({ error: { code: "integrity" } });
    expect(String(warning?.error.message)).toContain('annotation "kept" of "a"');
    expect(warning?.error.mismatch).toMatchObject({ of: "etag", annotation: "kept" });
  });
});

describe("--sync-latest-object-annotations", () => {
  beforeEach(async () => {
    await bucket.put("p/a", "x");
    await bucket.put("q/a", "x");
  });

  test("brings those of what is unchanged in step, and does nothing a second time", async () => {
    front.annotate(pathOf("p/a"), { new: "n", other: "1", same: "s" });
    front.annotate(pathOf("q/a"), { gone: "g", other: "2", same: "s" });
    const { summary, events } = await run(latest);
    expect(front.of(pathOf("q/a"))).toEqual({ new: "n", other: "1", same: "s" });
    expect(changes(events)).toEqual(["removed gone", "written new", "written other"]);
    expect(summary).toMatchObject({ transferredObjects: 1, transferredBytes: 0 });
    expect((await run(latest)).summary).toMatchObject({ transferredObjects: 0, skipped: 1 });
  });

  test("copies those of what is new", async () => {
    await bucket.put("p/b", "new");
    front.annotate(pathOf("p/b"), odd);
    await run(latest);
    expect(front.of(pathOf("q/b"))).toEqual(odd);
  });

  test("in a dry run only says so", async () => {
    front.annotate(pathOf("p/a"), { new: "n" });
    front.annotate(pathOf("q/a"), { gone: "g" });
    const { events } = await run({ ...latest, dryRun: true });
    expect(changes(events)).toEqual(["removed gone", "written new"]);
    expect(front.of(pathOf("q/a"))).toEqual({ gone: "g" });
  });

  test.each([
    ["older", -1000, ["written a"]],
    ["newer", 1000, []],
  ] as const)(
    "with --disable-check-annotation-etag goes by size and time: the target's is %s",
    async (_, laterMs, expected) => {
      const now = Date.now();
      front.annotate(pathOf("p/a"), { a: "1" }, now);
      front.annotate(pathOf("q/a"), { a: "2" }, now + laterMs);
      const { events } = await run({ ...latest, disableCheckAnnotationEtag: true });
      expect(changes(events)).toEqual([...expected]);
    },
  );
});

describe("--report-annotations-sync-status", () => {
  const report = { reportSyncStatus: true, reportAnnotationsSyncStatus: true };

  test("tells of each annotation how it stands", async () => {
    await bucket.put("p/a", "x");
    await bucket.put("q/a", "x");
    front.annotate(pathOf("p/a"), { missing: "m", other: "1", same: "s" });
    front.annotate(pathOf("q/a"), { extra: "e", other: "2", same: "s" });
    const { summary, events } = await run(report);
    const told = events.flatMap((event) =>
      event.type === "status" && event.of === "annotation" ? [`${event.name} ${event.status}`] : [],
    );
    expect(told.toSorted()).toEqual([
      "extra MISMATCH",
      "missing MISMATCH",
      "other MISMATCH",
      "same MATCHES",
    ]);
    expect(summary.status).toMatchObject({
      objects: 1,
      annotation: { MATCHES: 1, MISMATCH: 3, UNKNOWN: 0 },
    });
    expect(front.requests).toSatisfy((all: string[]) => all.every((one) => one === "GET list"));
  });
});

describe("where a server has none", () => {
  test.each(["source", "target"] as const)(
    "the %s: the run says so, and writes nothing over an object",
    async (side) => {
      const text = `<?xml version="1.0"?><text/>`;
      await bucket.put("p/a", text);
      front.annotate(pathOf("p/a"), { n: "annotation" });
      const plain = { [`${side}EndpointUrl`]: httpServer().endpoint };
      const places = { source: bucket.url("p/"), target: bucket.url("q/") };
      const sides = { ...bucket.side("source"), ...bucket.side("target"), ...plain };
      const errors: SyncEvent[] = [];
      const onEvent = (event: SyncEvent): void => {
        if (event.type === "error") errors.push(event);
      };
      await sync({ ...places, ...sides, ...copy }, { onEvent });
      expect(errors).toMatchObject([
        { key: "a", error: { code: "unsupported", operation: "ListObjectAnnotations" } },
      ]);
      expect(new TextDecoder().decode(await bucket.get("q/a"))).toBe(text);
    },
  );
});

test("the server speaks as the AWS SDK expects", async () => {
  await bucket.put("a", "x");
  const at = { Bucket: bucket.name, Key: "a" };
  const put = { ...at, AnnotationName: "n", AnnotationPayload: Buffer.from("text") };
  const { ETag } = await bucket.client.send(new PutObjectAnnotationCommand(put));
  const { Annotations } = await bucket.client.send(new ListObjectAnnotationsCommand(at));
  expect(Annotations).toMatchObject([{ AnnotationName: "n", Size: 4, ETag }]);
  const one = { ...at, AnnotationName: "n" };
  const { AnnotationPayload } = await bucket.client.send(new GetObjectAnnotationCommand(one));
  expect(await AnnotationPayload?.transformToString()).toBe("text");
  await bucket.client.send(new DeleteObjectAnnotationCommand(one));
  expect(front.of(pathOf("a"))).toEqual({});
});
