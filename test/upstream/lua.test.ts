/**
 * The same Lua scripts, run by the Rust s3sync and by ours: they print the same, and the target then holds the same.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { HeadObjectCommand } from "@aws-sdk/client-s3";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";
import { side, timeoutMs } from "./both.ts";
import { rustBinary } from "./rust-binary.ts";

const rust = rustBinary();

/** What is printed while the script is loaded. Times, addresses and integers beyond 53 bits are left out. */
const language = `
print(_VERSION, 7 // 2, -7 // 2, 7 % -3, 7.5 // 2, 1e15, 2^53, 10 / 2, 3 | 4, ~0, 1 << 40, 0xff, 1e100, 0.1)
print(5368709120 // 1024, 5368709120 * 3, 2147483647 + 1, math.type(1), math.type(1.0), math.tointeger(3.0))
print(string.format("%5.2f|%d|%x|%X|%5s|%-5s|%05d|%g|%q|%i|%e|%s", 3.14159, 5368709120, 255, 48879, "a", "b", 42, 1e20, "x", 3, 12345.678, nil))
print(("x"):rep(3, ","), ("abc"):byte(1, -1), utf8.char(228, 8364), utf8.len("äöü"), #"ä", ("%d+"):len())
print(("key=value"):match("(%w+)=(%w+)"), ("a,b,c"):gsub(",", ";"), ("hello"):find("l"), ("x"):upper())
print(table.concat({1, 2, 3}, "-"), select("#", 1, nil, 3), table.unpack({1, 2, 3}), next({}))
local t = {5, 2, 8, 1} table.sort(t, function(a, b) return a > b end) print(table.concat(t, " "))
print(pcall(error, {code = 1}), pcall(error, "text", 0), tostring(nil), tonumber("0x10"), tonumber("z", 36), tonumber("x"))
for i = 10, 1, -4 do io_i = i end print(io_i, 1 == 1.0, "10" + 5, "3" * "4", 10 .. "", -0.0, 1 / 0, -1 / 0)
goto done do print("not here") end ::done::
local limit <const> = 3 print(limit, (function(...) return select("#", ...) end)(1, 2, nil))
local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) print(co(1), co(10))
print(load("return 1 + 1")(), load("syntax error here"), string.pack("<i4", 100000):byte(1, -1))
print(os, io, debug, math.maxinteger ~= nil, #package.path > 0)
print(rawequal("a", "a"), rawlen({1, 2}), math.max(1, 2.5), math.floor(-3.5), math.ceil(3.2), math.abs(-4), 5 // 0.0)
`;

const scripts = {
  filter: `
${language}
function filter(object)
  print(object.key, object.version_id, object.e_tag, object.checksum_algorithm, object.is_delete_marker, type(object.last_modified))
  return object.key:match("%.txt$") ~= nil
end`,
  preprocess: `
function preprocess_callback(source, upload)
  print(source.key, source.content_type, source.content_length, source.e_tag, source.metadata and source.metadata.own)
  print(upload.content_type, upload.cache_control, upload.storage_class, upload.acl, upload.metadata and upload.metadata.own)
  if source.key:find("skip") then return false, upload end
  upload.metadata = { added = "by Lua", size = tostring(source.content_length) }
  upload.cache_control = "max-age=60"
  upload.content_type = "text/x-" .. source.key:match("%.(%w+)$")
  upload.tagging = "a=1&b=2"
  return true, upload
end`,
  event: `
function on_event(event)
  if event.event_type < 32768 then
    -- Ours tells the size from the start.
    local size = event.event_type ~= 8 and event.source_size or nil
    print(event.event_type, event.key, size, event.target_size, event.byte_written, event.source_etag, event.target_etag, event.dry_run)
  end
end`,
} as const;

/** Prints which fields an event has. */
const fieldsScript = `
function on_event(event)
  for name in pairs(event) do print(event.event_type .. " " .. name) end
end`;

interface Outcome {
  readonly exitCode: number;
  readonly printed: readonly string[];
  readonly state: unknown;
}

