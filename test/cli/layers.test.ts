/**
 * Where option values come from.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions, withVariables } from "../../src/cli/layers.ts";
import { environmentNames, optionNames, options, Secret } from "../../src/index.ts";

function read(argv: readonly string[], environment: Record<string, string | undefined> = {}) {
  return readOptions(parseArguments(argv), environment);
}

describe("a value", () => {
  test("from the command line wins over both variables", () => {
    const environment = { S3SYNC_MAX_KEYS: "2", MAX_KEYS: "3" };
    expect(read(["--max-keys", "1"], environment).values).toEqual({ maxKeys: 1 });
  });

  test("from the variable with our prefix wins over the original one", () => {
    expect(read([], { S3SYNC_MAX_KEYS: "2", MAX_KEYS: "3" }).values).toEqual({ maxKeys: 2 });
  });

  test("from the original variable wins over the default", () => {
    expect(read([], { MAX_KEYS: "3" }).values).toEqual({ maxKeys: 3 });
  });

  test("that nobody gives is left to the default", () => {
    expect(read([])).toEqual({ values: {}, problems: [], loose: [] });
  });

  test("from an empty variable counts as none, and the next layer is asked", () => {
    expect(read([], { S3SYNC_MAX_KEYS: "", MAX_KEYS: "3" }).values).toEqual({ maxKeys: 3 });
    expect(read([], { MAX_KEYS: "" })).toEqual({ values: {}, problems: [], loose: [] });
  });

  test("from a flag on the command line may switch off what a variable switched on", () => {
    expect(read(["--delete=false"], { DELETE: "true" }).values).toEqual({ delete: false });
  });

  test("is read by the kind of its option", () => {
    const { values } = read(["--multipart-threshold", "16MiB"], {
      DRY_RUN: "1",
      SOURCE_SECRET_ACCESS_KEY: "hush",
    });
    expect(values).toMatchObject({ multipartThreshold: 16 * 1024 * 1024, dryRun: true });
    const { sourceSecretAccessKey: secret } = values;
    expect(secret instanceof Secret && secret.reveal()).toBe("hush");
  });

  test("of an option of ours is not taken from a variable without our prefix", () => {
    const environment = { TEMP_DIR: "/x", THREADS: "3", MAX_MEMORY: "64MiB" };
    expect(read([], environment)).toEqual({ values: {}, problems: [], loose: [] });
    expect(read([], { S3SYNC_TEMP_DIR: "/x" }).values).toEqual({ tempDir: "/x" });
  });
});

describe("a value that makes no sense", () => {
  test("is told with the place where it was found", () => {
    expect(read(["--max-keys", "0"]).problems).toEqual([
      '--max-keys: a whole number from 1 to 32767 is allowed, not "0"',
    ]);
    expect(read([], { S3SYNC_MAX_KEYS: "x" }).problems).toEqual([
      "the variable S3SYNC_MAX_KEYS: a whole number from 1 to 32767 is allowed",
    ]);
    expect(read([], { DRY_RUN: "maybe" }).problems).toEqual([
      "the variable DRY_RUN: true or false is allowed",
    ]);
  });

  test("in a variable does not matter where the command line says otherwise", () => {
    expect(read(["--max-keys", "1"], { MAX_KEYS: "x" }).problems).toEqual([]);
  });

  test("does not keep the others from being told", () => {
    expect(read(["--max-keys", "0", "--worker-size", "0"]).problems).toHaveLength(2);
  });

  test.each([
    [["--max-delete", "photos"], 'or a percentage such as 10%, is allowed, not "photos"'],
    [["--delete=maybe"], 'true or false is allowed, not "maybe"'],
    [["--multipart-chunksize", "8mb!"], 'TiB), not "8mb!"'],
    [["--conflict-resolve", "both"], 'is allowed, not "both"'],
  ])("is repeated as it was typed: %j", (argv, end) => {
    expect(read(argv).problems).toEqual([expect.stringMatching(/^--[a-z-]+: /)]);
    expect(read(argv).problems[0]).toEndWith(end);
  });

  test("is not repeated where it may be a secret: in a URL, in a variable", () => {
    const { problems } = read(["--source-endpoint-url", "hush://hush"], { MAX_KEYS: "hush" });
    expect(problems).toHaveLength(2);
    expect(problems.join("\n")).not.toContain("hush");
  });
});

describe("a rule that is broken", () => {
  const said = "--max-delete needs --delete";
  const named = (argv: string[], environment: Record<string, string>): string =>
    withVariables(said, parseArguments(argv), environment);

  test("by a variable names it", () => {
    expect(named([], { MAX_DELETE: "5" })).toBe(
      "--max-delete (the variable MAX_DELETE) needs --delete",
    );
    expect(named([], { S3SYNC_MAX_DELETE: "5", MAX_DELETE: "6" })).toContain("S3SYNC_MAX_DELETE");
  });

  test("by the command line names none, whatever variables say", () => {
    expect(named(["--max-delete", "5"], { MAX_DELETE: "6" })).toBe(said);
    expect(named([], { MAX_DELETE: "" })).toBe(said);
  });
});

test.each([...optionNames])("--%s can be set by each of its variables", (name) => {
  const option = options[name];
  const [word] = option.kind.words ?? [];
  const text = option.kind.flag ? "yes" : (word ?? sample(option.kind.placeholder));
  for (const variable of environmentNames(name, option)) {
    const { values, problems } = read([], { [variable]: text });
    expect(problems).toEqual([]);
    expect(Object.keys(values)).toHaveLength(1);
  }
});

/** A value that a kind with this placeholder accepts. */
function sample(placeholder: string): string {
  const samples: Readonly<Record<string, string>> = {
    SIZE: "64MiB",
    N: "1",
    MS: "0",
    URL: "http://h",
    ALGORITHM: "crc32",
    TIME: "2030-02-19T12:00:00Z",
    PERIOD: "6M",
    DURATION: "7d",
    METADATA: "a=1",
    ACL: "private",
    KIND: "AES256",
    AES256: "AES256",
    KEY: Buffer.alloc(32).toString("base64"),
    MD5: Buffer.alloc(16).toString("base64"),
    TAGS: "a=1",
    LIMIT: "10%",
    SAMPLE: "1%",
    "K/N": "3/16",
    FILE: import.meta.path,
    SHELL: "bash",
    "ADDRESS:PORT": "127.0.0.1:9464",
    QUEUE: "listen",
    "FROM=TO": "docs/=manual/",
    PATH: "/docs/",
  };
  return samples[placeholder] ?? "text";
}

test("any environment is read without a crash", () => {
  const names = optionNames.flatMap((name) => environmentNames(name, options[name]));
  const environment = fc.dictionary(fc.constantFrom(...names), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(environment, (given) => {
      const { problems } = read([], given);
      for (const problem of problems) expect(problem).toMatch(/^the variable [A-Z0-9_]+: [^\n]+$/);
    }),
  );
});
