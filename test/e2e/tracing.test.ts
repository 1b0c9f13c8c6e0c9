/**
 * What the log shows on demand: single requests, when steps begin and end, and what `RUST_LOG` picks.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

interface JsonRecord {
  readonly level: string;
  readonly target?: string;
  readonly span?: { readonly name: string };
  readonly fields: Readonly<Record<string, unknown>>;
}

const large = 9 * MiB;

/** Sends a small and a large file, which takes five requests and a listing. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
  using dir = new TempDir();
  dir.write("a", "text");
  dir.write("large", randomBytes("large", large));
  await using bucket = await TestBucket.create();
  return await runCli([...args, dir.path, bucket.url("p/")], {
    env: { ...serverEnv(httpServer()), ...env },
  });
}

function recordsOf({ stdout }: CliResult): JsonRecord[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JsonRecord);
}

describe("--aws-sdk-tracing", () => {
  test("is a record for each request, with its answer and its bytes, on whatever thread", async () => {
    const told = recordsOf(await run(["-vv", "--aws-sdk-tracing", "--json-tracing"]));
    const requests = told.filter(({ target }) => target === "requests");
    expect(requests.map(({ fields }) => String(fields["operation"])).toSorted()).toEqual([
      ...["CompleteMultipartUpload", "CreateMultipartUpload", "ListObjectsV2", "PutObject"],
      ...["UploadPart", "UploadPart"],
    ]);
    expect(requests.every(({ level }) => level === "DEBUG")).toBe(true);
    const put = requests.find(({ fields }) => fields["operation"] === "PutObject");
    expect(put?.fields).toMatchObject({
      ...{ message: "request completed.", key: "p/a", status: 200 },
      ...{ sent_byte: 4, received_byte: 0, duration_ms: expect.any(Number) },
    });
    const sent = requests
      .filter(({ fields }) => fields["operation"] === "UploadPart")
      .map(({ fields }) => Number(fields["sent_byte"]));
    expect(sent.reduce((sum, bytes) => sum + bytes, 0)).toBe(large);
  });

  test("says of every record where it comes from", async () => {
    const { stdout } = await run(["-v", "--aws-sdk-tracing"]);
    expect(stdout).toMatch(/ INFO s3sync::storage::s3: sync completed\. key="a"/);
    expect(stdout).toMatch(/ INFO s3sync::cli::indicator: sync summary/);
    expect(stdout).not.toContain("request completed.");
  });

  test("shows no secrets", async () => {
    const { secretAccessKey } = httpServer();
    const { stdout, stderr } = await run(["-vvv", "--aws-sdk-tracing", "--span-events-tracing"]);
    expect(stdout + stderr).not.toContain(secretAccessKey);
    expect(stdout).not.toMatch(/signature|authorization/i);
  });
});

describe("--span-events-tracing", () => {
  test("tells when the run and its transfers begin and end", async () => {
    const told = recordsOf(await run(["-vv", "--span-events-tracing", "--json-tracing"]));
    const steps = told.flatMap(({ span, fields }) =>
      span === undefined
        ? []
        : [`${span.name} ${String(fields["message"])} ${String(fields["key"])}`],
    );
    expect(steps.toSorted()).toEqual([
      ...["sync close undefined", "sync new undefined"],
      ...["transfer close a", "transfer close large", "transfer new a", "transfer new large"],
    ]);
    const closed = told.filter(({ fields }) => fields["message"] === "close");
    for (const { fields } of closed) expect(fields["time.total"]).toMatch(/^[\d.]+(µs|ms|s)$/);
  });

  test("tells it of requests, too, with --aws-sdk-tracing", async () => {
    const { stdout } = await run(["-vv", "--span-events-tracing", "--aws-sdk-tracing"]);
    expect(stdout).toMatch(
      /DEBUG request: requests: new operation="PutObject" bucket=".*" key="p\/a"/,
    );
    expect(stdout).toMatch(
      /DEBUG request: requests: close time\.total="[\d.]+\w+" operation="PutObject"/,
    );
    const begun = stdout.match(/ new operation="UploadPart"/g);
    expect(begun).toHaveLength(2);
  });
});

describe("RUST_LOG", () => {
  test("picks records by level, whatever -v and -q say, and shows where they come from", async () => {
    const { stdout } = await run(["-q"], { RUST_LOG: "s3sync=info" });
    expect(stdout).toMatch(/^\S+ {2}INFO s3sync::storage::s3: sync completed\. key="a"/m);
    expect(stdout).not.toContain("e_tag verified.");
  });

  test("picks them by where they come from", async () => {
    const { stdout } = await run([], { RUST_LOG: "off,s3sync::storage::s3=debug" });
    expect(stdout).toContain("e_tag verified.");
    expect(stdout).not.toContain("sync summary");
  });

  test("shows requests only to whoever asks for them", async () => {
    expect((await run([], { RUST_LOG: "s3sync=trace" })).stdout).not.toContain(
      "request completed.",
    );
    expect((await run([], { RUST_LOG: "requests=debug" })).stdout).toContain("request completed.");
  });

  test("counts for less than --aws-sdk-tracing, and nothing with -qq", async () => {
    expect((await run(["--aws-sdk-tracing"], { RUST_LOG: "trace" })).stdout).toBe("");
    expect((await run(["-qq"], { RUST_LOG: "trace" })).stdout).toBe("");
  });

  test("says what it cannot make sense of, and goes on", async () => {
    const { exitCode, stdout, stderr } = await run([], { RUST_LOG: "bogus[,info" });
    expect(exitCode).toBe(0);
    expect(stderr).toStartWith("ignoring `bogus[`: invalid filter directive\n");
    expect(stdout).toContain("sync completed.");
  });

  test("an empty RUST_LOG is none", async () => {
    expect((await run(["-v"], { RUST_LOG: "" })).stdout).toMatch(/INFO sync completed\. key="a"/);
  });
});

describe("-vvv", () => {
  test("tells what is set, without secrets", async () => {
    const { secretAccessKey } = httpServer();
    const args = ["-vvv", `--target-secret-access-key=${secretAccessKey}`];
    const { accessKeyId } = httpServer();
    const { stdout } = await run([...args, `--target-access-key=${accessKeyId}`, "--threads=0"]);
    expect(stdout).toMatch(/TRACE configuration .*target-secret-access-key="\*\*\*".*threads="0"/);
    expect(stdout).not.toContain(secretAccessKey);
  });

  test("tells of no settings where all is as it is built in", async () => {
    const unset = { AWS_CONFIG_FILE: "", AWS_SHARED_CREDENTIALS_FILE: "", HOME: "/nonexistent" };
    const { stdout } = await run(["-vvv"], unset);
    expect(stdout).toContain("sync started");
    expect(stdout).not.toContain("configuration");
  });
});
