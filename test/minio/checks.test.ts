/**
 * Update checks by checksum, and what users ask for to be surer still.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { etagOf, MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };
const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
const contents = { small: randomBytes("check", 1000), large: randomBytes("check", five + 1) };

const telling = needing("tells parts by their numbers");
const checking = needing("checks checksums", "keeps checksums of parts");

checking.describe.each([...algorithms])("--check-additional-checksum %s", (algorithm) => {
  const check = { checkAdditionalChecksum: algorithm };

  const isSentIfOther = async (size: keyof typeof contents): Promise<void> => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("a", contents[size], secondsAgo(60));
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts };
    await sync({ ...input, additionalChecksumAlgorithm: algorithm });
    // Newer, and of the same size: only the content tells.
    dir.write("a", contents[size], secondsAgo(-60));
    expect(await sync({ ...input, ...check })).toMatchObject({ skipped: 1, warnings: 0 });
    const changed = Uint8Array.from(contents[size]);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    dir.write("a", changed, secondsAgo(600));
    expect(await sync({ ...input, ...check })).toMatchObject({
      transferredObjects: 1,
      warnings: 0,
    });
  };
  test("up: what is the same is not sent, small", () => isSentIfOther("small"));
  telling.test("up: what is the same is not sent, large", () => isSentIfOther("large"));

  test("down and across: what is the same is not sent", async () => {
    await using bucket = await TestBucket.create();
    const own = { ChecksumAlgorithm: algorithm };
    await bucket.put("from/a", contents.small, own);
    await bucket.put("to/a", contents.small, own);
    using dir = new TempDir();
    dir.write("a", contents.small, secondsAgo(600));
    const from = { source: bucket.url("from/"), ...bucket.side("source") };
    const down = await sync({ ...from, target: dir.path, ...check });
    const across = await sync({
      ...from,
      target: bucket.url("to/"),
      ...bucket.side("target"),
      ...check,
    });
    expect(down).toMatchObject({ skipped: 1, warnings: 0 });
    expect(across).toMatchObject({ skipped: 1, warnings: 0 });
  });
});

describe("what was compared and is the same is told with its evidence, as in the original's README:", () => {
  const rows: readonly (readonly [string, string[], string, string[]])[] = [
    ["by default", [], "object filtered.", ["source_last_modified", "target_last_modified"]],
    ["by size", ["--check-size"], "object filtered(same size).", ["content_length"]],
    [
      "by ETag",
      ["--check-etag"],
      "object filtered. ETags are same.",
      ["source_e_tag", "target_e_tag", "source_size", "target_size", "source_last_modified"],
    ],
    [
      "by checksum",
      ["--check-additional-checksum", "SHA256"],
      "object filtered. Checksums are same.",
      ["checksum_algorithm", "source_checksum", "target_checksum", "source_size"],
    ],
  ];
  test.each(rows)("%s", async (_, args, message, names) => {
    await using bucket = await TestBucket.create();
    await bucket.put("a", contents.small, { ChecksumAlgorithm: "SHA256" });
    using dir = new TempDir();
    dir.write("a", contents.small, secondsAgo(60));
    const { stdout } = await runCli(["-vv", "--json-tracing", ...args, dir.path, bucket.url()], {
      env: serverEnv(httpServer()),
    });
    const records = stdout.split("\n").filter((line) => line.includes("object filtered"));
    expect(records).toHaveLength(1);
    const { fields } = JSON.parse(records[0] ?? "") as { fields: Record<string, unknown> };
    expect(fields).toMatchObject({ message, key: "a" });
    for (const name of names) expect(fields[name]).toBeTruthy();
    expect(fields["source_e_tag"]).toEqual(fields["target_e_tag"]);
  });
});

test("what has no such checksum is sent, with a warning", async () => {
  await using bucket = await TestBucket.create();
  await bucket.put("a", contents.small, { ChecksumAlgorithm: "SHA1" });
  using dir = new TempDir();
  dir.write("a", contents.small);
  const warnings: string[] = [];
  const summary = await sync(
    {
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      checkAdditionalChecksum: "SHA256",
    },
    { onEvent: (event) => event.type === "warning" && warnings.push(event.error.message) },
  );
  expect(summary).toMatchObject({ transferredObjects: 1, warnings: 1 });
  expect(warnings).toEqual(['"a" is sent, because it cannot be compared: it has no SHA256']);
});

test("--check-mtime-and-additional-checksum asks only about what is newer", async () => {
  await using bucket = await TestBucket.create();
  await bucket.put("a", contents.small, { ChecksumAlgorithm: "CRC32" });
  using dir = new TempDir();
  dir.write("a", randomBytes("other", 1000), secondsAgo(60));
  const input = {
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    checkMtimeAndAdditionalChecksum: "CRC32",
  } as const;
  expect(await sync(input)).toMatchObject({ skipped: 1 });
  dir.write("a", randomBytes("other", 1000), secondsAgo(-60));
  expect(await sync(input)).toMatchObject({ transferredObjects: 1 });
});

describe("--auto-chunksize keeps the ETag of", () => {
  type Sources = readonly (readonly [string, number, number | undefined])[];
  const whole: Sources = [
    ["a large object of one part", 12 * MiB, undefined],
    ["a small object of one part", 1000, undefined],
  ];
  const inParts: Sources = [
    ["a small object of two parts", five + 10, five],
    ["a large object of parts of another size", 20 * MiB, 6 * MiB],
  ];
  const ways: readonly (readonly [string, Partial<ConfigInput>])[] = [
    ["through this machine", {}],
    ["on the server", { serverSideCopy: true }],
    ["through little memory", { maxMemory: 16 * MiB }],
  ];
  const withWays = (sources: Sources) =>
    sources.flatMap(([what, size, part]) =>
      ways.map(([way, more]) => [what, way, size, part, more] as const),
    );
  async function keepsETag(
    _what: string,
    _way: string,
    size: number,
    part: number | undefined,
    more: Partial<ConfigInput>,
  ): Promise<void> {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    const bytes = randomBytes("auto", size);
    dir.write("a", bytes);
    await sync({
      source: dir.path,
      target: bucket.url("from/"),
      ...bucket.side("target"),
      multipartThreshold: part === undefined ? 100 * MiB : five,
      multipartChunksize: part,
    });
    const summary = await sync({
      source: bucket.url("from/"),
      target: bucket.url("to/"),
      ...bucket.side("source"),
      ...bucket.side("target"),
      autoChunksize: true,
      ...more,
    });
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, warnings: 0 });
    const { ETag } = await bucket.head("to/a");
    expect(ETag).toBe(`"${etagOf(bytes, part)}"`);
  }
  test.each(withWays(whole))("%s, %s", keepsETag);
  telling.test.each(withWays(inParts))("%s, %s", keepsETag);
});

test("--disable-multipart-verify leaves ETags of parts alone, and only these", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  dir.write("small", contents.small);
  dir.write("large", contents.large);
  const summary = await sync({
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    ...parts,
    disableMultipartVerify: true,
  });
  expect(summary).toMatchObject({ transferredObjects: 2, etagVerified: 1, warnings: 0 });
});

describe("--if-match", () => {
  /** Runs onto an object that somebody replaces between the listing and the writing. */
  async function replaced(content: Uint8Array, before: string | undefined) {
    await using bucket = await TestBucket.create();
    if (before !== undefined) await bucket.put("a", before);
    using dir = new TempDir();
    dir.write("a", content, secondsAgo(-60));
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold(
      ({ operation }) => operation === "PutObject" || operation === "CreateMultipartUpload",
      "request",
    );
    const running = sync({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: proxy.endpoint,
      ...parts,
      ifMatch: true,
    });
    await gate.reached;
    await bucket.put("a", "theirs");
    gate.open();
    const summary = await running;
    return { summary, now: Buffer.from(await bucket.get("a")).toString() };
  }

  const kept = async (content: Uint8Array): Promise<void> => {
    const { summary, now } = await replaced(content, "old");
    expect(now).toBe("theirs");
    expect(summary).toMatchObject({ transferredObjects: 0, warnings: 1, errors: 0 });
  };
  const writing = needing("writes on conditions");
  const completing = needing("completes uploads on conditions");

  writing.test("keeps what somebody else wrote meanwhile, small", () => kept(contents.small));

  completing.test("keeps what somebody else wrote meanwhile, large", () => kept(contents.large));

  writing.test("also where there was nothing before", async () => {
    const { summary, now } = await replaced(contents.small, undefined);
    expect(now).toBe("theirs");
    expect(summary).toMatchObject({ transferredObjects: 0, warnings: 1 });
  });

  test("replaces and deletes what is as it was listed", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("a", "old");
    await bucket.put("gone", "x");
    using dir = new TempDir();
    dir.write("a", "new", secondsAgo(-60));
    await using proxy = await FaultProxy.start(httpServer());
    const summary = await sync({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      targetEndpointUrl: proxy.endpoint,
      ifMatch: true,
      delete: true,
    });
    expect(summary).toMatchObject({ transferredObjects: 1, deleted: 1, warnings: 0 });
    expect(await bucket.keys()).toEqual(["a"]);
    const conditions = proxy.requests.flatMap(({ method, headers }) =>
      ["PUT", "DELETE"].includes(method) ? [[method, headers.get("if-match")]] : [],
    );
    expect(conditions).toEqual([
      ["PUT", `"${etagOf(Buffer.from("old"))}"`],
      ["DELETE", `"${etagOf(Buffer.from("x"))}"`],
    ]);
  });
});

