/**
 * Texts of configuration files in all languages, and where their errors are.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { extensions, parseText } from "../../../src/cli/jobs/parse-file.ts";

describe("a text", () => {
  test.each([
    [".toml", '# why\n[jobs.a]\nsource = "x"\nmax-keys = 1_000\n'],
    [".yaml", "# why\njobs:\n  a: {source: x, max-keys: 1000}\n"],
    [".yml", "jobs:\n  a:\n    source: x\n    max-keys: 1000\n"],
    [".json", '{"jobs": {"a": {"source": "x", "max-keys": 1000}}}'],
    [".jsonc", '{// why\n"jobs": {"a": {"source": "x", "max-keys": 1000,},},}'],
    [".json5", "{/* why */jobs: {a: {source: 'x', 'max-keys': 1000}}}"],
  ])("that ends with %s is read, with or without a byte order mark", (extension, text) => {
    const wanted = { jobs: { a: { source: "x", "max-keys": 1000 } } };
    expect(parseText(text, extension)).toEqual(wanted);
    expect(parseText(`\ufeff${text}`, extension)).toEqual(wanted);
  });

  test("in YAML may repeat a table by a reference", () => {
    const text = "a: &a {b: 1}\nc: {<<: *a, d: 2}\n";
    expect(parseText(text, ".yaml")).toEqual({ a: { b: 1 }, c: { b: 1, d: 2 } });
  });
});

describe("an error is told with its line", () => {
  test.each([
    [".toml", "a = 1\n\n[defaults]\ndelete =\n\n[jobs.a]\n", 4],
    [".toml", "delete =\n", 1],
    [".toml", "a = 1\nb = 2\na = 3\n", 3],
    [".toml", '[jobs.a]\nsource = "x\n', 2],
    [".toml", "[jobs.a]\nexclude = [\n  1,\n  2\nx = 3\n", 2],
    [".yaml", "jobs:\n  a:\n\t- b\n", 3],
    [".yaml", "a: 1\nb: [1,\n", 2],
    [".json", '{\n  "a": 1,\n  "b": 2\n  "c": 3\n}\n', 4],
    [".json", '{\n  "a": {\n    "b": tru\n  }\n}\n', 3],
    [".json", '{\n  "a": [1, 2,\n    3],\n  // why\n  "b": 2\n}', 4],
    [".json", '{\n  "a": "[ {",\n  "b"\n}', 3],
    [".json", "x\n", 1],
    [".jsonc", '{\n  // "a" [\n  "a": 1,\n  b: 2\n}', 4],
    [".json5", "{\n  a: 'x\\'{',\n  b c\n}", 3],
  ])("in %s: %j in line %d", (extension, text, line) => {
    expect(() => parseText(text, extension)).toThrow(
      new RegExp(`^no valid (?:TOML|YAML|JSON|JSON5) in line ${line}: [a-z…'].*[^.]$`),
    );
  });

  test("unless the text only ends too early", () => {
    expect(() => parseText('{"a": {\n"b": 1\n', ".json")).toThrow("no valid JSON: expected '}'");
  });

  test("unless the text is so long that looking for it would take its time", () => {
    expect(() => parseText(`${"a: 1\n".repeat(6000)}\t- b\n`, ".yaml")).toThrow(/^no valid YAML: /);
  });

  test("without what the file holds there: it may be a secret", () => {
    const text = '{"secret-access-key": hush}';
    expect(() => parseText(text, ".json")).toThrow(
      "no valid JSON in line 1: unexpected identifier …",
    );
  });
});

test("any text is read or refused in one line", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("[", "{", "}", "]", '"', ":", "=", ",", "\n"),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, fc.constantFrom(...extensions), (given, extension) => {
      try {
        parseText(given, extension);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: no valid [A-Z0-9]+(?: in line \d+)?: [^\n]+$/);
      }
    }),
  );
});
