/**
 * What a configuration file may hold, and what is said about everything else.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { readJobFile } from "../../../src/cli/jobs/job-file.ts";
import { SyncError } from "../../../src/index.ts";
import { TempDir } from "../../support/temp-dir.ts";

function read(text: string | Uint8Array, name = "s3sync.yaml") {
  using dir = new TempDir();
  return readJobFile(dir.write(name, text));
}

/** What is wrong, without the path of the file. */
function problems(text: string | Uint8Array, name = "s3sync.yaml"): string[] {
  using dir = new TempDir();
  const file = dir.write(name, text);
  try {
    readJobFile(file);
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "usage") throw error;
    return error.message.split("\n").map((line) => {
      expect(line).toStartWith(`${file}: `);
      return line.slice(file.length + 2);
    });
  }
  return [];
}

/** A job with these lines besides its places. */
function job(...lines: readonly string[]): string {
  return `jobs:\n  a:\n    source: x\n    target: y\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

describe("a file", () => {
  test("holds defaults and jobs, in its order", () => {
    const { defaults, jobs } = read(
      "$schema: x\ndefaults: {delete: true}\njobs:\n  b: {source: b, target: s3://b}\n  a: {source: a, target: s3://a, verbose: 2}\n",
    );
    expect(defaults.values.get("delete")?.texts).toEqual(["true"]);
    expect([...jobs.keys()]).toEqual(["b", "a"]);
    expect(jobs.get("a")).toMatchObject({ source: "a", target: "s3://a" });
    expect(jobs.get("a")?.settings.verbosity).toBe(2);
  });

  test.each([
    ["s3sync.yaml", ""],
    ["s3sync.yaml", "# nothing\n"],
    ["s3sync.yaml", "jobs:\ndefaults:\n"],
    ["s3sync.toml", ""],
    ["s3sync.json", "{}"],
  ])("may be empty: %s with %j", (name, text) => {
    expect(read(text, name).jobs.size).toBe(0);
  });

  test.each([
    ["- a", "the tables defaults and jobs are wanted"],
    ["text", "the tables defaults and jobs are wanted"],
    ["jobs: [1]", "jobs: a table is wanted, not a list"],
    ["defaults: yes", "defaults: a table is wanted, not a value"],
    ["jobs: {a: 1}", "job a: a table with source and target is wanted"],
    ["jobs: {a: [1]}", "job a: a table with source and target is wanted"],
    ["jobs: {a: }", "job a: a table with source and target is wanted"],
    ["job: {}", "job: options stand below defaults or jobs.NAME; did you mean jobs?"],
    ["delete: true", "delete: options stand below defaults or jobs.NAME"],
    ["defaults: {target: s3://b}", "defaults: target: it belongs into a job"],
    ["__proto__: {a: 1}", "__proto__: options stand below defaults or jobs.NAME"],
  ])("%j is refused", (text, why) => {
    expect(problems(text)).toEqual([why]);
  });

  test("has no time where a table is wanted", () => {
    expect(problems("defaults = 2026-01-01\njobs.a = 2026-01-01\n", "a.toml")).toEqual([
      "defaults: a table is wanted, not a value",
      "job a: a table with source and target is wanted",
    ]);
  });

  test.each(["s3://b", "a/b", "a b", "-a", ".a", "C:", ""])("has no job named %j", (name) => {
    const text = JSON.stringify({ jobs: { [name]: { source: "a", target: "b" } } });
    expect(problems(text, "s3sync.json")).toEqual([
      `job ${name}: a name is made of letters, digits, - _ and ., and begins with none of - and .`,
    ]);
  });

  test("tells everything that is wrong at once", () => {
    const text =
      "x: 1\ndefaults: {max_keys: 1}\njobs: {a: {source: 1}, b: {target: x, delete: 1}}\n";
    expect(problems(text)).toEqual([
      "x: options stand below defaults or jobs.NAME",
      "defaults: max_keys: there is no such option; did you mean max-keys?",
      "job a: source: a text is wanted",
      "job a: target: it is missing",
      "job b: source: it is missing",
      "job b: delete: true or false is allowed",
    ]);
  });

  test("that cannot be parsed is named with the line", () => {
    expect(problems("[defaults]\ndelete =\n", "a.toml")).toEqual([
      expect.stringMatching(/^no valid TOML in line 2: missing value/),
    ]);
  });

  test("that is no UTF-8 is refused", () => {
    expect(problems(new Uint8Array([0xff, 0xfe]))).toEqual(["it is no UTF-8 text"]);
  });

  test("of another kind is refused before it is read", () => {
    expect(problems("", "s3sync.ini")).toEqual([
      "a configuration file ends with .toml, .yaml, .yml, .json, .jsonc or .json5",
    ]);
  });

  test("that is not there is an error that names it", () => {
    using dir = new TempDir();
    const file = dir.at("none.toml");
    expect(() => readJobFile(file)).toThrow(`${file}: there is no such file`);
    fs.mkdirSync(file);
    expect(() => readJobFile(file)).toThrow(`${file}: it is a directory`);
  });
});

describe("a key", () => {
  test.each([
    ["maxKeys: 1", "max-keys"],
    ["max_keys: 1", "max-keys"],
    ["Max-Keys: 1", "max-keys"],
    ["--max-keys: 1", "max-keys"],
    ["max-key: 1", "max-keys"],
    ["skipExisting: true", "skip-existing"],
    ["verbos: 1", "verbose"],
    ["Source: x", "source"],
  ])("with a typo, %j, is refused with a guess: %s", (line, guess) => {
    const [key = ""] = line.split(":");
    expect(problems(job(line))).toEqual([
      `job a: ${key}: there is no such option; did you mean ${guess}?`,
    ]);
  });

  test("that is like nothing is refused without a guess", () => {
    expect(problems(job("constructor: 1", "frobnicate-everything: 1"))).toEqual([
      "job a: constructor: there is no such option",
      "job a: frobnicate-everything: there is no such option",
    ]);
  });

  test("may be another name that the original has for an option, but not besides it", () => {
    const { jobs } = read(job("skip-existing: true"));
    expect(jobs.get("a")?.settings.values.has("ignore-existing")).toBe(true);
    expect(problems(job("skip-existing: true", "ignore-existing: false"))).toEqual([
      "job a: ignore-existing: it is the same as skip-existing",
    ]);
  });

  test.each(["config: x", "auto-complete-shell: zsh"])("%j makes no sense in a file", (line) => {
    const [key = ""] = line.split(":");
    expect(problems(job(line))).toEqual([`job a: ${key}: it makes no sense in a file`]);
  });
});

describe("a value", () => {
  test.each([
    ["max-keys: 5", "max-keys", ["5"]],
    ['max-keys: "5"', "max-keys", ["5"]],
    ["multipart-threshold: 8MiB", "multipart-threshold", ["8MiB"]],
    ["multipart-threshold: 8388608", "multipart-threshold", ["8388608"]],
    ["max-delete: 10", "max-delete", ["10"]],
    ["delete: false", "delete", ["false"]],
    ['delete: "yes"', "delete", ["yes"]],
    ["exclude: a", "exclude", ["a"]],
    ["exclude: [a, b]", "exclude", ["a", "b"]],
    ["exclude: []", "exclude", []],
    ["filter-mtime-after: 2026-01-01T00:00:00Z", "filter-mtime-after", ["2026-01-01T00:00:00Z"]],
  ] as const)("may be written as %j", (line, name, texts) => {
    expect(read(job(line)).jobs.get("a")?.settings.values.get(name)?.texts).toEqual([...texts]);
  });

  test("may be a time of TOML's own", () => {
    const text =
      '[jobs.a]\nsource = "a"\ntarget = "b"\nfilter-mtime-after = 2026-01-01T00:00:00Z\n';
    const { values } = read(text, "a.toml").jobs.get("a")?.settings ?? read("").defaults;
    expect(values.get("filter-mtime-after")?.texts).toEqual(["2026-01-01T00:00:00Z"]);
  });

  test.each([
    ["max-keys: [1]", "one value is wanted, not a list"],
    ["max-keys: {a: 1}", "a value is wanted, not a table"],
    ["max-keys: true", "a number or a text is wanted"],
    ["max-keys:", "it has no value"],
    ["delete: 1", "true or false is allowed"],
    // 007 would be 7, and 1.10 be 1.1.
    ["profile: 7", "a text is wanted, in quotes"],
    ["profile: true", "a text is wanted, in quotes"],
    ["exclude: [a, [b]]", "a value is wanted, not a list"],
    ["exclude: [a, 1]", "a text is wanted, in quotes"],
    ["verbose: many", "a whole number from 0 to 9 is allowed"],
    ["verbose: -1", "a whole number from 0 to 9 is allowed"],
    ["quiet: 1.5", "a whole number from 0 to 9 is allowed"],
    ["quiet: true", "a whole number from 0 to 9 is allowed"],
  ])("is refused: %j", (line, why) => {
    const [key = ""] = line.split(":");
    expect(problems(job(line))).toEqual([`job a: ${key}: ${why}`]);
  });

  test("of verbose contradicts one of quiet", () => {
    expect(problems(job("verbose: 1", "quiet: 1"))).toEqual([
      "job a: quiet: it contradicts verbose",
    ]);
  });

  test("is never repeated, for it may be a secret", () => {
    const text = job("secret-access-key: [hush]", "profile: {hush: hush}", "source-profile: 4711");
    expect(problems(text).join("\n")).not.toMatch(/hush|4711/);
  });
});
