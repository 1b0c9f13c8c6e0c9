/**
 * `RUST_LOG`: which records are wanted.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { readLogFilter, upTo } from "../../src/report/log-filter.ts";
import type { Level } from "../../src/report/records.ts";

const levels: readonly Level[] = ["error", "warn", "info", "debug", "trace"];

/** The levels that are wanted of a target, gravest first. */
function wanted(text: string, target = "s3sync::storage::s3"): Level[] {
  const { filter } = readLogFilter(text);
  return levels.filter((level) => filter.wants(level, target));
}

describe("a filter", () => {
  test.each([
    ["off", 0],
    ["error", 1],
    ["WARN", 2],
    ["Info", 3],
    ["debug", 4],
    ["trace", 5],
    ["0", 0],
    ["3", 3],
    ["5", 5],
  ] as const)("of a level alone is for everything: %s", (text, count) => {
    expect(wanted(text)).toEqual(levels.slice(0, count));
    expect(wanted(text, "requests")).toEqual(levels.slice(0, count));
  });

  test("of a target is for all that begins with its name", () => {
    expect(wanted("s3sync=info")).toEqual(["error", "warn", "info"]);
    expect(wanted("s3sync=info", "requests")).toEqual([]);
  });

  test("of a target without a level wants everything of it", () => {
    expect(wanted("s3sync::storage")).toEqual([...levels]);
    expect(wanted("s3sync::storage", "s3sync::pipeline")).toEqual([]);
  });

  test.each([
    "warn,s3sync::storage=debug",
    "s3sync::storage=debug,warn",
    "s3sync=trace,s3sync::storage=debug,s3sync::pipeline=warn",
  ])("goes by the longest name that fits, whatever its place: %s", (text) => {
    expect(wanted(text)).toEqual(["error", "warn", "info", "debug"]);
    expect(wanted(text, "s3sync::pipeline")).toEqual(["error", "warn"]);
  });

  test("goes by the last of two for the same", () => {
    expect(wanted("debug,warn")).toEqual(["error", "warn"]);
  });

  test.each(["", ",", "a b"])("that says nothing wants errors: %j", (text) => {
    expect(wanted(text)).toEqual(["error"]);
  });

  test.each(["bogus[", "s3sync=loud", "s3sync=", "=info", "[span]=info", "s3sync[x{a=1}]=info"])(
    "leaves out what makes no sense, and names it: %s",
    (text) => {
      const { ignored } = readLogFilter(`info,${text}`);
      expect(ignored).toEqual([text]);
      expect(wanted(`info,${text}`)).toEqual(["error", "warn", "info"]);
    },
  );

  test("knows the most that anybody may want", () => {
    expect(readLogFilter("warn,s3sync::storage=debug").filter.most).toBe("debug");
    expect(readLogFilter("off").filter.most).toBe("off");
    expect(upTo("info", ["s3sync"]).most).toBe("info");
  });
});
