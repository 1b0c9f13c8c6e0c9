/**
 * Filters in whole runs: what they send, what they ask for, and what they protect from `--delete`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, sync } from "../../src/index.ts";
import { compileRegex } from "../../src/regex/regex.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { cliCommand, runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const regex = (pattern: string) => [compileRegex(pattern)];

describe("by name, up with --delete:", () => {
  /** The keys in the target after a run from `source` onto `target`. */
  async function left(
    source: Readonly<Record<string, string>>,
    target: readonly string[],
    args: readonly string[],
  ): Promise<string[]> {
    await using bucket = await TestBucket.create();
    for (const key of target) await bucket.put(key, "old");
    using dir = new TempDir();
    for (const [name, text] of Object.entries(source)) dir.write(name, text);
    const all = ["--delete", ...args, dir.path, bucket.url()];
    const { exitCode, stderr } = await runCli(all, { env: serverEnv(httpServer()), cwd: dir.path });
    expect([exitCode, stderr.split("\n").filter((line) => line.startsWith("s3sync:"))]).toEqual([
      0,
      [],
    ]);
    return await bucket.keys();
  }

  test("what globs exclude is neither sent nor deleted", async () => {
    const source = { "a.txt": "1", "b.tmp": "2", "x/c.tmp": "3" };
    expect(await left(source, ["gone.txt", "kept.tmp"], ["--exclude", "*.tmp"])).toEqual([
      "a.txt",
      "kept.tmp",
    ]);
  });

  test("the order of includes and excludes on the command line counts", async () => {
    const source = { "a.log": "1", "keep.log": "2", "b.txt": "3" };
    const both = ["--exclude", "*.log", "--include", "keep.log"];
    expect(await left(source, [], both)).toEqual(["b.txt", "keep.log"]);
    const reversed = ["--include", "keep.log", "--exclude", "*.log"];
    expect(await left(source, [], reversed)).toEqual([]);
  });

  test("ignore files in the source count at every depth, and are not sent", async () => {
    const source = {
      ".s3syncignore": "*.o\nbuild/\n",
      "a.o": "1",
      "b.c": "2",
      "build/x": "3",
      "sub/.s3syncignore": "!keep.o\n",
      "sub/keep.o": "4",
      "sub/c.o": "5",
    };
    expect(await left(source, ["gone.c", "old.o", "build/y", ".s3syncignore"], [])).toEqual([
      ".s3syncignore",
      "b.c",
      "build/y",
      "old.o",
      "sub/keep.o",
    ]);
  });

  test("an ignore file may lie anywhere", async () => {
    const source = { "a.o": "1", "b.c": "2", rules: "*.o\nrules\n" };
    expect(await left(source, ["old.o"], ["--ignore-file", "rules"])).toEqual(["b.c", "old.o"]);
  });

  test("only what a list names is sent, and nothing else is touched", async () => {
    const source = { a: "1", "b b": "2", "x/c": "3", "y/d": "4", list: "a\n./x/c\r\n\ny/\n" };
    expect(await left(source, ["other"], ["--files-from", "list"])).toEqual([
      "a",
      "other",
      "x/c",
      "y/d",
    ]);
  });

  needing("keeps line breaks in keys").test(
    "a list may have zero bytes between its names",
    async () => {
      const source = { a: "1", "new\nline": "2", list: "new\nline\0" };
      expect(await left(source, [], ["--files-from", "list"])).toEqual(["new\nline"]);
    },
  );

  test("--delete-excluded deletes what only the target has", async () => {
    const source = { "a.txt": "1", "b.tmp": "2" };
    const args = ["--exclude", "*.tmp", "--delete-excluded"];
    expect(await left(source, ["b.tmp", "kept.tmp"], args)).toEqual(["a.txt", "b.tmp"]);
  });
});

test("what a list names and the source does not have is a warning each", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  dir.write("a", "x");
  dir.write("list", "a\nmissing\ndir/\n");
  const args = ["--files-from", dir.at("list"), dir.path, bucket.url()];
  const { exitCode, stdout } = await runCli(args, { env: serverEnv(httpServer()) });
  expect(exitCode).toBe(3);
  const warned = stdout.split("\n").filter((line) => line.includes("is asked for"));
  expect(warned).toHaveLength(2);
  expect(await bucket.keys()).toEqual(["a"]);
});

test("what a list names before the part that is sent is a warning, too", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  for (const key of ["a", "b"]) await bucket.put(key, "x");
  const list = dir.write("list", "a\nb\n");
  const args = ["--key-start", "a", "--files-from", list, bucket.url(), dir.at("to")];
  const { exitCode, stdout } = await runCli(args, { env: serverEnv(httpServer()) });
  expect(exitCode).toBe(3);
  expect(stdout).toContain('"a" is asked for');
});

