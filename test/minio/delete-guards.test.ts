/**
 * What keeps `--delete` from deleting what it should not: limits, empty sources, markers, a second question.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";
import { plant, plantObjects, secondsAgo } from "../support/trees.ts";

/** Runs, and keeps what warnings say. */
async function ran(input: ConfigInput): Promise<{ summary: Summary; warnings: string[] }> {
  const warnings: string[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "warning") warnings.push(`${event.key ?? "-"}: ${event.error.message}`);
  };
  return { summary: await sync(input, { onEvent }), warnings };
}

function up(dir: TempDir, bucket: TestBucket, more: Partial<ConfigInput> = {}): ConfigInput {
  return {
    ...{ source: dir.path, target: bucket.url(), ...bucket.side("target"), delete: true },
    ...more,
  };
}

function down(bucket: TestBucket, dir: TempDir, more: Partial<ConfigInput> = {}): ConfigInput {
  return {
    ...{ source: bucket.url(), target: dir.path, ...bucket.side("source"), delete: true },
    ...more,
  };
}

describe("a source without objects empties no target:", () => {
  test("a directory, with one line and exit code 3", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", "b/c": "2" });
    const args = ["--delete", dir.path, bucket.url()];
    const { exitCode, stdout } = await runCli(args, { env: serverEnv(httpServer()) });
    expect(exitCode).toBe(3);
    const lines = stdout.split("\n").filter((line) => line.includes(" WARN "));
    expect(lines).toEqual([
      expect.stringContaining(
        `2 objects are not deleted: ${dir.path} has no objects; if that is how it should be, use --allow-empty-source`,
      ),
    ]);
    expect(await bucket.keys()).toEqual(["a", "b/c"]);
  });

  test("a directory with nothing but directories, as a disk that is not mounted may look", async () => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at("lost+found"));
    await using bucket = await TestBucket.create();
    await bucket.put("a", "1");
    expect((await ran(up(dir, bucket))).summary).toMatchObject({ deleted: 0, warnings: 1 });
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("a prefix that nothing begins with", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("photos/a", "1");
    using dir = new TempDir();
    dir.write("a", "1");
    const source = bucket.url("fotos/");
    const { summary, warnings } = await ran(down(bucket, dir, { source }));
    expect(summary).toMatchObject({ deleted: 0, errors: 0, warnings: 1 });
    expect(warnings).toEqual([expect.stringContaining(`${source} has no objects; `)]);
    expect(dir.files()).toEqual(["a"]);
  });

  test("a source of which filters hide all", async () => {
    using dir = new TempDir();
    dir.write(".DS_Store", "x");
    await using bucket = await TestBucket.create();
    await bucket.put("a", "1");
    for (const more of [{ exclude: [".DS_Store"] }, { filterIncludeRegex: ["\\.jpg$"] }]) {
      const { summary, warnings } = await ran(up(dir, bucket, more));
      expect(summary).toMatchObject({ deleted: 0, errors: 0, warnings: 1 });
      expect(warnings).toEqual([expect.stringContaining("no objects that filters let pass; ")]);
    }
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("in a dry run and its plan neither", async () => {
    using dir = new TempDir();
    using files = new TempDir();
    await using bucket = await TestBucket.create();
    await bucket.put("a", "1");
    const more = { dryRun: true, planFile: files.at("plan") };
    expect((await ran(up(dir, bucket, more))).summary).toMatchObject({ deleted: 0, warnings: 1 });
    expect(files.read("plan").toString().trim().split("\n")).toHaveLength(1);
  });
});

