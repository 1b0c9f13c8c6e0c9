/**
 * Numbers as text: as C's printf, and as Lua 5.4.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { literalText, numberText, sprintf } from "../../../src/script/lua/format.ts";

test.each<[string, number | string, string]>([
  ["%d", 5, "5"],
  ["%5d", -5, "   -5"],
  ["%-5d", 5, "5    "],
  ["%05d", -5, "-0005"],
  ["%+d", 5, "+5"],
  ["% d", 5, " 5"],
  ["%.3d", 5, "005"],
  ["%08.3d", 5, "     005"],
  ["%.0d", 0, ""],
  ["%x", 255, "ff"],
  ["%#X", 255, "0XFF"],
  ["%x", -1, "ffffffffffffffff"],
  ["%#o", 8, "010"],
  ["%o", -1, "1777777777777777777777"],
  ["%c", 65, "A"],
  ["%3c", 65, "  A"],
  ["%-3c", 65, "A  "],
  ["%s", "a", "a"],
  ["%5.1s", "abc", "    a"],
  ["%f", 1 / 3, "0.333333"],
  ["%.0f", 0.5, "0"],
  ["%.0f", 1.5, "2"],
  ["%.0f", 2.5, "2"],
  ["%.0f", 9.5, "10"],
  ["%.0f", 10.5, "10"],
  ["%.0f", 99.5, "100"],
  ["%.1f", 0.25, "0.2"],
  ["%.1f", 0.35, "0.3"],
  ["%.2f", 1.005, "1.00"],
  ["%.2f", 2.675, "2.67"],
  ["%.3f", 1e22, "10000000000000000000000.000"],
  ["%.20f", 0.1, "0.10000000000000000555"],
  ["%#.0f", 3, "3."],
  ["%e", 0, "0.000000e+00"],
  ["%.0e", 2.5, "2e+00"],
  ["%.2E", 1e-100, "1.00E-100"],
  ["%#.0e", 3, "3.e+00"],
  ["%g", 1e20, "1e+20"],
  ["%g", 0.0001, "0.0001"],
  ["%g", 0.00001, "1e-05"],
  ["%g", 100000, "100000"],
  ["%g", 1000000, "1e+06"],
  ["%.3g", 2.125, "2.12"],
  ["%#g", 1.5, "1.50000"],
  ["%#g", 0, "0.00000"],
  ["%#.1g", 3, "3."],
  ["%G", 1e-10, "1E-10"],
  ["%a", 1, "0x1p+0"],
  ["%a", -0.5, "-0x1p-1"],
  ["%a", 0, "0x0p+0"],
  ["%a", 0.1, "0x1.999999999999ap-4"],
  ["%A", 255.5, "0X1.FFP+7"],
  ["%.1a", 1 / 3, "0x1.5p-2"],
  ["%.0a", 1.5, "0x2p+0"],
  ["%.3a", 1, "0x1.000p+0"],
  ["%.15a", 1, "0x1.000000000000000p+0"],
  ["%a", 5e-324, "0x0.0000000000001p-1022"],
  ["%010a", 1, "0x00001p+0"],
  ["%5.1f", Infinity, "  inf"],
  ["%05f", -Infinity, " -inf"],
  ["%F", Number.NaN, "NAN"],
  ["%a", Infinity, "inf"],
])("%s of %p is %p", (form, value, text) => {
  expect(sprintf(form, value)).toBe(text);
});

describe("%.14g", () => {
  test.each([
    [0.1, "0.1"],
    [1 / 3, "0.33333333333333"],
    [100, "100"],
    [1e15, "1e+15"],
    [123456789012345, "1.2345678901234e+14"],
    [1e-5, "1e-05"],
    [-0, "-0"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [Number.NaN, "nan"],
  ])("of %p is %p", (value, text) => {
    expect(numberText(value)).toBe(text);
  });
});

describe.each(["%.0f", "%.3f", "%.25f", "%e", "%.17g", "%a"])("%s", (form) => {
  test("of any number is a numeral, and the same number where it has all digits", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = sprintf(form, value);
        if (form === "%.17g") expect(Number(text)).toBe(value);
        if (form === "%a") expect(fromHex(text)).toBe(value);
        expect(text).toMatch(/^-?(0x)?\d[\da-fp.+-]*$/);
      }),
    );
  });
});

/** `0x1.8p+1`. */
function fromHex(text: string): number {
  const match = /^(-?)0x([\da-f])\.?([\da-f]*)p([-+]\d+)$/.exec(text);
  const [, sign, first = "", rest = "", exponent] = match ?? [];
  const mantissa = Number.parseInt(first + rest, 16) / 2 ** (4 * rest.length);
  const half = Math.trunc(Number(exponent) / 2);
  return (sign === "-" ? -1 : 1) * mantissa * 2 ** half * 2 ** (Number(exponent) - half);
}

test.each([
  [0.5, "0x1p-1"],
  [Infinity, "1e9999"],
  [-Infinity, "-1e9999"],
  [Number.NaN, "(0/0)"],
])("%p as a script writes it is %p", (value, text) => {
  expect(literalText(value)).toBe(text);
});
