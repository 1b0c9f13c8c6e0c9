/**
 * Lines of `ls` and `versions`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Entry } from "../../src/core/entry.ts";
import { asKey } from "../../src/core/key.ts";
import type { Version } from "../../src/core/version.ts";
import { listedLine, objectLine, versionLine } from "../../src/report/history-lines.ts";

const entry: Entry = {
  ...{ kind: "object", key: asKey("a\tb\u001b[31m"), size: 1536, etag: undefined },
  ...{ mtimeMs: Date.UTC(2026, 10, 29, 14, 20), storageClass: "STANDARD", storeKey: undefined },
};
const version: Version = { ...entry, versionId: "id-1", isMarker: false };

describe("a line", () => {
  test("for people has columns, and no tabs", () => {
    expect(objectLine(entry, "columns")).toBe(
      String.raw`2026-11-29 14:20:00     1.50 KiB  a\tb\u{1b}[31m`,
    );
    expect(versionLine(version, "columns")).toBe(
      String.raw`2026-11-29 14:20:00  current     1.50 KiB  id-1  a\tb\u{1b}[31m`,
    );
  });

  test("for programs has tabs between its fields, and bytes", () => {
    expect(objectLine(entry, "tabs").split("\t")).toEqual([
      ...["2026-11-29T14:20:00+00:00", "1536"],
      String.raw`a\tb\u{1b}[31m`,
    ]);
    expect(versionLine({ ...version, isLatest: false }, "tabs").split("\t")).toEqual([
      ...["2026-11-29T14:20:00+00:00", "old", "1536", "id-1"],
      String.raw`a\tb\u{1b}[31m`,
    ]);
  });

  test("in JSON has the key as it is", () => {
    expect(JSON.parse(objectLine(entry, "json"))).toEqual({
      ...{ key: entry.key, size: 1536, last_modified: "2026-11-29T14:20:00+00:00" },
      storage_class: "STANDARD",
    });
    expect(JSON.parse(versionLine(version, "json"))).toMatchObject({
      ...{ version_id: "id-1", is_latest: true, is_marker: false },
    });
  });

  test("of a deletion has no size", () => {
    const line = versionLine({ ...version, size: 0, isMarker: true }, "columns");
    expect(line).toContain("deleted               id-1");
  });

  test("at the end has the sum", () => {
    expect(listedLine(1, 1536, "object")).toBe("1 object, 1.50 KiB");
    expect(listedLine(1234, 0, "version")).toBe("1,234 versions, 0 B");
  });
});