describe("a source is not taken for one without objects", () => {
  test("with --allow-empty-source: the target is emptied", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", "b/c": "2" });
    const more = { allowEmptySource: true };
    const { summary } = await ran(up(dir, bucket, more));
    expect(summary).toMatchObject({ deleted: 2, errors: 0, warnings: 0 });
    expect(await bucket.keys()).toEqual([]);
  });

  test("where filters hide what the target has, too: on a quiet day nothing may be new", async () => {
    using dir = new TempDir();
    dir.write("a", "1", secondsAgo(7 * 86_400));
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", gone: "2" });
    const more = { filterMtimeAfter: secondsAgo(86_400) };
    const { summary } = await ran(up(dir, bucket, more));
    expect(summary).toMatchObject({ deleted: 1, errors: 0, warnings: 0 });
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("where a run is about a part of the keys, and the others are there", async () => {
    using dir = new TempDir();
    dir.write("2024/a", "1");
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "2023/a": "1", "2024/a": "1" });
    const { summary } = await ran(up(dir, bucket, { keyEnd: "2024" }));
    expect(summary).toMatchObject({ deleted: 1, errors: 0, warnings: 0 });
    expect(await bucket.keys()).toEqual(["2024/a"]);
    await bucket.put("2023/a", "1");
    using empty = new TempDir();
    const part = up(empty, bucket, { keyEnd: "2024" });
    expect((await ran(part)).summary).toMatchObject({ deleted: 0, warnings: 1 });
  });

  test("where the target has nothing to lose", async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    const { summary } = await ran(up(dir, bucket));
    expect(summary).toMatchObject({ deleted: 0, warnings: 0, errors: 0 });
  });
});

describe("--max-delete", () => {
  test("that is exceeded deletes nothing, is one line, and ends with 3", async () => {
    using dir = new TempDir();
    dir.write("new", "x");
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", b: "2", c: "3", d: "4" });
    const args = ["--delete", "--max-delete", "75%", dir.path, bucket.url()];
    const { exitCode, stdout } = await runCli(args, { env: serverEnv(httpServer()) });
    expect(exitCode).toBe(3);
    const lines = stdout.split("\n").filter((line) => line.includes(" WARN "));
    expect(lines).toEqual([
      expect.stringContaining(
        "4 objects are not deleted: --max-delete allows 75% of 4, which is 3",
      ),
    ]);
    expect(await bucket.keys()).toEqual(["a", "b", "c", "d", "new"]);
  });
});

describe("--require-marker", () => {
  const requireMarker = ".mounted";

  test("lets nothing begin where the source has no such file: one line, exit code 1", async () => {
    using dir = new TempDir();
    dir.write("a", "new");
    // A directory is no marker.
    fs.mkdirSync(dir.at(".mounted"));
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "old", b: "2" });
    const args = ["--require-marker", ".mounted", "--delete", dir.path, bucket.url()];
    const { exitCode, stdout, stderr } = await runCli(args, { env: serverEnv(httpServer()) });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr.split("\n")[0]).toBe(
      `s3sync: nothing is done: ${dir.path} has no ".mounted", which --require-marker asks for`,
    );
    expect(Buffer.from(await bucket.get("a")).toString()).toBe("old");
    expect(await bucket.keys()).toEqual(["a", "b"]);
  });

  test("lets a run go on where it is there, and sends it like any other", async () => {
    using dir = new TempDir();
    plant(dir, { ".mounted": "", a: "1" });
    await using bucket = await TestBucket.create();
    await bucket.put("old", "x");
    const { summary } = await ran(up(dir, bucket, { requireMarker }));
    expect(summary).toMatchObject({ transferredObjects: 2, deleted: 1, warnings: 0, errors: 0 });
    expect(await bucket.keys()).toEqual([".mounted", "a"]);
  });

  test("asks for an object where the source is a bucket", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "p/a": "1", "p/.mounted-not": "" });
    using dir = new TempDir();
    dir.write("b", "1");
    for (const source of [bucket.url("p/"), bucket.url("p")]) {
      const input = down(bucket, dir, { source, requireMarker });
      expect(await rejection(sync(input))).toMatchObject({ code: "precondition" });
      expect(dir.files()).toEqual(["b"]);
    }
    await bucket.put("p/.mounted", "");
    for (const source of [bucket.url("p/"), bucket.url("p")]) {
      const input = down(bucket, dir, { source, requireMarker });
      expect(await sync(input)).toMatchObject({ warnings: 0, errors: 0 });
    }
    expect(dir.files()).toEqual([".mounted", ".mounted-not", "a"]);
  });

  test("makes no sense with a single file", async () => {
    using dir = new TempDir();
    dir.write("a", "1");
    await using bucket = await TestBucket.create();
    const input = { source: dir.at("a"), target: bucket.url(), ...bucket.side("target") };
    const error = await rejection(sync({ ...input, requireMarker }));
    expect(error).toMatchObject({ code: "usage" });
  });

  test.each(["../a", "/a", "a//b", "."])("takes no name such as %s", async (name) => {
    using dir = new TempDir();
    const input = { source: dir.path, target: "s3://bucket/", requireMarker: name };
    expect(await rejection(sync(input))).toMatchObject({ code: "usage" });
  });
});

