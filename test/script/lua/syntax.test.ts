/**
 * What Lua 5.4 added to the syntax: attributes of local variables.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { asLua53, chunkName } from "../../../src/script/lua/syntax.ts";
import { failure, lua } from "./lua-vm.ts";

test.each([
  ["a constant", "local x <const> = 5 print(x)", "5"],
  ["without spaces", "local x<const> =5 print(x)", "5"],
  ["over lines", "local x <\nconst\n> = 5 print(x)", "5"],
  ["one of several", "local a <const>, b, c <const> = 1, 2, 3 b = 4 print(a, b, c)", "1\t4\t3"],
  ["in a loop", "for i = 1, 2 do local q <const> = i print(q) end", "1\n2"],
  ["fields of a constant table", "local t <const> = {} t.x = 1 t[1] = 2 print(t.x, t[1])", "1\t2"],
  [
    "fields of the same name",
    "local x <const> = 1 local t = { x = 2 } t.x = 3 print(x, t.x)",
    "1\t3",
  ],
  [
    "a variable that hides it",
    "local x <const> = 1 do local x = 2 x = 3 print(x) end print(x)",
    "3\n1",
  ],
  [
    "a parameter that hides it",
    "local x <const> = 1 local function f(x) x = x + 1 return x end print(f(5), x)",
    "6\t1",
  ],
  ["a loop that hides it", "local x <const> = 1 for x = 1, 1 do x = 9 print(x) end", "9"],
  [
    "a loop in pairs that hides it",
    "local k <const> = 1 for k in pairs({ 5 }) do k = 7 print(k) end",
    "7",
  ],
  [
    "a function that hides it",
    "local x <const> = 1 do local function x() end x = 3 print(x) end",
    "3",
  ],
  ["after its block", "do local x <const> = 1 end x = 2 print(x)", "2"],
  [
    "after if and else",
    "if true then local x <const> = 1 else local x <const> = 2 end x = 3 print(x)",
    "3",
  ],
  ["after repeat", "repeat local x <const> = 1 until x == 1 x = 2 print(x)", "2"],
  [
    "functions in tables",
    "local x <const> = 1 local t = { f = function() local x = 2 x = 3 return x end } print(t.f())",
    "3",
  ],
  ["methods", "local t <const> = {} function t:m(x) x = 5 return x end print(t:m())", "5"],
  [
    "comparisons",
    "local a <const>, b = 1, 2 print(a < b, b > a, a <= b, a == b)",
    "true\ttrue\ttrue\tfalse",
  ],
  [
    "in texts",
    "local x <const> = '<close> x = 2' print(x, [[local y <close>]])",
    "<close> x = 2\tlocal y <close>",
  ],
  ["in comments", "local x <const> = 1 -- x = 2 <close>\n--[[ x = 3 ]] print(x)", "1"],
])("<const>: %s", (_what, source, text) => {
  expect(lua(source)).toBe(text);
});

test.each([
  ["an assignment", "local x <const> = 5\nx = 6", "2: attempt to assign to const variable 'x'"],
  [
    "one of several",
    "local x <const> = 5\nlocal y\ny, x = 6, 7",
    "3: attempt to assign to const variable 'x'",
  ],
  [
    "in a function",
    "local x <const> = 5\nfunction f()\n x = 6 end",
    "3: attempt to assign to const variable 'x'",
  ],
  [
    "in a function of a table",
    "local x <const> = 5\nlocal t = { f = function() x = 6 end }",
    "2: attempt to assign to const variable 'x'",
  ],
  [
    "in a nested block",
    "local x <const> = 5\nif x then\nwhile true do x = 6 end end",
    "3: attempt to assign to const variable 'x'",
  ],
  [
    "<close>",
    "\nlocal f <close> = nil",
    "2: <close> is not supported: close it by hand where it is not needed any more",
  ],
  ["another attribute", "\n\nlocal f <foo> = nil", "3: unknown attribute 'foo'"],
])("is refused with its line: %s", (_what, source, message) => {
  expect(failure(source).message).toBe(`t.lua:${message}`);
});

test("lines stay where they are", () => {
  const source = "local a <const> = 1\nlocal b <const>, c = 2, 3\nerror('here')";
  expect(failure(source).message).toBe("t.lua:3: here");
});

test("what has no attributes is left as it is", () => {
  const source = 'local x = "a\\z\n   b" < y > z';
  expect(asLua53(source, "t")).toBe(source);
});

test("texts that are loaded are treated in the same way", () => {
  expect(lua("print(load('local x <const> = 5 return x')())")).toBe("5");
  expect(lua("print(load('local x <close> = 5', '=name'))")).toMatch(/^nil\tname:1: <close>/);
  expect(lua("print(load('local x <close> = 5'))")).toStartWith(
    `nil\t[string "local x <close> = 5"]:1: <close>`,
  );
});

test.each([
  ["@file.lua", "file.lua"],
  ["=name", "name"],
  ["return 1", '[string "return 1"]'],
  ["one\ntwo", '[string "one..."]'],
  ["x".repeat(50), `[string "${"x".repeat(45)}..."]`],
])("a chunk %p is called %p", (name, shown) => {
  expect(chunkName(name)).toBe(shown);
});

test("a first line for the system is skipped", () => {
  expect(lua("#!/usr/bin/lua\nprint(1)")).toBe("1");
  expect(failure("#!/usr/bin/lua\nerror('x')").message).toBe("t.lua:2: x");
});
