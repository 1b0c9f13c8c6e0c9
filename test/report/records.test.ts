/**
 * What each event says in the log.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import { parseETag } from "../../src/core/etag.ts";
import type { Route, Summary, SyncEvent } from "../../src/core/events.ts";
import { asKey } from "../../src/core/key.ts";
import { type LogRecord, recordsOf, summaryFields } from "../../src/report/records.ts";

const key = asKey("a/b.txt");
const etag = parseETag("9e107d9d372bb6826bd81d3542a419d6");
const failure = new SyncError("access-denied", "no entry", {
  key: "other",
  reason: "AccessDenied",
  status: 403,
  requestId: "R1",
  hint: "Ask.",
});
const summary: Summary = {
  transferredBytes: 3000,
  transferredObjects: 4,
  etagVerified: 3,
  checksumVerified: 0,
  notVerified: 1,
  deleted: 2,
  skipped: 5,
  errors: 0,
  warnings: 6,
  durationMs: 2500,
  dryRun: false,
  interrupted: false,
  traffic: { requests: { PutObject: 3, ListObjectsV2: 1 }, sentBytes: 3000, receivedBytes: 512 },
};
const synced: Extract<SyncEvent, { type: "synced" }> = {
  type: "synced",
  key,
  size: 3,
  sourceMtimeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  sourceVersionId: undefined,
  target: "p/a/b.txt",
  dryRun: false,
};

/** Without its target, which has tests of its own. */
function record(event: SyncEvent, route: Route = "upload"): Plain | undefined {
  const [first] = recordsOf(event, route);
  if (first === undefined) return undefined;
  const { target: _, ...plain } = first;
  return plain;
}

type Plain = Omit<LogRecord, "target">;

const rows: readonly (readonly [string, SyncEvent, Plain])[] = [
  [
    "a start",
    { type: "start", source: "./a", target: "s3://b/", route: "upload", dryRun: true },
    {
      level: "debug",
      message: "sync started.",
      fields: { source: "./a", target: "s3://b/", dry_run: true },
    },
  ],
  [
    "a transfer that begins",
    { type: "started", key, size: 3 },
    { level: "trace", message: "transfer started.", fields: { key, size: 3 } },
  ],
  [
    "a part that an interrupted run had brought",
    { type: "kept", key, bytes: 5 },
    {
      level: "debug",
      message: "part kept from an interrupted transfer.",
      fields: { key, size: 5 },
    },
  ],
  [
    "an upload",
    synced,
    {
      level: "info",
      message: "sync completed.",
      fields: {
        key,
        source_version_id: "",
        source_last_modified: "2026-01-02T03:04:05.678+00:00",
        target_key: "p/a/b.txt",
        size: 3,
      },
    },
  ],
  [
    "a proof of an upload: the file has the ETag of its bytes",
    { type: "verified", key, target: "p/a/b.txt", sourceETag: undefined, targetETag: etag },
    {
      level: "debug",
      message: "e_tag verified.",
      fields: { key: "p/a/b.txt", source_e_tag: `"${etag}"`, target_e_tag: `"${etag}"` },
    },
  ],
  [
    "a missing proof",
    { type: "unverified", key, reason: "no MD5" },
    { level: "info", message: "e_tag not verified.", fields: { key, reason: "no MD5" } },
  ],
  [
    "a key with nothing to do",
    { type: "skipped", key, reason: "unchanged" },
    {
      level: "debug",
      message: "object filtered.",
      fields: { name: "TargetModifiedFilter", key, reason: "unchanged" },
    },
  ],
  [
    "a deletion",
    { type: "deleted", key, target: "p/a/b.txt", dryRun: false },
    {
      level: "info",
      message: "delete completed.",
      fields: { key, target_version_id: "", target_key: "p/a/b.txt" },
    },
  ],
  [
    "a retry",
    { type: "retry", operation: "PutObject", key, attempt: 2, delayMs: 99.6, error: failure },
    {
      level: "info",
      message: "trying again.",
      fields: { operation: "PutObject", key, attempt: 2, delay_ms: 100, error: "no entry" },
    },
  ],
  [
    "a request",
    {
      type: "request",
      operation: "GetObject",
      bucket: "b",
      key: "p/a",
      status: 200,
      sentBytes: 0,
      receivedBytes: 5,
      durationMs: 1.23456,
    },
    {
      level: "debug",
      message: "request completed.",
      fields: {
        operation: "GetObject",
        bucket: "b",
        key: "p/a",
        status: 200,
        sent_byte: 0,
        received_byte: 5,
        duration_ms: 1.235,
      },
    },
  ],
  [
    "a request without an answer",
    {
      type: "request",
      operation: "ListObjectsV2",
      bucket: "b",
      key: undefined,
      status: undefined,
      sentBytes: 0,
      receivedBytes: 0,
      durationMs: 10,
    },
    {
      level: "debug",
      message: "request failed.",
      fields: {
        operation: "ListObjectsV2",
        bucket: "b",
        sent_byte: 0,
        received_byte: 0,
        duration_ms: 10,
      },
    },
  ],
  [
    "a notice",
    { type: "notice", message: "by the way" },
    { level: "info", message: "by the way", fields: {} },
  ],
  [
    "a notice of what is likely not wanted",
    { type: "notice", message: "by the way", isDoubtful: true },
    { level: "warn", message: "by the way", fields: {} },
  ],
  [
    "a warning, with all that the error carries",
    { type: "warning", key, error: failure },
    {
      level: "warn",
      message: "no entry",
      fields: {
        code: "access-denied",
        key,
        reason: "AccessDenied",
        status: 403,
        request_id: "R1",
        hint: "Ask.",
      },
    },
  ],
  [
    "an error that is about no key in particular",
    { type: "error", key: undefined, error: new SyncError("timeout", "too late") },
    { level: "error", message: "too late", fields: { code: "timeout" } },
  ],
];

