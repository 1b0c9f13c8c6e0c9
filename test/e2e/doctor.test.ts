/**
 * `s3sync doctor` as a process: what it prints, and how it ends.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Finding } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv, startCli } from "../support/cli.ts";
import { contentsOf, keepVersions } from "../support/examination.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const env = serverEnv(httpServer());

describe("s3sync doctor", () => {
  test("prints a line for each finding, what it means below, and the numbers", async () => {
    await using bucket = await TestBucket.create();
    const { exitCode, stdout, stderr } = await runCli(["doctor", bucket.url("p/")], { env });
    expect(stderr).toBe("");
    expect(exitCode).toBe(3);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^good {6}connection +http:\/\/127\.0\.0\.1:\d+ .*first answer/);
    expect(stdout).toMatch(/^degraded {2}If-Match on DELETE +ignored\n {10} {2}→ --delete may/m);
    expect(lines.at(-1)).toMatch(/^\d+ good, \d+ degraded$/);
    const strange = lines.filter((line) => !/^(?:good|degraded| {12}→|\d)/.test(line));
    expect(strange).toEqual([]);
  });

  test("with --json-tracing prints one JSON object a line", async () => {
    await using bucket = await TestBucket.create();
    const args = ["doctor", "--json-tracing", "--dry-run", bucket.url()];
    const { exitCode, stdout } = await runCli(args, { env });
    expect(exitCode).toBe(0);
    const findings = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Finding);
    expect(findings.map(({ name }) => name)).toEqual([
      ...["connection", "credentials", "region", "addressing", "clock"],
      ...["listing", "versioning", "object lock", "unfinished uploads"],
    ]);
  });

  test("with -q prints only what is not good, with -qq nothing", async () => {
    await using bucket = await TestBucket.create();
    const quiet = await runCli(["doctor", "-q", bucket.url()], { env });
    expect(quiet.exitCode).toBe(3);
    expect(quiet.stdout).not.toMatch(/^good/m);
    expect(quiet.stdout).toMatch(/^degraded/m);
    const silent = await runCli(["doctor", "-qq", bucket.url()], { env });
    expect(silent).toEqual({ exitCode: 3, stdout: "", stderr: "" });
  });

  test("ends with 1 when the place cannot be used", async () => {
    const { exitCode, stdout } = await runCli(["doctor", "s3://no-such-bucket-anywhere"], { env });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^bad {7}bucket +.*NoSuchBucket/m);
  });

  test.each([
    [["doctor"], /doctor needs one place/],
    [["doctor", "./here"], /the doctor examines buckets/],
    [["doctor", "s3://"], /names no bucket/],
    [["doctor", "--delete", "s3://b"], /--delete means nothing to doctor/],
    [
      ["doctor", "--source-region=a", "--target-region=b", "s3://b"],
      /--source-region and --target-region differ/,
    ],
  ])("%j is a usage error", async (args, says) => {
    const { exitCode, stdout, stderr } = await runCli(args, { env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(says);
  });

  test("where a path is called doctor, asks which is meant", async () => {
    using dir = new TempDir();
    dir.write("doctor/a", "x");
    const { exitCode, stderr } = await runCli(["doctor", "s3://b"], { env, cwd: dir.path });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/\.\/doctor/);
  });

  test("has a help of its own", async () => {
    const { exitCode, stdout } = await runCli(["doctor", "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Usage: s3sync doctor/m);
    expect(stdout).toContain("--endpoint-url");
    expect(stdout).not.toContain("--delete");
    expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("tidies up after %s", async (signal, code) => {
    await using proxy = await FaultProxy.start(httpServer());
    await using bucket = await TestBucket.create();
    await keepVersions(bucket);
    const gate = proxy.hold("CompleteMultipartUpload", "answer");
    const child = startCli(["doctor", bucket.url("p/")], {
      env: { ...env, AWS_ENDPOINT_URL: proxy.endpoint },
    });
    await gate.reached;
    child.kill(signal);
    gate.open();
    const stdout = await new Response(child.stdout).text();
    expect(await child.exited).toBe(code);
    expect(stdout).toMatch(/tidying up +nothing is left/);
    expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
  });

  test("tidies up when nobody reads any more", async () => {
    await using bucket = await TestBucket.create();
    const child = startCli(["doctor", bucket.url("p/")], { env });
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    await child.exited;
    expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
  });
});
