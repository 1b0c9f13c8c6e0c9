/**
 * What scripts may use: the language in safe mode, `os` and `io` where they are allowed, and never JavaScript.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TempDir } from "../../support/temp-dir.ts";
import { failure, lua, value } from "./lua-vm.ts";

/** Everything that can be reached by names from the globals, and what it is. */
const inventory = `
  local lines, seen = {}, {}
  local function visit(name, value)
    if type(value) ~= "table" then lines[#lines + 1] = name return end
    if seen[value] then return end
    seen[value] = true
    for key, inner in pairs(value) do visit(name == "" and key or name .. "." .. key, inner) end
  end
  visit("", _G)
  visit("(texts)", getmetatable(""))
  table.sort(lines)
  print(table.concat(lines, " "))`;

describe("in safe mode", () => {
  test("there is exactly this", () => {
    const names = lua(inventory).split(" ");
    const libraries = new Set(
      names.filter((name) => name.includes(".")).map((name) => name.split(".")[0]),
    );
    expect([...libraries].map(String).toSorted()).toEqual([
      "coroutine",
      "math",
      "package",
      "string",
      "table",
      "utf8",
    ]);
    expect(names.filter((name) => !name.includes("."))).toEqual([
      ...[
        "_VERSION",
        "assert",
        "collectgarbage",
        "error",
        "getmetatable",
        "ipairs",
        "load",
        "next",
        "pairs",
      ],
      ...[
        "pcall",
        "print",
        "rawequal",
        "rawget",
        "rawlen",
        "rawset",
        "require",
        "select",
        "setmetatable",
      ],
      ...["tonumber", "tostring", "type", "warn", "xpcall"],
    ]);
  });

  test.each([
    "os",
    "io",
    "debug",
    "dofile",
    "loadfile",
    "package.loadlib",
    "string.dump",
    "js",
    "arg",
    "package.loaded.debug",
    "package.loaded.io",
    "package.loaded._LOADED",
  ])("there is no %s", (name) => {
    expect(value(name)).toBe("nil");
  });

  test.each(["os", "io", "debug", "js", "fengari", "fs"])("require finds no %s", (name) => {
    expect(value(`(pcall(require, "${name}"))`)).toBe("false");
  });
});

describe("there is no way into JavaScript", () => {
  test.each(["constructor", "__proto__", "prototype", "toString", "hasOwnProperty", "valueOf"])(
    "through the name %s",
    (name) => {
      const source = `
        local places = { _G, string, {}, package, package.loaded, getmetatable(""), setmetatable({}, {}) }
        for _, place in ipairs(places) do assert(place["${name}"] == nil) end
        assert(("x")["${name}"] == nil)
        assert(load("return ${name}", "c", "t", {})() == nil)
        local t = {} t["${name}"] = 1 assert(t["${name}"] == 1 and next(t) == "${name}")
        print("none")`;
      expect(lua(source)).toBe("none");
    },
  );

  /** Whatever fails inside, scripts see an error of Lua: a text, or what they threw themselves. */
  test.each([
    [
      "native recursion",
      "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
    ],
    [
      "recursion of tostring",
      "local t = setmetatable({}, { __tostring = function(t) return tostring(t) end }) return tostring(t)",
    ],
    ["recursion of gsub", "local function f(x) return (x:gsub('.', f)) end return f('x')"],
    ["recursion of sort", "local function f() table.sort({ 2, 1 }, f) end f()"],
    [
      "recursion of load",
      "local function f() return load(f) end local g = load(function() return load(f) end) error('x')",
    ],
    [
      "recursion of pcall",
      "local function f() local ok, e = pcall(f) if not ok then error(e, 0) end error('end') end f()",
    ],
    [
      "recursion of require",
      "package.searchers = { function(n) return require(n .. 'x') end } require('a')",
    ],
    ["recursion of coroutines", "local function f() return coroutine.wrap(f)() end f()"],
    ["a value out of range", "return string.char(-1)"],
    ["a text that is none", "return ('x'):rep({})"],
    ["a thread that is none", "return coroutine.resume(5)"],
    ["a key that is gone", "return next({}, {})"],
    ["too many captures", "return ('('):match(('()'):rep(50))"],
    ["a position that is none", "return utf8.codepoint('x', 1, 2^40 // 1)"],
    ["a format that is none", "return string.format('%', 1)"],
    ["sizes that overflow", "return string.pack('i17', 1)"],
    ["a table that sort breaks", "table.sort({ 1, 2, 3, 4, 5, 6, 7 }, function() return true end)"],
    ["a metatable that is none", "return setmetatable({}, 5)"],
  ])("through the error of %s", (_what, source) => {
    const script = `
      local isDone, e = pcall(function() ${source} end)
      assert(not isDone and type(e) == "string", type(e))
      local _, again = xpcall(function() ${source} end, function(e) return e end)
      print(type(again))`;
    expect(lua(script)).toBe("string");
  });

  test("light userdata of the library's own are not seen", () => {
    const source = `
      local next = ("abc"):gmatch(".")
      print(type(next), next(), pcall(next, {}, {}))`;
    expect(lua(source)).toBe("function\ta\ttrue\tb");
  });

  test("the prelude's own functions cannot be changed from outside", () => {
    const source = `
      local real = string.gsub
      string.gsub, string.find, table.concat, tostring, type, error, pcall = nil, nil, nil, nil, nil, nil, nil
      print("still", 1)`;
    expect(lua(source)).toBe("still\t1");
  });
});