describe("--read-back-verify", () => {
  /** Runs into a target whose answers to reads may be damaged. */
  async function readBack(content: Uint8Array, damaged: boolean) {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("a", content);
    await using proxy = await FaultProxy.start(httpServer());
    if (damaged) {
      proxy.inject("GetObject", {
        kind: "rewrite",
        rewrite: (answer) => {
          const body = Buffer.from(answer.body);
          body[0] = (body[0] ?? 0) ^ 1;
          return { ...answer, body };
        },
      });
    }
    const events: SyncEvent[] = [];
    const summary = await sync(
      {
        source: dir.path,
        target: bucket.url(),
        ...bucket.side("target"),
        targetEndpointUrl: proxy.endpoint,
        ...parts,
        readBackVerify: true,
        forceRetryIntervalMilliseconds: 0,
      },
      { onEvent: (event) => void events.push(event) },
    );
    return { summary, events, reads: proxy.count("GetObject") };
  }

  test.each(["small", "large"] as const)("reads what was written, %s", async (size) => {
    const { summary, reads } = await readBack(contents[size], false);
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 0, errors: 0 });
    expect(reads).toBe(size === "small" ? 1 : 2);
  });

  test.each(["small", "large"] as const)(
    "does not believe what comes back damaged, %s",
    async (size) => {
      const { summary, events } = await readBack(contents[size], true);
      expect(summary).toMatchObject({ transferredObjects: 0, warnings: 1 });
      const warning = events.find(({ type }) => type === "warning");
      expect(warning?.type === "warning" ? warning.error.message : "").toContain(
        'what was read back of "a" is not what was sent',
      );
    },
  );

  test("works for files, too", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("a", contents.large);
    using dir = new TempDir();
    const summary = await sync({
      source: bucket.url(),
      target: dir.path,
      ...bucket.side("source"),
      ...parts,
      readBackVerify: true,
    });
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 0 });
    expect(fs.readFileSync(dir.at("a"))).toEqual(Buffer.from(contents.large));
  });
});

