/**
 * Integers of 53 bits: right, or an error with its line, never another number.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { failure, luaFunction, value } from "./lua-vm.ts";

const tooLarge = "needs more than the 53 bits";

/** Operators as Lua 5.4 has them, with 64 bits. */
const operators: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "//": (a, b) => (a - modulo(a, b)) / b,
  "%": modulo,
  "&": (a, b) => BigInt.asIntN(64, a & b),
  "|": (a, b) => BigInt.asIntN(64, a | b),
  "~": (a, b) => BigInt.asIntN(64, a ^ b),
};

function modulo(a: bigint, b: bigint): bigint {
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -40, max: 40 }),
  fc.integer({ min: 0, max: 52 }).map((bits) => 2 ** bits),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31, -(2 ** 31), 2 ** 32),
);

/** What Lua must answer: the number, or that it does not fit. */
function answer(exact: bigint): number | string {
  const result = Number(exact);
  return Number.isSafeInteger(result) ? result : "too large";
}

const pairOf = (operator: string): ((...args: number[]) => unknown) =>
  luaFunction(`
    local function work(a, b) return a ${operator} b end
    function f(a, b)
      local isDone, result = pcall(work, a, b)
      if isDone then assert(math.type(result) == "integer") return result end
      assert(result:find("${tooLarge}", 1, true), result)
      return "too large"
    end`);

describe("as with BigInt", () => {
  test.each(Object.keys(operators))("a %s b", (operator) => {
    const f = pairOf(operator);
    const exact = operators[operator];
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        fc.pre(b !== 0 || !["//", "%"].includes(operator));
        expect(f(a, b)).toBe(answer(exact?.(BigInt(a), BigInt(b)) ?? 0n));
      }),
      { numRuns: 500 },
    );
  });

  test.each(["<<", ">>"])("a %s b", (operator) => {
    const f = pairOf(operator);
    fc.assert(
      fc.property(integer, fc.integer({ min: -70, max: 70 }), (a, distance) => {
        const left = operator === "<<" ? distance : -distance;
        const bits = BigInt.asUintN(64, BigInt(a));
        const moved = left < 0 ? bits >> BigInt(-left) : bits << BigInt(left);
        const expected = Math.abs(left) >= 64 ? 0 : answer(BigInt.asIntN(64, moved));
        expect(f(a, distance)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("-a and ~a", () => {
    const f = luaFunction("function f(a) return tostring(-a) .. ' ' .. tostring(~a) end");
    fc.assert(
      fc.property(fc.maxSafeInteger(), (a) => {
        fc.pre(a < Number.MAX_SAFE_INTEGER);
        expect(f(a)).toBe(`${0 - a} ${-1n - BigInt(a)}`);
      }),
    );
  });

  test("what is written and read as text is the same", () => {
    const f = luaFunction("function f(a) return math.tointeger(tonumber(tostring(a))) end");
    fc.assert(fc.property(integer, (a) => expect(f(a)).toBe(a)));
  });

  test("what is packed into 8 bytes and unpacked is the same, in both orders", () => {
    const f = luaFunction(`function f(a)
      return (string.unpack("<i8", string.pack("<i8", a))) == a and string.unpack(">j", string.pack(">j", a))
    end`);
    fc.assert(fc.property(integer, (a) => expect(f(a)).toBe(a)));
  });

  test("comparisons", () => {
    const f = luaFunction("function f(a, b) return (a < b) and -1 or (a > b) and 1 or 0 end");
    fc.assert(
      fc.property(integer, integer, (a, b) =>
        expect(f(a, b)).toBe(Math.sign(Number(BigInt(a) - BigInt(b)))),
      ),
    );
  });
});

describe("what is too large is an error with its line", () => {
  test.each([
    "9007199254740991 + 1",
    "-9007199254740991 - 1",
    "94906267 * 94906267",
    "1 << 53",
    "1 << 62",
    "-1 >> 1",
    "~9007199254740991 - 1",
    "-1 ~ (1 << 52) ~ -9007199254740991 ~ 9007199254740991 << 3",
    "3037000500 * 3037000500",
  ])("%s", (expression) => {
    const { message } = failure(`\nlocal x = ${expression}`);
    expect(message).toStartWith("t.lua:2: ");
    expect(message).toContain(tooLarge);
  });

  test.each([
    "9007199254740992",
    "9223372036854775807",
    "0x20000000000000",
    "0x7fffffffffffffff",
    "0x8000000000000000",
  ])("the numeral %s", (numeral) => {
    const { message } = failure(`\nlocal x = ${numeral}`);
    expect(message).toMatch(/^t\.lua:2: an integer of more than 53 bits/);
  });

  test.each([
    'string.unpack("<i8", ("\\xff"):rep(7) .. "\\x7f")',
    'string.unpack("<I8", ("\\x01"):rep(8))',
  ])("%s", (expression) => {
    expect(failure(`\nlocal x = ${expression}`).message).toMatch(/^t\.lua:2: .*53 bits/);
  });
});

test.each([
  ["9007199254740991", "9007199254740991"],
  ["-9007199254740991", "-9007199254740991"],
  ["0x1fffffffffffff", "9007199254740991"],
  ["0xffffffffffffffff", "-1"],
  ["9223372036854775808", "9.2233720368548e+18"],
  ["1 << 52", "4503599627370496"],
  ["1 << 64", "0"],
  ["5 * 1024^3 // 1 | 0", "5368709120"],
  ["1e15", "1e+15"],
  ["2^53", "9.007199254741e+15"],
  ["math.maxinteger", "9007199254740991"],
  ["math.mininteger", "-9007199254740991"],
  ["math.type(5368709120), math.type(2^31), math.type(2^31 | 0)", "integer\tfloat\tinteger"],
  ["math.ult(1, -1), math.ult(-1, 1)", "true\tfalse"],
  ["3 // 2, 3.0 // 2, -3 // 2, 3 % -2, -3.5 % 2", "1\t1.0\t-2\t-1\t0.5"],
  ["1 == 1.0, math.type(3 / 1), 7 // 1.0", "true\tfloat\t7.0"],
  ['"10" + 5, "0x10" * 2, "1e1" + 0, 10 .. 20', "15\t32\t10.0\t1020"],
  ["-0 == 0, 1 / (-0 * 1)", "true\tinf"],
])("%s is %s", (expression, text) => {
  expect(value(expression)).toBe(text);
});

test.each([
  ["1 // 0", "attempt to divide by zero"],
  ["1 % 0", "attempt to perform 'n%"],
  ["1.5 | 1", "number has no integer representation"],
  ["2^53 | 1", "number has no integer representation"],
  ['"x" + 1', "attempt to perform arithmetic on a string value"],
])("%s is an error", (expression, message) => {
  expect(failure(`local x = ${expression}`).message).toStartWith(`t.lua:1: ${message}`);
});
