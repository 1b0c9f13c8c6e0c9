/**
 * Lua scripts in the compiled program.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { builtProgram } from "./built-program.ts";

const runIn = builtProgram();

test("scripts of all kinds work, with a module of theirs", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  dir.write(
    "names.lua",
    'return { isDraft = function(key) return key:find("draft", 1, true) ~= nil end }',
  );
  dir.write(
    "filter.lua",
    'local n = require("names") function filter(o) return o.size < 100 and not n.isDraft(o.key) end',
  );
  dir.write(
    "pre.lua",
    "function preprocess_callback(o, u) u.metadata = { by = _VERSION } return true, u end",
  );
  dir.write(
    "event.lua",
    'function on_event(e) if e.event_type == 1 << 4 then print("heard " .. e.key) end end',
  );
  for (const name of ["a", "draft.txt"]) dir.write(`site/${name}`, name);
  dir.write("site/large", "x".repeat(100));

  const args = [
    ...[
      "--filter-callback-lua-script",
      "filter.lua",
      "--preprocess-callback-lua-script",
      "pre.lua",
    ],
    ...["--event-callback-lua-script", "event.lua", "site", bucket.url()],
  ];
  const { exitCode, stdout } = await runIn(dir.path, args);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("heard a\n");
  expect(await bucket.keys()).toEqual(["a"]);
  expect((await bucket.head("a")).Metadata).toEqual({ by: "Lua 5.4" });
}, 30_000);

test("a script that never ends is ended", async () => {
  using dir = new TempDir();
  dir.write("f.lua", "while true do pcall(function() while true do end end) end");
  const limit = "--lua-callback-timeout-milliseconds=200";
  const args = ["--filter-callback-lua-script", "f.lua", limit, ".", "s3://no-bucket/"];
  const { exitCode, stderr } = await runIn(dir.path, args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("took too long");
}, 30_000);
