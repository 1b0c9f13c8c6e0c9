/**
 * The Lua in README.md, as somebody would copy it.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { readmeFile } from "../support/option-reference.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

/** Each begins with its name. */
const recipes = [
  ...fs.readFileSync(readmeFile, "utf8").matchAll(/```lua\n(-- ([\w.]+).*?)```/gs),
].map(([, text = "", name = ""]) => [name, text] as const);

const dir = new TempDir();
let bucket: TestBucket;

beforeAll(async () => {
  bucket = await TestBucket.create();
  for (const [name, text] of recipes) dir.write(name, text);
});
afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

function sync(kind: string, script: string, below: string): Promise<CliResult> {
  const args = [`--${kind}-callback-lua-script`, script, below, bucket.url(`${below}/`)];
  return runCli(args, { cwd: dir.path, env: serverEnv(httpServer()) });
}

test("no block is left out", () => {
  const blocks = fs.readFileSync(readmeFile, "utf8").match(/```lua\n/g) ?? [];
  expect(recipes.map(([name]) => name)).toEqual(["skip.lua", "headers.lua", "told.lua"]);
  expect(blocks).toHaveLength(recipes.length);
});

test("skip.lua: by size and age", async () => {
  const [old, young] = [new Date("2025-12-31T12:00:00Z"), new Date("2026-01-01T12:00:00Z")];
  const large = Buffer.alloc(1024 * 1024 + 1);
  dir.write("age/large-old", large, old);
  dir.write("age/large-young", large, young);
  dir.write("age/small-old", large.subarray(1), old);
  expect((await sync("filter", "skip.lua", "age")).exitCode).toBe(0);
  expect(await bucket.keys("age/")).toEqual(["age/large-young", "age/small-old"]);
});

test("headers.lua: by extension, and no drafts", async () => {
  for (const name of ["a.html", "b.css", "drafts/c.html"]) dir.write(`site/${name}`, name);
  expect((await sync("preprocess", "headers.lua", "site")).exitCode).toBe(0);
  expect(await bucket.keys("site/")).toEqual(["site/a.html", "site/b.css"]);
  const [html, css] = [await bucket.head("site/a.html"), await bucket.head("site/b.css")];
  expect([html.CacheControl, css.CacheControl]).toEqual(["no-cache", "max-age=86400"]);
  expect(html.Metadata).toEqual({ from: "site/a.html" });
});

test("told.lua: what was written, and the counters", async () => {
  for (const name of ["a", "b"]) dir.write(`told/${name}`, name);
  const { exitCode, stdout } = await sync("event", "told.lua", "told");
  expect(exitCode).toBe(0);
  expect(stdout.trim().split("\n").toSorted()).toEqual(["2 objects", "wrote a", "wrote b"]);
});
