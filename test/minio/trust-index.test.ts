/**
 * The index instead of a listing: `--trust-index`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand, serverEnv } from "../support/cli.ts";
import { IndexedPair } from "../support/indexed-pair.ts";
import { httpServer } from "../support/servers.ts";

const names = ["a", "b/c", "b/d"];
const trust = { trustIndex: true } as const;

/** A pair of which the index knows all objects. */
async function inStep(): Promise<IndexedPair> {
  const pair = await IndexedPair.create(names);
  await pair.up(trust);
  return pair;
}

describe("a run that trusts its index", () => {
  test("lists the bucket the first time, says so, and asks for nothing the next time", async () => {
    await using pair = await IndexedPair.create(names);
    const first = await pair.up(trust);
    expect(first.requests).toEqual({ ListObjectsV2: 1, PutObject: 3 });
    expect(first.notices).toEqual([
      `${pair.bucket.url()} is listed: the index ${pair.index} does not know all of it`,
    ]);
    const second = await pair.up(trust);
    expect(second).toMatchObject({ requests: {}, opened: [], summary: { skipped: 3 } });
    expect(second.notices[0]).toStartWith(
      `${pair.bucket.url()} is not listed: the index ${pair.index} knows it, from a listing of 20`,
    );
  });

  test("sends what is new or changed, and looks at what it deletes", async () => {
    await using pair = await inStep();
    pair.write("a", "changed");
    pair.write("new", "new");
    pair.remove("b/c");
    const run = await pair.up({ ...trust, delete: true });
    expect(run).toMatchObject({ synced: ["a", "new"], deleted: ["b/c"] });
    expect(run.requests).toEqual({ PutObject: 2, HeadObject: 1, DeleteObjects: 1 });
    expect(await pair.bucket.keys()).toEqual(["a", "b/d", "new"]);
    expect((await pair.up({ ...trust, delete: true })).requests).toEqual({});
  });

  test("compares nothing with --check-etag, and reads what may have changed", async () => {
    await using pair = await inStep();
    expect(await pair.up({ ...trust, checkEtag: true })).toMatchObject({
      opened: [],
      requests: {},
    });
    pair.write("a", "?");
    const again = await pair.up({ ...trust, checkEtag: true });
    expect(again).toMatchObject({ opened: ["a"], synced: ["a"] });
    expect(again.requests).toEqual({ HeadObject: 1, PutObject: 1 });
  });

  test("knows what the first listing showed and SOURCE has not, and deletes that", async () => {
    await using pair = await IndexedPair.create(names);
    await pair.bucket.put("theirs", "x");
    await pair.up(trust);
    expect(await pair.up({ ...trust, delete: true })).toMatchObject({ deleted: ["theirs"] });
    expect(await pair.bucket.keys()).toEqual(names);
  });

  test("does not delete what somebody has replaced", async () => {
    await using pair = await inStep();
    await pair.bucket.put("a", "precious");
    pair.remove("a");
    const run = await pair.up({ ...trust, delete: true });
    expect(run).toMatchObject({ deleted: [], summary: { errors: 0, warnings: 1 } });
    expect(run.warnings).toEqual([
      `${pair.bucket.url()}: "a" is not deleted: it is not the object that the index knows`,
    ]);
    expect(await pair.bucket.keys()).toEqual(names);
    // It is not known any more, so that nothing is said the next time.
    expect(await pair.up({ ...trust, delete: true })).toMatchObject({ deleted: [], warnings: [] });
  });

  test("does not count as deleted what is gone already", async () => {
    await using pair = await inStep();
    await pair.bucket.remove(["a"]);
    pair.remove("a");
    const run = await pair.up({ ...trust, delete: true });
    expect(run).toMatchObject({ deleted: [], warnings: [], requests: { HeadObject: 1 } });
  });

  test("does in a dry run as it would, and asks for nothing", async () => {
    await using pair = await inStep();
    pair.write("a", "changed");
    pair.remove("b/c");
    const dry = await pair.up({ ...trust, delete: true, dryRun: true });
    expect(dry).toMatchObject({ requests: {}, synced: ["a"], deleted: ["b/c"] });
    const real = await pair.up({ ...trust, delete: true });
    expect(real).toMatchObject({ synced: ["a"], deleted: ["b/c"] });
  });

  test("empties nothing where SOURCE is empty", async () => {
    await using pair = await inStep();
    for (const name of names) pair.remove(name);
    expect(await pair.up({ ...trust, delete: true })).toMatchObject({ deleted: [], requests: {} });
    expect(await pair.bucket.keys()).toEqual(names);
  });

  test("keeps to --max-delete, by what the index knows", async () => {
    await using pair = await inStep();
    pair.remove("a");
    const run = await pair.up({ ...trust, delete: true, maxDelete: "10%" });
    expect(run).toMatchObject({ deleted: [], requests: {}, summary: { warnings: 1 } });
  });

  test("puts aside what it replaces and deletes", async () => {
    await using pair = await inStep();
    pair.write("a", "changed");
    pair.remove("b/c");
    await pair.up({ ...trust, delete: true, backupPrefix: "old/" });
    expect(await pair.bucket.keys()).toEqual(["a", "b/d", "old/a", "old/b/c"]);
    expect(await pair.up({ ...trust, delete: true, backupPrefix: "old/" })).toMatchObject({
      ...{ requests: {}, deleted: [] },
    });
  });
});

