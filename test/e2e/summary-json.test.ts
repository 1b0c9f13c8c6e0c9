/**
 * The summary as a file.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

describe("--summary-json", () => {
  test("writes the summary to a file, with the names of the record, and nothing beside it", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("from/a", "x");
    const args = [`--summary-json=${dir.at("summary.json")}`, "-qq", dir.at("from"), bucket.url()];
    const { exitCode } = await runCli(args, { env: serverEnv(httpServer()) });
    expect(exitCode).toBe(0);
    expect(JSON.parse(fs.readFileSync(dir.at("summary.json"), "utf8"))).toMatchObject({
      ...{ transferred_object: 1, transferred_byte: 1, etag_verified: 1, error: 0, warning: 0 },
      ...{ dry_run: false, interrupted: false },
    });
    expect(fs.readdirSync(dir.path).toSorted()).toEqual(["from", "summary.json"]);
  });

  test.skipIf(process.platform === "win32")(
    "writes into what is no plain file, and leaves it what it is (needs POSIX)",
    async () => {
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      dir.write("from/a", "x");
      dir.write("log", "old");
      fs.symlinkSync("log", dir.at("link"));
      for (const file of ["/dev/null", dir.at("link")]) {
        const args = [`--summary-json=${file}`, "-qq", dir.at("from"), bucket.url()];
        expect((await runCli(args, { env: serverEnv(httpServer()) })).exitCode).toBe(0);
      }
      expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
      expect(fs.lstatSync(dir.at("link")).isSymbolicLink()).toBe(true);
      expect(JSON.parse(fs.readFileSync(dir.at("log"), "utf8"))).toMatchObject({ error: 0 });
    },
  );

  test.skipIf(!fs.existsSync("/dev/full"))(
    "on a full disk is one message and exit code 1 (needs /dev/full)",
    async () => {
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      dir.write("a", "x");
      const args = ["--summary-json=/dev/full", "--show-no-progress", dir.path, bucket.url()];
      const { exitCode, stderr } = await runCli(args, { env: serverEnv(httpServer()) });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^s3sync: --summary-json \/dev\/full cannot be written: .*\n$/);
      expect(await bucket.keys()).toEqual(["a"]);
    },
  );

  test("is an error before anything is done where it cannot be written", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("from/a", "x");
    for (const [file, why] of [
      [dir.at("none", "summary.json"), "ENOENT: no such file or directory"],
      [dir.at("from"), "it is a directory"],
      [dir.at("from", "a", "summary.json"), "ENOTDIR: not a directory"],
    ] as const) {
      const args = [`--summary-json=${file}`, dir.at("from"), bucket.url()];
      const { exitCode, stderr } = await runCli(args, { env: serverEnv(httpServer()) });
      expect(exitCode).toBe(2);
      expect(stderr).toStartWith(`s3sync: --summary-json ${file} cannot be written: ${why}\n`);
    }
    expect(await bucket.keys()).toEqual([]);
  });
});