/** A proxy whose listings leave out keys. */
async function leavingOut(...keys: readonly string[]): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(httpServer());
  proxy.inject("ListObjectsV2", {
    kind: "rewrite",
    rewrite: ({ status, headers, body }) => {
      const isLeftOut = (each: string): boolean =>
        keys.some((key) => each.includes(`<Key>${key}</Key>`));
      const text = body
        .toString()
        .replaceAll(/<Contents>.*?<\/Contents>/gs, (each) => (isLeftOut(each) ? "" : each));
      return { status, headers, body: Buffer.from(text) };
    },
  });
  return proxy;
}

describe("--confirm-deletes", () => {
  const objects = { "p/a": "1", "p/b": "2", "p/c": "3" };

  test.each([["p/"], ["p"]])(
    "keeps files whose object a listing left out, from the prefix %s",
    async (prefix) => {
      await using bucket = await TestBucket.create();
      await plantObjects(bucket, objects);
      using dir = new TempDir();
      plant(dir, { a: "1", b: "2", gone: "x", "gone too": "x" });
      await using proxy = await leavingOut("p/b");
      const more = { source: bucket.url(prefix), sourceEndpointUrl: proxy.endpoint };
      const input = down(bucket, dir, { ...more, confirmDeletes: true });
      const { summary, warnings } = await ran(input);
      expect(summary).toMatchObject({ deleted: 2, errors: 0, warnings: 1 });
      expect(warnings).toEqual([
        `b: "b" is not deleted: ${bucket.url(prefix)} has it, although its listing does not show it`,
      ]);
      expect(dir.files()).toEqual(["a", "b", "c"]);
    },
  );

  test("is what keeps them: without it they go, and nobody asks", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, objects);
    using dir = new TempDir();
    plant(dir, { a: "1", b: "2" });
    await using proxy = await leavingOut("p/b");
    const more = { source: bucket.url("p/"), sourceEndpointUrl: proxy.endpoint };
    expect((await ran(down(bucket, dir, more))).summary).toMatchObject({ deleted: 1 });
    expect(dir.files()).toEqual(["a", "c"]);
    expect(proxy.count("HeadObject")).toBe(0);
  });

  test("asks once for each object that would go, from bucket to bucket, also in a dry run", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, objects);
    await plantObjects(bucket, { "t/b": "2", "t/x": "3", "t/y": "3" });
    for (const [dryRun, left] of [
      [true, ["t/b", "t/x", "t/y"]],
      [false, ["t/a", "t/b", "t/c"]],
    ] as const) {
      await using proxy = await leavingOut("p/b");
      const { summary } = await ran({
        ...{ source: bucket.url("p/"), target: bucket.url("t/"), delete: true, dryRun },
        ...{ ...bucket.side("source"), ...bucket.side("target"), confirmDeletes: true },
        sourceEndpointUrl: proxy.endpoint,
      });
      expect(summary).toMatchObject({ deleted: 2, warnings: 1, errors: 0 });
      expect(proxy.count("HeadObject")).toBe(3);
      expect(await bucket.keys("t/")).toEqual([...left]);
    }
  });

  test("deletes nothing of which it hears no answer", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, objects);
    using dir = new TempDir();
    plant(dir, { gone: "x" });
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject("HeadObject", { kind: "refuse", status: 403, code: "AccessDenied" });
    const more = { source: bucket.url("p/"), sourceEndpointUrl: proxy.endpoint };
    const { summary } = await ran(down(bucket, dir, { ...more, confirmDeletes: true }));
    expect(summary).toMatchObject({ deleted: 0, warnings: 1, errors: 0 });
    expect(dir.files()).toContain("gone");
  });
});
