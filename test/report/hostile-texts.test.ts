/**
 * Texts from outside through every way to show a run: nothing of them steers a terminal or begins a line.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { Entry } from "../../src/core/entry.ts";
import { SyncError } from "../../src/core/errors.ts";
import { parseETag } from "../../src/core/etag.ts";
import type { Summary, SyncEvent } from "../../src/core/events.ts";
import type { Finding } from "../../src/core/finding.ts";
import { asKey } from "../../src/core/key.ts";
import type { WatchState } from "../../src/core/watch-state.ts";
import { findingLines } from "../../src/report/finding-lines.ts";
import { jsonLine, textLine } from "../../src/report/log.ts";
import { Progress } from "../../src/report/progress.ts";
import { recordsOf } from "../../src/report/records.ts";
import { Spans } from "../../src/report/spans.ts";
import { StatusFile } from "../../src/report/status-file.ts";
import { PlanFile } from "../../src/sync/plans/plan.ts";
import { emptySummary } from "../support/empty-summary.ts";
import { TempDir } from "../support/temp-dir.ts";

/** Unicode's own properties, not the ranges of the code under test. */
const harmful = /\p{Cc}|\p{Bidi_Control}|\p{Surrogate}/u;

const hostile =
  'a\u001b]0;title\u0007\n2026 ERROR "forged"\r\u009b2J\u007f\u0000\u0085\u202e\u2066\u061c\ud800';
const key = asKey(hostile);
const etag = parseETag(hostile);
const error = new SyncError("not-found", hostile, {
  ...{ operation: hostile, bucket: hostile, key: hostile, path: hostile, reason: hostile },
  ...{ requestId: hostile, hint: hostile },
});
const entry: Entry = {
  ...{ kind: "object", key, size: 1, mtimeMs: 0, etag, versionId: hostile },
  ...{ storageClass: hostile, storeKey: key },
};
const sides = { source: entry, target: entry, sourceValue: hostile, targetValue: hostile };
const versions = { sourceVersionId: hostile, targetVersionId: hostile };
const checksum = { algorithm: "SHA256", value: hostile, type: "FULL_OBJECT" } as const;
const dryRun = false;
const counts = { MATCHES: 0, MISMATCH: 0, UNKNOWN: 0 };
const traffic = { requests: { [hostile]: 1 }, sentBytes: 0, receivedBytes: 0 };
const summary: Summary = {
  ...{ ...emptySummary, traffic },
  status: {
    ...{ objects: 0, notFound: 0, notFoundInSource: 0, etag: counts, size: counts },
    ...{ checksum: counts, metadata: counts, tagging: counts, annotation: counts },
  },
};
const state: WatchState = {
  ...({ phase: "idle", pending: 1, lagMs: 1, lastSuccessAt: 1, rounds: 1 } as const),
  ...{ objects: 1, bytes: 1, errors: 1, queue: 1 },
};
const exchange = { operation: hostile, bucket: hostile, key: hostile };

