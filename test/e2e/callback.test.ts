/**
 * `--callback FILE` in the compiled program: TypeScript that was not there when it was built.
 *
 * @module
 */
import { expect, test } from "bun:test";
import path from "node:path";

import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { builtProgram } from "./built-program.ts";

const runIn = builtProgram();

const hooks = `
import { appendFileSync } from "node:fs";
import type { Filter, OnEvent, Preprocess } from "s3sync";
import { cachingOf } from "./caching.ts";

export const filter: Filter = ({ key, size }) => !key.endsWith(".tmp") && size < 100;

export const preprocess: Preprocess = async ({ key }, upload) => {
  if (key === "draft.html") return false;
  return { ...upload, cacheControl: await cachingOf(key) };
};

export const onEvent: OnEvent = (event) => {
  if (event.type === "synced") appendFileSync("heard", \`\${event.key}\\n\`);
};
`;
const caching = `
enum Caching { Short = "max-age=60", Long = "max-age=86400" }
export const cachingOf = async (key: string): Promise<string> =>
  key.endsWith(".css") ? Caching.Long : Caching.Short;
`;

test("a module, the module that it imports and the runtime's own are loaded and called", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  dir.write("hooks.ts", hooks);
  dir.write("caching.ts", caching);
  for (const name of ["a.css", "b.html", "c.tmp", "draft.html"]) dir.write(`site/${name}`, name);
  dir.write("site/large", "x".repeat(100));

  const args = ["--callback", "./hooks.ts", "-vv", "site", bucket.url()];
  const { exitCode, stdout, stderr } = await runIn(dir.path, args);
  expect({ exitCode, stderr: stderr.split("\n")[0] }).toEqual({
    exitCode: 0,
    stderr: expect.any(String),
  });
  expect(await bucket.keys()).toEqual(["a.css", "b.html"]);
  expect((await bucket.head("a.css")).CacheControl).toBe("max-age=86400");
  expect((await bucket.head("b.html")).CacheControl).toBe("max-age=60");
  const heard = Buffer.from(dir.read("heard")).toString().trim().split("\n");
  expect(heard.toSorted()).toEqual(["a.css", "b.html"]);
  expect(stdout).toMatch(/key="?c\.tmp"? .*reason="?callback"?/);
  expect(stdout).toMatch(/key="?draft\.html"? .*reason="?preprocess"?/);
}, 30_000);

test("an error in it ends the run with 1, and in what only hears with 0", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  dir.write("site/a", "a");
  dir.write("throws.ts", 'export const filter = () => { throw new Error("no idea"); };');
  const args = ["--callback", "throws.ts", "site", bucket.url()];
  expect(await runIn(dir.path, args)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the callback filter failed for "a": Error: no idea'),
  });
  expect(await bucket.keys()).toEqual([]);

  dir.write("deaf.ts", 'export const onEvent = () => { throw new Error("no idea"); };');
  const deaf = await runIn(dir.path, ["--callback", "deaf.ts", "site", bucket.url()]);
  expect(deaf).toMatchObject({ exitCode: 0 });
  expect(deaf.stdout.match(/the callback onEvent failed: Error: no idea/g)).toHaveLength(1);
  expect(await bucket.keys()).toEqual(["a"]);
}, 30_000);

test("a file of jobs that merely lies there does not run code", async () => {
  using dir = new TempDir();
  dir.write(
    "hooks.ts",
    'import fs from "node:fs"; fs.writeFileSync("ran", ""); export const filter = () => true;',
  );
  dir.write("site/a", "a");
  await using bucket = await TestBucket.create();
  const job = `source = "site"\ntarget = "${bucket.url()}"\ncallback = "hooks.ts"\n`;
  dir.write("s3sync.toml", `[jobs.a]\n${job}`);
  expect(await runIn(dir.path, ["run", "a"])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(
      "s3sync.toml: callback runs code, and nobody has named the file",
    ),
  });
  expect(dir.files()).not.toContain("ran");

  const args = ["run", "--config", "s3sync.toml", "a"];
  expect(await runIn(dir.path, args)).toMatchObject({ exitCode: 0 });
  expect(dir.files()).toContain("ran");
}, 30_000);

test.each(["allow-lua-os-library", "allow-lua-unsafe-vm"])(
  "a file of jobs that merely lies there does not open the fence of scripts by %s",
  async (option) => {
    using dir = new TempDir();
    dir.write("s3sync.toml", `[jobs.a]\nsource = "."\ntarget = "s3://b/"\n${option} = true\n`);
    expect(await runIn(dir.path, ["run", "a"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`${option} runs code, and nobody has named the file`),
    });
  },
);

test("what cannot be loaded is told with its place, and ends with 2", async () => {
  using dir = new TempDir();
  const file = dir.write("broken.ts", "export const filter = () => true;\nexport const b = ;\n");
  const args = ["--callback", "broken.ts", dir.path, "s3://bucket/"];
  expect(await runIn(dir.path, args)).toMatchObject({
    exitCode: 2,
    stdout: "",
    stderr: expect.stringContaining(`--callback broken.ts: Unexpected ; (${file}:2:18)`),
  });
  const none = ["--callback", path.join("no", "such.ts"), dir.path, "s3://bucket/"];
  expect(await runIn(dir.path, none)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("such.ts: there is no such file"),
  });
}, 30_000);
