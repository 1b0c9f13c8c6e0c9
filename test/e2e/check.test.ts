/**
 * `s3sync check` as a process: what it prints, how it ends, and how much memory it takes.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand, type CliOptions, type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { KiB, MiB, randomBytes } from "../support/trees.ts";
import { canMeasure, runMeasured } from "./measured.ts";

let dir: TempDir;
let bucket: TestBucket;

beforeAll(async () => {
  dir = new TempDir();
  bucket = await TestBucket.create();
  for (const name of ["same", "odd\tkey"]) {
    dir.write(`files/${name}`, "x");
    await bucket.put(`same/${name}`, "x");
    await bucket.put(`apart/${name}`, name === "same" ? "y" : "x");
  }
  await bucket.put("apart/extra", "x");
});
afterAll(async () => {
  dir[Symbol.dispose]();
  await bucket[Symbol.asyncDispose]();
});

function check(
  prefix: string,
  args: readonly string[] = [],
  more: CliOptions = {},
): Promise<CliResult> {
  const env = { ...serverEnv(httpServer()), ...more.env };
  return runCli(["check", ...args, dir.at("files"), bucket.url(prefix)], { ...more, env });
}

const apart = [
  "only-in-target\textra",
  expect.stringMatching(/^differs {7}\tsame\tETag [0-9a-f]{32}, not [0-9a-f]{32}$/),
];

describe("a check", () => {
  test("of two sides that agree says nothing on stdout, and ends with 0", async () => {
    expect(await check("same/")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "s3sync: 2 the same (2 by ETag), 2 B read\n",
    });
  });

  test("has a line for each difference, in columns, and ends with 3", async () => {
    const { exitCode, stdout, stderr } = await check("apart/");
    expect(exitCode).toBe(3);
    expect(stdout.trimEnd().split("\n").toSorted()).toEqual(apart.toReversed());
    expect(stderr).toBe(
      "s3sync: 1 the same (1 by ETag), 1 different, 1 only in TARGET, 2 B read\n",
    );
  });

  test.each([
    [["-v"], 3],
    [["-q"], 2],
    [["-qq"], 0],
  ] as const)("with %j tells as many lines as that says", async (args, count) => {
    const { stdout, stderr, exitCode } = await check("apart/", args);
    expect(stdout.split("\n").filter((line) => line !== "")).toHaveLength(count);
    expect(stderr.includes("different")).toBe(args[0] === "-v");
    expect(exitCode).toBe(3);
    // No tab of a key is one between columns.
    if (args[0] === "-v") expect(stdout).toContain("same          \todd\\tkey\tetag\n");
  });

  test("as JSON is one object a line, the summary last, and nothing on stderr", async () => {
    const { stdout, stderr } = await check("apart/", ["--json-tracing", "--sample", "2"]);
    const records = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(stderr).toBe("");
    expect(records).toHaveLength(3);
    expect(records.at(-1)).toMatchObject({
      ...{ name: "CHECK_SUMMARY", only_in_target: 1, sample: "2" },
      sample_seed: expect.any(Number),
    });
    expect(records).toContainEqual(
      expect.objectContaining({ name: "CHECK", verdict: "only-in-target", key: "extra" }),
    );
  });

  test("with a sample tells the seed that draws it again", async () => {
    const args = ["-v", "--sample=1"];
    const first = await check("same/", args);
    const [, seed = ""] = /sample of 1, seed (\d+)$/m.exec(first.stderr) ?? [];
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("alike") });
    expect(await check("same/", [...args, "--sample-seed", seed])).toEqual(first);
  });

  test("that nobody reads to its end has not proven anything", async () => {
    const command = [...cliCommand(), "check", "-v", dir.at("files"), bucket.url("same/")];
    const quoted = command.map((word) => `'${word}'`).join(" ");
    const shell = Bun.spawn(["bash", "-c", `set -o pipefail; ${quoted} | true`], {
      env: { ...process.env, ...serverEnv(httpServer()) },
      stderr: "ignore",
    });
    expect(await shell.exited).toBeOneOf([0, 3]);
  });

  test("of what cannot be reached ends with 1, and says why", async () => {
    const { exitCode, stderr } = await check("same/", [
      "--target-secret-access-key=no",
      "--target-access-key=no",
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("InvalidAccessKeyId");
  });

  test.each([
    [["check", "a"], "s3sync"],
    [["check", "--delete", "a", "s3://b/"], "--delete means nothing to check"],
    [["check", "--sample", "0", "a", "s3://b/"], "--sample"],
    [["check", "a", "a"], "are the same"],
    [["check", ".", "./nowhere"], "TARGET ./nowhere does not exist"],
    [["check", "./nowhere", "."], "SOURCE ./nowhere does not exist"],
    [["--read-data", "a", "s3://b/"], "--read-data belongs to s3sync check"],
  ] as const)("%j is bad usage", async (args, message) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });

  test("has help of its own, with its options and no others", async () => {
    const { exitCode, stdout } = await runCli(["check", "--help"]);
    expect(exitCode).toBe(0);
    for (const text of [
      "--read-data",
      "--sample SAMPLE",
      "--exclude",
      "--source-sse-c-key",
      "unproven",
    ]) {
      expect(stdout).toContain(text);
    }
    for (const text of ["--delete", "--dry-run", "--storage-class"]) {
      expect(stdout).not.toContain(`  ${text}`);
    }
  });

  test("takes defaults of a file, and what is set for all runs does not stop others", async () => {
    const { endpoint } = httpServer();
    const text = `[defaults]\nendpoint-url = "${endpoint}"\ndelete = true\nmax-delete = "10%"\n`;
    const config = dir.write("s3sync.toml", text);
    const ofCleanup = { S3SYNC_OLDER_THAN: "2d", S3SYNC_OTHERS: "1" };
    const env = { S3SYNC_SAMPLE: "1", S3SYNC_SAMPLE_SEED: "4", ...ofCleanup };
    const result = await check("same/", ["--config", config], {
      env: { ...env, AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
    });
    expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("seed 4") });
    const run = ["--dry-run", dir.at("files"), bucket.url("same/")];
    expect((await runCli(run, { env: { ...env, ...serverEnv(httpServer()) } })).exitCode).toBe(0);
  });
});

describe.skipIf(!canMeasure)("memory (needs /proc)", () => {
  /** What the runtime takes whatever is done: see memory.test.ts. */
  const most = 192 * MiB;
  const timeoutMs = 120_000;

  test(
    "does not grow with objects, nor with their size, when both sides are read",
    async () => {
      using one = new TempDir();
      using other = new TempDir();
      const bytes = randomBytes("memory", 8 * KiB);
      for (let index = 0; index < 5000; index++) one.write(`${index % 100}/${index}`, bytes);
      const large = one.write("large");
      fs.truncateSync(large, 512 * MiB);
      fs.cpSync(one.path, other.path, { recursive: true });
      const args = ["check", "--read-data", "--json-tracing", one.path, other.path];
      const { exitCode, stdout, peak } = await runMeasured(args);
      expect(JSON.parse(stdout)).toMatchObject({ same_by_bytes: 5001, differs: 0 });
      expect(exitCode).toBe(0);
      expect(peak).toBeLessThan(most);
    },
    timeoutMs,
  );

  test(
    "nor with objects that are told",
    async () => {
      using one = new TempDir();
      for (let index = 0; index < 50_000; index++) {
        fs.mkdirSync(one.at(`${index % 100}`), { recursive: true });
        fs.closeSync(fs.openSync(one.at(`${index % 100}`, `${index}`), "w"));
      }
      using other = new TempDir();
      const { stdout, peak } = await runMeasured(["check", one.path, other.path]);
      expect(stdout.split("\n")).toHaveLength(50_001);
      expect(peak).toBeLessThan(most);
    },
    timeoutMs,
  );
});