describe("the bucket is listed", () => {
  test("when that was last done longer ago than --rescan: then what others did is seen", async () => {
    await using pair = await inStep();
    await pair.bucket.put("theirs", "x");
    await pair.bucket.put("a", "changed by them");
    await pair.bucket.remove(["b/d"]);
    const blind = await pair.up({ ...trust, delete: true });
    expect(blind).toMatchObject({ requests: {}, summary: { skipped: 3 } });
    const run = await pair.up({ ...trust, delete: true, rescan: "0" });
    expect(run.notices[0]).toMatch(/is listed: that was last done at 20.*, and --rescan is 0$/);
    expect(run).toMatchObject({ synced: ["a", "b/d"], deleted: ["theirs"] });
    expect((await pair.up({ ...trust, delete: true })).requests).toEqual({});
  });

  test("when the index is of another bucket, prefix or directory: nothing of it is taken for theirs", async () => {
    await using pair = await inStep();
    await using other = await TestBucket.create();
    await other.put("a", "theirs");
    pair.remove("b/c");
    pair.write("dir/b", "b");
    const elsewhere = [
      { target: other.url() },
      { target: pair.bucket.url("b/") },
      { source: pair.at("files/dir") },
    ];
    for (const where of elsewhere) {
      const run = await pair.up({ ...trust, ...where, dryRun: true, delete: true });
      expect(run.notices).toEqual([
        expect.stringMatching(/is listed: the index .* does not know all of it$/),
      ]);
      expect(run.requests).toEqual({ ListObjectsV2: 1 });
    }
  });

  test("after a run that was killed, because nobody knows how far it came", async () => {
    await using pair = await inStep();
    pair.write("b/c", "changed");
    const gate = pair.proxy.hold("PutObject", "answer");
    const args = ["--index", pair.index, "--trust-index", "--force-path-style"];
    const child = Bun.spawn([...cliCommand(), ...args, pair.root, pair.bucket.url()], {
      env: {
        ...process.env,
        ...serverEnv(httpServer()),
        AWS_ENDPOINT_URL: pair.proxy.endpoint,
      },
      stdout: "ignore",
      stderr: "ignore",
    });
    await gate.reached;
    child.kill("SIGKILL");
    await child.exited;
    gate.open();
    const run = await pair.up(trust);
    expect(run.requests).toMatchObject({ ListObjectsV2: 1 });
    expect(run.notices[0]).toEndWith("does not know all of it");
    expect((await pair.up(trust)).requests).toEqual({});
  });

  test("after a transfer of which nobody knows whether it was done", async () => {
    await using pair = await inStep();
    pair.write("a", "changed");
    const lost = pair.proxy.inject("PutObject", { kind: "reset", at: "instead-of-answer" });
    const more = { awsMaxAttempts: 1, forceRetryCount: 0, continueOnError: true } as const;
    expect((await pair.up({ ...trust, ...more })).summary.errors).toBe(1);
    lost.remove();
    // The object is the new one. The file is the old one again, and looks as if it had never changed.
    pair.write("a", "a");
    const run = await pair.up({ ...trust, checkEtag: true });
    expect(run.requests).toMatchObject({ ListObjectsV2: 1, PutObject: 1 });
    expect(Buffer.from(await pair.bucket.get("a")).toString()).toBe("a");
  });

  test("not after a transfer that the server refused: the object is what it was", async () => {
    await using pair = await inStep();
    pair.write("a", "changed");
    const fault = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    const refusal = pair.proxy.inject("PutObject", fault);
    expect(await pair.up(trust)).toMatchObject({ synced: [], summary: { warnings: 1 } });
    refusal.remove();
    expect(await pair.up(trust)).toMatchObject({ requests: { PutObject: 1 }, synced: ["a"] });
    expect((await pair.up(trust)).requests).toEqual({});
  });
});

test("what filters leave out, and what lies outside of a range of keys, stays known", async () => {
  await using pair = await inStep();
  await pair.up({ ...trust, exclude: ["b/"] });
  await pair.up({ ...trust, keyStart: "b" });
  pair.write("b/c", "changed");
  await pair.up({ ...trust, keyEnd: "b" });
  const run = await pair.up({ ...trust, delete: true });
  expect(run).toMatchObject({ requests: { PutObject: 1 }, synced: ["b/c"], deleted: [] });
});

test("a part of the keys that was listed is not taken for all of them", async () => {
  await using pair = await IndexedPair.create(names);
  await pair.up({ ...trust, keyEnd: "b" });
  expect((await pair.up(trust)).requests).toMatchObject({ ListObjectsV2: 1, PutObject: 2 });
});

test("runs of one pair with one index do not overlap", async () => {
  await using pair = await inStep();
  pair.write("a", "changed");
  const gate = pair.proxy.hold("PutObject", "request");
  const first = pair.up(trust);
  await gate.reached;
  const second = await pair.up(trust).catch((thrown: unknown) => thrown);
  expect(second).toMatchObject({
    code: "locked",
    message: expect.stringContaining(`the index ${pair.index} is in use by process`),
  });
  const dry = await pair.up({ ...trust, dryRun: true });
  expect(dry.notices[0]).toEndWith("does not know all of it");
  gate.open();
  expect(await first).toMatchObject({ synced: ["a"] });
});
