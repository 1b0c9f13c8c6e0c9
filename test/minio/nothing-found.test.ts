/**
 * Runs that find nothing: a name with a typo is told of, and what is empty on purpose stays no failure.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { check, type ConfigInput, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

/** What a run remarks. */
async function remarks(input: ConfigInput, run: typeof sync = sync): Promise<string[]> {
  const said: string[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "notice" && event.isDoubtful === true) said.push(event.message);
  };
  const { errors, warnings } = await run(input, { onEvent });
  expect([errors, warnings]).toEqual([0, 0]);
  return said;
}

/** From a prefix of a bucket that holds `photos/a` to an empty directory. */
function down(bucket: TestBucket, dir: TempDir, prefix: string): ConfigInput {
  return { source: bucket.url(prefix), target: dir.path, ...bucket.side("source") };
}

describe("a prefix under which nothing is", () => {
  test.each(["phtoos/", "photos/b.txt"])("is told of: %s", async (prefix) => {
    await using bucket = await TestBucket.create();
    await bucket.put("photos/a", "x");
    using dir = new TempDir();
    expect(await remarks(down(bucket, dir, prefix))).toEqual([
      `there is nothing under ${bucket.url(prefix)}`,
    ]);
  });

  test("is a line without -v, and changes no exit code: an inbox may be empty", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    const args = [bucket.url("inbox/"), dir.path];
    const { exitCode, stdout } = await runCli(args, { env: serverEnv(httpServer()) });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\S+ {2}WARN there is nothing under s3:\/\/\S+\/inbox\/\n$/);
  });

  test("is not told of again where --delete refuses to empty the target", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("a", "x");
    const said: string[] = [];
    const onEvent = (event: SyncEvent): void => void said.push(event.type);
    await sync({ ...down(bucket, dir, "inbox/"), delete: true }, { onEvent });
    expect(said).toContain("warning");
    expect(said).not.toContain("notice");
  });
});

test.each([
  ["whose objects are left out", "photos/", { exclude: ["*"] }],
  ["of which a range of keys is empty", "photos/", { keyStart: "z" }],
  ["whose objects are there already", "photos/", {}],
] as const)("nothing is said of a prefix %s", async (_name, prefix, more) => {
  await using bucket = await TestBucket.create();
  await bucket.put("photos/a", "x");
  using dir = new TempDir();
  dir.write("a", "x");
  expect(await remarks({ ...down(bucket, dir, prefix), ...more })).toEqual([]);
});

test("nothing is said of an empty bucket or directory: it is there", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  expect(await remarks(down(bucket, dir, ""))).toEqual([]);
  const up = { source: dir.path, target: bucket.url("p/"), ...bucket.side("target") };
  expect(await remarks(up)).toEqual([]);
});

test("a check that has nothing to compare says so", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  const both = { source: dir.path, target: bucket.url("nothing/"), ...bucket.side("target") };
  expect(await remarks(both, check)).toEqual([
    `neither ${dir.path} nor ${bucket.url("nothing/")} holds anything`,
  ]);
  dir.write("a", "x");
  expect(await remarks(both, check)).toEqual([]);
});
