/**
 * `prune`: old versions and old backups go, and nothing else.
 *
 * @module
 */
import { describe as group, expect } from "bun:test";

import { inParallel } from "../../src/core/parallel.ts";
import {
  listVersions,
  prune,
  type Pruned,
  type PruneInput,
  restore,
  sync,
} from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing, untilLater } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import type { SeenRequest } from "../support/fault-exchange.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";

const { describe, test } = needing("keeps versions", "keeps the dates of old versions");

function inputOf(bucket: TestBucket, place: string, more: Partial<PruneInput> = {}): PruneInput {
  const { endpoint: endpointUrl, accessKeyId: accessKey, secretAccessKey } = bucket.server;
  const access = { endpointUrl, region: "us-east-1", forcePathStyle: true };
  return { place, ...access, accessKey, secretAccessKey, ...more };
}

async function pruned(input: PruneInput): Promise<string[]> {
  const found: Pruned[] = await Array.fromAsync(prune(input));
  return found.map(({ kind, name, outcome }) => `${kind} ${name.replace(/^.*\//, "")} ${outcome}`);
}

async function left(bucket: TestBucket, prefix = ""): Promise<string[]> {
  const found = await Array.fromAsync(listVersions(inputOf(bucket, bucket.url(prefix))));
  return found.map(({ key, size, isMarker }) => `${key} ${isMarker ? "deleted" : size}`);
}

/** Keys with a past, of which the first half is old. */
async function scene(): Promise<{ bucket: TestBucket; cut: Date }> {
  const bucket = await TestBucket.create();
  await bucket.keepVersions();
  for (const text of ["1", "22", "333"]) await bucket.put("p/a", text);
  await bucket.put("p/gone", "gone");
  await bucket.remove(["p/gone"]);
  await bucket.put("p/late", "late");
  await bucket.put("p/still", "still");
  await bucket.put("q", "1");
  await bucket.put("q", "22");
  await untilLater();
  const cut = new Date();
  await untilLater();
  await bucket.put("p/a", "4444");
  await bucket.remove(["p/late"]);
  return { bucket, cut };
}

