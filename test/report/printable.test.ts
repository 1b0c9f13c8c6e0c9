/**
 * Nothing that comes from outside moves the cursor, changes colours or turns the reading direction around.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { printable, quoted } from "../../src/report/printable.ts";

/** Written by Unicode's own properties, not by the ranges of the code under test. */
const harmful = /\p{Cc}|\p{Bidi_Control}|\p{Surrogate}/u;

const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code));
const steering = Array.from(
  "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
);
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...controls, ...steering, "a", "é", "\u{1f600}", "\\", '"') }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
);

describe("printable text", () => {
  test("holds no control character, no bidi control and no lone surrogate, whatever went in", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(harmful.test(printable(text))).toBe(false);
        expect(harmful.test(quoted(text))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test("is the text itself where nothing in it is harmful", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(!harmful.test(text) && !text.includes("\ufeff"));
        expect(printable(text)).toBe(text);
      }),
    );
  });

  test.each([
    ["a\nb", "a\\nb"],
    ["a\r\tb", "a\\r\\tb"],
    ["\u001b[31mred", "\\u{1b}[31mred"],
    ["\u009b2J", "\\u{9b}2J"],
    ["\u0000\u007f", "\\u{0}\\u{7f}"],
    ["a\u202etxt.exe", "a\\u{202e}txt.exe"],
    ["\ufeffa", "\\u{feff}a"],
    ["\ud800x", "\\u{d800}x"],
    ["x\udfff", "x\\u{dfff}"],
    ["é \u{1f600} 日本", "é \u{1f600} 日本"],
  ])("of %j is %j", (text, wanted) => {
    expect(printable(text)).toBe(wanted);
  });
});

describe("quoted text", () => {
  test.each([
    ["a b", '"a b"'],
    ['say "x"', '"say \\"x\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["", '""'],
    ["a\nb", '"a\\nb"'],
  ])("of %j is %s", (text, wanted) => {
    expect(quoted(text)).toBe(wanted);
  });

  test("never ends before its end: every quote inside is escaped", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quoted(text)).toMatch(/^"(?:[^"\\]|\\.)*"$/su);
      }),
    );
  });

  test("is different for different texts", () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        fc.pre(a !== b);
        expect(quoted(a)).not.toBe(quoted(b));
      }),
    );
    expect(quoted("\n")).not.toBe(quoted("\\n"));
  });
});
