/**
 * The log: its lines as text and as JSON, and what is left out.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import { LineWriter } from "../../src/report/line-writer.ts";
import { upTo, type Verbosity } from "../../src/report/log-filter.ts";
import { jsonLine, Log, textLine } from "../../src/report/log.ts";
import type { Level, LogRecord } from "../../src/report/records.ts";
import { TempDir } from "../support/temp-dir.ts";

const record: LogRecord = {
  level: "info",
  target: "s3sync::storage::s3",
  message: "sync completed.",
  fields: { key: 'a "b"\n', size: 3, dry_run: false },
};
const anyRecord = fc.record({
  level: fc.constantFrom<Level>("error", "warn", "info", "debug", "trace"),
  target: fc.constant("s3sync"),
  message: fc.string({ unit: "binary" }),
  fields: fc.dictionary(
    fc.stringMatching(/^[a-z_]+$/),
    fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean()),
  ),
});
const plain = { colours: false, targets: false };
const levels: readonly Level[] = ["error", "warn", "info", "debug", "trace"];

describe("a line of text", () => {
  test("has a time in UTC with microseconds, the level, the message and the fields", () => {
    expect(textLine(record, plain)).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z {2}INFO sync completed\. key="a \\"b\\"\\n" size=3 dry_run=false$/,
    );
  });

  test.each([
    ["error", "ERROR"],
    ["warn", " WARN"],
    ["info", " INFO"],
    ["debug", "DEBUG"],
    ["trace", "TRACE"],
  ] as const)("of level %s says %j", (level, name) => {
    expect(textLine({ level, target: "t", message: "m", fields: {} }, plain).slice(27)).toBe(
      ` ${name} m`,
    );
  });

  test("in colours is the same line where the colours are taken away", () => {
    const painted = textLine(record, { colours: true, targets: false });
    expect(painted).toContain("\u001b[32m INFO\u001b[0m");
    expect(Bun.stripANSI(painted).slice(27)).toBe(textLine(record, plain).slice(27));
  });

  test("names the step that begins or ends, and where it comes from if that is wanted", () => {
    const step: LogRecord = { ...record, span: "transfer", message: "new", fields: { size: 3 } };
    expect(textLine(step, { colours: false, targets: true }).slice(27)).toBe(
      "  INFO transfer: s3sync::storage::s3: new size=3",
    );
  });

  test("shows numbers under one name one by one", () => {
    const fields = { requests: { GetObject: 2, PutObject: 1 } };
    expect(textLine({ ...record, fields }, plain)).toEndWith(
      " requests.GetObject=2 requests.PutObject=1",
    );
  });

  test("is one line without control characters, whatever it tells", () => {
    fc.assert(
      fc.property(anyRecord, (any) => {
        expect(textLine(any, plain)).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
      }),
    );
  });
});

describe("a line of JSON", () => {
  test("has a time, the level in capitals, and the message among the fields", () => {
    const parsed: unknown = JSON.parse(jsonLine(record, plain));
    expect(parsed).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      level: "INFO",
      fields: { message: "sync completed.", key: 'a "b"\n', size: 3, dry_run: false },
    });
    expect(jsonLine(record, plain)).toContain('"fields":{"message":"sync completed."');
  });

  test("names the step that begins or ends, and where it comes from if that is wanted", () => {
    const step: LogRecord = { ...record, span: "transfer" };
    expect(JSON.parse(jsonLine(step, { targets: true }))).toMatchObject({
      target: "s3sync::storage::s3",
      span: { name: "transfer" },
    });
  });

  test("gives every text back as it was, on one line", () => {
    fc.assert(
      fc.property(anyRecord, (any) => {
        const line = jsonLine(any, plain);
        expect(line).not.toContain("\n");
        const parsed = JSON.parse(line) as { fields: Record<string, unknown> };
        // The records of a status report say nothing in words.
        const said = any.message === "" ? {} : { message: any.message };
        expect(parsed.fields).toEqual({ ...said, ...any.fields });
      }),
    );
  });
});

const style = { json: true, colours: false, targets: false };

/** The lines that a log of a verbosity writes for one record of each level. */
function written(verbosity: Verbosity, times = 1): string[] {
  using dir = new TempDir();
  const file = dir.at("log");
  const descriptor = fs.openSync(file, "w");
  const writer = new LineWriter(descriptor, () => undefined);
  const log = new Log(upTo(verbosity, ["s3sync"]), style, writer);
  for (let time = 0; time < times; time++) {
    for (const level of levels) log.write({ level, target: "s3sync", message: "m", fields: {} });
  }
  writer.flush();
  fs.closeSync(descriptor);
  const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { level: string }).level.toLowerCase());
}

describe("a log", () => {
  test.each([
    ["off", 0],
    ["error", 1],
    ["warn", 2],
    ["info", 3],
    ["debug", 4],
    ["trace", 5],
  ] as const)("of verbosity %s has the %d gravest levels", (verbosity, count) => {
    expect<string[]>(written(verbosity)).toEqual(levels.slice(0, count));
  });

  test("wants exactly what it writes", () => {
    for (const verbosity of ["off", ...levels] as const) {
      const log = new Log(upTo(verbosity, ["s3sync"]), style, new LineWriter(1, () => {}));
      expect<string[]>(levels.filter((level) => log.wants(level))).toEqual(written(verbosity));
    }
  });

  test("writes records that are the same as often as they come", () => {
    expect(written("error", 20)).toHaveLength(20);
  });
});
