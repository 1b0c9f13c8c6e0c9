/**
 * How findings look.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Finding } from "../../src/index.ts";
import { countsLine, findingLines } from "../../src/report/finding-lines.ts";

const finding: Finding = {
  name: "tags",
  outcome: "degraded",
  detail: "lost",
  consequence: "they are gone",
  hint: "write them again",
};

const plain = { json: false, colours: false };
const hostile: Finding = { name: "\u001b[2J", outcome: "bad", detail: "a\nb\u202e\u009b" };

describe("a finding", () => {
  test("is a line with its name and what is so; below it what that means and what to do", () => {
    expect(findingLines(finding, plain)).toEqual([
      `degraded  ${"tags".padEnd(40)}  lost`,
      "            → they are gone",
      "            → write them again",
    ]);
  });

  test.each([
    ["good", "✓"],
    ["degraded", "!"],
    ["bad", "✗"],
    ["unknown", "?"],
  ] as const)("that is %s has the mark %s on a terminal", (outcome, mark) => {
    const [line = ""] = findingLines({ ...finding, outcome }, { json: false, colours: true });
    expect(Bun.stripANSI(line)).toBe(`${mark}  ${"tags".padEnd(40)}  lost`);
    expect(line).not.toBe(Bun.stripANSI(line));
  });

  test("as JSON is one object on one line", () => {
    const lines = findingLines(finding, { ...plain, json: true });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([finding]);
  });

  test.each([true, false])("steers no terminal (JSON: %p)", (json) => {
    const text = findingLines(hostile, { json, colours: false }).join("");
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    if (json) expect(JSON.parse(text)).toEqual(hostile);
  });
});

test("the last line counts what there is", () => {
  expect(countsLine({ good: 3, degraded: 0, bad: 1, unknown: 2 })).toBe("3 good, 1 bad, 2 unknown");
});