test("a list may come through standard input", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  for (const name of ["a", "b", "c"]) dir.write(name, "x");
  const child = Bun.spawn([...cliCommand(), "--files-from", "-", "-q", dir.path, bucket.url()], {
    stdin: Buffer.from("a\nc\n"),
    stdout: "ignore",
    stderr: "ignore",
    env: { ...process.env, ...serverEnv(httpServer()) },
  });
  expect(await child.exited).toBe(0);
  expect(await bucket.keys()).toEqual(["a", "c"]);
});

test("a glob that makes no sense is bad usage, and nothing happens", async () => {
  using dir = new TempDir();
  const { exitCode, stderr } = await runCli(["--exclude", "/", dir.path, "s3://b/"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('the glob "/" makes no sense: it names nothing');
});

test("a file of rules that cannot be read is told, and nothing happens", async () => {
  using dir = new TempDir();
  for (const option of ["--ignore-file", "--files-from"]) {
    const { exitCode, stderr } = await runCli([option, dir.at("none"), dir.path, "s3://b/"], {
      env: serverEnv(httpServer()),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${option}: cannot read ${dir.at("none")}: no such file`);
  }
});

describe("by what objects tell:", () => {
  async function sent(
    more: Partial<ConfigInput>,
  ): Promise<{ keys: string[]; requests: Record<string, number>; deleted: number }> {
    await using bucket = await TestBucket.create();
    await bucket.put("from/html", "1", { ContentType: "text/html" });
    await bucket.put("from/png", "2", { ContentType: "image/png", Metadata: { owner: "me" } });
    await bucket.put("from/tagged", "3", { ContentType: "text/plain", Tagging: "b=2&a=1" });
    await bucket.put("to/gone", "4", { ContentType: "text/html" });
    await using proxy = await FaultProxy.start(httpServer());
    const { errors, warnings, deleted } = await sync({
      source: bucket.url("from/"),
      target: bucket.url("to/"),
      ...bucket.side("source"),
      ...bucket.side("target"),
      sourceEndpointUrl: proxy.endpoint,
      delete: true,
      ...more,
    });
    expect([errors, warnings]).toEqual([0, 0]);
    const requests: Record<string, number> = {};
    for (const { operation } of proxy.requests) {
      requests[operation] = (requests[operation] ?? 0) + 1;
    }
    const keys = (await bucket.keys()).filter((key) => key.startsWith("to/"));
    return { keys: keys.map((key) => key.slice(3)), requests, deleted };
  }

  test("the type", async () => {
    const { keys, requests } = await sent({ filterIncludeContentTypeRegex: regex("^text/") });
    expect(keys).toEqual(["html", "tagged"]);
    expect(requests).toMatchObject({ HeadObject: 3, GetObject: 2 });
  });

  test("an excluded type", async () => {
    expect((await sent({ filterExcludeContentTypeRegex: regex("^text/") })).keys).toEqual(["png"]);
  });

  test("metadata", async () => {
    expect((await sent({ filterIncludeMetadataRegex: regex("owner=(me|you)") })).keys).toEqual([
      "png",
    ]);
  });

  test("excluded metadata", async () => {
    expect((await sent({ filterExcludeMetadataRegex: regex("owner=") })).keys).toEqual([
      "html",
      "tagged",
    ]);
  });

  const tagging = needing("keeps and counts tags");
  tagging.test("tags", async () => {
    expect((await sent({ filterIncludeTagRegex: regex("^a=1&b=2$") })).keys).toEqual(["tagged"]);
  });

  tagging.test("excluded tags", async () => {
    expect((await sent({ filterExcludeTagRegex: regex("a=1") })).keys).toEqual(["html", "png"]);
  });

  test("they protect nothing: what only the target has is deleted, as upstream", async () => {
    expect((await sent({ filterIncludeTagRegex: regex("x") })).deleted).toBe(1);
  });

  test("a dry run says the same", async () => {
    const { requests } = await sent({ filterIncludeTagRegex: regex("x"), dryRun: true });
    expect(requests["GetObject"]).toBeUndefined();
  });
});

test("a file's type is that of its name", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  for (const name of ["a.html", "b.png", "c"]) dir.write(name, "x");
  const { transferredObjects, skipped } = await sync({
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    filterIncludeContentTypeRegex: regex("^text/html"),
  });
  expect([transferredObjects, skipped]).toEqual([1, 2]);
  expect(await bucket.keys()).toEqual(["a.html"]);
});
