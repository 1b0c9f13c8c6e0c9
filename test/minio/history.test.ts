/**
 * `ls` and `versions`: what there is in a bucket, and what there was.
 *
 * @module
 */
import { afterAll, beforeAll, describe as group, expect } from "bun:test";

import { listObjects, listVersions, type SyncError } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { listXml, startStub } from "../support/stub-s3.ts";

const { describe, test } = needing("keeps versions", "keeps the dates of old versions");

let bucket: TestBucket;
let then: Date;

beforeAll(async () => {
  bucket = await TestBucket.create();
  await bucket.keepVersions();
  await bucket.put("p/a", "one");
  await bucket.put("p/ab", "x");
  await bucket.put("p/gone", "gone");
  await bucket.put("q", "elsewhere");
  await untilLater();
  then = new Date();
  await untilLater();
  await bucket.put("p/a", "second");
  await bucket.put("p/new", "new");
  await bucket.remove(["p/gone"]);
});
afterAll(() => bucket[Symbol.asyncDispose]());

function access(place: string) {
  const { endpoint, accessKeyId, secretAccessKey } = bucket.server;
  const keys = { accessKey: accessKeyId, secretAccessKey } as const;
  return { place, endpointUrl: endpoint, region: "us-east-1", forcePathStyle: true, ...keys };
}

async function listed(place: string, at?: Date | string): Promise<string[]> {
  const found = await Array.fromAsync(listObjects({ ...access(place), at }));
  return found.map(({ key, size }) => `${key} ${size}`);
}

async function versions(place: string): Promise<string[]> {
  const found = await Array.fromAsync(listVersions(access(place)));
  return found.map(({ key, size, isMarker }) => `${key} ${isMarker ? "deleted" : size}`);
}

describe("the objects of a bucket", () => {
  test("are told by their full keys, those of a prefix as it is written", async () => {
    expect(await listed(bucket.url())).toEqual(["p/a 6", "p/ab 1", "p/new 3", "q 9"]);
    expect(await listed(bucket.url("p/"))).toEqual(["p/a 6", "p/ab 1", "p/new 3"]);
    expect(await listed(bucket.url("p/a"))).toEqual(["p/a 6", "p/ab 1"]);
  });

  test("as they were at a time are told, too", async () => {
    expect(await listed(bucket.url("p/"), then)).toEqual(["p/a 3", "p/ab 1", "p/gone 4"]);
    expect(await listed(bucket.url("p/"), "2020-01-01")).toEqual([]);
  });

  test("as they were are not told where nobody knows", async () => {
    await using plain = await TestBucket.create();
    const error = await listed(plain.url(), then).catch((thrown: SyncError) => thrown);
    expect(error).toMatchObject({ code: "usage", message: expect.stringContaining("no versions") });
  });
});

describe("the versions", () => {
  test("of an object are told, the newest first, and those of no other", async () => {
    expect(await versions(bucket.url("p/a"))).toEqual(["p/a 6", "p/a 3"]);
    expect(await versions(bucket.url("p/gone"))).toEqual(["p/gone deleted", "p/gone 4"]);
    expect(await versions(bucket.url("p"))).toEqual([]);
  });

  test("of all below a prefix are told, those of each key together", async () => {
    expect(await versions(bucket.url("p/"))).toEqual([
      ...["p/a 6", "p/a 3", "p/ab 1", "p/gone deleted", "p/gone 4", "p/new 3"],
    ]);
  });
});

group("on the command line", () => {
  const run = (...args: string[]) =>
    runCli([...args, "--force-path-style"], { env: serverEnv(bucket.server) });

  test("ls prints a line for each object, and nothing else, where it is no terminal", async () => {
    const { exitCode, stdout, stderr } = await run("ls", bucket.url("p/"));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00`;
    const line = (rest: string): string => `${time}\t${rest}\n`;
    expect(stdout).toMatch(new RegExp(`^${line("6\tp/a")}${line("1\tp/ab")}${line("3\tp/new")}$`));
  });

  test("ls --at --json prints what there was as JSON", async () => {
    const { stdout } = await run("ls", "--json", "--at", then.toISOString(), bucket.url("p/"));
    const found: unknown[] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(found).toMatchObject([
      { key: "p/a", size: 3, version_id: expect.any(String) },
      ...[{ key: "p/ab" }, { key: "p/gone", size: 4 }],
    ]);
  });

  test("versions prints what became of an object", async () => {
    const { exitCode, stdout } = await run("versions", bucket.url("p/gone"));
    expect(exitCode).toBe(0);
    const fields = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(fields.map(([, state, size, , key]) => [state, size, key])).toEqual([
      ["deleted", "0", "p/gone"],
      ["old", "4", "p/gone"],
    ]);
  });

  test("versions of what never was is an error", async () => {
    const { exitCode, stderr } = await run("versions", bucket.url("p"));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${bucket.url("p")} is not there`);
    expect(stderr).toContain(`s3sync versions ${bucket.url("p")}/`);
  });

  test("ls tells of keys that nobody can read, and ends with 3", async () => {
    const body = listXml("a", "?").replace("%3F", "%FF");
    await using server = await startStub([{ body }]);
    const env = { ...serverEnv(bucket.server), AWS_ENDPOINT_URL: server.origin };
    const { exitCode, stdout, stderr } = await runCli(["ls", "s3://bucket/"], { env });
    expect(stdout).toEndWith("\t1\ta\n");
    expect(stderr).toContain("is not valid UTF-8");
    expect(exitCode).toBe(3);
  });

  test.each([
    [["ls", "./here"], "only buckets keep versions, and ./here is a path"],
    [["ls", "--delete", "s3://b/"], "--delete means nothing to ls"],
    [["versions", "--at", "3d", "s3://b/"], "--at means nothing to versions"],
    [["./a", "s3://b/", "--at", "3d"], "--at belongs to s3sync restore and ls"],
  ] as const)("%j is refused: %s", async (args, message) => {
    const { exitCode, stderr } = await runCli(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