describe("prune", () => {
  test("removes what was replaced or deleted before the period, and leaves the rest", async () => {
    const { bucket, cut } = await scene();
    await using _bucket = bucket;
    const found = await pruned(inputOf(bucket, bucket.url("p/"), { keepWithin: cut }));
    expect(found).toEqual([
      ...["version a removed", "version a removed", "version gone removed"],
      "marker gone removed",
    ]);
    expect(await left(bucket)).toEqual([
      ...["p/a 4", "p/a 3", "p/late deleted", "p/late 4", "p/still 5", "q 2", "q 1"],
    ]);
  });

  test("leaves everything that was there within the period to be restored", async () => {
    const { bucket, cut } = await scene();
    await using _bucket = bucket;
    await pruned(inputOf(bucket, bucket.url(), { keepWithin: cut }));
    using dir = new TempDir();
    await restore({
      ...{ source: bucket.url("p/"), target: dir.path, at: cut },
      ...bucket.side("source"),
    });
    expect(dir.files()).toEqual(["a", "late", "still"]);
    expect(String(dir.read("a"))).toBe("333");
  });

  test("leaves so many old versions of each key with --keep-last", async () => {
    const { bucket, cut } = await scene();
    await using _bucket = bucket;
    const more = { keepWithin: cut, keepLast: 2 };
    expect(await pruned(inputOf(bucket, bucket.url(), more))).toEqual(["version a removed"]);
  });

  test("takes a place without a slash for one key, and what begins with it for something else", async () => {
    const { bucket, cut } = await scene();
    await using _bucket = bucket;
    await bucket.put("p/ab", "1");
    await bucket.put("p/ab", "2");
    const removed = await pruned(inputOf(bucket, bucket.url("p/a"), { keepWithin: cut }));
    expect(removed).toEqual(["version a removed", "version a removed"]);
    const before = await left(bucket);
    const input = inputOf(bucket, bucket.url("p"), { keepWithin: new Date() });
    expect(await rejection(pruned(input))).toMatchObject({
      ...{ code: "not-found", hint: `What lies below it is ${bucket.url("p/")}` },
    });
    expect(await left(bucket)).toEqual(before);
  });

  test("only says what would go, in a dry run", async () => {
    const { bucket, cut } = await scene();
    await using _bucket = bucket;
    const before = await left(bucket);
    const more = { keepWithin: cut, dryRun: true };
    expect(await pruned(inputOf(bucket, bucket.url("p/"), more))).toHaveLength(4);
    expect(await left(bucket)).toEqual(before);
  });

  test("removes nothing if it is more than --max-delete allows", async () => {
    const { bucket, cut } = await scene();
    await using _bucket = bucket;
    const before = await left(bucket);
    const input = inputOf(bucket, bucket.url("p/"), { keepWithin: cut, maxDelete: "3" });
    expect(await rejection(pruned(input))).toMatchObject({
      code: "precondition",
      message: "4 versions and backups are not removed: --max-delete allows 3",
    });
    expect(await left(bucket)).toEqual(before);
    expect(await pruned({ ...input, maxDelete: "4" })).toHaveLength(4);
  });

  test("removes nothing if a listing breaks off, however far it came", async () => {
    await using bucket = await TestBucket.create();
    await bucket.keepVersions();
    const keys = Array.from({ length: 510 }, (_, at) => `k${at}`);
    for (const body of ["1", "2"]) {
      await inParallel(keys, 32, (key) => bucket.put(key, body));
      await untilLater();
    }
    await using proxy = await FaultProxy.start(bucket.server);
    const isPage = ({ target }: SeenRequest): boolean => target.includes("key-marker=");
    const refusal = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    proxy.inject(isPage, refusal, { times: Infinity });
    const endpointUrl = proxy.endpoint;
    const input = inputOf(bucket, bucket.url(), { keepWithin: new Date(), endpointUrl });
    expect(await rejection(pruned(input))).toMatchObject({ code: "access-denied" });
    const found = await pruned({ ...input, endpointUrl: bucket.server.endpoint });
    expect(found).toHaveLength(keys.length);
  });

  test("leaves the note of a deletion where something stays that it hides", async () => {
    await using bucket = await TestBucket.create(undefined, undefined, true);
    await bucket.put("held", "1", { ObjectLockLegalHoldStatus: "ON" });
    await bucket.put("loose", "1");
    await bucket.remove(["held", "loose"]);
    await untilLater();
    expect(await pruned(inputOf(bucket, bucket.url(), { keepWithin: new Date() }))).toEqual([
      ...["version held failed", "version loose removed", "marker loose removed"],
    ]);
    expect(await left(bucket)).toEqual(["held deleted", "held 1"]);
  });

  test("knows what stays where the server names its key alone", async () => {
    await using bucket = await TestBucket.create(undefined, undefined, true);
    await bucket.put("held", "1", { ObjectLockLegalHoldStatus: "ON" });
    await bucket.put("loose", "1");
    await bucket.remove(["held", "loose"]);
    await untilLater();
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject("DeleteObjects", {
      kind: "rewrite",
      rewrite: (answer) => {
        const text = answer.body
          .toString()
          .replace(/<Error>.*<\/Error>/s, (error) =>
            error.replace(/<VersionId>.*?<\/VersionId>/, ""),
          );
        answer.headers.set("content-length", String(Buffer.byteLength(text)));
        return { ...answer, body: Buffer.from(text) };
      },
    });
    const more = { keepWithin: new Date(), endpointUrl: proxy.endpoint };
    expect(await pruned(inputOf(bucket, bucket.url(), more))).toContain("version held failed");
  });

  const naming = needing("escapes keys in listings", "keeps line breaks in keys");
  naming.test("removes keys of any kind", async () => {
    await using bucket = await TestBucket.create();
    await bucket.keepVersions();
    const keys = ["ü €😀", "<&>\"'", "a b+c%20d", "tab\tnl\ncr\r", "\u0001\u001f"];
    for (const key of [...keys, ...keys]) await bucket.put(key, "x");
    await untilLater();
    const found = await pruned(inputOf(bucket, bucket.url(), { keepWithin: new Date() }));
    expect(found).toHaveLength(keys.length);
    expect(await left(bucket)).toHaveLength(keys.length);
  });

  test("is refused where no versions are kept, and without a period", async () => {
    await using bucket = await TestBucket.create();
    const keepWithin = new Date();
    expect(await rejection(pruned(inputOf(bucket, bucket.url(), { keepWithin })))).toMatchObject({
      ...{ code: "usage", message: expect.stringContaining("keeps no versions") },
    });
    expect(await rejection(pruned(inputOf(bucket, bucket.url())))).toMatchObject({
      ...{ code: "usage", message: "prune needs --keep-within" },
    });
  });
});

