/**
 * What goes where: logs to stdout, progress, summary and errors to stderr; levels, JSON, and readers that go
 * away.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand, type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { KiB, plant, randomBytes, secondsAgo } from "../support/trees.ts";

const summaryLine =
  /^\S+ \S+ \| \S+ \S+\/sec, {2}transferred +\d+ objects \| .*, {2}duration \S+ \S+$/;
const env = serverEnv(httpServer());

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** The level of each record of a text log. */
function levelsOf(text: string): string[] {
  return linesOf(text).map((line) => /^\S+Z +([A-Z]+) /.exec(line)?.[1] ?? line);
}

describe("an upload of one new, one unchanged and one deleted object", () => {
  let dir: TempDir;
  let bucket: TestBucket;

  beforeAll(async () => {
    dir = new TempDir();
    dir.write("same", "x", secondsAgo(60));
    dir.write("new", "y");
  });
  afterAll(() => dir[Symbol.dispose]());

  /** A bucket as it was, and a run. */
  async function run(...args: string[]): Promise<CliResult> {
    bucket = await TestBucket.create();
    await bucket.put("same", "x");
    await bucket.put("old", "z");
    const result = await runCli([dir.path, bucket.url(), "--delete", ...args], { env });
    expect(await bucket.keys()).toEqual(["new", "same"]);
    return result;
  }

  test("by itself says one summary line on stderr", async () => {
    const { exitCode, stdout, stderr } = await run();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(linesOf(stderr)).toEqual([expect.stringMatching(summaryLine)]);
  });

  test("-v logs what is done, to stdout", async () => {
    const { stdout, stderr } = await run("-v");
    expect(levelsOf(stdout)).toEqual(["INFO", "INFO", "INFO"]);
    expect(stdout).toMatch(/sync completed\. key="new"/);
    expect(stdout).toMatch(/delete completed\. key="old"/);
    expect(linesOf(stderr).at(-1)).toMatch(summaryLine);
  });

  test("-vv also logs why", async () => {
    const { stdout } = await run("-vv");
    expect(new Set(levelsOf(stdout))).toEqual(new Set(["INFO", "DEBUG"]));
    expect(stdout).toMatch(/e_tag verified\. key="new"/);
    expect(stdout).toMatch(/key="same" reason="unchanged"/);
  });

  test("-vvv logs everything", async () => {
    const { stdout } = await run("-vvv");
    expect(new Set(levelsOf(stdout))).toEqual(new Set(["INFO", "DEBUG", "TRACE"]));
  });

  test.each(["-q", "-qq"])("%s says nothing", async (flag) => {
    expect(await run(flag)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("--show-no-progress leaves the summary line out", async () => {
    expect(await run("--show-no-progress")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("--tracing-stderr logs to stderr", async () => {
    const { stdout, stderr } = await run("-v", "--tracing-stderr");
    expect(stdout).toBe("");
    expect(stderr).toMatch(/INFO sync completed\. key="new"/);
  });

  test.each([[], ["-v"], ["-vv"], ["-vvv"]])(
    "--json-tracing makes every line of stdout JSON, the summary last (%s)",
    async (...flags) => {
      const { stdout, stderr } = await run("--json-tracing", ...flags);
      const records = linesOf(stdout).map((line): unknown => JSON.parse(line));
      expect(records.at(-1)).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        level: "INFO",
        fields: {
          message: "sync summary",
          transferred_object: 1,
          transferred_byte: 1,
          etag_verified: 1,
          deleted: 1,
          skipped: 1,
          error: 0,
          warning: 0,
        },
      });
      expect(stderr).toBe("");
    },
  );

  test("nothing is coloured where there is no terminal", async () => {
    const { stdout, stderr } = await run("-vvv");
    expect(stdout + stderr).not.toContain("\u001b");
  });
});

describe("an error", () => {
  const missing = ["s3://no-such-bucket-anywhere/"];

  test("is a record on stdout and a message on stderr", async () => {
    using dir = new TempDir();
    const { exitCode, stdout, stderr } = await runCli([dir.path, ...missing], { env });
    expect(exitCode).toBe(1);
    expect(levelsOf(stdout)).toEqual(["ERROR"]);
    expect(linesOf(stderr)[0]).toMatch(summaryLine);
    expect(linesOf(stderr)[1]).toMatch(/^s3sync: .*NoSuchBucket/);
  });

  test("leaves stdout pure JSON with --json-tracing, the summary last", async () => {
    using dir = new TempDir();
    const { stdout } = await runCli([dir.path, ...missing, "--json-tracing"], { env });
    const records = linesOf(stdout).map((line): unknown => JSON.parse(line));
    expect(records).toMatchObject([
      { level: "ERROR", fields: { code: "no-such-bucket" } },
      { level: "INFO", fields: { message: "sync summary", error: 1 } },
    ]);
  });
});

test("a key full of escapes cannot break a line or reach the terminal", async () => {
  using dir = new TempDir();
  dir.write('evil\n2026 ERROR \u001b[31m"\u202e', "x");
  await using bucket = await TestBucket.create();
  const text = await runCli([dir.path, bucket.url(), "-v"], { env });
  expect(levelsOf(text.stdout)).toEqual(["INFO", "INFO"]);
  expect(text.stdout).not.toMatch(/[\u001b\u202e]/);
  await using other = await TestBucket.create();
  const json = await runCli([dir.path, other.url(), "-v", "--json-tracing"], { env });
  expect(JSON.parse(linesOf(json.stdout)[0] ?? "")).toMatchObject({
    fields: { key: 'evil\n2026 ERROR \u001b[31m"\u202e' },
  });
});

describe.skipIf(Bun.which("bash") === null)("a reader that goes away (needs bash)", () => {
  test("ends the run quietly with 0, and leaves nothing broken behind", async () => {
    using dir = new TempDir();
    const tree = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`f${i}`, randomBytes(`${i}`, KiB)]),
    );
    plant(dir, tree);
    await using bucket = await TestBucket.create();
    const command = [...cliCommand(), dir.path, bucket.url(), "-vvv"];
    const script = '"$@" 2>"$ERRORS" | head -n 1; exit ${PIPESTATUS[0]}';
    using errors = new TempDir();
    const shell = Bun.spawn(["bash", "-c", script, "bash", ...command], {
      stdout: "pipe",
      stderr: "pipe",
      env: { ...process.env, ...env, ERRORS: errors.at("stderr") },
    });
    const stdout = await new Response(shell.stdout).text();
    expect(await shell.exited).toBe(0);
    expect(linesOf(stdout)).toHaveLength(1);
    expect(await Bun.file(errors.at("stderr")).text()).not.toMatch(/s3sync:|error:/);
    expect(await bucket.openUploads()).toBe(0);
    const again = await runCli([dir.path, bucket.url()], { env });
    expect(again.exitCode).toBe(0);
    expect(await bucket.keys()).toHaveLength(2000);
  }, 30_000);

  test.each(["--help", "--version"])("is no matter for %s", async (flag) => {
    const script = '"$@" | true; exit ${PIPESTATUS[0]}';
    const shell = Bun.spawn(["bash", "-c", script, "bash", ...cliCommand(), flag], {
      stderr: "pipe",
    });
    expect(await new Response(shell.stderr).text()).toBe("");
    expect(await shell.exited).toBe(0);
  });

  test("hides no error of the run", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    // The error is the only record: it is met before it is noticed that nobody reads it.
    const command = [...cliCommand(), dir.path, "s3://no-such-bucket-anywhere/"];
    const script = '"$@" | true; exit ${PIPESTATUS[0]}';
    const shell = Bun.spawn(["bash", "-c", script, "bash", ...command], {
      stderr: "pipe",
      env: { ...process.env, ...env },
    });
    expect(await new Response(shell.stderr).text()).toMatch(/^s3sync: .*NoSuchBucket/m);
    expect(await shell.exited).toBe(1);
  });

  test("of stderr is no matter", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create();
    const command = [...cliCommand(), dir.path, bucket.url(), "-v"];
    const script = '"$@" 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}';
    const shell = Bun.spawn(["bash", "-c", script, "bash", ...command], {
      env: { ...process.env, ...env },
    });
    expect(await shell.exited).toBe(0);
    expect(await bucket.keys()).toEqual(["a"]);
  });
});

