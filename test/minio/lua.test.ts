/**
 * Lua scripts on a real server: upstream's cases, and what is different on purpose.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

type Kind = "filter" | "preprocess" | "event";
const kinds: readonly Kind[] = ["filter", "preprocess", "event"];

const dir = new TempDir();
let bucket: TestBucket;
let number = 0;

beforeAll(async () => {
  bucket = await TestBucket.create();
  for (const name of ["a", "b.tmp", "sub/c"]) dir.write(`site/${name}`, name);
});
afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** Functions of each kind that do nothing but run some Lua first. */
function functionWith(kind: Kind, body: string): string {
  return {
    filter: `function filter(object) ${body} return true end`,
    preprocess: `function preprocess_callback(object, upload) ${body} return true, upload end`,
    event: `function on_event(event) ${body} end`,
  }[kind];
}

/** A new prefix in the bucket. */
function newPrefix(): string {
  number += 1;
  return `${number}/`;
}

function option(kind: Kind, script: string): string[] {
  number += 1;
  return [`--${kind}-callback-lua-script`, dir.write(`${number}.lua`, script)];
}

/** Uploads `site` with a script. */
async function upload(
  kind: Kind,
  script: string,
  ...more: readonly string[]
): Promise<CliResult & { keys: readonly string[]; prefix: string }> {
  const prefix = newPrefix();
  const args = [...option(kind, script), ...more, dir.at("site"), bucket.url(prefix)];
  const result = await runCli(args, { env: serverEnv(httpServer()) });
  const keys = (await bucket.keys(prefix)).map((key) => key.slice(prefix.length));
  return { ...result, keys, prefix };
}

