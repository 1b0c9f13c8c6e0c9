/**
 * The JSON Schema: it is the published one, a schema by the book, and of one mind with the program.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import Ajv from "ajv";

import manifest from "../../../package.json" with { type: "json" };
import { readJobFile } from "../../../src/cli/jobs/job-file.ts";
import { schemaText } from "../../../src/cli/jobs/schema.ts";
import { type Option, optionNames, options, SyncError } from "../../../src/index.ts";
import { runCli } from "../../support/cli.ts";
import { schemaFile } from "../../support/schema-file.ts";
import { TempDir } from "../../support/temp-dir.ts";

const schema = JSON.parse(schemaText()) as {
  readonly definitions: Readonly<Record<string, { readonly description: string }>>;
};
const fits = new Ajv({ allowUnionTypes: true }).compile(schema);

/** Whether the program takes a file for well-formed. */
function isRead(value: unknown): boolean {
  using dir = new TempDir();
  try {
    readJobFile(dir.write("f.json", JSON.stringify(value)));
    return true;
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "usage") throw error;
    return false;
  }
}

/** A file whose only job says this. */
function withJob(job: object): object {
  return { jobs: { a: { source: "x", target: "y", ...job } } };
}

test("the published one is up to date (else: bun test/support/schema-file.ts; bun fmt)", () => {
  const published: unknown = JSON.parse(fs.readFileSync(schemaFile, "utf8"));
  expect(published).toEqual(schema);
});

test("it is found where the package says", async () => {
  const file = manifest.exports["./schema.json"];
  expect(schemaFile).toEndWith(file.replace(/^\./, ""));
  const found = await import("s3sync/schema.json");
  expect(found).toMatchObject({ default: schema });
});

test("s3sync run --print-schema prints it, without a file", async () => {
  using dir = new TempDir();
  const { exitCode, stdout, stderr } = await runCli(["run", "--print-schema"], { cwd: dir.path });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual(schema);
});

test("it describes every option that works, in the words of --help, and no other", () => {
  const offered = optionNames.filter((name) => {
    const { hidden } = (options[name] as Option).traits;
    return hidden !== true && !/^(?:config|auto-complete-shell)$/.test(name);
  });
  expect(Object.keys(schema.definitions)).toEqual(offered);
  for (const name of offered) {
    expect(schema.definitions[name]?.description).toBe(options[name].help);
  }
});

test("its defaults are those of the table, where they are the same on every machine", () => {
  expect(schema.definitions).toMatchObject({
    delete: { default: false },
    "max-keys": { default: 1000 },
    "multipart-threshold": { default: "8MiB" },
  });
  for (const name of ["threads", "temp-dir", "profile", "exclude"]) {
    expect(Object.keys(schema.definitions[name] ?? {})).not.toContain("default");
  }
});

describe("schema and program take", () => {
  test.each([
    {},
    { $schema: "s3sync/schema.json", defaults: {}, jobs: {} },
    { defaults: { delete: true, "max-keys": 5, exclude: ["a"], verbose: 2 } },
    withJob({ delete: "${DELETE:-false}", "multipart-threshold": "8MiB" }),
    withJob({ "multipart-threshold": 8_388_608, "max-delete": "10%", "skip-existing": true }),
    withJob({ include: "a", exclude: [], "storage-class": "STANDARD_IA", quiet: 1 }),
    withJob({ sse: "aws:kms", "additional-checksum-algorithm": "SHA256", acl: "${ACL}" }),
    { jobs: { "2026-photos_ä.b": { source: "x", target: "y" } } },
  ])("%j", (value) => {
    expect([fits(value), isRead(value)]).toEqual([true, true]);
  });
});

describe("schema and program refuse", () => {
  test.each([
    [[]],
    { delete: true },
    { job: {} },
    { defaults: { source: "x" } },
    { defaults: [] },
    { jobs: { a: {} } },
    { jobs: { a: { source: "x" } } },
    { jobs: { "s3://b": { source: "x", target: "y" } } },
    { jobs: { "a/b": { source: "x", target: "y" } } },
    withJob({ maxKeys: 1 }),
    withJob({ source: "" }),
    withJob({ target: 1 }),
    withJob({ delete: 1 }),
    withJob({ delete: [true] }),
    withJob({ "max-keys": [1] }),
    withJob({ "max-keys": true }),
    withJob({ profile: 1 }),
    withJob({ exclude: [1] }),
    withJob({ exclude: [["a"]] }),
    withJob({ verbose: -1 }),
    withJob({ verbose: true }),
    withJob({ config: "x" }),
    withJob({ "auto-complete-shell": "zsh" }),
  ])("%j", (value) => {
    expect([fits(value), isRead(value)]).toEqual([false, false]);
  });
});
