/**
 * What a status report looks like, and how it ends.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

let dir: TempDir;
let bucket: TestBucket;

beforeAll(async () => {
  dir = new TempDir();
  bucket = await TestBucket.create();
  dir.write("same", "same");
  dir.write('odd "key", here', "x");
  await bucket.put("same/same", "same");
  await bucket.put('same/odd "key", here', "x");
  await bucket.put("extra/same", "same");
  await bucket.put('extra/odd "key", here', "x");
  await bucket.put("extra/extra", "x");
  await bucket.put("apart/same", "SAME");
});
afterAll(async () => {
  dir[Symbol.dispose]();
  await bucket[Symbol.asyncDispose]();
});

function run(prefix: string, ...args: readonly string[]): Promise<CliResult> {
  return runCli(["--report-sync-status", ...args, dir.path, bucket.url(prefix)], {
    env: serverEnv(httpServer()),
  });
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

describe("a status report", () => {
  test("is records on stdout, the summary last, and nothing else", async () => {
    const { exitCode, stdout } = await run("same/", "--json-tracing");
    expect(exitCode).toBe(0);
    const records = linesOf(stdout).map((line) => (JSON.parse(line) as { fields: object }).fields);
    expect(records).toHaveLength(3);
    expect(records.slice(0, 2)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: "SYNC_STATUS",
          type: "ETAG",
          status: "MATCHES",
          key: "same",
        }),
      ]),
    );
    expect(Object.entries(records.at(-1) ?? {}).slice(0, 3)).toEqual([
      ["name", "REPORT_SUMMARY"],
      ["number_of_objects", 2],
      ["etag_matches", 2],
    ]);
  });

  test("as text ends with its summary, however quiet the run is to be", async () => {
    for (const flags of [[], ["-q"], ["-qq"]]) {
      const { stdout, stderr } = await run("same/", ...flags);
      expect(linesOf(stdout).at(-1)).toMatch(
        /Z {2}INFO name="REPORT_SUMMARY" number_of_objects=2 /,
      );
      expect(stderr).not.toContain("transferred");
    }
  });

  test.each([
    ["same/", [], 0],
    ["apart/", [], 3],
    ["nothing/", [], 3],
    ["extra/", [], 0],
    ["extra/", ["--report-extra-as-mismatch"], 3],
  ] as const)("of %s with %j ends with %d", async (prefix, args, code) => {
    expect((await run(prefix, ...args)).exitCode).toBe(code);
  });

  test("changes nothing", async () => {
    await run("apart/");
    expect(await bucket.keys("apart/")).toEqual(["apart/same"]);
    expect(Buffer.from(await bucket.get("apart/same")).toString()).toBe("SAME");
  });
});

describe("--report-file", () => {
  test("has the same as JSON, one object a line", async () => {
    using out = new TempDir();
    const { exitCode } = await run("extra/", "--report-file", out.at("report.jsonl"));
    expect(exitCode).toBe(0);
    const records = linesOf(fs.readFileSync(out.at("report.jsonl"), "utf8")).map(
      (line) => JSON.parse(line) as Record<string, unknown>,
    );
    expect(records.map(({ key, status }) => [key, status])).toEqual([
      ...[
        ["extra", "NOT_FOUND_IN_SOURCE"],
        ['odd "key", here', "MATCHES"],
        ["same", "MATCHES"],
      ],
      [undefined, undefined],
    ]);
    expect(records.at(-1)).toMatchObject({ name: "REPORT_SUMMARY", not_found_in_source: 1 });
  });

  test("is CSV by its name", async () => {
    using out = new TempDir();
    await run("apart/", "--report-file", out.at("report.csv"));
    const lines = linesOf(fs.readFileSync(out.at("report.csv"), "utf8"));
    expect(lines[0]).toStartWith("name,type,status,key,");
    expect(lines.slice(1).toSorted()).toEqual([
      expect.stringMatching(/^SYNC_STATUS,ETAG,MISMATCH,same,,,,[0-9a-f]{32},[0-9a-f]{32},,,/),
      expect.stringMatching(/^SYNC_STATUS,EXISTENCE,NOT_FOUND,"odd ""key"", here",/),
    ]);
  });

  test("that cannot be made is bad usage, and nothing is compared", async () => {
    const below = dir.at("same", "x");
    const { exitCode, stdout, stderr } = await run("same/", "--report-file", below);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("--report-file cannot be written");
  });

  test("needs --report-sync-status", async () => {
    const { exitCode } = await runCli(["--report-file", "x", dir.path, bucket.url()]);
    expect(exitCode).toBe(2);
  });
});