describe.skipIf(!fs.existsSync("/dev/full"))("a log on a full disk (needs /dev/full)", () => {
  async function full(...args: readonly string[]): Promise<Omit<CliResult, "stdout">> {
    const child = Bun.spawn([...cliCommand(), ...args], {
      stdout: Bun.file("/dev/full"),
      stderr: "pipe",
      env: { ...process.env, ...env },
    });
    const stderr = await new Response(child.stderr).text();
    return { exitCode: await child.exited, stderr };
  }

  test("ends the run with 1 and says so", async () => {
    using dir = new TempDir();
    const tree = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`f${i}`, "x"]));
    plant(dir, tree);
    await using bucket = await TestBucket.create();
    const { exitCode, stderr } = await full(dir.path, bucket.url(), "-v");
    expect(exitCode).toBe(1);
    expect(linesOf(stderr).filter((line) => line.startsWith("s3sync: "))).toEqual([
      "s3sync: cannot write the log: no space left on device",
    ]);
    expect(linesOf(stderr).at(-2)).toStartWith("[interrupted] ");
    expect((await bucket.keys()).length).toBeLessThan(2000);
  });

  test("is told even if only the last lines do not fit", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create();
    const { exitCode, stderr } = await full(dir.path, bucket.url(), "--json-tracing");
    expect(exitCode).toBe(1);
    expect(linesOf(stderr)).toEqual(["s3sync: cannot write the log: no space left on device"]);
  });

  test.each([
    ["check", []],
    ["doctor", ["--dry-run"]],
    ["cleanup", []],
  ] as const)("is told by %s as well", async (command, options) => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("a", "x");
    const places = command === "check" ? [dir.path, bucket.url()] : [bucket.url()];
    const { exitCode, stderr } = await full(command, ...options, ...places);
    expect(exitCode).toBe(1);
    expect(linesOf(stderr).at(-1)).toBe("s3sync: cannot write to stdout: no space left on device");
  });

  test("yields to an error of the run", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    const { exitCode, stderr } = await full(dir.path, "s3://no-such-bucket-anywhere/");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^s3sync: .*NoSuchBucket/m);
  });

  test.each(["--help", "--version"])("is one line and 1 for %s", async (flag) => {
    expect(await full(flag)).toEqual({
      exitCode: 1,
      stderr: "s3sync: cannot write to stdout: no space left on device\n",
    });
  });
});

