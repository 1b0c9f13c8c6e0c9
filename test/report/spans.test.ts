/**
 * Records of when steps begin and end.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import type { SyncEvent } from "../../src/core/events.ts";
import { asKey } from "../../src/core/key.ts";
import { Spans } from "../../src/report/spans.ts";

const key = asKey("a");
const started: SyncEvent = { type: "started", key, size: 3 };
const failed: SyncEvent = { type: "error", key, error: new SyncError("network", "gone") };

/** What spans tell of events, each a second after the one before. */
function told(events: readonly SyncEvent[]): unknown[] {
  let now = 0;
  const spans = new Spans(() => now);
  return events.flatMap((event) => {
    now += 1000;
    const record = spans.recordOf(event, "upload");
    return record === undefined ? [] : [[record.span, record.message, record.fields]];
  });
}

test("a transfer begins and ends, and says how long it took", () => {
  expect(told([started, failed])).toEqual([
    ["transfer", "new", { key, size: 3 }],
    ["transfer", "close", { "time.total": "1.00s", key, size: 3 }],
  ]);
});

test("what is done over begins anew, and ends once", () => {
  expect(told([started, started, failed, failed]).map((each) => (each as string[])[1])).toEqual([
    "new",
    "new",
    "close",
  ]);
});

test("a request that is over says how long it took, by its own clock", () => {
  const place = { operation: "GetObject", bucket: "b", key: "p/a" };
  const passed = { status: 200, sentBytes: 0, receivedBytes: 1, durationMs: 0.25 };
  expect(
    told([
      { type: "request-started", ...place },
      { type: "request", ...place, ...passed },
    ]),
  ).toEqual([
    ["request", "new", place],
    ["request", "close", { "time.total": "250µs", ...place }],
  ]);
});

test("a warning about no transfer ends none", () => {
  expect(told([{ type: "warning", key: undefined, error: new SyncError("network", "x") }])).toEqual(
    [],
  );
});
