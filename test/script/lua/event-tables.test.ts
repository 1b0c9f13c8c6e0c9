/**
 * What event scripts are told: upstream's numbers and fields.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type Mismatch, SyncError } from "../../../src/core/errors.ts";
import { parseETag } from "../../../src/core/etag.ts";
import type { Summary, SyncEvent } from "../../../src/core/events.ts";
import { asKey } from "../../../src/core/key.ts";
import { EventTables } from "../../../src/script/lua/event-tables.ts";

const key = asKey("a/b");
const [one, other] = [parseETag("1"), parseETag("2")];
const entry = {
  kind: "object",
  key,
  size: 5,
  mtimeMs: 0,
  etag: one,
  storageClass: undefined,
  storeKey: key,
} as const;
const start: SyncEvent = { type: "start", source: "s", target: "t", route: "copy", dryRun: false };
const summary: Summary = {
  ...{
    transferredBytes: 100,
    transferredObjects: 4,
    etagVerified: 3,
    checksumVerified: 2,
    notVerified: 0,
  },
  ...{
    deleted: 1,
    skipped: 6,
    errors: 0,
    warnings: 5,
    durationMs: 2000,
    dryRun: false,
    interrupted: false,
  },
  traffic: { requests: {}, bytesIn: 0, bytesOut: 0 } as unknown as Summary["traffic"],
};
const about = { key: "a/b", source_key: "s/a/b", target_key: "t/a/b", dry_run: false };

function told(event: SyncEvent, asUpstream = false): readonly object[] {
  const naming = {
    sourceKey: (name: string) => `s/${name}`,
    targetKey: (name: string) => `t/${name}`,
    asUpstream,
  };
  const tables = new EventTables(naming);
  tables.of(start);
  return tables.of(event).map((table) => JSON.parse(JSON.stringify(table)) as object);
}

const synced: SyncEvent = {
  ...{
    type: "synced",
    key,
    size: 5,
    sourceMtimeMs: 0,
    sourceVersionId: "v",
    target: "t",
    dryRun: false,
  },
};
const annotation: SyncEvent = {
  ...{
    type: "annotation",
    key,
    target: "t",
    name: "n",
    size: 2,
    etag: one,
    change: "written",
    isVerified: true,
    dryRun: false,
  },
};
const lost = (mismatch?: Mismatch): SyncEvent => ({
  type: "warning",
  key,
  error: new SyncError("integrity", "lost", { mismatch }),
});

test.each<[number, string, SyncEvent, object]>([
  [1, "the start", start, { dry_run: false }],
  [
    3,
    "an object that is to be sent",
    { type: "queued", key, size: 5 },
    { ...about, source_size: 5 },
  ],
  [
    4,
    "an object that is there",
    synced,
    {
      ...about,
      source_version_id: "v",
      source_last_modified: "1970-01-01T00:00:00Z",
      source_size: 5,
      target_size: 5,
    },
  ],
  [5, "a deletion", { type: "deleted", key, target: "t", dryRun: false }, about],
  [
    6,
    "an ETag that is right",
    { type: "verified", key, target: "t", sourceETag: one, targetETag: other },
    { ...about, source_etag: '"1"', target_etag: '"2"' },
  ],
  [
    7,
    "a checksum that is right",
    {
      type: "checksum-verified",
      key,
      target: "t",
      sourceChecksum: undefined,
      targetChecksum: { algorithm: "CRC32", value: "x" } as never,
    },
    { ...about, checksum_algorithm: "CRC32", target_checksum: "x" },
  ],
  [
    10,
    "a warning",
    { type: "warning", key, error: new SyncError("not-found", "gone") },
    { ...about, message: "gone" },
  ],
  [
    10,
    "a warning about no object",
    { type: "warning", key: undefined, error: new SyncError("not-found", "gone") },
    { dry_run: false, message: "gone" },
  ],
  [
    11,
    "an error",
    { type: "error", key, error: new SyncError("not-found", "gone") },
    { dry_run: false, key: "a/b", message: "gone" },
  ],
  [12, "what preprocess left out", { type: "skipped", key, reason: "preprocess" }, about],
  [13, "bytes", { type: "moved", key, bytes: 7 }, { ...about, byte_written: 7 }],
  [
    13,
    "a part",
    { type: "moved", key, bytes: 7, part: { number: 2, uploadId: "u" } },
    { ...about, byte_written: 7, part_number: 2, upload_id: "u" },
  ],
  [
    14,
    "what a filter left out",
    { type: "skipped", key, reason: "include" },
    { ...about, message: "include" },
  ],
  [
    14,
    "what is the same",
    {
      type: "skipped",
      key,
      reason: "same",
      source: entry,
      evidence: { by: "etag", source: entry, target: { ...entry, etag: other } },
    },
    {
      ...about,
      message: "same",
      source_size: 5,
      target_size: 5,
      source_last_modified: "1970-01-01T00:00:00Z",
      target_last_modified: "1970-01-01T00:00:00Z",
      source_etag: "1",
      target_etag: "2",
    },
  ],
  [
    14,
    "what its contents hide",
    {
      ...{ type: "skipped", key, reason: "x", source: entry, tagging: "b=2&a=1" },
      attributes: { contentType: "text/plain", metadata: { own: "1" } },
    },
    {
      ...about,
      message: "x",
      source_size: 5,
      source_last_modified: "1970-01-01T00:00:00Z",
      source_etag: "1",
      source_content_type: "text/plain",
      source_user_defined_metadata: "own=1",
      source_tagging: "a=1&b=2",
    },
  ],
  [
    16,
    "an annotation that is right",
    annotation,
    { ...about, annotation_name: "n", source_size: 2 },
  ],
  [
    18,
    "an annotation that is gone",
    { ...annotation, change: "removed" },
    { ...about, annotation_name: "n", source_size: 2 },
  ],
])("%d: %s", (number, _what, event, fields) => {
  expect(told(event)).toEqual([{ event_type: 2 ** number, ...fields }]);
});

test.each<[number, string, Mismatch, object]>([
  [
    8,
    "an ETag is another",
    { of: "etag", source: "1", target: "2" },
    { source_etag: '"1"', target_etag: '"2"' },
  ],
  [
    9,
    "a checksum is another",
    { of: "checksum", source: "1", target: "2" },
    { source_checksum: "1", target_checksum: "2" },
  ],
  [
    17,
    "an annotation is another",
    { of: "etag", source: "1", target: "2", annotation: "n" },
    { source_etag: '"1"', target_etag: '"2"', annotation_name: "n" },
  ],
])("%d, and a warning: %s", (number, _what, mismatch, fields) => {
  expect(told(lost(mismatch))).toEqual([
    { event_type: 2 ** number, ...about, ...fields, message: "lost" },
    { event_type: 2 ** 10, ...about, message: "lost" },
  ]);
});

test("integrity in doubt that no values speak of is a warning", () => {
  expect(told(lost())).toEqual([{ event_type: 2 ** 10, ...about, message: "lost" }]);
});

test("the version, size and time of an object are told again of its bytes and its proof", () => {
  const tables = new EventTables({ sourceKey: String, targetKey: String, asUpstream: false });
  const version = { source_version_id: "v" };
  const [begun] = tables.of({ type: "queued", key, size: 5, sourceVersionId: "v" });
  expect(begun).toMatchObject({ ...version, source_size: 5 });
  const [bytes] = tables.of({ type: "moved", key, bytes: 5 });
  expect(bytes).toMatchObject({ ...version, source_size: 5 });
  tables.of({ ...synced, targetVersionId: "w" });
  const proof = { ...version, target_version_id: "w", source_last_modified: expect.any(String) };
  const [proven] = tables.of({
    ...{ type: "verified", key, target: "t", sourceETag: one, targetETag: one },
  });
  expect(proven).toMatchObject({ ...proof, source_size: 5, target_size: 5 });
});

describe("the end", () => {
  test("is told by 2, and by 15 with all counters", () => {
    expect(told({ type: "end", summary })).toEqual([
      { event_type: 4, dry_run: false },
      {
        ...{
          event_type: 2 ** 15,
          dry_run: false,
          stats_transferred_byte: 100,
          stats_transferred_byte_per_sec: 50,
        },
        ...{
          stats_transferred_object: 4,
          stats_transferred_object_per_sec: 2,
          stats_etag_verified: 3,
        },
        ...{
          stats_checksum_verified: 2,
          stats_deleted: 1,
          stats_skipped: 6,
          stats_error: 0,
          stats_warning: 5,
        },
        stats_duration_sec: 2,
        stats_etag_mismatch: 0,
        stats_checksum_mismatch: 0,
      },
    ]);
  });

  test("counts what was another", () => {
    const tables = new EventTables({ sourceKey: String, targetKey: String, asUpstream: false });
    for (const of of ["etag", "checksum", "etag"] as const) tables.of(lost({ of }));
    tables.of(lost({ of: "etag", annotation: "n" }));
    expect(tables.of({ type: "end", summary })[1]).toMatchObject({
      stats_etag_mismatch: 2,
      stats_checksum_mismatch: 1,
    });
  });

  test("names the last error", () => {
    const naming = { sourceKey: String, targetKey: String, asUpstream: false };
    const tables = new EventTables(naming);
    tables.of({ type: "error", key, error: new SyncError("not-found", "gone") });
    expect(tables.of({ type: "end", summary: { ...summary, errors: 1 } })[0]).toMatchObject({
      message: "gone",
    });
  });
});

test("dry runs are named in all events", () => {
  const tables = new EventTables({ sourceKey: String, targetKey: String, asUpstream: false });
  expect(tables.of({ ...start, dryRun: true })).toEqual([{ event_type: 2, dry_run: true }]);
  expect(tables.of(synced)[0]).toMatchObject({ dry_run: true });
});

test("what a script failed at is no event for scripts", () => {
  expect(told({ type: "warning", key, error: new SyncError("callback", "x") })).toEqual([]);
});

test.each<[string, SyncEvent, string]>([
  ["a start", { type: "queued", key, size: 1 }, "a/b"],
  ["a filter", { type: "skipped", key, reason: "include" }, "a/b"],
  ["bytes", { type: "moved", key, bytes: 1 }, "t/a/b"],
  ["an end", synced, "t/a/b"],
  ["a proof", { type: "verified", key, target: "t", sourceETag: one, targetETag: one }, "t/a/b"],
])("with --upstream-event-keys the key of %s is upstream's", (_what, event, shown) => {
  expect(told(event, true)[0]).toMatchObject({
    key: shown,
    source_key: "s/a/b",
    target_key: "t/a/b",
  });
  expect(told(event)[0]).toMatchObject({ key: "a/b" });
});