describe("the summary line", () => {
  test("of a dry run says that it is one", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create();
    const { stderr } = await runCli([dir.path, bucket.url(), "--dry-run"], { env });
    expect(linesOf(stderr).at(-1)).toMatch(
      /^\[dry-run\] 1 B \| 0 B\/sec, {2}transferred {3}1 objects \| 0 objects\/sec,/,
    );
  });
});

describe("the environment", () => {
  test.each([
    { DRY_RUN: "1" },
    { S3SYNC_DRY_RUN: "true" },
    { S3SYNC_DRY_RUN: "yes", DRY_RUN: "0" },
  ] as Record<string, string>[])("%j makes a dry run", async (variables) => {
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create();
    const result = await runCli([dir.path, bucket.url()], { env: { ...env, ...variables } });
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/\[dry-run\] sync completed\. key="a"/);
    expect(await bucket.keys()).toEqual([]);
  });

  test("yields to the command line", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create();
    const args = [dir.path, bucket.url(), "--dry-run=false"];
    await runCli(args, { env: { ...env, DRY_RUN: "1", S3SYNC_DRY_RUN: "1" } });
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("counts as unset where it is false: DELETE=false conflicts with nothing", async () => {
    using dir = new TempDir();
    const file = dir.write("a", "x");
    await using bucket = await TestBucket.create();
    const result = await runCli([file, bucket.url()], { env: { ...env, DELETE: "false" } });
    expect(result.exitCode).toBe(0);
  });

  test("does not name SOURCE and TARGET", async () => {
    const result = await runCli([], { env: { ...env, SOURCE: "/tmp", TARGET: "s3://b" } });
    expect(result.exitCode).toBe(2);
  });
});

test("with -v and no terminal, progress comes as plain lines while a run lasts", async () => {
  using dir = new TempDir();
  dir.write("a", "x");
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("PutObject", "request");
  const child = Bun.spawn([...cliCommand(), dir.path, bucket.url(), "-v"], {
    stdout: "ignore",
    stderr: "pipe",
    env: { ...process.env, ...env, AWS_ENDPOINT_URL: proxy.endpoint },
  });
  await gate.reached;
  const { value } = await child.stderr.getReader().read();
  expect(new TextDecoder().decode(value)).toMatch(/^0\/1 objects .*\n$/);
  gate.open();
  expect(await child.exited).toBe(0);
}, 20_000);
