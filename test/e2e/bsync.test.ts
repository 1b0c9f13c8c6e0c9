/**
 * `s3sync bsync` as a process: what it says, and what it ends with.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { canRestrict, runRestricted } from "./restricted.ts";

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

describe("a crontab", () => {
  test("hears nothing where all is well, first and later", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    const first = await bsync("notes", bucket.url("quiet/"));
    expect(first).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    dir.write("notes/b", "2");
    expect(await bsync()).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
    expect(await bucket.keys("quiet/")).toEqual(["quiet/a", "quiet/b"]);
    expect(fs.existsSync(dir.at(".state.s3sync"))).toBe(true);
  });

  test("hears of a conflict who won, and where the other one is, and gets 3", async () => {
    using _home = home();
    dir.write("notes/a.txt", "here");
    await bucket.put("conflict/a.txt", "there");
    const told = await bsync("notes", bucket.url("conflict/"));
    const kept = fs.readdirSync(dir.at("notes")).find((name) => name !== "a.txt");
    expect(told).toMatchObject({ exitCode: 3, stderr: "" });
    expect(told.stdout.trim().split("\n")).toEqual([
      expect.stringMatching(/ WARN conflict\. key="a\.txt" winner="s3" kept="[^"]+"$/),
    ]);
    expect(told.stdout).toContain(`kept="${kept}"`);
    // It is settled.
    expect(await bsync()).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("hears of it as a record with its key, with --json-tracing", async () => {
    using _home = home();
    dir.write("notes/a", "here");
    await bucket.put("record/a", "there");
    const { stdout } = await bsync("--json-tracing", "notes", bucket.url("record/"));
    const [record] = stdout.split("\n").map((line) => JSON.parse(line || "{}") as object);
    const fields = { message: "conflict.", key: "a", winner: "s3" };
    expect(record).toMatchObject({ level: "WARN", fields });
  });

  test("hears of what was not deleted, and gets 3", async () => {
    using _home = home();
    for (const name of ["a", "b", "c"]) dir.write(`notes/${name}`, name);
    await bsync("notes", bucket.url("many/"));
    for (const name of ["a", "b"]) fs.rmSync(dir.at("notes", name));
    const { exitCode, stdout } = await bsync();
    expect(exitCode).toBe(3);
    expect(stdout).toContain("2 deletions");
    expect(stdout).toContain("--max-delete allows 50% of 3, which is 1");
  });
});

describe.skipIf(!canRestrict)("a directory that cannot be read", () => {
  const restricted = (...args: readonly string[]) =>
    runRestricted(["bsync", ...args], {
      env: { ...serverEnv(httpServer()), HOME: dir.path },
      cwd: dir.path,
    });
  const names = ["a", "b", "c", "sub/d"];

  async function inStep(prefix: string): Promise<void> {
    for (const name of names) dir.write(`notes/${name}`, name);
    expect(await bsync("notes", bucket.url(prefix))).toMatchObject({ exitCode: 0 });
    fs.chmodSync(dir.at("notes/sub"), 0);
  }

  test("keeps everything from being deleted, also what has moved, and says so once", async () => {
    using _home = home();
    await inStep("gap/");
    fs.rmSync(dir.at("notes/a"));
    fs.renameSync(dir.at("notes/b"), dir.at("notes/moved"));
    dir.write("notes/new", "new");
    const { exitCode, stdout } = await restricted();
    expect(exitCode).toBe(3);
    expect(stdout.trim().split("\n")).toEqual([
      expect.stringContaining("cannot list"),
      expect.stringContaining("2 deletions of"),
    ]);
    expect(stdout).toContain("a part of a listing is missing");
    const keys = ["a", "b", "c", "moved", "new", "sub/d"].map((name) => `gap/${name}`);
    expect(await bucket.keys("gap/")).toEqual(keys);
    fs.chmodSync(dir.at("notes/sub"), 0o755);
    expect(await bsync()).toMatchObject({ exitCode: 0, stdout: "" });
    expect(await bucket.keys("gap/")).toEqual(keys.slice(2));
  });

  test("is not empty, were it the whole", async () => {
    using _home = home();
    await inStep("whole/");
    fs.chmodSync(dir.at("notes"), 0);
    const { exitCode, stdout } = await restricted();
    fs.chmodSync(dir.at("notes"), 0o755);
    expect(exitCode).toBe(1);
    expect(stdout).not.toContain("empty");
    expect(await bucket.keys("whole/")).toHaveLength(4);
  });
});

test("-v says what is done, and a summary", async () => {
  using _home = home();
  dir.write("notes/a", "1");
  const { stdout, stderr } = await bsync("-v", "notes", bucket.url("verbose/"));
  expect(stdout).toContain("sync completed.");
  expect(stderr).toContain("transferred   1 objects");
});

test("--dry-run says what would be done, and does nothing", async () => {
  using _home = home();
  dir.write("notes/a", "1");
  const { stdout, exitCode } = await bsync("--dry-run", "notes", bucket.url("dry/"));
  expect(exitCode).toBe(0);
  expect(stdout).toContain("[dry-run] sync completed.");
  expect(await bucket.keys("dry/")).toEqual([]);
  expect(fs.readdirSync(dir.path).filter((name) => name !== ".bun")).toEqual(["notes"]);
});

test("--json-tracing tells conflicts and the counters", async () => {
  using _home = home();
  dir.write("notes/a", "here");
  await bucket.put("json/a", "there");
  const { stdout } = await bsync("--json-tracing", "-v", "notes", bucket.url("json/"));
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { fields: object });
  expect(records.map(({ fields }) => fields)).toContainEqual(
    expect.objectContaining({ message: "conflict.", key: "a", winner: "s3" }),
  );
  expect(records.at(-1)?.fields).toMatchObject({ message: "sync summary", conflict: 1 });
});

test("--first-sync list says what differs, and ends with 3", async () => {
  using _home = home();
  dir.write("notes/a", "1");
  const { stdout, exitCode } = await bsync("--first-sync", "list", "notes", bucket.url("list/"));
  expect(exitCode).toBe(3);
  expect(stdout).toContain('key="a" what="only-local"');
  expect(await bucket.keys("list/")).toEqual([]);
});

describe("directories", () => {
  test("are added, listed, all brought in step, and taken away", async () => {
    using _home = home();
    dir.write("one/a", "1");
    dir.write("two/b", "2");
    dir.write("two/deep/c", "3");
    expect((await bsync("add", "one", bucket.url("maps/one/"))).exitCode).toBe(0);
    expect((await bsync("add", "two", bucket.url("maps/two/"), "--no-recursive")).exitCode).toBe(0);
    const { stdout } = await bsync("list");
    expect(stdout.trim().split("\n")).toEqual([
      `${dir.at("one")} ${bucket.url("maps/one/")}`,
      `${dir.at("two")} ${bucket.url("maps/two/")} (not recursive)`,
    ]);
    expect((await bsync()).exitCode).toBe(0);
    expect(await bucket.keys("maps/")).toEqual(["maps/one/a", "maps/two/b"]);
    expect((await bsync("remove", "one")).exitCode).toBe(0);
    fs.rmSync(dir.at("one/a"));
    expect((await bsync()).exitCode).toBe(0);
    expect(await bucket.keys("maps/")).toEqual(["maps/one/a", "maps/two/b"]);
  });

  test("that share files or objects with another one are refused", async () => {
    using _home = home();
    dir.write("one/deep/a", "1");
    await bsync("add", "one", bucket.url("shared/"));
    fs.symlinkSync("one", dir.at("link"));
    for (const [local, remote] of [
      ["link", "other/"],
      ["link/deep/er", "other/"],
      ["one/deep", "other/"],
      ["two", "shared/deep/"],
      ["one", "x/"],
    ]) {
      const { exitCode, stderr } = await bsync("add", local ?? "", bucket.url(remote));
      expect(exitCode).toBe(2);
      expect(stderr).toContain("share");
    }
  });

  test("of which one makes no sense end with 1 where others are done, and with 2 where none is", async () => {
    using _home = home();
    for (const name of ["one", "two"]) {
      dir.write(`${name}/a`, name);
      await bsync("add", name, bucket.url(`partly/${name}/`));
    }
    // Who is in step is asked nothing.
    const ask = ["--first-sync", "ask"];
    const none = await bsync(...ask);
    expect(none).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("needs a terminal"),
    });
    expect(await bucket.keys("partly/")).toEqual([]);
    expect((await bsync("one", bucket.url("partly/one/"))).exitCode).toBe(0);
    dir.write("one/b", "new");
    const some = await bsync(...ask);
    expect(some).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("needs a terminal"),
    });
    expect(await bucket.keys("partly/")).toEqual(["partly/one/a", "partly/one/b"]);
  });

  test("whose names only look so are accepted", async () => {
    using _home = home();
    dir.write("one/a", "1");
    dir.write("two/b", "2");
    fs.symlinkSync(dir.at("two"), dir.at("one/link"));
    await bsync("add", "one", bucket.url("apart/one/"));
    const added = await bsync("add", "one/link", bucket.url("apart/two/"));
    expect(added).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("the state", () => {
  test("is shown, exported and checked", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    await bsync("notes", bucket.url("state/"));
    const shown: unknown = JSON.parse((await bsync("state", "show")).stdout);
    const exported: unknown = JSON.parse((await bsync("state", "export")).stdout);
    expect(exported).toEqual(shown);
    expect(shown).toMatchObject({
      buckets: [
        {
          name: bucket.name,
          maps: [{ path: dir.at("notes"), prefix: "state/", recursive: true }],
          objects: [{ key: "state/a", size: 1, etag: "c4ca4238a0b923820dcc509a6f75849b" }],
        },
      ],
    });
    expect((await bsync("state", "check")).stdout).toContain("1 directory, 1 object");
  });

  test("that is damaged is told with a way out, and nothing is changed", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    await bsync("notes", bucket.url("damaged/"));
    dir.write("notes/b", "2");
    await bsync();
    fs.truncateSync(dir.at(".state.s3sync"), 30);
    fs.rmSync(dir.at("notes/a"));
    const { exitCode, stderr } = await bsync();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("nothing was changed");
    expect(stderr).toContain(".state.s3sync.bak");
    expect(await bucket.keys("damaged/")).toHaveLength(2);
  });

  test("is to be where there is a directory", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    for (const words of [[], ["add"]]) {
      const args = [...words, "--state", "none/state", "notes", bucket.url("nowhere/")];
      const { exitCode, stderr } = await bsync(...args);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`there is no directory ${dir.at("none")} for the state`);
    }
  });

  test("in use by a second run keeps it out", async () => {
    using _home = home();
    dir.write("notes/a", "1");
    const owner = { pid: process.pid, host: (await import("node:os")).hostname(), boot: bootId() };
    dir.write(".state.s3sync.lock", JSON.stringify(owner));
    const { exitCode, stderr } = await bsync("notes", bucket.url("locked/"));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("is in use by process");
    expect(await bucket.keys("locked/")).toEqual([]);
  });
});

function bootId(): string {
  const file = "/proc/sys/kernel/random/boot_id";
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
}

describe("mistakes", () => {
  test.each([
    [["notes"], "bsync needs a directory and then a bucket"],
    [["s3://b/p/", "notes"], "bsync needs a directory and then a bucket"],
    [["notes", "s3://b/p"], "must end with a slash"],
    [[], "knows of no directories"],
    [["--check-size", "notes", "s3://b/p/"], "--check-size means nothing to bsync"],
    [["state"], "s3sync bsync state show"],
    [["remove", "elsewhere"], "is not kept in step"],
    [["--first-sync", "both", "notes", "s3://b/p/"], "--first-sync"],
  ])("%p: one line says what is wrong", async (args, message) => {
    using _home = home();
    dir.write("notes/a", "1");
    const { exitCode, stderr } = await bsync(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test("options of two-way syncs are told elsewhere", async () => {
    using _home = home();
    const { exitCode, stderr } = await runCli(["--first-sync", "s3", ".", "s3://b/"], {
      env: serverEnv(httpServer()),
      cwd: dir.path,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--first-sync belongs to s3sync bsync");
  });
});

test("a place whose first run fails is not remembered", async () => {
  using _home = home();
  dir.write("notes/a", "1");
  const { exitCode } = await bsync("notes", `s3://no-such-bucket-${crypto.randomUUID()}/p/`);
  expect(exitCode).toBe(1);
  expect(await bsync("list")).toMatchObject({ exitCode: 0, stdout: "" });
  expect(fs.existsSync(dir.at(".state.s3sync"))).toBe(false);
});

test("--help explains it with examples and its own options first", async () => {
  using _home = home();
  const { stdout, exitCode } = await bsync("--help");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("s3sync bsync ./notes s3://bucket/notes/");
  expect(stdout).toContain("--conflict-resolve");
  expect(stdout).not.toContain("--check-size");
});
