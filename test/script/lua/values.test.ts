/**
 * Values on their way into a VM and back.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { luaFunction } from "./lua-vm.ts";

describe("comes back as it went:", () => {
  const same = luaFunction("function f(v) return v end");

  test.each([
    [true],
    [false],
    [""],
    ["ä€😀"],
    ["a\0b"],
    [0],
    [-5],
    [0.5],
    [5368709120],
    [2 ** 53 - 1],
    [1e300],
  ])("%p", (value) => {
    expect(same(value)).toBe(value);
  });

  test("any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => expect(same(text)).toBe(text)),
    );
  });

  test("any number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (number) => {
        expect(same(number)).toBe(Object.is(number, -0) ? 0 : number);
      }),
    );
  });

  test("tables of texts, without what is nil", () => {
    const table = { a: "1", "b c": "2", "": "3", __proto__x: "4", constructor: "5" };
    expect({ ...(same({ ...table, gone: undefined, none: null }) as object) }).toEqual(table);
  });
});

test("whole numbers are integers, others are floats", () => {
  const type = luaFunction("function f(v) return math.type(v) end");
  expect([1, 5368709120, 1.5, 2 ** 60].map((number) => type(number))).toEqual([
    ...["integer", "integer", "float", "float"],
  ]);
});

test("lists begin at 1", () => {
  const f = luaFunction("function f(list) return #list .. list[1] .. list[3] end");
  expect(f(["a", "b", "c"])).toBe("3ac");
});

test("nil and nothing are undefined", () => {
  expect(luaFunction("function f(v) return v end")(null)).toBeUndefined();
  expect(luaFunction("function f() end")()).toBeUndefined();
});

test("functions and coroutines mean nothing outside", () => {
  const f = luaFunction(
    "function f() return { a = print, b = coroutine.create(print), c = 1 } end",
  );
  expect({ ...(f() as object) }).toEqual({ a: undefined, b: undefined, c: 1 });
});

test("a key like __proto__ is a key", () => {
  const f = luaFunction("function f() return { __proto__ = 'mine', toString = 'too' } end");
  const table = f() as Record<string, unknown>;
  expect(Object.getPrototypeOf(table)).toBeNull();
  expect(Object.keys(table).toSorted()).toEqual(["__proto__", "toString"]);
});

test.each([
  ["a table in itself", "function f() local t = {} t.t = t return t end"],
  [
    "tables too deep in each other",
    "function f() local t = {} for i = 1, 100 do t = { t } end return t end",
  ],
])("%s is an error", (_what, source) => {
  const f = luaFunction(source);
  expect(() => f()).toThrow("too many within each other");
  expect(() => f()).toThrow("too many within each other");
});

test("metamethods are not asked by what reads a result", () => {
  const f = luaFunction(`function f()
    return setmetatable({ a = 1 }, { __index = error, __pairs = error, __len = error })
  end`);
  expect({ ...(f() as object) }).toEqual({ a: 1 });
});