describe("an archived object", () => {
  async function archived(more: Partial<ConfigInput>) {
    await using bucket = await TestBucket.create();
    await bucket.put("from/cold", "x");
    await bucket.put("from/warm", "y");
    using dir = new TempDir();
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject(({ operation, target }) => operation === "GetObject" && target.includes("cold"), {
      kind: "refuse",
      status: 403,
      code: "InvalidObjectState",
    });
    return await sync({
      source: bucket.url("from/"),
      target: dir.path,
      ...bucket.side("source"),
      sourceEndpointUrl: proxy.endpoint,
      ...more,
    });
  }

  test("is skipped with a warning", async () => {
    expect(await archived({})).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
  });

  test("is skipped in silence with --ignore-glacier-warnings", async () => {
    expect(await archived({ ignoreGlacierWarnings: true })).toMatchObject({
      transferredObjects: 1,
      skipped: 1,
      warnings: 0,
    });
  });
});

test("an object stored with Content-Encoding: gzip arrives byte for byte", async () => {
  await using bucket = await TestBucket.create();
  const zipped = Bun.gzipSync(Buffer.from("hello ".repeat(1000)));
  await bucket.put("from/a", zipped, { ContentEncoding: "gzip" });
  using dir = new TempDir();
  const from = { source: bucket.url("from/"), ...bucket.side("source") };
  expect(await sync({ ...from, target: dir.path })).toMatchObject({ etagVerified: 1, warnings: 0 });
  expect(fs.readFileSync(dir.at("a"))).toEqual(Buffer.from(zipped));
  await sync({ ...from, target: bucket.url("to/"), ...bucket.side("target") });
  expect(await bucket.get("to/a")).toEqual(zipped);
  expect((await bucket.head("to/a")).ContentEncoding).toBe("gzip");
});
