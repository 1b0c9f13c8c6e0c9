/**
 * `s3sync bsync` as a process: what it tells users of that they may not have thought of.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

let bucket: TestBucket;
let dir: TempDir;

beforeAll(async () => {
  bucket = await TestBucket.create();
});
afterAll(() => bucket[Symbol.asyncDispose]());

/** A home of its own for each test, so that each has a state of its own. */
function home(): TempDir {
  dir = new TempDir();
  return dir;
}

function bsync(...args: readonly string[]) {
  const env = { ...serverEnv(httpServer()), HOME: dir.path };
  return runCli(["bsync", ...args], { env, cwd: dir.path });
}

describe("options that are typed once", () => {
  const notice =
    /WARN notes s3:\/\/\S+ is remembered, but not --exclude, --endpoint-url: a plain s3sync bsync runs without\. .*\.s3syncignore$/;
  const rules = [
    "--exclude",
    "*.bak",
    "--endpoint-url",
    httpServer().endpoint,
    "--max-delete",
    "9",
  ];

  test("are told not to be remembered, when the pair is, and by name only", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    const first = await bsync("notes", bucket.url("once/"), ...rules);
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(first.stdout.trim().split("\n")).toEqual([expect.stringMatching(notice)]);
    expect(first.stdout).not.toContain(httpServer().endpoint);
    const again = await bsync("notes", bucket.url("once/"), ...rules);
    expect(again).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("are told of by add, too, and not where nothing is remembered", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    const tried = await bsync("--first-sync", "list", "notes", bucket.url("added/"), ...rules);
    expect(tried.stdout).not.toContain("is remembered");
    const added = await bsync("add", "notes", bucket.url("added/"), "--exclude", "*.bak");
    expect(added.stdout).toContain("is remembered, but not --exclude");
  });

  test("are there in every run where a configuration file or a variable has them", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    dir.write("notes/a.bak", "1");
    dir.write("s3sync.toml", '[defaults]\nexclude = ["*.bak"]\ndelete = true\n');
    const config = dir.at("s3sync.toml");
    const first = await bsync("--config", config, "notes", bucket.url("file/"));
    expect(first).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    const env = { ...serverEnv(httpServer()), HOME: dir.path, S3SYNC_CONFIG: config };
    dir.write("notes/b.bak", "1");
    await runCli(["bsync"], { env, cwd: dir.path });
    expect(await bucket.keys("file/")).toEqual(["file/a"]);
  });

  test("have no effect on what was in step before where they are about the first time", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    const first = await bsync("--first-sync", "local", "notes", bucket.url("later/"));
    expect(first).toMatchObject({ exitCode: 0, stdout: "" });
    const again = await bsync("--first-sync", "local", "notes", bucket.url("later/"));
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain("--first-sync local has no effect");
  });
});

describe("what is forgotten", () => {
  test("is told to come back where no rule leaves it alone, with the line that does", async () => {
    using _home = home();
    for (const name of ["a", "b", "odd[1]/c"]) dir.write(`notes/${name}`, name);
    await bsync("notes", bucket.url("forgotten/"));
    const rules = dir.at("notes/.s3syncignore");
    const { exitCode, stdout } = await bsync("forget", "notes/a", "notes/odd[1]");
    expect(exitCode).toBe(0);
    expect(stdout.trim().split("\n")).toEqual([
      `notes/a is tracked again by the next run, unless ${rules} has a line /a`,
      String.raw`notes/odd[1] is tracked again by the next run, unless ${rules} has a line /odd\[1\]/`,
    ]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(/.* a line /, ""));
    fs.writeFileSync(rules, lines.join("\n"));
    for (const name of ["a", "odd[1]/c"]) dir.write(`notes/${name}`, "mine");
    expect(await bsync()).toMatchObject({ exitCode: 0, stdout: "" });
    expect(Buffer.from(await bucket.get("forgotten/a")).toString()).toBe("a");
    expect(Buffer.from(await bucket.get("forgotten/odd[1]/c")).toString()).toBe("odd[1]/c");
  });

  test("is told nothing of where a rule does", async () => {
    using _home = home();
    for (const name of ["a", "b.log"]) dir.write(`notes/${name}`, name);
    await bsync("notes", bucket.url("ruled/"));
    dir.write("notes/.s3syncignore", "a\n");
    expect(await bsync("forget", "notes/a")).toMatchObject({ exitCode: 0, stdout: "" });
    const given = await bsync("forget", "--exclude", "*.log", "notes/b.log");
    expect(given).toMatchObject({ exitCode: 0, stdout: "" });
  });
});