group("old backups", () => {
  const dating = needing("dates objects as it is told");
  dating.test(
    "go by the days in their keys, with the rest of what has such keys left alone",
    async () => {
      await using bucket = await TestBucket.create();
      const old = new Date("2026-01-02T03:04:05Z");
      const keys = ["b/2026-01-01/x/a", "b/2026-01-02/x/a", "b/2026-01-03/x/a", "b/other/x/a"];
      for (const key of keys) await bucket.putAt(key, Buffer.from("x"), old);
      for (const day of ["01", "02", "03"])
        await bucket.put(`b/2026-01-${day}/x/.s3sync-backups`, "");
      await bucket.put("b/2026-01-01/x/new", "x");
      const more = { keepWithin: new Date("2026-01-03T12:00:00Z"), backupPrefix: "b/{date}/x" };
      expect(await pruned(inputOf(bucket, bucket.url("data/"), more))).toEqual([
        "backup a removed",
        "backup a removed",
      ]);
      expect(await bucket.keys()).toEqual([
        ...["b/2026-01-01/x/.s3sync-backups", "b/2026-01-01/x/new"],
        ...["b/2026-01-03/x/.s3sync-backups", "b/2026-01-03/x/a", "b/other/x/a"],
      ]);
    },
  );

  dating.test("go only where a run has left its sign: keys of a day may be anybody's", async () => {
    await using bucket = await TestBucket.create();
    const old = new Date("2026-01-02T03:04:05Z");
    for (const day of ["01", "02"]) {
      await bucket.putAt(`logs/2026-01-${day}/app.log`, Buffer.from("x"), old);
    }
    const input = inputOf(bucket, bucket.url(), { keepWithin: "30d", backupPrefix: "logs/{date}" });
    const gaps: string[] = [];
    const onGap = ({ message }: { readonly message: string }): number => gaps.push(message);
    expect(await Array.fromAsync(prune(input, { onGap }))).toEqual([]);
    expect(gaps).toEqual([expect.stringMatching(/^no run has left its sign .*objects: 2/)]);
    expect(await bucket.keys()).toHaveLength(2);
  });

  test("of a run are known by what the run has left there, which goes with them", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    const sides = { source: dir.path, target: bucket.url("p/"), ...bucket.side("target") };
    await bucket.put("p/a", "old");
    dir.write("a", "newer");
    await sync({ ...sides, backupPrefix: "b/{date}" });
    const [day] = new Date().toISOString().split("T");
    expect(await bucket.keys("b/")).toEqual([`b/${day}/.s3sync-backups`, `b/${day}/a`]);
    const keepWithin = new Date(Date.now() + 2 * 24 * 3600_000);
    const input = inputOf(bucket, bucket.url("p/"), { keepWithin, backupPrefix: "b/{date}" });
    expect(await pruned(input)).toEqual(["backup a removed"]);
    expect(await bucket.keys()).toEqual(["p/a"]);
  });

  test("are not told from young ones without days in their keys", async () => {
    await using bucket = await TestBucket.create();
    const more = { keepWithin: new Date(), backupPrefix: "b/" };
    expect(await rejection(pruned(inputOf(bucket, bucket.url("data/"), more)))).toMatchObject({
      ...{ code: "usage", message: expect.stringContaining("without {date}") },
    });
  });
});

group("s3sync prune", () => {
  test("says what goes with -v and in dry runs, else only how much", async () => {
    const { bucket } = await scene();
    await using _bucket = bucket;
    const env = serverEnv(bucket.server);
    const args = ["prune", "--force-path-style", "--keep-within", "0d", bucket.url("p/")];
    const dry = await runCli([...args, "--dry-run"], { env });
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toContain(`of ${bucket.url("p/a")}, 3 B, replaced or deleted `);
    const sum = "5 versions, 2 deletions";
    expect(dry.stdout).toEndWith(`\n[dry-run] ${sum} would be removed, 14 B\n`);
    expect(await runCli(args, { env })).toEqual({
      ...{ exitCode: 0, stdout: `${sum} removed, 14 B\n`, stderr: "" },
    });
    expect(await left(bucket, "p/")).toEqual(["p/a 4", "p/still 5"]);
    expect((await runCli(args, { env })).stdout).toBe("nothing was old enough to go\n");
  });

  test.each([
    [["--keep-within", "6m"], "--keep-within: a period such as 12h, 30d, 8w, 6M (months) or 1y"],
    [["--keep-within", "6M", "--delete"], "--delete means nothing to prune"],
    [[], "prune needs --keep-within"],
  ] as const)("with %j is refused: %s", async (args, message) => {
    const { exitCode, stderr } = await runCli(["prune", ...args, "s3://bucket/"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
