/**
 * Names full of escape sequences through the whole program, whatever it is asked to say: not a byte of them reaches
 * the terminal, and none of them begins a line.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

/** Unicode's own properties; a line break is the program's own. */
const harmful = /(?!\n)\p{Cc}|\p{Bidi_Control}|\ufeff/u;

const evil = "evil\u001b[2J\u009b2J\u007f\r\u0085\u202etxt\u2066\u0007";
const forged = "all is well";

let bucket: TestBucket;
beforeAll(async () => {
  bucket = await TestBucket.create();
  await bucket.put(`p/${evil}/a`, "1");
  await bucket.put(`p/${evil}/../out`, "1").catch(() => undefined);
  await bucket.put(`p/line\n${forged}`, "1");
});
afterAll(() => bucket[Symbol.asyncDispose]());

async function told(...args: readonly string[]): Promise<CliResult> {
  const result = await runCli(args, { env: { ...serverEnv(httpServer()), RUST_LOG: "" } });
  for (const text of [result.stdout, result.stderr]) {
    expect(text).not.toMatch(harmful);
    expect(text).not.toMatch(/^(?:s3sync: )?all is well/m);
  }
  return result;
}

const loudness: readonly (readonly string[])[] = [
  [],
  ["-v"],
  ["-vvv"],
  ["-vvv", "--aws-sdk-tracing", "--span-events-tracing"],
  ["--json-tracing", "-vvv", "--aws-sdk-tracing"],
  ["--dry-run"],
  ["--dry-run", "--delete", "--json-tracing"],
  ["--report-sync-status"],
  ["--report-sync-status", "--json-tracing"],
];

describe.each(loudness.map((flags) => [flags.join(" "), flags] as const))("with %s", (_, flags) => {
  test("downloads tell hostile keys harmlessly", async () => {
    using dir = new TempDir();
    dir.write(`${evil}/old`, "x");
    const { stdout } = await told(...flags, bucket.url("p/"), dir.path);
    if (flags.length > 0) expect(stdout).toContain("evil");
  });

  test("uploads tell hostile names harmlessly", async () => {
    using dir = new TempDir();
    dir.write(`${evil}/a`, "2");
    dir.write(`line\n${forged}`, "3");
    await using target = await TestBucket.create();
    const { stdout } = await told(...flags, dir.path, target.url(evil));
    if (flags.length > 0) expect(stdout).toContain("evil");
  });
});

describe("an error", () => {
  test.each([[], ["-vvv"], ["--json-tracing", "-vvv"]] as string[][])(
    "about a hostile path is harmless (%s)",
    async (...flags) => {
      using dir = new TempDir();
      const file = dir.write(`file${evil}`, "x");
      const { exitCode, stderr } = await told(...flags, bucket.url("p/"), `${file}/below`);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("evil");
    },
  );

  test.each([[], ["-vvv"]] as string[][])(
    "of the file system about a hostile key is one line (%s)",
    async (...flags) => {
      using dir = new TempDir();
      dir.write(`line\n${forged}/in the way`, "x");
      const { exitCode, stdout } = await told(
        ...flags,
        bucket.url("p/"),
        dir.path,
        "--warn-as-error",
      );
      expect(exitCode).toBe(1);
      expect(stdout).toContain("a directory stands where the file is wanted");
    },
  );

  test.each([
    [`--${evil}`],
    [`--profile=${evil}`, "a", "s3://b"],
    [`s3://${evil}`, "a"],
    ["run", evil],
    ["run", `--config=${evil}`],
    ["doctor", evil],
    ["keyring", "get", evil, evil],
    [`--auto-complete-shell=${evil}`],
    [`--include=[${evil}`, "a", "s3://b"],
    [`--filter-include-regex=(${evil}`, "a", "s3://b"],
    [`--tagging=${evil}`, "a", "s3://b"],
  ] as string[][])("about the argument %j is harmless", async (...args) => {
    expect((await told(...args)).exitCode).not.toBe(0);
  });
});

test.each([[], ["--json-tracing"]] as string[][])(
  "the doctor shows a hostile prefix harmlessly (%s)",
  async (...flags) => {
    const { stdout } = await told("doctor", "--dry-run", ...flags, bucket.url(evil));
    expect(stdout).toContain("connection");
  },
);