describe.each(kinds)("a script for %s", (kind) => {
  test("works", async () => {
    const result = await upload(kind, functionWith(kind, 'print("heard")'));
    expect(result).toMatchObject({ exitCode: 0, keys: ["a", "b.tmp", "sub/c"] });
    expect(result.stdout.match(/^heard$/gm)?.length).toBeGreaterThanOrEqual(3);
  });

  test("that is not there is refused", async () => {
    const args = [`--${kind}-callback-lua-script`, dir.at("none.lua"), dir.at("site")];
    const result = await runCli([...args, bucket.url(newPrefix())]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(`--${kind}-callback-lua-script: there is no such file`);
  });

  test.each([
    ["a mistake in its syntax", "x = = 1", "1.lua:1: unexpected symbol near '='"],
    ["an error", '\nerror("no idea")', "no idea"],
    ["no such function", "x = 1", "it has no function"],
    ["another function only", "function other() end", "it has no function"],
    ["os, which it may not have", "local now = os.time()", "attempt to index a nil value"],
    ["io, which it may not have", 'io.open("x")', "attempt to index a nil value"],
    ["too much memory", 'local s = "x" while true do s = s .. s end', "not enough memory"],
  ])("is refused when loading it meets %s", async (_what, script, message) => {
    const result = await upload(kind, script, "--lua-vm-memory-limit=8MiB");
    expect(result).toMatchObject({ exitCode: 2, keys: [] });
    expect(result.stderr).toContain(message.replace(/^1\.lua/, ""));
  });

  test("that never ends while it is loaded is refused in time", async () => {
    const limit = "--lua-callback-timeout-milliseconds=200";
    const result = await upload(kind, "while true do end", limit);
    expect(result).toMatchObject({ exitCode: 2, keys: [] });
    expect(result.stderr).toContain("took too long");
  });

  test.each([
    ["an error", 'error("no idea")', "no idea"],
    ["a call of nothing", "nothing()", "attempt to call a nil value (global 'nothing')"],
    ["too much memory", 'local s = "x" while true do s = s .. s end', "not enough memory"],
    ["no end", "while true do pcall(function() while true do end end) end", "took too long"],
    ["os, which it may not have", "os.time()", "attempt to index a nil value (global 'os')"],
  ])("fails by %s", async (_what, body, message) => {
    const limits = ["--lua-vm-memory-limit=8MiB", "--lua-callback-timeout-milliseconds=300"];
    const result = await upload(kind, functionWith(kind, body), ...limits);
    const { exitCode, keys, stdout, stderr } = result;
    const isHarmless = kind === "event";
    expect({ exitCode, keys }).toEqual({
      exitCode: isHarmless ? 0 : 1,
      keys: isHarmless ? ["a", "b.tmp", "sub/c"] : [],
    });
    expect(stdout + stderr).toContain(message);
  });

  test.each([
    [["--allow-lua-os-library"], "number function nil"],
    [["--allow-lua-unsafe-vm"], "number function table"],
  ])("has more libraries with %p", async (more, text) => {
    const body = "print(type(os.time()), type(io.open), type(debug))";
    const result = await upload(kind, functionWith(kind, body), ...more);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain(text.replaceAll(" ", "\t"));
  });
});

describe("filter", () => {
  test("leaves out what it returns false or nil for, and takes a number for true", async () => {
    const script = `local answers = { a = 0, ["b.tmp"] = false }
      function filter(object) return answers[object.key] end`;
    expect(await upload("filter", script)).toMatchObject({ exitCode: 0, keys: ["a"] });
  });

  test("is given key, full key, size and time", async () => {
    const script = `function filter(o)
      print(o.key, o.source_key, math.type(o.size), o.size, o.last_modified, o.e_tag, o.version_id)
      return true end`;
    const { stdout } = await upload("filter", script);
    expect(stdout).toMatch(
      /^sub\/c\t\S*\/site\/sub\/c\tinteger\t5\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\tnil\tnil$/m,
    );
  });

  test("is asked in dry runs, before the update check, and for local targets", async () => {
    using back = new TempDir();
    const script = `function filter(o) print("asked of " .. o.key) return o.key ~= "a" end`;
    const { prefix } = await upload("filter", functionWith("filter", ""));
    const args = option("filter", script);
    const env = serverEnv(httpServer());
    const dry = await runCli([...args, "--dry-run", dir.at("site"), bucket.url(prefix)], { env });
    expect(dry.stdout.match(/asked of \S+/g)?.toSorted()).toEqual([
      ...["asked of a", "asked of b.tmp", "asked of sub/c"],
    ]);
    const down = await runCli([...args, bucket.url(prefix), back.path], { env });
    expect(down.exitCode).toBe(0);
    expect(back.files()).toEqual(["b.tmp", "sub/c"]);
  });

  needing("keeps versions").test("is asked of versions and delete markers", async () => {
    await using source = await TestBucket.create();
    await using target = await TestBucket.create();
    for (const each of [source, target]) await each.keepVersions();
    await source.put("p/x", "1");
    await source.remove(["p/x"]);
    const script = `function filter(o)
      print(o.key, o.source_key, o.is_latest, o.is_delete_marker, type(o.version_id), o.size)
      return true end`;
    const args = [...option("filter", script), "--enable-versioning"];
    const places = [source.url("p/"), target.url()];
    const result = await runCli([...args, ...places], { env: serverEnv(httpServer()) });
    expect(result.exitCode).toBe(0);
    const lines = result.stdout.split("\n").filter((line) => line.includes("\t"));
    expect(lines.toSorted()).toEqual([
      "x\tp/x\tfalse\tfalse\tstring\t1",
      "x\tp/x\ttrue\ttrue\tstring\t0",
    ]);
  });
});

describe("preprocess", () => {
  const change = (body: string): string =>
    `function preprocess_callback(object, upload) ${body} return true, upload end`;

  needing("keeps and counts tags").test("changes headers, metadata and tags", async () => {
    const script = change(`
      upload.cache_control = "max-age=" .. object.content_length * 10
      upload.content_type = "text/x-lua"
      upload.content_language = "de"
      upload.content_disposition = "attachment"
      upload.expires_string = "2030-01-02T03:04:05Z"
      upload.metadata = { from = object.key, kind = "lua" }
      upload.tagging = "one=1&two=a%20b"`);
    const { prefix, exitCode } = await upload("preprocess", script);
    expect(exitCode).toBe(0);
    expect(await bucket.head(`${prefix}sub/c`)).toMatchObject({
      CacheControl: "max-age=50",
      ContentType: "text/x-lua",
      ContentLanguage: "de",
      ContentDisposition: "attachment",
      Metadata: { from: `${prefix}sub/c`, kind: "lua" },
    });
    expect((await bucket.head(`${prefix}a`)).TagCount).toBe(2);
  });

  test("clears every field that it does not give back", async () => {
    const options = ["--cache-control=no-cache", "--metadata=a=1", "--content-language=de"];
    const script = "function preprocess_callback() return true, {} end";
    const { prefix } = await upload("preprocess", script, ...options);
    const head = await bucket.head(`${prefix}a`);
    expect([head.CacheControl, head.ContentLanguage, head.Metadata]).toEqual([
      undefined,
      undefined,
      {},
    ]);
  });

  test("skips what it returns false for", async () => {
    const script = `function preprocess_callback(object, upload)
      return object.key:sub(-4) ~= ".tmp", upload end`;
    const heard = "function on_event(e) if e.event_type == 4096 then print(e.key) end end";
    const result = await upload("preprocess", script, ...option("event", heard));
    expect(result).toMatchObject({ exitCode: 0, keys: ["a", "sub/c"] });
    expect(result.stdout).toContain("b.tmp\n");
  });

  const refused = async (script: string, message: string): Promise<void> => {
    const { exitCode, keys, stderr } = await upload("preprocess", script);
    expect({ exitCode, keys }).toEqual({ exitCode: 1, keys: [] });
    expect(stderr).toContain(message);
  };

  const refusing = needing("refuses storage classes that there are not");
  refusing.test("that gives back a storage class that there is not ends the run", async () => {
    await refused(change('upload.storage_class = "CHEAP"'), "torage");
  });

  test.each([
    ["an ACL that there is not", change('upload.acl = "everybody"'), "acl"],
    ["somebody else who pays", change('upload.request_payer = "you"'), "requestPayer"],
    ["no time", change('upload.expires_string = "soon"'), "expires_string must be a time"],
    ["metadata that is no table", change("upload.metadata = 5"), "metadata must be a table"],
    ["a table as a header", change("upload.cache_control = {}"), "cache_control must be a string"],
    ["no table", "function preprocess_callback() return true end", "must return a table"],
    ["nothing", "function preprocess_callback() end", "must return true or false"],
    ["a number", "function preprocess_callback(o, u) return 1, u end", "true or false"],
    ["a table only", "function preprocess_callback(o, u) return u end", "true or false"],
  ])("that gives back %s ends the run", async (_what, script, message) => refused(script, message));

  test("is not called in dry runs nor for local targets", async () => {
    using back = new TempDir();
    const script = functionWith("preprocess", 'error("called")');
    const dry = await upload("preprocess", script, "--dry-run");
    expect(dry).toMatchObject({ exitCode: 0, keys: [] });
    const { prefix } = await upload("filter", functionWith("filter", ""));
    const args = [...option("preprocess", script), bucket.url(prefix), back.path];
    const down = await runCli(args, { env: serverEnv(httpServer()) });
    expect(down.exitCode).toBe(0);
    expect(back.files()).toEqual(["a", "b.tmp", "sub/c"]);
  });
});

test("what scripts print goes to stdout, in order", async () => {
  const script = `local n = 0
    function filter(o) for i = 1, 100 do n = n + 1 print("line " .. n) end return true end`;
  const { stdout, exitCode } = await upload("filter", script);
  expect(exitCode).toBe(0);
  const lines = stdout.split("\n").filter((line) => line.startsWith("line "));
  expect(lines).toEqual(Array.from({ length: 300 }, (_, index) => `line ${index + 1}`));
});

test("a script may require another that lies beside the working directory", async () => {
  dir.write("wanted.lua", 'return { is = function(key) return key == "a" end }');
  dir.write("main.lua", `local w = require("wanted") function filter(o) return w.is(o.key) end`);
  const args = ["--filter-callback-lua-script", "main.lua", "site"];
  const prefix = newPrefix();
  const env = serverEnv(httpServer());
  const result = await runCli([...args, bucket.url(prefix)], { cwd: dir.path, env });
  expect(result.exitCode).toBe(0);
  expect(await bucket.keys(prefix)).toEqual([`${prefix}a`]);
});