/** Every event, hostile wherever it has a text. What a script prints is its author's and not among them. */
const events: Readonly<Record<Exclude<SyncEvent["type"], "printed">, readonly SyncEvent[]>> = {
  start: [{ type: "start", source: hostile, target: hostile, route: "upload", dryRun }],
  listed: [{ type: "listed", side: "source", items: 1 }],
  "listing-complete": [{ type: "listing-complete" }],
  watch: [{ type: "watch", state }],
  round: [{ type: "round", isWhole: true, summary }],
  queued: [{ type: "queued", key, size: 1 }],
  started: [{ type: "started", key, size: 1 }],
  moved: [{ type: "moved", key, bytes: 1 }],
  synced: [
    {
      ...{ type: "synced", key, size: 1, sourceMtimeMs: 0, target: hostile, dryRun },
      ...{ sourceVersionId: hostile, sourceETag: etag, targetVersionId: hostile },
    },
  ],
  annotation: [
    {
      ...{ type: "annotation", key, target: hostile, name: hostile, size: 1, etag, dryRun },
      ...{ change: "written", isVerified: true },
    },
  ],
  verified: [{ type: "verified", key, target: hostile, sourceETag: etag, targetETag: etag }],
  "checksum-verified": [
    {
      ...{ type: "checksum-verified", key, target: hostile },
      ...{ sourceChecksum: checksum, targetChecksum: checksum },
    },
  ],
  unverified: [{ type: "unverified", key, reason: hostile }],
  skipped: [
    { type: "skipped", key, reason: hostile },
    { type: "skipped", key, reason: "unchanged", evidence: { by: "etag", ...sides, checksum } },
  ],
  status: [
    { type: "status", of: "existence", key, status: "NOT_FOUND", source: entry },
    { type: "status", of: "etag", key, status: "MISMATCH", ...sides, reason: hostile },
    {
      ...{ type: "status", of: "metadata", key, status: "MISMATCH", ...versions },
      headers: [{ name: hostile, status: "MISMATCH", source: hostile, target: hostile }],
    },
    {
      ...{ type: "status", of: "tagging", key, status: "MISMATCH", ...versions },
      ...{ sourceTagging: hostile, targetTagging: hostile },
    },
    {
      ...{ type: "status", of: "annotation", key, status: "MISMATCH", ...versions },
      ...{ name: hostile, source: undefined, target: undefined },
    },
  ],
  checked: [
    {
      ...{ type: "checked", verdict: "differs", reason: hostile, key, readBytes: 0 },
      ...{ source: entry, target: entry },
    },
  ],
  conflict: [{ type: "conflict", key, winner: "s3", kept: key, dryRun }],
  renamed: [{ type: "renamed", key, to: key, on: "s3", dryRun }],
  difference: [{ type: "difference", key, what: "differs" }],
  kept: [{ type: "kept", key, bytes: 1 }],
  reused: [{ type: "reused", key, bytes: 1 }],
  deleted: [{ type: "deleted", key, target: hostile, dryRun }],
  "backed-up": [{ type: "backed-up", key, target: hostile, backup: hostile, dryRun }],
  warning: [{ type: "warning", key, error }],
  error: [{ type: "error", key, error }],
  retry: [{ type: "retry", operation: hostile, key: hostile, attempt: 1, delayMs: 1, error }],
  "request-started": [{ type: "request-started", ...exchange }],
  request: [
    {
      ...{ type: "request", ...exchange, sentBytes: 0, receivedBytes: 0, durationMs: 1 },
      status: 200,
    },
  ],
  planned: [{ type: "planned", traffic }],
  notice: [{ type: "notice", message: hostile }],
  end: [{ type: "end", summary }],
};

const all = Object.entries(events).flatMap(([type, some]) =>
  some.map((event) => [type, event] as const),
);

function recordsFor(event: SyncEvent): ReturnType<typeof recordsOf> {
  const span = new Spans().recordOf(event, "upload");
  return [...recordsOf(event, "upload"), ...(span === undefined ? [] : [span])];
}

test("the texts are as hostile as they should be", () => {
  expect(harmful.test(hostile)).toBe(true);
});

describe("an event", () => {
  test.each(all)("%s as text is one harmless line", (_type, event) => {
    for (const record of recordsFor(event)) {
      expect(textLine(record, { colours: false, targets: true })).not.toMatch(harmful);
    }
  });

  test.each(all)("%s as JSON is one harmless line that tells the very text", (_type, event) => {
    for (const record of recordsFor(event)) {
      const line = jsonLine(record, { targets: true });
      expect(line).not.toMatch(harmful);
      const { fields } = JSON.parse(line) as { fields: Record<string, unknown> };
      const { message, ...rest } = fields;
      expect(rest).toEqual(JSON.parse(JSON.stringify(record.fields)));
      expect(message ?? "").toBe(record.message);
    }
  });

  test.each(all)("%s in the progress adds nothing of its own", (_type, event) => {
    let text = "";
    const write = (piece: string): void => void (text += piece);
    const progress = new Progress({ live: false, columns: () => 80, write });
    progress.take(event);
    progress.stop();
    expect(text).not.toMatch(harmful);
  });
});

test("a status report as JSON is harmless lines", () => {
  using dir = new TempDir();
  const file = new StatusFile(dir.at("report.json"));
  for (const [, event] of all) file.take(event);
  file.close();
  const lines = fs.readFileSync(dir.at("report.json"), "utf8").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(events.status.length);
  for (const line of lines) expect(line).not.toMatch(harmful);
});

test("a plan is harmless lines, and tells the very keys", () => {
  using dir = new TempDir();
  const plan = new PlanFile(dir.at("plan"), { source: hostile, target: hostile });
  plan.send(entry, entry);
  plan.remove(entry);
  plan.close();
  const lines = fs.readFileSync(dir.at("plan"), "utf8").trimEnd().split("\n");
  for (const line of lines) expect(line).not.toMatch(harmful);
  expect(lines.slice(1).map((line) => (JSON.parse(line) as { key: string }).key)).toEqual([
    hostile,
    hostile,
  ]);
});

test.each([true, false])("a finding of the doctor is harmless lines (JSON: %p)", (json) => {
  const texts = { name: hostile, detail: hostile, consequence: hostile, hint: hostile };
  const finding: Finding = { ...texts, outcome: "bad" };
  for (const line of findingLines(finding, { json, colours: false })) {
    expect(line).not.toMatch(harmful);
  }
});