describe("the record of", () => {
  test.each(rows)("%s", (_, event, wanted) => {
    expect(record(event)).toEqual(wanted);
  });

  test("a download names the path, and has the fields that the original has there", () => {
    expect(record({ ...synced, target: "/t/a/b.txt" }, "download")).toEqual({
      level: "info",
      message: "sync completed.",
      fields: { key, real_path: "/t/a/b.txt", size: 3 },
    });
    const deleted: SyncEvent = { type: "deleted", key, target: "/t/a", dryRun: false };
    expect(record(deleted, "download")?.fields).toEqual({ key, real_path: "/t/a" });
  });

  test("a dry run says so first", () => {
    expect(record({ ...synced, dryRun: true })?.message).toBe("[dry-run] sync completed.");
    const deleted: SyncEvent = { type: "deleted", key, target: "x", dryRun: true };
    expect(record(deleted)?.message).toBe("[dry-run] delete completed.");
  });

  test.each(["moved", "queued", "listed", "listing-complete"] as const)(
    "%s does not exist: it is for the progress only",
    (type) => {
      const event: SyncEvent =
        type === "moved"
          ? { type, key, bytes: 1 }
          : type === "queued"
            ? { type, key, size: 1 }
            : type === "listed"
              ? { type, side: "source", items: 1 }
              : { type };
      expect(record(event)).toBeUndefined();
    },
  );

  test("the end has the original's fields in its order, then ours", () => {
    expect(record({ type: "end", summary })).toMatchObject({
      level: "info",
      message: "sync summary",
    });
    expect(Object.entries(summaryFields(summary))).toEqual([
      ["transferred_byte", 3000],
      ["transferred_byte_per_sec", 1200],
      ["transferred_object", 4],
      ["transferred_object_per_sec", 1],
      ["etag_verified", 3],
      ["checksum_verified", 0],
      ["deleted", 2],
      ["skipped", 5],
      ["error", 0],
      ["warning", 6],
      ["duration_sec", 2.5],
      ["not_verified", 1],
      ["dry_run", false],
      ["interrupted", false],
      ["sent_byte", 3000],
      ["received_byte", 512],
      ["requests", { PutObject: 3, ListObjectsV2: 1 }],
    ]);
  });
});

test.each([-1e14, 1e15, 8.65e15, Number.NaN])(
  "a file whose time no calendar has does not crash the log: %d ms",
  (sourceMtimeMs) => {
    expect(record({ ...synced, sourceMtimeMs })?.message).toBe("sync completed.");
  },
);
