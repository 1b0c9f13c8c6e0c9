/**
 * The language beside its numbers: texts of any bytes, tables, coroutines, loading, modules.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TempDir } from "../../support/temp-dir.ts";
import { failure, lua, newVm, value } from "./lua-vm.ts";

describe("texts", () => {
  test("hold any bytes, and are told apart", () => {
    const source = `
      local seen, count = {}, 0
      for a = 0, 255 do for b = 0, 255, 5 do
        local s = string.char(a, b)
        assert(not seen[s] and #s == 2 and s:byte(1) == a and s:byte(2) == b)
        seen[s] = true count = count + 1
      end end
      print(count)`;
    expect(lua(source)).toBe("13312");
  });

  test("are ordered by their bytes, as unsigned numbers", () => {
    const source = `
      for a = 0, 254 do assert(string.char(a) < string.char(a + 1)) end
      print("" < "\\0", "a" < "a\\0", "a\\0a" < "a\\0b", "z" < "\\u{e4}", "Z" < "a")`;
    expect(lua(source)).toBe("true\ttrue\ttrue\ttrue\ttrue");
  });

  test("with control characters are keys of their own", () => {
    const source = `
      local t = {}
      t["\\1#"] = 1 t["\\18\\3"] = 2 t["\\1\\2"] = 3 t["\\12"] = 4 t[""] = 5 t["\\0"] = 6
      print(t["\\1#"], t["\\18\\3"], t["\\1\\2"], t["\\12"], t[""], t["\\0"])`;
    expect(lua(source)).toBe("1\t2\t3\t4\t5\t6");
  });

  test("come out of a script as UTF-8", () => {
    expect(lua('print("ä€😀", #"ä", utf8.len("ä€😀"), ("ä"):upper())')).toBe("ä€😀\t2\t3\tä");
  });

  test("may go over utf8.charpattern", () => {
    expect(lua('for c in ("aä€😀"):gmatch(utf8.charpattern) do print(c) end')).toBe("a\nä\n€\n😀");
  });
});

test("errors name file and line, also in functions of functions", () => {
  expect(failure("local function f()\n local t\n return t.x\nend\n\nf()").message).toBe(
    "t.lua:3: attempt to index a nil value (local 't')",
  );
});

test.each([
  ["a table", "error({ code = 1 })", /^table: 0x/],
  [
    "a table with a text",
    "error(setmetatable({}, { __tostring = function() return 'mine' end }))",
    /^mine$/,
  ],
  ["nil", "error()", /^nil$/],
  ["a number", "error(5)", /^5$/],
  ["a table whose text is an error", "error(setmetatable({}, { __tostring = error }))", /./],
  [
    "a table whose text is none",
    "error(setmetatable({}, { __tostring = function() return {} end }))",
    /must return a string/,
  ],
])("an error may be %s", (_what, source, message) => {
  expect(failure(source).message).toMatch(message);
});

describe("coroutines", () => {
  test.each([
    [
      "hand values over both ways",
      "local w = coroutine.wrap(function(a) return coroutine.yield(a + 1) * 2 end) print(w(1), w(10))",
      "2\t20",
    ],
    [
      "yield across pcall",
      "local w = coroutine.wrap(function() return pcall(function() return coroutine.yield(1) + 1 end) end) w() print(w(41))",
      "true\t42",
    ],
    [
      "fail across pcall after a yield",
      "local w = coroutine.wrap(function() return pcall(function() coroutine.yield() error('late', 0) end) end) w() print(w())",
      "false\tlate",
    ],
    [
      "yield in metamethods",
      "local t = setmetatable({}, { __index = function(_, k) return coroutine.yield(k) end }) local w = coroutine.wrap(function() return t.x end) print(w(), w(7))",
      "x\t7",
    ],
    [
      "are closed",
      "local c = coroutine.create(function() coroutine.yield() end) coroutine.resume(c) print(coroutine.close(c), coroutine.status(c)) print(coroutine.resume(c))",
      "true\tdead\nfalse\tcannot resume dead coroutine",
    ],
    [
      "tell once, when they are closed, how they failed",
      "local c = coroutine.create(function() error('x', 0) end) coroutine.resume(c) print(coroutine.close(c)) print(coroutine.close(c))",
      "false\tx\ntrue",
    ],
    [
      "are not closed while they run",
      "print(pcall(coroutine.close, coroutine.running()))",
      "false\tcannot close a running coroutine",
    ],
    [
      "do not yield out of sort",
      "print(pcall(coroutine.wrap(function() table.sort({ 2, 1 }, coroutine.yield) end)))",
      "false\tattempt to yield across a JS-call boundary",
    ],
  ])("%s", (_what, source, text) => {
    expect(lua(source)).toBe(text);
  });
});

describe("load", () => {
  test.each([
    ["takes texts", "print(load('return 1 + 1')())", "2"],
    [
      "takes functions",
      "local n = 0 print(load(function() n = n + 1 return ({ 'return ', '4', '2' })[n] end)())",
      "42",
    ],
    ["takes an environment", "print(load('x = 5 return x + y', 'c', 't', { y = 1 })())", "6"],
    ["has its own globals nowhere else", "load('x = 5', 'c', 't', {})() print(x)", "nil"],
    [
      "gives mistakes back with their line",
      "print(load('\\nx =', '=name'))",
      "nil\tname:2: unexpected symbol near <eof>",
    ],
    [
      "gives an error of its reader back",
      "print(load(function() error('gone', 0) end))",
      "nil\tgone",
    ],
    [
      "refuses bytecode",
      "print(load('\\27Lua'))",
      "nil\tattempt to load a binary chunk (mode is 't')",
    ],
    [
      "refuses bytecode from functions",
      "local n = 0 print(load(function() n = n + 1 return ({ '\\27', 'Lua' })[n] end, 'c', 'bt'))",
      "nil\tattempt to load a binary chunk (mode is 't')",
    ],
    [
      "refuses text where only bytecode is wanted",
      "print(load('return 1', 'c', 'b'))",
      "nil\tattempt to load a text chunk (mode is 'b')",
    ],
  ])("%s", (_what, source, text) => {
    expect(lua(source)).toBe(text);
  });

  test("the script itself is no bytecode", () => {
    expect(failure("\x1bLua\x53").message).toMatch(/binary chunk|unexpected symbol/);
  });
});

describe("require", () => {
  function inside(dir: TempDir, source: string): string {
    return lua(`package.path = ${JSON.stringify(`${dir.path}/?.lua;${dir.path}/?/init.lua`)}
      package.cpath = ${JSON.stringify(`${dir.path}/?.so`)} ${source}`);
  }

  test("loads a file once, with its name and place, and keeps what it returns", () => {
    using dir = new TempDir();
    dir.write("one.lua", "print(...) return { n = 1 }");
    const text = inside(
      dir,
      "local a = require('one') print(require('one') == a, package.loaded.one == a, a.n)",
    );
    expect(text).toBe(`one\t${dir.at("one.lua")}\ntrue\ttrue\t1`);
  });

  test("looks into folders for dots, and for init.lua", () => {
    using dir = new TempDir();
    dir.write("a/b.lua", "return 'b'");
    dir.write("a/init.lua", "return 'a'");
    expect(inside(dir, "print((require('a.b')), (require('a')))")).toBe("b\ta");
  });

  test.each([
    ["is true where nothing is returned", "x = 1", "print((require('m')), x)", "true\t1"],
    ["has attributes", "local x <const> = 2 return x", "print((require('m')))", "2"],
    ["skips a first line for the system", "#!lua\nreturn 3", "print((require('m')))", "3"],
  ])("a module %s", (_what, module, source, text) => {
    using dir = new TempDir();
    dir.write("m.lua", module);
    expect(inside(dir, source)).toBe(text);
  });

  test("names the file and the line of a mistake", () => {
    using dir = new TempDir();
    dir.write("m.lua", "\nx = = 1");
    expect(inside(dir, "print(select(2, pcall(require, 'm')))")).toBe(
      `error loading module 'm' from file '${dir.at("m.lua")}':\n\t${dir.at("m.lua")}:2: unexpected symbol near '='`,
    );
  });

  test("refuses a module in C in one line", () => {
    using dir = new TempDir();
    dir.write("c.so", "\x7fELF");
    expect(inside(dir, "print(select(2, pcall(require, 'c')))")).toBe(
      `module 'c' is written in C (${dir.at("c.so")}): only modules in Lua can be loaded`,
    );
  });

  test("says where it looked", () => {
    using dir = new TempDir();
    expect(inside(dir, "require = require print(select(2, pcall(require, 'no.ne')))")).toBe(
      [
        "module 'no.ne' not found:",
        "no field package.preload['no.ne']",
        ...["no/ne.lua", "no/ne/init.lua", "no/ne.so"].map((file) => `no file '${dir.at(file)}'`),
      ].join("\n\t"),
    );
  });

  test("takes package.preload, and what is in package.loaded", () => {
    const source = `
      package.preload.p = function(name, from) return name .. from end
      package.loaded.q = "there"
      print(require("p")) print((require("q")), require("string") == string, package.loaded._G == _G)`;
    expect(lua(source)).toBe("p:preload:\t:preload:\nthere\ttrue\ttrue");
  });
});

test("a function that is not there is seen", () => {
  const { vm } = newVm();
  vm.run(Buffer.from("function f() end g = 5"), "@t.lua");
  expect(["f", "g", "h"].map((name) => vm.hasFunction(name))).toEqual([true, false, false]);
});

test("warnings are off until they are wanted", () => {
  expect(lua('warn("a") warn("@on") warn("b", "c") warn("@off") warn("d")')).toBe(
    "Lua warning: bc",
  );
});

test("collectgarbage tells what is in use", () => {
  expect(value('collectgarbage("count") > 10, collectgarbage()')).toBe("true\t0");
});
