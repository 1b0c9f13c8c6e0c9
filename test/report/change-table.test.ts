/**
 * What a run has changed, as Markdown.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import type { Summary, SyncEvent } from "../../src/core/events.ts";
import { asKey } from "../../src/core/key.ts";
import { ChangeTable } from "../../src/report/change-table.ts";
import { emptySummary } from "../support/empty-summary.ts";

const nothing: Summary = { ...emptySummary, durationMs: 2000 };

type Synced = Extract<SyncEvent, { type: "synced" }>;

function synced(key: string, size: number, only?: Synced["only"]): Synced {
  const versions = { sourceMtimeMs: 0, sourceVersionId: undefined };
  return { type: "synced", key: asKey(key), size, ...versions, target: key, dryRun: false, only };
}

function lines(events: readonly SyncEvent[], summary: Partial<Summary> = {}): string[] {
  const table = new ChangeTable();
  for (const event of events) table.take(event);
  return table.markdown({ ...nothing, ...summary }).split("\n");
}

describe("the table of changes", () => {
  test("names the places, counts, and lists each change", () => {
    const target = { dryRun: false, target: "x" };
    expect(
      lines(
        [
          { type: "start", source: "public", target: "s3://b", route: "upload", dryRun: false },
          synced("index/page", 2048),
          synced("logo", 10, "metadata"),
          { type: "deleted", key: asKey("old"), ...target },
        ],
        { transferredObjects: 2, deleted: 1, skipped: 1234 },
      ),
    ).toEqual([
      "### public \u2192 s3&#58;//b",
      "",
      "2 objects sent (2.00 KiB), 1 object deleted, 1,234 objects left as they are, 2 seconds.",
      "",
      "| | Object | Size | |",
      "| --- | --- | ---: | --- |",
      "| sent | <code>index/page</code> | 2.00 KiB |  |",
      "| headers | <code>logo</code> | 10 B |  |",
      "| deleted | <code>old</code> |  |  |",
      "",
    ]);
  });

  test("says what failed, and why", () => {
    const error = new SyncError("access-denied", "no");
    const [, , counts, , , , row] = lines([{ type: "error", key: asKey("a"), error }], {
      errors: 1,
    });
    expect([counts, row]).toEqual([
      expect.stringContaining("**1 error**"),
      "| error | <code>a</code> |  | no |",
    ]);
  });

  test("says first that nothing was changed, or not all", () => {
    expect(lines([], { dryRun: true })[2]).toStartWith("**Dry run: nothing was changed.** 0");
    expect(lines([], { interrupted: true })[2]).toStartWith("**Stopped before its end.** 0");
  });

  test("shows names as they are, whatever Markdown would make of them", () => {
    const name = "a|b`<img src=x>`*c*_d_[e](http://f)\n@g\u202e";
    const row = lines([synced(name, 1)])[6] ?? "";
    expect(row).not.toMatch(/[`*_[\]()@\n\u202e]|<img|http:/);
    const shown = row.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(+code));
    expect(shown).toBe(
      "| sent | <code>a|b`<img src=x>`*c*_d_[e](http://f)\\n@g\\u{202e}</code> | 1 B |  |",
    );
  });

  test("ends with how much it lacks, before it is longer than GitHub shows", () => {
    const many = Array.from({ length: 1200 }, (_, i) => synced(`${i}`, 1));
    expect(lines(many).slice(-3)).toEqual(["", "\u2026 and 700 more lines.", ""]);
    const long = Array.from({ length: 499 }, (_, i) => synced("*".repeat(1000) + i, 1));
    expect(lines(long).join("\n").length).toBeLessThan(500_000);
  });
});
