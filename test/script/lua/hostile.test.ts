/**
 * Scripts that compute for ever or eat memory: each ends in time, in one of the ways that are documented.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { LuaError } from "../../../src/script/lua/vm.ts";
import { MiB } from "../../support/trees.ts";
import { failure, lua, newVm } from "./lua-vm.ts";

const limits = { memoryBytes: 8 * MiB, timeoutMs: 300 };
/** Native steps are not looked into: some take a while until the clock is asked. */
const patienceMs = 6000;

function end(source: string): LuaError {
  return failure(source, limits);
}

describe("ends for its time:", () => {
  test.each([
    ["a loop", "while true do end"],
    ["a loop by goto", "::again:: goto again"],
    ["tail calls", "local function f() return f() end f()"],
    ["a loop in pcall", "while true do pcall(function() while true do end end) end"],
    ["recursion through pcall", "local function f() pcall(f) return 1 + f() end f()"],
    ["a loop in a coroutine", "coroutine.wrap(function() while true do end end)()"],
    ["coroutines without end", "while true do coroutine.wrap(coroutine.yield)() end"],
    [
      "loops in coroutines",
      "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    ],
    ["a handler of errors", "xpcall(error, function() while true do end end)"],
    [
      "an error that never says what it is",
      "error(setmetatable({}, { __tostring = function() while true do end end }))",
    ],
    [
      "a metamethod",
      'local x = setmetatable({}, { __concat = function() while true do end end }) .. "x"',
    ],
    ["a pattern with many ways", '("a"):rep(100000):find(".-.-.-.-b")'],
    ["an optional pattern", '("a"):rep(30):match(("a?"):rep(30) .. ("a"):rep(30) .. "b")'],
    ["brackets that do not close", '("("):rep(1000000):find("%b()")'],
    ["gsub with a function", '("x"):rep(100):gsub(".", function() while true do end end)'],
    [
      "gmatch of nothing",
      'for _ in (("x"):rep(1e5)):gmatch("") do for _ in (("x"):rep(1e5)):gmatch(".-") do end end',
    ],
    [
      "a plain search",
      'local s = ("a"):rep(2e6) while true do s:find(("a"):rep(2e5) .. "b", 1, true) end',
    ],
    ["table.move", "table.move({}, 1, 1e12, 2)"],
    [
      "table.insert",
      "table.insert(setmetatable({}, { __len = function() return 1e12 end }), 1, 5)",
    ],
    ["table.remove", "table.remove(setmetatable({}, { __len = function() return 1e12 end }), 1)"],
    ["table.sort", "table.sort({ 1, 2, 3 }, function() while true do end end)"],
    ["utf8.len", 'local s = ("ä"):rep(1e5) while true do utf8.len(s) end'],
    ["tonumber", 'local s = ("9"):rep(1e5) while true do tonumber(s) end'],
    ["load", 'while true do load("return " .. ("1 + "):rep(1000) .. "1") end'],
    ["select", "while true do select(-1, table.unpack({}, 1, 10000)) end"],
    ["math.random", "while true do math.random() end"],
    ["memory that is freed in pcall", 'while true do pcall(string.rep, "x", 1e9) end'],
    [
      "a finalizer",
      "setmetatable({}, { __gc = function() while true do end end }) while true do local t = {} end",
    ],
  ])(
    "%s",
    (_what, source) => {
      const error = end(source);
      expect(error.message).toContain("took too long");
      expect(error.kind).toBe("time");
    },
    patienceMs,
  );
});

describe("ends for its memory:", () => {
  test.each([
    ["a string that doubles", 'local s = "x" while true do s = s .. s end'],
    ["a long string at once", 'local s = ("x"):rep(1e9)'],
    ["a long string of separators", 'local s = (""):rep(1e9, "x")'],
    ["string.pack", 'string.pack("c1000000000", "x")'],
    ["a long text for load", 'load(("x = 1 "):rep(1e7))'],
    ["recursion", "local function f() return 1 + f() end f()"],
    ["tables in tables", "local t = {} while true do t = { t } end"],
    ["functions", "local f = print while true do local g = f f = function() return g end end"],
    ["coroutines", "local t = {} while true do t[#t + 1] = coroutine.create(print) end"],
    [
      "an error whose text doubles",
      'error(setmetatable({}, { __tostring = function() local s = "x" while true do s = s .. s end end }))',
    ],
  ])(
    "%s",
    (_what, source) => {
      const error = failure(source, { ...limits, timeoutMs: 5000 });
      expect(error.message).toContain("not enough memory");
      expect(error.kind).toBe("memory");
    },
    2 * patienceMs,
  );
});

describe("ends for one of both:", () => {
  test.each([
    ["a huge table", "local t = {} for i = 1, 1e9 do t[i] = i end"],
    ["a table of texts", 'local t = {} for i = 1, 1e9 do t["k" .. i] = i end'],
    ["global variables", 'i = 0 while true do i = i + 1 _G["x" .. i] = {} end'],
    ["texts that are kept", 'local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end'],
    ["gsub that doubles", 'local s = "x" while true do s = s:gsub("x", "xx") end'],
    [
      "table.concat",
      'table.concat(setmetatable({}, { __index = function() return "x" end }), "", 1, 1e12)',
    ],
    [
      "table.sort of what is not there",
      "table.sort(setmetatable({}, { __len = function() return 1e9 end, __index = function(_, i) return i end }))",
    ],
    ["varargs", "local function f(...) return f(1, ...) end f()"],
    // That memory is short is an answer of `load`, and no error: then it begins anew.
    ["load of pieces without end", 'while true do load(function() return "x = 1 " end) end'],
    ["a search path", 'package.path = ("?;"):rep(1e6) require("x")'],
    [
      "a weak table",
      'local t, i = setmetatable({}, { __mode = "v" }), 0 while true do i = i + 1 t[i] = {} end',
    ],
    ["output", 'while true do print(("x"):rep(1000)) end'],
  ])(
    "%s",
    (_what, source) => {
      const { kind } = end(source);
      expect(["time", "memory"]).toContain(kind);
    },
    patienceMs,
  );
});

describe("ends with an error of the script:", () => {
  test.each([
    [
      "a metamethod that calls itself",
      "local t = setmetatable({}, { __index = function(t, k) return t[k] end }) print(t.x)",
      "stack overflow",
    ],
    [
      "tables that look at each other",
      "local a, b = {}, {} setmetatable(a, { __index = b }) setmetatable(b, { __index = a }) print(a.x)",
      "loop",
    ],
    [
      "coroutines in coroutines",
      "local function f() return coroutine.wrap(f)() end f()",
      "stack overflow",
    ],
    ["a text longer than there can be", '("x"):rep(1e15)', "too large"],
    ["too many results", "table.unpack({}, 1, 1e8)", "too many results"],
    [
      "a pattern that is too deep",
      '("a"):rep(300000):find(("a?"):rep(300000) .. "b")',
      "too complex",
    ],
  ])(
    "%s",
    (_what, source, message) => {
      expect(
        failure(source, { ...limits, timeoutMs: 5000, memoryBytes: 64 * MiB }).message,
      ).toContain(message);
    },
    2 * patienceMs,
  );
});

test("a text that is too deep is not loaded, and says so", () => {
  expect(lua('print(load(("("):rep(1e5)))', limits)).toContain("levels");
});

test("what a script throws away is not counted", () => {
  const source = 'for i = 1, 500 do local s = ("x"):rep(1000):rep(100) .. i end print("done")';
  expect(lua(source, { ...limits, timeoutMs: 10_000 })).toBe("done");
}, 12_000);

describe("afterwards", () => {
  const script = `
    function late() while true do end end
    function big() local s = "x" while true do s = s .. s end end
    function add(a, b) return a + b end`;

  test.each(["late", "big"])(
    "a VM goes on after %s",
    (name) => {
      const { vm } = newVm(limits);
      vm.run(Buffer.from(script), "@t.lua");
      for (let round = 0; round < 3; round++) {
        expect(() => vm.call(name, [])).toThrow(/too long|memory/);
        expect(vm.call("add", [round, 2])).toEqual([round + 2]);
      }
    },
    patienceMs,
  );

  test("a VM that was idle longer than its time takes calls", () => {
    const { vm } = newVm({ ...limits, timeoutMs: 30 });
    vm.run(Buffer.from(script), "@t.lua");
    expect(() => vm.call("late", [])).toThrow("too long");
    const large = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, i]));
    for (let round = 0; round < 5; round++) {
      expect(() => vm.call("add", [large, 1])).toThrow("arithmetic on a table value");
    }
  });
});

test("a limit that is too small for the language itself is an error", () => {
  expect(failure("", { memoryBytes: 1000 }).message).toContain("not enough memory");
});

test("without limits there is none", () => {
  expect(lua("local s = ('x'):rep(2e7) print(#s)", { memoryBytes: 0, timeoutMs: Infinity })).toBe(
    "20000000",
  );
});
