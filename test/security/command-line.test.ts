/**
 * What the program prints and writes holds no secrets, at any verbosity: logs, traces, reports, plans, summaries, and
 * what it says of command lines and files that make no sense. The secrets stand in all places that can hold them.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli } from "../support/cli.ts";
import { keepSecret, SecretFinder } from "../support/secrets.ts";
import { hasTlsServer, httpServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB } from "../support/trees.ts";
import { type Echo, echoes, EchoServer } from "./echo-server.ts";

/** A customer's key, and its MD5. */
function customerKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const key = keepSecret(Buffer.from(bytes).toString("base64"), "an SSE-C key");
  return { key, md5: new Bun.CryptoHasher("md5").update(bytes).digest("base64") };
}

function newSecret(): string {
  return keepSecret(crypto.randomUUID(), "a secret on the command line");
}

function expectNoSecret(text: string | Uint8Array): void {
  expect(new SecretFinder().find(Buffer.from(text))).toBeUndefined();
}

function expectQuiet({ stdout, stderr }: CliResult): void {
  expectNoSecret(stdout + stderr);
  expect(stdout + stderr).not.toMatch(/Signature=[0-9a-f]{8}/);
}

const loudest = ["-vvv", "--aws-sdk-tracing", "--span-events-tracing"];

describe.skipIf(!hasTlsServer())(
  "a run with a file that holds all secrets (needs a TLS server)",
  () => {
    test.each([
      ["in words", []],
      ["as JSON", ["--json-tracing"]],
    ])("shows none, %s", async (_, style) => {
      const { key, md5 } = customerKey();
      const { endpoint, accessKeyId, secretAccessKey, caFile = "" } = tlsServer();
      using dir = new TempDir();
      await using bucket = await TestBucket.create(tlsServer());
      dir.write("files/small", "x");
      dir.write("files/large", "x".repeat(9 * MiB));
      dir.write(
        "jobs.toml",
        `[defaults]\naccess-key = "${accessKeyId}"\nsecret-access-key = "${secretAccessKey}"\nendpoint-url = "${endpoint}"\nca-bundle = "${caFile}"\nregion = "us-east-1"\n[jobs.up]\nsource = "files"\ntarget = "${bucket.url()}"\ntarget-sse-c = "AES256"\ntarget-sse-c-key = "${key}"\ntarget-sse-c-key-md5 = "${md5}"\n`,
      );
      const files = ["--summary-json", "summary"];
      const result = await runCli(
        [...["run", "--config", "jobs.toml", "up"], ...loudest, ...style, ...files],
        { cwd: dir.path },
      );
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toContain("request completed.");
      expect(result.stdout).toContain("***");
      expectQuiet(result);
      expectNoSecret(dir.read("summary"));
    });

    test("nor does its plan, and a report on both sides", async () => {
      const { key, md5 } = customerKey();
      const { endpoint, accessKeyId, secretAccessKey, caFile = "" } = tlsServer();
      using dir = new TempDir();
      await using bucket = await TestBucket.create(tlsServer());
      dir.write("files/small", "x");
      const how = [
        ...["--access-key", accessKeyId, "--secret-access-key", secretAccessKey],
        ...["--endpoint-url", endpoint, "--ca-bundle", caFile, "--target-sse-c", "AES256"],
        ...["--target-sse-c-key", key, "--target-sse-c-key-md5", md5, ...loudest],
      ];
      const plan = ["--dry-run", "--plan-file", "plan"];
      const places = ["files", bucket.url()];
      const planned = await runCli([...how, ...plan, ...places], { cwd: dir.path });
      expect(planned.exitCode).toBe(0);
      expectQuiet(planned);
      expectNoSecret(dir.read("plan"));
      expect((await runCli([...how, ...places], { cwd: dir.path })).exitCode).toBe(0);
      const reporting = ["--report-sync-status", "--report-file", "report"];
      const report = await runCli([...how, ...reporting, ...places], { cwd: dir.path });
      // What is encrypted with a key of ours has no ETag that tells anything.
      expect(report.exitCode).toBe(3);
      expectQuiet(report);
      expectNoSecret(dir.read("report"));
    });
  },
);

describe("a server that repeats the request", () => {
  test.each(Object.keys(echoes) as Echo[])("%s", async (echo) => {
    using server = new EchoServer(echo, true);
    using dir = new TempDir();
    dir.write("files/a", "x");
    const [secret, token] = [newSecret(), newSecret()];
    const { key, md5 } = customerKey();
    const result = await runCli(
      [
        ...["--endpoint-url", server.endpoint, "--region", "us-east-1", "--aws-max-attempts", "2"],
        ...["--access-key", "AKIAECHO", "--secret-access-key", secret, "--session-token", token],
        ...["--target-sse-c", "AES256", "--target-sse-c-key", key, "--target-sse-c-key-md5", md5],
        ...["--delete", "--force-retry-count", "0", ...loudest, "files", "s3://bucket/"],
      ],
      { cwd: dir.path },
    );
    expect(result.exitCode).not.toBe(0);
    expect(server.echoed).toBeGreaterThan(0);
    expectQuiet(result);
  });
});

