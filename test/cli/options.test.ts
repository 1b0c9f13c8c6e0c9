/**
 * Every option on the command line: a value that is accepted, values that are refused, and anything at all.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import {
  camelCase,
  environmentNames,
  type Option,
  type OptionName,
  optionNames,
  options,
  resolveConfig,
  SyncError,
} from "../../src/index.ts";

const key = Buffer.alloc(32, 1).toString("base64");
const md5 = Buffer.alloc(16, 1).toString("base64");

/** By the name that `--help` has for a value: one that is accepted, and some that are not. */
const values: Readonly<Record<string, readonly [good: string, ...bad: readonly string[]]>> = {
  ACL: ["public-read", "public", ""],
  "ADDRESS:PORT": ["127.0.0.1:9464", "127.0.0.1", "127.0.0.1:99999", ":9464", ""],
  AES256: ["AES256", "aws:kms", ""],
  ALGORITHM: ["SHA256", "MD5", "XXHASH64", ""],
  CLASS: ["STANDARD_IA", "a b", ""],
  DIR: ["/tmp", ""],
  FILE: [import.meta.path, ""],
  "FROM=TO": ["docs/=manual/", "docs/", ""],
  GLOB: ["*.tmp", "", "a".repeat(65_537)],
  ID: ["id", ""],
  KEY: [key, ""],
  KIND: ["aws:kms", "kms", ""],
  LIMIT: ["10", "0", "-1", "101%", "x", ""],
  MANIFEST: ["s3://bucket/manifest.json", ""],
  MD5: [md5, key, "x", ""],
  METADATA: ["a=1,b=", "a", "a b=1", "a=1,a=2", ""],
  MS: ["1000", "-1", "1.5", "x", ""],
  N: ["2", "-1", "1.5", "x", "99999999999", ""],
  NAME: ["name", ""],
  PASSWORD: ["password", ""],
  PATH: ["/docs/", "docs", ""],
  PERIOD: ["6M", "6m", "M", "1", ""],
  PREFIX: ["old/", ""],
  QUEUE: ["https://sqs.eu-west-1.amazonaws.com/123456789012/name", "queue", "https://host", ""],
  REGEX: ["^a", "(", "[z-a]", "a{2,1}"],
  REGION: ["eu-west-1", ""],
  "K/N": ["3/16", "5/4", "0/4", "3", "x/3", "x", ""],
  SAMPLE: ["0.5%", "0", "0%", "101%", "1000001", "1.5", "x", ""],
  SHELL: ["zsh", "csh", ""],
  SIZE: ["64MiB", "-1", "5XiB", "x", "10000TiB", ""],
  TAGS: ["a=1&b=", "a", "a=1&a=2", "a=%zz", ""],
  DURATION: ["7d", "week"],
  TIME: ["2023-02-19T12:00:00Z", "2023-13-19T12:00:00Z", "yesterday", ""],
  TOKEN: ["token", ""],
  URL: ["http://host:9000", "host", "ftp://host", "http://host?x=1", ""],
  URLS: ["nats://a:4222,tls://b", ""],
  VALUE: ["text", ""],
};

function read(name: OptionName, text: string) {
  return readOptions(parseArguments([`--${name}=${text}`]), {});
}

/** Kinds that share a name for their values. */
function samples(name: OptionName): readonly [string, ...(readonly string[])] {
  if (name === "website-redirect") return ["/there", ""];
  if (name.endsWith("sse-c-key")) return [key, "x", md5, ""];
  if (name === "temp-dir" || name.endsWith("-file") || name === "files-from") {
    return [import.meta.path, ""];
  }
  if (name.endsWith("lua-script")) return [import.meta.path, "/nonexistent", ""];
  const [word] = options[name].kind.words ?? [];
  const found = word === undefined ? values[options[name].kind.placeholder] : ([word, ""] as const);
  if (found === undefined) throw new Error(`no sample for --${name}`);
  return found;
}

const valued = optionNames.filter((name) => !options[name].kind.flag);
/** Those that can be given words besides are flags and lists. */
const flags = optionNames.filter((name) => {
  const { flag, words }: Option["kind"] = options[name].kind;
  return flag && words === undefined;
});

describe("accepts", () => {
  test.each(valued.map((name) => [name, samples(name)[0]] as const))("--%s %s", (name, text) => {
    const { values: found, problems } = read(name, text);
    expect(problems).toEqual([]);
    expect(Object.keys(found)).toEqual([camelCase(name)]);
    const byVariable = environmentNames(name, options[name]).map(
      (variable) => readOptions(parseArguments([]), { [variable]: text }).problems,
    );
    expect(byVariable.flat()).toEqual([]);
  });

  test.each(flags.map((name) => [name]))("--%s, and its words for yes and no", (name) => {
    const property = camelCase(name);
    expect(readOptions(parseArguments([`--${name}`]), {}).values[property]).toBe(true);
    for (const text of ["1", "true", "YES", "on"]) {
      expect(read(name, text).values[property]).toBe(true);
    }
    for (const text of ["0", "false", "no", "Off"]) {
      expect(read(name, text).values[property]).toBe(false);
    }
  });
});

describe("refuses", () => {
  const rows = valued.flatMap((name) =>
    samples(name)
      .slice(1)
      .map((text) => [name, text.slice(0, 30), text] as const),
  );
  test.each(rows)("--%s %p", (name, _, text) => {
    const { problems } = read(name, text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toStartWith(`--${name}: `);
    expect(problems[0]).not.toContain("\n");
  });

  test.each(flags.map((name) => [name]))("--%s=maybe", (name) => {
    expect(read(name, "maybe").problems).toEqual([
      `--${name}: true or false is allowed, not "maybe"`,
    ]);
  });
});

test("secrets are shown nowhere", () => {
  for (const name of valued) {
    const option: Option = options[name];
    const isSecret =
      /key(?!ring)|token|md5|-proxy$|password/.test(name) &&
      !["key-start", "key-end", "max-keys", "nats-nkey", "nats-key"].includes(name);
    const [text] = samples(name);
    const { values: found } = read(name, text);
    const shown = JSON.stringify(found) + Bun.inspect(found);
    expect([name, shown.includes("***")]).toEqual([name, isSecret]);
    if (isSecret) expect(shown).not.toContain(text);
    expect(option.kind.format(found[camelCase(name)]).includes("***")).toBe(isSecret);
  }
});

test("any command line is a configuration or a list of what is wrong with it", () => {
  const word = fc.oneof(
    fc.constantFrom(...optionNames.map((name) => `--${name}`)),
    fc.constantFrom(...valued.map((name) => `--${name}=${samples(name)[0]}`)),
    fc.string({ unit: "binary" }),
    fc.constantFrom("s3://b/", "s3://b/p", ".", "--", "-v", "-qq", "=", "--="),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
      const typed = parseArguments(argv);
      const { values: found, problems } = readOptions(typed, {});
      for (const problem of [...typed.problems, ...problems]) expect(problem).not.toBe("");
      const [source = "s3://a/", target = "./b"] = typed.positionals;
      try {
        resolveConfig({ ...found, source, target });
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        expect(error.code).toBe("usage");
      }
    }),
    { numRuns: 3000 },
  );
});
