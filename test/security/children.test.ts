/**
 * Children get the environment that s3sync was given, and nothing of what stood on its command line or in its files.
 *
 * @module
 */
import { beforeEach, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { runCli } from "../support/cli.ts";
import { GuardedProxy } from "../support/guarded-proxy.ts";
import { keepSecret, SecretFinder } from "../support/secrets.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const isLinux = process.platform === "linux";
const password = keepSecret(`a proxy's ${crypto.randomUUID()}`, "a proxy's password");
/** Everything that a child can see: its variables, its own command line. */
const look = String.raw`cat /proc/self/environ /proc/self/cmdline | tr '\0' '\n' >`;

let bucket: TestBucket;
beforeEach(async () => {
  bucket = await TestBucket.create();
});

/** Runs through a proxy whose password is on the command line. @returns what children wrote to the file `seen` */
async function seenBy(dir: TempDir, args: readonly string[], env: Record<string, string>) {
  await using proxy = await GuardedProxy.start("user", password);
  dir.write("files/a", "x");
  const result = await runCli(
    [
      ...["--http-proxy", `http://user:${encodeURIComponent(password)}@${proxy.host}`],
      ...["--endpoint-url", httpServer().endpoint, "--region", "us-east-1", ...args],
      ...["files", bucket.url()],
    ],
    { cwd: dir.path, env },
  );
  expect(result.exitCode).toBe(0);
  // It was needed.
  expect(proxy.passed).not.toEqual([]);
  expect(await bucket.keys()).toEqual(["a"]);
  // The test server's keys are handed from test to test that way.
  return fs.readFileSync(dir.at("seen"), "utf8").replaceAll(/^S3SYNC_TEST_\w+=.*$/gm, "");
}

function variablesIn(seen: string): string[] {
  return seen.split("\n").flatMap((line) => /^([A-Za-z_]\w*)=/.exec(line)?.[1] ?? []);
}

/** The shell's own. */
const usual = ["PWD", "OLDPWD", "SHLVL", "_"];

describe.skipIf(!isLinux)("a child (needs /proc)", () => {
  test.each([
    ["of the AWS SDK, that is to give keys,", []],
    ["of a process that has started itself anew", ["--worker-size", "300"]],
  ])("%s sees no secret of the command line", async (_, args) => {
    using dir = new TempDir();
    const { accessKeyId, secretAccessKey } = httpServer();
    const keys = { Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey };
    dir.write("keys", JSON.stringify(keys));
    dir.write("look", `${look} ${dir.at("seen")}; cat ${dir.at("keys")}`);
    dir.write("config", `[default]\ncredential_process = /bin/sh ${dir.at("look")}\n`);
    const seen = await seenBy(dir, args, { AWS_CONFIG_FILE: dir.at("config") });
    expect(new SecretFinder().find(Buffer.from(seen))).toBeUndefined();
    const given = [...Object.keys(process.env), "BUN_CONFIG_MAX_HTTP_REQUESTS", ...usual];
    expect(variablesIn(seen).filter((name) => !given.includes(name))).toEqual([]);
  });

  test("of a Lua script sees none, either, nor does the script", async () => {
    using dir = new TempDir();
    const { accessKeyId, secretAccessKey } = httpServer();
    const tell = `os.execute([[${look} ${dir.at("seen")}]])`;
    const names = ["HTTP_PROXY", "http_proxy", "AWS_SECRET_ACCESS_KEY"];
    const ask = names.map((name) => `print("${name}", os.getenv("${name}"))`);
    // When the run has begun: everything is set up then.
    const filter = ["function filter(object)", tell, ...ask, "return true", "end"];
    dir.write("look.lua", filter.join("\n"));
    const script = ["--allow-lua-os-library", "--filter-callback-lua-script", "look.lua"];
    const keys = ["--access-key", accessKeyId, "--secret-access-key", secretAccessKey];
    const seen = await seenBy(dir, [...script, ...keys], {});
    expect(variablesIn(seen)).toContain("PATH");
    expect(new SecretFinder().find(Buffer.from(seen))).toBeUndefined();
  });
});