describe("with os and io", () => {
  const withOs = (source: string): string => lua(source, { libraries: "os" });
  const file = (dir: TempDir, name = "f"): string => JSON.stringify(dir.at(name));

  test.each([
    ["r", "kept"],
    ["w", ""],
    ["a", "kept"],
    ["r+", "kept"],
    ["w+", ""],
    ["a+", "kept"],
    ["rb", "kept"],
  ])("mode %s finds or leaves %p", (mode, text) => {
    using dir = new TempDir();
    dir.write("f", "kept");
    withOs(`local f = assert(io.open(${file(dir)}, "${mode}")) f:close()`);
    expect(Buffer.from(dir.read("f")).toString()).toBe(text);
  });

  test("what is written is there, at its place", () => {
    using dir = new TempDir();
    withOs(`
      local f = io.open(${file(dir)}, "w")
      f:write("hello ", 12, " ", 1.5, "\\n"):write("\\xff\\0end")
      f:seek("set", 1) f:write("E") f:close()
      f = io.open(${file(dir)}, "a") f:write("!") f:close()
      f = io.open(${file(dir)}, "r+") f:seek("end", -1) f:write("?") f:close()`);
    expect(Buffer.from(dir.read("f")).toString("latin1")).toBe("hEllo 12 1.5\n\xff\0end?");
  });

  test("all formats read", () => {
    using dir = new TempDir();
    dir.write("f", "12 0x1F 3.5e1\nline\n\nabc");
    const source = `
      local f = io.open(${file(dir)})
      print(f:read("n", "n", "n")) print(f:read("l", "L", "l")) print(f:read(2, 0)) print(f:read("a")) print(f:read("a", "l", 0))
      print(f:seek("set", 3), f:read("n"), f:seek("cur"), f:seek("end")) f:close()`;
    expect(withOs(source)).toBe("12\t31\t35.0\n\tline\n\t\nab\t\nc\n\tnil\n3\t31\t7\t23");
  });

  test("lines come one after the other, long ones too, and the file is closed", () => {
    using dir = new TempDir();
    dir.write("f", `${"x".repeat(20_000)}\n\nend`);
    expect(withOs(`for l in io.lines(${file(dir)}) do print(#l) end`)).toBe("20000\n0\n3");
    expect(withOs(`for a, b in io.lines(${file(dir)}, 1, "L") do print(#a, #b) end`)).toContain(
      "1\t20000",
    );
  });

  test("a file that is not there is told, not thrown", () => {
    expect(withOs('print(io.open("/no/such"))')).toBe(
      "nil\t/no/such: No such file or directory\t2",
    );
    expect(withOs('print(os.remove("/no/such"))')).toBe(
      "nil\t/no/such: No such file or directory\t2",
    );
    expect(failure('for l in io.lines("/no/such") do end', { libraries: "os" }).message).toContain(
      "No such file",
    );
  });

  test("closed files are refused", () => {
    using dir = new TempDir();
    const source = `
      local f = io.open(${file(dir)}, "w") print(io.type(f)) f:close()
      print(io.type(f), io.type(5), tostring(f), select(2, pcall(f.read, f)))`;
    expect(withOs(source)).toBe(
      "file\nclosed file\tnil\tfile (closed)\tattempt to use a closed file",
    );
  });

  test("io.write goes to where print goes, in order", () => {
    expect(withOs('print("a") io.write("b", 1, "\\n") io.stdout:write("c\\n") print("d")')).toBe(
      "a\nb1\nc\nd",
    );
  });

  test("os removes, renames and makes temporary files", () => {
    using dir = new TempDir();
    dir.write("f", "x");
    withOs(`assert(os.rename(${file(dir)}, ${file(dir, "g")}))`);
    expect(dir.files()).toEqual(["g"]);
    withOs(`assert(os.remove(${file(dir, "g")}))`);
    expect(dir.files()).toEqual([]);
    expect(
      withOs("local n = os.tmpname() local f = assert(io.open(n)) f:close() print(os.remove(n))"),
    ).toBe("true");
  });

  test("os knows variables, times and programs", () => {
    const source = `
      print(os.getenv("PATH") ~= nil, os.getenv("NO_SUCH_VARIABLE"))
      print(math.type(os.time()), os.time() > 1.7e9, math.type(os.clock()))
      print(os.date("!%Y-%m-%d %H:%M:%S", 86399), os.date("!*t", 0).yday, os.time({ year = 2030, month = 1, day = 1 }) > 1.8e9)
      print(os.execute("exit 3")) print((os.execute())) print(io.popen("echo hi"):read("a"))`;
    expect(withOs(source)).toBe(
      [
        "true\tnil",
        "integer\ttrue\tfloat",
        "1970-01-01 23:59:59\t1\ttrue",
        "nil\texit\t3",
        "true",
        "hi",
      ].join("\n"),
    );
  });

  test("there is no debug", () => {
    expect(
      value("debug, dofile, loadfile, package.loadlib, string.dump", { libraries: "os" }),
    ).toBe("nil\tnil\tnil\tnil\tnil");
  });
});

describe("unsafe", () => {
  test("there is debug, too", () => {
    const source =
      'print(debug.traceback("x"):match("^x\\nstack traceback:") ~= nil, type(debug.getinfo(1).currentline), type(os.time))';
    expect(lua(source, { libraries: "unsafe" })).toBe("true\tnumber\tfunction");
  });

  test("a hook of the script's own does not take away the limits", () => {
    const source = 'debug.sethook(function() end, "", 1) debug.sethook() while true do end';
    expect(failure(source, { libraries: "unsafe", timeoutMs: 200 }).kind).toBe("time");
  });
});
