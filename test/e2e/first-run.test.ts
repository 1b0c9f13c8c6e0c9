/**
 * The first day: each mistake is recognised, told in one line, and the next line says what to type. By a run and by
 * the doctor.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { firstRunCases } from "./first-run-cases.ts";

const stack = new AsyncDisposableStack();
let bucket: TestBucket;
let dir: TempDir;

beforeAll(async () => {
  bucket = stack.use(await TestBucket.create());
  dir = stack.use(new TempDir());
  dir.write("source/a", "content");
});
afterAll(() => stack[Symbol.asyncDispose]());

/** A hint for one side as the doctor gives it, which has no sides. */
function sideless(hint: RegExp): RegExp {
  return new RegExp(hint.source.replaceAll("--target-", "--").replace("TARGET's", "The"));
}

/** What is said on stderr, without the summary line. */
function said(stderr: string): string[] {
  const lines = stderr.split("\n").filter((line) => line.startsWith("s3sync: "));
  return lines.map((line) => line.slice("s3sync: ".length));
}

describe("a run explains in two lines", () => {
  test.each([...firstRunCases])(
    "$title",
    async ({ start, says, hint }) => {
      await using own = new AsyncDisposableStack();
      const setting = await start(own);
      const target = `s3://${setting.bucket ?? bucket.name}/p/`;
      const result = await runCli(["-q", dir.at("source"), target], { env: setting.env });
      expect(result.exitCode).toBe(1);
      const [what, then, ...more] = said(result.stderr);
      expect(what).toMatch(says);
      expect(then).toMatch(hint);
      expect(more).toEqual([]);
      expect(result.stderr).not.toContain("user:secret");
    },
    20_000,
  );
});

describe("the doctor explains the same", () => {
  test.each([...firstRunCases])(
    "$title",
    async ({ start, says, hint, finding }) => {
      await using own = new AsyncDisposableStack();
      const setting = await start(own);
      const place = `s3://${setting.bucket ?? bucket.name}/p/`;
      const result = await runCli(["doctor", "-q", place], { env: setting.env });
      expect(result).toMatchObject({ exitCode: 1, stderr: "" });
      const [what = "", ...more] = result.stdout.trimEnd().split("\n");
      expect(what).toStartWith(`bad       ${finding} `);
      expect(what).toMatch(says);
      expect(more.at(-1)).toMatch(sideless(hint));
      expect(more).toHaveLength(2);
    },
    20_000,
  );
});

describe("what the client mends by itself", () => {
  /** The first request is told where the bucket is. */
  function elsewhere(proxy: FaultProxy): Record<string, string> {
    const headers = { "x-amz-bucket-region": "eu-central-1" };
    const refusal = { kind: "refuse", status: 301, code: "PermanentRedirect", headers } as const;
    proxy.inject(() => true, refusal, { times: 1 });
    return { ...serverEnv(httpServer()), AWS_ENDPOINT_URL: proxy.endpoint };
  }

  test("is no error of a run: a wrong region", async () => {
    await using proxy = await FaultProxy.start(httpServer());
    const env = elsewhere(proxy);
    const result = await runCli(["-q", dir.at("source"), bucket.url("region/")], { env });
    expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(proxy.count("PutObject")).toBe(1);
  });

  test("is told by the doctor, with what to type: a wrong region", async () => {
    await using proxy = await FaultProxy.start(httpServer());
    const env = elsewhere(proxy);
    const { exitCode, stdout } = await runCli(["doctor", "--dry-run", "-q", bucket.url()], { env });
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^degraded {2}region .*in eu-central-1, not in us-east-1/);
    expect(stdout).toContain("Write --region eu-central-1");
  });
});