async function outcomeOf(
  program: readonly string[],
  kind: keyof typeof scripts,
  script: string,
  source: TestBucket,
  more: readonly string[] = [],
): Promise<Outcome> {
  using home = new TempDir();
  await using target = await TestBucket.create();
  const places = [source.url("p/"), target.url("q/")];
  const keys = kind === "event" && program[0] !== rust ? ["--upstream-event-keys"] : [];
  const args = [
    `--${kind}-callback-lua-script`,
    script,
    ...more,
    ...keys,
    ...side("source"),
    ...side("target"),
    ...places,
  ];
  const child = Bun.spawn([...program, "-qq", "--worker-size", "1", ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"], HOME: home.path, AWS_EC2_METADATA_DISABLED: "true" },
    timeout: timeoutMs,
  });
  const [out, exitCode] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  // Functions, tables and threads have addresses.
  const lines = out.trim().split("\n");
  const printed = lines.map((line) => line.replaceAll(/(function|table|thread): \S+/g, "$1"));
  return { exitCode, printed: printed.toSorted(), state: await stateOf(target) };
}

async function stateOf(bucket: TestBucket): Promise<unknown> {
  const heads = (await bucket.keys()).map(async (Key) => {
    const head = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key }));
    const { ETag, ContentType, CacheControl, Metadata, TagCount } = head;
    return [Key, { ETag, ContentType, CacheControl, Metadata, TagCount }];
  });
  return Promise.all(heads);
}

describe.skipIf(rust === undefined)("as in the Rust s3sync (where it is installed) works", () => {
  test.each(Object.entries(scripts))(
    "a script for %s",
    async (kind, text) => {
      using dir = new TempDir();
      const script = dir.write("script.lua", text);
      await using source = await TestBucket.create();
      await source.put("p/a.txt", "text", { ContentType: "text/plain", Metadata: { own: "x" } });
      await source.put("p/sub/b.html", "<p>", { CacheControl: "no-store", Tagging: "t=1" });
      await source.put("p/skip.txt", "skip");
      const [theirs, ours] = [[rust ?? ""], cliCommand()].map((program) =>
        outcomeOf(program, kind as keyof typeof scripts, script, source),
      );
      expect(await ours).toEqual((await theirs) as Outcome);
    },
    timeoutMs,
  );

  test.each([
    ["versions", ["--enable-versioning"]],
    // Upstream takes the ETag of other parts for a mismatch.
    ["parts", ["--multipart-threshold", "5MiB", "--disable-etag-verify"]],
    ["a filter by name", ["--filter-exclude-regex", "txt"]],
    ["a filter by time", ["--filter-mtime-before", "2000-01-01T00:00:00Z"]],
    ["a filter by type", ["--filter-exclude-content-type-regex", "text"]],
    ["a filter by metadata", ["--filter-exclude-metadata-regex", "own"]],
    ["a filter by tags", ["--filter-exclude-tag-regex", "t"]],
  ])(
    "%s: each field of each event that theirs gives, ours gives, too",
    async (what, more) => {
      using dir = new TempDir();
      const script = dir.write("script.lua", fieldsScript);
      await using source = await TestBucket.create();
      if (what === "versions") await source.keepVersions();
      const attributes = { ContentType: "text/plain", Metadata: { own: "x" }, Tagging: "t=1" };
      for (const text of ["1", "22"]) await source.put("p/a.txt", text, attributes);
      await source.put("p/large", Buffer.alloc(6 * 1024 * 1024));
      const [theirs, ours] = [[rust ?? ""], cliCommand()].map((program) =>
        outcomeOf(program, "event", script, source, more),
      );
      const given = new Set((await ours)?.printed);
      const wanted = (await theirs)?.printed ?? [];
      expect(wanted.length).toBeGreaterThan(20);
      expect([...new Set(wanted)].filter((line) => line !== "" && !given.has(line))).toEqual([]);
    },
    timeoutMs,
  );
});