describe("what makes no sense is told without its value:", () => {
  const secret = newSecret();
  const { key } = customerKey();
  const signed = `https://b.s3.amazonaws.com/k?X-Amz-Signature=${secret}`;
  const place = "s3://bucket/";
  test.each([
    ["an option that there is not", [`--target-secret-acces-key=${secret}`, ".", place]],
    ["its value apart", ["--target-secret-acces-key", secret, ".", place]],
    ["its value as one place too many", [secret, ".", place]],
    ["a job's name too many", ["run", "--secret-acces-key", secret, "a"]],
    ["a secret without its key", [`--target-secret-access-key=${secret}`, ".", place]],
    [
      "a secret that is given twice",
      ["--access-key=a", `--secret-access-key=${secret}`, "--secret-access-key=b", ".", place],
    ],
    ["a key for encryption that is none", [`--target-sse-c-key=${secret}`, ".", place]],
    [
      "a key that is not that of its MD5",
      [
        "--target-sse-c=AES256",
        `--target-sse-c-key=${key}`,
        "--target-sse-c-key-md5=AAAAAAAAAAAAAAAAAAAAAA==",
        ".",
        place,
      ],
    ],
    ["a proxy that is none", [`--https-proxy=socks5://user:${secret}@proxy`, ".", place]],
    ["an endpoint with a password", [`--endpoint-url=http://user:${secret}@host`, ".", place]],
    [
      "an endpoint with a query",
      [`--endpoint-url=http://host/?X-Amz-Signature=${secret}`, ".", place],
    ],
    ["a presigned URL as SOURCE", [signed, "."]],
    ["a presigned URL as TARGET", [".", signed]],
    ["a presigned URL for the doctor", ["doctor", signed]],
    ["a URL with a password", [`ftp://user:${secret}@host/path`, "."]],
    [
      "a secret for a keyring, typed instead of asked for",
      ["keyring", "set", "work", "KEY", secret],
    ],
  ] as const)("%s", async (_, args) => {
    const result = await runCli(["-vvv", ...args]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toStartWith("s3sync: ");
    expectQuiet(result);
  });

  test.each([
    ["jobs.toml", (word: string) => `[defaults]\nsecret-access-key = ${word}\n`],
    ["jobs.toml", (word: string) => `[defaults]\nsecret-access-key = "${word}\n`],
    ["jobs.toml", (word: string) => `[defaults]\nsecret-access-key "${word}"\n`],
    ["jobs.yaml", (word: string) => `defaults:\n  secret-access-key: "${word}\n`],
    ["jobs.yaml", (word: string) => `defaults:\n  secret-access-key: ${word}: x: [\n`],
    ["jobs.json", (word: string) => `{"defaults": {"secret-access-key": ${word}}}`],
    ["jobs.json", (word: string) => `{"defaults": {"secret-access-key": '${word}'}}`],
    ["jobs.json5", (word: string) => `{defaults: {"secret-access-key": ${word}}}`],
    ["jobs.json5", (word: string) => `{defaults: {"secret-access-key": "${word}`],
    ["jobs.toml", (word: string) => `defaults = "${word}"\n`],
    ["jobs.toml", (word: string) => `[defaults]\nsecret-access-key = ["${word}"]\n`],
    ["jobs.toml", (word: string) => `[defaults]\nsecret-access-key = { is = "${word}" }\n`],
    ["jobs.toml", (word: string) => `[defaults]\nsecret-acces-key = "${word}"\n`],
  ])("a file %s %#", async (name, text) => {
    using dir = new TempDir();
    dir.write(name, text(`a${newSecret().replaceAll("-", "")}`));
    const result = await runCli(["-vvv", "run", "--config", name, "--all"], { cwd: dir.path });
    expect(result.exitCode).toBe(2);
    expectQuiet(result);
  });
});

describe("with secrets in all variables", () => {
  const variables = {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: newSecret(),
    AWS_SESSION_TOKEN: newSecret(),
    S3SYNC_TARGET_ACCESS_KEY: "KEY",
    S3SYNC_TARGET_SECRET_ACCESS_KEY: newSecret(),
    HTTPS_PROXY: `http://user:${newSecret()}@127.0.0.1:1`,
    ALL_PROXY: `socks5://user:${newSecret()}@127.0.0.1:1`,
  };

  test.each([
    ["help", ["--help"], 0],
    ["a completion script", ["--auto-complete-shell", "bash"], 0],
    ["a schema", ["run", "--print-schema"], 0],
    ["an error", [".", "s3://bucket/"], 1],
    ["the doctor", ["doctor", "s3://bucket/", "--region=us-east-1"], 1],
    ["the doctor as JSON", ["doctor", "--json-tracing", "s3://bucket/", "--region=us-east-1"], 1],
  ] as const)("%s shows none", async (_, args, exitCode) => {
    const result = await runCli(["-vvv", ...args], { env: variables });
    expect([result.exitCode, result.stdout + result.stderr]).toEqual([
      exitCode,
      expect.stringMatching(/./),
    ]);
    expectQuiet(result);
  });
});

test("an error that nobody catches shows none", async () => {
  using dir = new TempDir();
  await using bucket = await TestBucket.create();
  dir.write("files/a", "x");
  dir.write("hooks.ts", 'export const onEvent = () => void Promise.reject(new Error("boom"));\n');
  const { endpoint, accessKeyId, secretAccessKey } = httpServer();
  const result = await runCli(
    [
      ...["--access-key", accessKeyId, "--secret-access-key", secretAccessKey],
      ...[
        "--endpoint-url",
        endpoint,
        "--callback",
        "./hooks.ts",
        ...loudest,
        "files",
        bucket.url(),
      ],
    ],
    { cwd: dir.path },
  );
  expect(result.stderr).toContain("error: boom");
  expectQuiet(result);
});
