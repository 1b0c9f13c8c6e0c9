/**
 * The same expressions here and in Lua 5.4 itself. They are in `expressions.txt`, one a line.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { TempDir } from "../../support/temp-dir.ts";
import { lua } from "./lua-vm.ts";

const original = Bun.which("lua5.4");
const expressions = fs
  .readFileSync(path.join(import.meta.dir, "expressions.txt"), "utf8")
  .trimEnd()
  .split("\n");

/** What is different, and what it is here. Errors are errors on both sides, whatever their words. */
const differences: Readonly<Record<string, string>> = {
  // Texts are numbers for bitwise operators, as in 5.3 and the manual.
  '"7" | 1': "integer 7",
  '"7.0" | 1': "integer 7",
  '"0x10" | 0': "integer 16",
  '"1e1" | 0': "integer 10",
  // 53 bits.
  "2147483647 * 2147483647": "ERROR",
  "math.tointeger(2^53)": "nil",
  "math.maxinteger + 0.0 == 2^63": "false",
  '("%d"):format(2^53)': "ERROR",
  "pcall(function() return 2^53 | 0 end)": "false, x:1: number has no integer representation",
  // UTF-8 as it is today, up to U+10FFFF.
  '"\\u{7FFFFFFF}"': "SYNTAX",
  "utf8.char(0x7FFFFFFF)": "ERROR",
  "utf8.charpattern": "[\\0-\\127\\194-\\244][\\128-\\191]*",
  'utf8.len("\\u{7FFFFFFF}")': "SYNTAX",
  'utf8.len("\\u{7FFFFFFF}", 1, -1, true)': "SYNTAX",
  'utf8.codepoint("\\u{200000}", 1)': "SYNTAX",
  'utf8.codepoint("\\u{200000}", 1, 1, true)': "SYNTAX",
  // Nothing has an address.
  'string.format("%p", 1)': "ERROR",
  // C modules are not loaded: one way of finding them is enough.
  "#package.searchers": "integer 3",
};

/** Prints a line for each: what comes out, with what is no text as three digits. */
const driver = String.raw`
local function show(value)
  local kind = type(value)
  if kind == "number" then return math.type(value) .. " " .. tostring(value) end
  if kind == "string" or kind == "boolean" or kind == "nil" then
    return (tostring(value):gsub("[^ -~]", function(byte) return "\\" .. byte:byte() end))
  end
  return kind
end
for number, source in ipairs(EXPRESSIONS) do
  local chunk, message = load("return " .. source, "=x")
  local results = table.pack(pcall(chunk or function() end))
  local texts = {}
  for index = 2, results.n do texts[#texts + 1] = show(results[index]) end
  local text = table.concat(texts, ", ")
  print(number .. ":" .. (not chunk and "SYNTAX" or results[1] and text or "ERROR"))
end`;

const script = `EXPRESSIONS = {\n${expressions.map((each) => `[====[${each}]====],\n`).join("")}}${driver}`;

function originals(): readonly string[] {
  using dir = new TempDir();
  const command = [original ?? "", dir.write("all.lua", script)];
  const { stdout } = Bun.spawnSync(command, {
    env: { ...process.env, TZ: "UTC" },
    stdin: "ignore",
  });
  return resultsOf(stdout.toString());
}

/** Some expressions print something, too. */
function resultsOf(text: string): readonly string[] {
  return [...text.matchAll(/^\d+:(.*)$/gm)].map(([, result = ""]) => result);
}

/** Lua words some errors in another way; these are results. */
function inOurWords(line: string): string {
  return line
    .replace("a C-call boundary", "a JS-call boundary")
    .replace(/bad argument #\d to '\S+' \(/, "bad argument (")
    .replace("got no value", "got nil")
    .replace(/, got \w+\)/, ")")
    .replace(/bad ('for' .*) \(number expected\)/, "$1 must be a number")
    .replace("break outside loop at line 1", "<break> at line 1 not inside a loop")
    .replace(/x:1: reader/, "reader")
    .replace(/ \(constant '\w'\)/, "")
    .replace(/near ''.*/, "near");
}

describe.skipIf(original === null)("as Lua 5.4 (needs lua5.4)", () => {
  let ours: readonly string[];
  let theirs: readonly string[];

  beforeAll(() => {
    ours = resultsOf(lua(script, { libraries: "unsafe" }));
    theirs = originals();
  });

  test("all expressions have a result", () => {
    expect(expressions.length).toBeGreaterThan(900);
    expect([ours.length, theirs.length]).toEqual([expressions.length, expressions.length]);
  });

  test("results are the same, but for the differences that are known", () => {
    const different = expressions.flatMap((expression, index) => {
      const expected = differences[expression] ?? inOurWords(theirs[index] ?? "");
      const actual = inOurWords(ours[index] ?? "");
      return actual === expected ? [] : [{ expression, expected, actual }];
    });
    expect(different).toEqual([]);
  });

  test("the differences are differences", () => {
    const same = expressions.filter(
      (each, index) => each in differences && ours[index] === theirs[index],
    );
    expect(same).toEqual([]);
  });
});
