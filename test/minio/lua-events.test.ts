/**
 * What event scripts hear of whole runs against a real server.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const dir = new TempDir();
let bucket: TestBucket;

/** A line for each event: its number, its key, and its fields besides those that all have. */
const script = `
  function on_event(event)
    local names = {}
    for name in pairs(event) do names[#names + 1] = name end
    table.sort(names)
    print(("EVENT %d %s %s"):format(math.log(event.event_type, 2) // 1, event.key or "-", table.concat(names, ",")))
  end`;

beforeAll(async () => {
  bucket = await TestBucket.create();
  dir.write("events.lua", script);
});
afterAll(async () => {
  await bucket[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** `number key` of all events, and the fields of each number. */
async function events(args: readonly string[]): Promise<{
  heard: readonly string[];
  fields: Readonly<Record<string, string>>;
  exitCode: number;
}> {
  const options = ["--event-callback-lua-script", dir.at("events.lua")];
  const { stdout, exitCode } = await runCli([...options, ...args], {
    env: serverEnv(httpServer()),
  });
  const lines = [...stdout.matchAll(/^EVENT (\d+) (\S+) (\S+)$/gm)];
  const fields = Object.fromEntries(lines.map(([, number = "", , names = ""]) => [number, names]));
  return { heard: lines.map(([, number, key]) => `${number} ${key}`), fields, exitCode };
}

test("an upload is heard from its start to its counters, in upstream's order", async () => {
  dir.write("up/a", "text");
  const { heard, fields, exitCode } = await events([dir.at("up"), bucket.url("up/")]);
  expect(exitCode).toBe(0);
  expect(heard[0]).toBe("1 -");
  expect(heard.slice(-2)).toEqual(["2 -", "15 -"]);
  expect(heard.filter((each) => each.endsWith(" a"))).toEqual(["3 a", "13 a", "4 a", "6 a"]);
  expect(fields["4"]).toContain("source_last_modified,source_size,target_key,target_size");
  expect(fields["6"]).toContain("target_etag");
  expect(fields["15"]?.match(/stats_/g)).toHaveLength(13);
});

test("each part is heard with its number and its upload", async () => {
  dir.write("parts/a", Buffer.alloc(11 * 1024 * 1024));
  const args = ["--multipart-chunksize", "5MiB", "--multipart-threshold", "5MiB"];
  const { heard, fields } = await events([...args, dir.at("parts"), bucket.url("parts/")]);
  expect(heard.filter((each) => each === "13 a")).toHaveLength(3);
  expect(fields["13"]).toContain("part_number,source_key,source_size,target_key,upload_id");
});

needing("keeps versions").test(
  "versions are heard by their names, from the start to the proof",
  async () => {
    await using versioned = await TestBucket.create();
    await versioned.keepVersions();
    for (const text of ["1", "2"]) await versioned.put("from/a", text);
    const args = ["--enable-versioning", versioned.url("from/"), versioned.url("to/")];
    const { heard, fields } = await events(args);
    expect(heard.filter((each) => each.endsWith("a"))).toEqual([
      ...["3 a", "13 a", "4 a", "6 a", "3 a", "13 a", "4 a", "6 a"],
    ]);
    for (const number of ["3", "13", "4", "6"]) {
      expect(fields[number]).toContain("source_version_id");
    }
    for (const number of ["4", "6"]) expect(fields[number]).toContain("target_version_id");
  },
);

test("--upstream-event-keys gives full keys where upstream does", async () => {
  dir.write("full/a", "text");
  const { heard } = await events(["--upstream-event-keys", dir.at("full"), bucket.url("full/")]);
  expect(heard.filter((each) => each.endsWith("a"))).toEqual([
    ...["3 a", "13 full/a", "4 full/a", "6 full/a"],
  ]);
});

test("what is the same, what is filtered and what is deleted", async () => {
  dir.write("rest/same", "1");
  dir.write("rest/left.tmp", "2");
  await bucket.put("rest/same", "1");
  await bucket.put("rest/gone", "3");
  const filter = ["--filter-exclude-regex", "tmp$", "--delete"];
  const { heard, fields } = await events([...filter, dir.at("rest"), bucket.url("rest/")]);
  expect(heard.filter((each) => !each.endsWith("-")).toSorted()).toEqual([
    ...["14 left.tmp", "14 same", "5 gone"],
  ]);
  expect(fields["14"]).toContain("message");
});

needing("checks checksums").test("additional checksums", async () => {
  dir.write("sum/a", "text");
  const args = ["--additional-checksum-algorithm", "SHA256", dir.at("sum"), bucket.url("sum/")];
  const { heard, fields } = await events(args);
  expect(heard).toContain("7 a");
  expect(fields["7"]).toContain("checksum_algorithm");
});

test("dry runs", async () => {
  dir.write("dry/a", "text");
  const { heard } = await events(["--dry-run", dir.at("dry"), bucket.url("dry/")]);
  expect(heard).toContain("4 a");
  expect(await bucket.keys("dry/")).toEqual([]);
});

test("a run that fails", async () => {
  const nowhere = `s3://no-such-bucket-${crypto.randomUUID()}/`;
  const { heard, fields, exitCode } = await events([dir.at("up"), nowhere]);
  expect(exitCode).toBe(1);
  expect(heard.some((each) => each.startsWith("11 "))).toBe(true);
  expect(heard.slice(-2)).toEqual(["2 -", "15 -"]);
  expect(fields["2"]).toContain("message");
});
