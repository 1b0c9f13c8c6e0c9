/**
 * Where SOURCE and TARGET come from, and two that are both directories.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, plant, randomBytes } from "../support/trees.ts";

describe("without arguments", () => {
  test("S3SYNC_SOURCE and S3SYNC_TARGET are taken", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("a", "x");
    const env = { S3SYNC_SOURCE: dir.path, S3SYNC_TARGET: bucket.url() };
    const { exitCode } = await runCli([], { env: { ...serverEnv(httpServer()), ...env } });
    expect(exitCode).toBe(0);
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("one of them is not enough", async () => {
    const { exitCode, stderr } = await runCli([], { env: { S3SYNC_SOURCE: "/tmp" } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("TARGET is empty");
  });

  test("SOURCE and TARGET, which may mean anything, are not read", async () => {
    const { exitCode, stderr } = await runCli([], { env: { SOURCE: "/tmp", TARGET: "s3://b/" } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SOURCE and TARGET are needed");
  });
});

test("arguments win over variables", async () => {
  const env = { S3SYNC_SOURCE: "/nonexistent/a", S3SYNC_TARGET: "s3://b/" };
  const { exitCode, stderr } = await runCli(["/nonexistent/b", "s3://b/"], { env });
  expect(exitCode).toBe(2);
  expect(stderr).toContain("/nonexistent/b does not exist");
});

describe("two directories, with --allow-both-local-storage,", () => {
  test("are brought in step like any two places", async () => {
    using from = new TempDir();
    using to = new TempDir();
    plant(from, { a: "1", "sub/b": "2", large: randomBytes("local", 12 * MiB) });
    plant(to, { gone: "x", a: "old one" });
    const args = ["--allow-both-local-storage", "--delete", from.path, to.path];
    const { exitCode, stderr } = await runCli(args);
    expect([exitCode, stderr.includes("s3sync:")]).toEqual([0, false]);
    expect(fileDigests(to.path)).toEqual(fileDigests(from.path));
  });

  test.each([
    ["the same", "", ""],
    ["one in the other", "", "sub"],
  ])("are refused where they are %s", async (_, source, target) => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at("sub"));
    const args = ["--allow-both-local-storage", dir.at(source), dir.at(target)];
    expect((await runCli(args)).exitCode).toBe(2);
  });
});
