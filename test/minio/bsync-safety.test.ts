/**
 * What keeps two-way syncs from losing anything: guards, backups, what is lost or damaged, listings that fail.
 *
 * @module
 */
import { describe, expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { addMap } from "../../src/index.ts";
import { rejection } from "../core/rejection.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { patient } from "../support/patience.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { TwoSides } from "../support/two-sides.ts";

const stopped = AbortSignal.abort();
const elsewhere = { bucket: "other", prefix: "", path: "/nowhere/at/all", recursive: true };
const long = new Date("2020-01-01T00:00:00Z");

async function inStep(keys: readonly string[] = ["a", "b", "c", "d"]): Promise<TwoSides> {
  const sides = await TwoSides.create();
  for (const key of keys) sides.write(key, `old ${key}`, long);
  await sides.sync();
  return sides;
}

describe("--require-marker", () => {
  test("does nothing at all where a side has no such file", async () => {
    await using sides = await inStep();
    sides.write("new", "x");
    const refused = await rejection(sides.sync({ requireMarker: "MARKER" }));
    expect(refused).toMatchObject({ code: "precondition" });
    expect(await sides.objects()).not.toHaveProperty("new");
  });

  test("runs where both have it", async () => {
    await using sides = await inStep(["MARKER", "a"]);
    sides.write("new", "x");
    expect(await sides.sync({ requireMarker: "MARKER" })).toMatchObject({ transferredObjects: 1 });
  });
});

test("--allow-empty-source lets the last file go", async () => {
  await using sides = await inStep(["a"]);
  sides.delete("a");
  const summary = await sides.sync({ allowEmptySource: true, maxDelete: "100%" });
  expect(summary).toMatchObject({ deleted: 1, warnings: 0 });
  expect(await sides.both()).toEqual({});
});

describe("backups", () => {
  test("hold what was replaced and deleted, on both sides", async () => {
    await using sides = await inStep();
    using aside = new TempDir();
    sides.write("a", "new a");
    sides.delete("b");
    await sides.put("c", "new c");
    await sides.remove("d");
    const kept = { backupDir: aside.at("files"), backupPrefix: "objects/" };
    expect(await sides.sync(kept)).toMatchObject({ errors: 0, warnings: 0, deleted: 2 });
    expect(await sides.both()).toEqual({ a: "new a", c: "new c" });
    expect(aside.files("files").toSorted()).toEqual(["c", "d"]);
    expect(await sides.bucket.keys("objects/")).toEqual(["objects/a", "objects/b"]);
  });

  test("hold what lost a conflict, with --conflict-loser backup", async () => {
    await using sides = await inStep();
    using aside = new TempDir();
    sides.write("a", "local a", new Date("2020-01-02T00:00:00Z"));
    await sides.put("a", "remote a");
    const kept = { backupDir: aside.at("files"), backupPrefix: "objects/" };
    await sides.sync({ ...kept, conflictLoser: "backup" });
    expect((await sides.both())["a"]).toBe("remote a");
    expect(Buffer.from(aside.read("files/a")).toString()).toBe("local a");
  });

  test("may lie inside of the directory and below the prefix: they are left alone", async () => {
    await using sides = await inStep();
    const kept = { backupDir: path.join(sides.root, ".old"), backupPrefix: "p/.old/" };
    sides.write("a", "new a");
    await sides.put("b", "new b");
    await sides.sync(kept);
    expect(await sides.sync(kept)).toMatchObject({ transferredObjects: 0, deleted: 0 });
    expect(sides.files()[".old/b"]).toBe("old b");
    expect((await sides.objects())[".old/a"]).toBe("old a");
    expect(sides.tracked()).toEqual(["a", "b", "c", "d"]);
  });

  test("are wanted on both sides for what loses a conflict", async () => {
    await using sides = await inStep();
    expect(await rejection(sides.sync({ conflictLoser: "backup" }))).toMatchObject({
      message: "--conflict-loser backup needs --backup-dir and --backup-prefix",
    });
  });
});

describe("an index that is lost", () => {
  test("costs a look at all files, and deletes nothing", async () => {
    await using sides = await inStep();
    sides.loseIndex();
    sides.delete("a");
    sides.write("b", "new b");
    const first = await sides.sync();
    expect(first).toMatchObject({ deleted: 0, transferredObjects: 1, warnings: 1 });
    expect(String(first.failures[0]?.error.message)).toContain("the next run deletes");
    expect(await sides.objects()).toMatchObject({ a: "old a", b: "new b" });
    expect(await sides.sync()).toMatchObject({ deleted: 1, warnings: 0 });
    expect(Object.keys(await sides.both())).toEqual(["b", "c", "d"]);
  });

  test.each([
    ["a run that was stopped", (sides: TwoSides) => sides.sync({}, { signal: stopped })],
    ["something was added", async (sides: TwoSides) => addMap(sides.stateFile, elsewhere)],
  ] as const)("deletes nothing after %s either", async (_what, between) => {
    await using sides = await inStep();
    sides.loseIndex();
    sides.delete("a");
    await between(sides).catch(() => undefined);
    expect(await sides.sync()).toMatchObject({ deleted: 0, warnings: 1 });
    expect(await sides.sync()).toMatchObject({ deleted: 1, warnings: 0 });
  });

  test("that is damaged counts as lost", async () => {
    await using sides = await inStep();
    fs.writeFileSync(`${sides.stateFile}.index`, "no database");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0, deleted: 0, errors: 0 });
  });
});

test("a state file that somebody put back is believed, and not the index of another one", async () => {
  await using sides = await inStep();
  const then = fs.readFileSync(sides.stateFile);
  sides.write("e", "new e");
  await sides.sync();
  fs.writeFileSync(sides.stateFile, then);
  sides.delete("e");
  // By that state `e` was never in step: it is new in the bucket.
  await sides.sync();
  expect((await sides.both())["e"]).toBe("new e");
});

describe("what is not known is not absent", () => {
  test("a directory that cannot be read deletes nothing, and is in step again later", async () => {
    await using sides = await inStep(["a", "dir/b", "dir/c"]);
    // A link leads nobody knows where.
    const real = path.join(sides.root, "dir");
    fs.renameSync(real, `${sides.root}-away`);
    fs.symlinkSync("/nowhere", real);
    expect(await sides.sync()).toMatchObject({ deleted: 0, transferredObjects: 0 });
    expect(Object.keys(await sides.objects())).toEqual(["a", "dir/b", "dir/c"]);
    fs.unlinkSync(real);
    fs.renameSync(`${sides.root}-away`, real);
    expect(await sides.sync()).toMatchObject({ deleted: 0, transferredObjects: 0, warnings: 0 });
  });

  test("a listing of the bucket that fails ends the run, and nothing is deleted", async () => {
    await using sides = await inStep();
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject("ListObjectsV2", { kind: "refuse", status: 403, code: "AccessDenied" });
    sides.delete("a");
    const summary = await sides.sync({ targetEndpointUrl: proxy.endpoint });
    expect(summary.errors).toBe(1);
    expect(Object.keys(await sides.objects())).toEqual(["a", "b", "c", "d"]);
    expect(await sides.sync()).toMatchObject({ deleted: 1 });
  });
});

describe("what somebody else does meanwhile stays", () => {
  test("an object that is replaced during the run is not overwritten", async () => {
    await using sides = await inStep();
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("PutObject", "request");
    sides.write("a", "my a");
    const run = sides.sync({ targetEndpointUrl: proxy.endpoint });
    await gate.reached;
    await sides.put("a", "their a");
    gate.open();
    expect(await run).toMatchObject({ errors: 0, warnings: 1 });
    await sides.sync();
    const held = Object.values(await sides.both());
    expect(held).toContain("their a");
    expect(held).toContain("my a");
  });

  test("an object that is replaced after the listing is not deleted", async () => {
    await using sides = await inStep();
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("HeadObject", "request");
    sides.delete("b");
    const run = sides.sync({ targetEndpointUrl: proxy.endpoint });
    await gate.reached;
    await sides.put("b", "their b");
    gate.open();
    await run;
    await sides.sync();
    expect((await sides.both())["b"]).toBe("their b");
  });

  test("a file that is written during the run is not overwritten", async () => {
    await using sides = await inStep();
    await sides.put("a", "their a");
    await sides.sync(
      {},
      { onEvent: (event) => event.type === "queued" && sides.write("a", "my a, at once") },
    );
    await sides.sync();
    const held = Object.values(await sides.both());
    expect(held).toContain("my a, at once");
    expect(held).toContain("their a");
  });
});

test("several directories are brought in step in one run, and not recursive ones only so far", async () => {
  await using one = await TwoSides.create();
  await using two = await TwoSides.create(undefined, "q/");
  one.write("a", "1");
  two.write("b", "2");
  two.write("deep/c", "3");
  const state = one.stateFile;
  await one.sync();
  await two.sync({ state, noRecursive: true });
  expect(Object.keys(await two.objects())).toEqual(["b"]);
  one.write("a2", "4");
  two.write("b2", "5");
  const summary = await one.sync({ local: undefined, remote: undefined });
  expect(summary).toMatchObject({ transferredObjects: 2, errors: 0 });
  expect(await two.objects()).toEqual({ b: "2", b2: "5" });
  expect(two.files()["deep/c"]).toBe("3");
});

describe("several directories", () => {
  test("are brought in step although one of them cannot be", async () => {
    await using one = await TwoSides.inStep(["a"]);
    await using two = await TwoSides.create(undefined, "q/");
    two.write("b", "b");
    const state = one.stateFile;
    await two.sync({ state });
    fs.rmSync(one.root, { recursive: true });
    fs.writeFileSync(one.root, "no directory");
    await two.put("c", "c");
    const summary = await one.sync({ local: undefined, remote: undefined });
    expect(summary).toMatchObject({ errors: 1, transferredObjects: 1 });
    expect(summary.failures[0]?.error.message).toContain("is no directory");
    expect(await two.both()).toEqual({ b: "b", c: "c" });
    expect(one.state()?.buckets).toHaveLength(2);
  });

  test("of which one lies in another: each file is forgotten where it is tracked", async () => {
    await using sides = await TwoSides.create();
    sides.write("top", "1");
    sides.write("sub/file", "2");
    await sides.sync({ noRecursive: true });
    const sub = { local: path.join(sides.root, "sub"), remote: sides.bucket.url("sub/") };
    await sides.sync(sub);
    sides.forget("sub/file");
    const objects = sides.state()?.buckets.flatMap((bucket) => [...bucket.objects]);
    expect(objects?.map(({ key }) => key)).toEqual(["p/top"]);
  });

  test("are not meant where only one of the two places is named", async () => {
    await using sides = await inStep();
    const refused = await rejection(sides.sync({ remote: undefined }));
    expect(refused).toMatchObject({ message: "bsync needs a directory and then a bucket" });
  });
});

test("a run that is stopped leaves no unfinished upload", async () => {
  await using sides = await TwoSides.create();
  await using proxy = await FaultProxy.start(httpServer());
  using kept = new TempDir();
  const gate = proxy.hold("UploadPart", "request", { skip: 1 });
  const stop = new AbortController();
  sides.write("large", "x".repeat(11 * 1024 * 1024));
  const parts = { multipartThreshold: "5MiB", multipartChunksize: "5MiB", stateDir: kept.path };
  const rules = { ...parts, maxParallelUploads: 1, threads: 0, targetEndpointUrl: proxy.endpoint };
  const run = sides.sync(rules, { signal: stop.signal });
  await gate.reached;
  stop.abort();
  gate.open();
  expect(await run).toMatchObject({ interrupted: true, transferredObjects: 0 });
  expect([await sides.bucket.openUploads(), kept.files("")]).toEqual([0, []]);
});

test("a run whose lock somebody else has taken ends with an error, and remembers nothing", async () => {
  await using sides = await inStep();
  await using proxy = await FaultProxy.start(httpServer());
  const lock = `${sides.stateFile}.lock`;
  const then = fs.readFileSync(sides.stateFile);
  const gate = proxy.hold("PutObject", "request");
  sides.write("a", "changed");
  const timers = spyOn(globalThis, "setInterval");
  const run = rejection(sides.sync({ targetEndpointUrl: proxy.endpoint }));
  await gate.reached;
  fs.writeFileSync(lock, "theirs");
  for (const [minute, every] of timers.mock.calls) if (every === 60_000) (minute as () => void)();
  timers.mockRestore();
  gate.open();
  expect(await run).toMatchObject({ code: "locked" });
  expect(fs.readFileSync(lock, "utf8")).toBe("theirs");
  expect(fs.readFileSync(sides.stateFile)).toEqual(then);
});

test("a run that is stopped before it begins says that it was", async () => {
  await using sides = await inStep();
  sides.write("new", "x");
  const summary = await sides.sync({}, { signal: stopped });
  expect(summary).toMatchObject({ interrupted: true, transferredObjects: 0 });
});

test("--no-recursive is refused for what is kept in step with all below: it would mean nothing", async () => {
  await using sides = await inStep();
  const refused = await rejection(sides.sync({ noRecursive: true }));
  expect(refused).toMatchObject({ code: "usage" });
  expect(String(refused)).toContain("is kept in step with all directories below");
});

test("a side that holds nothing but ignored files counts as empty", async () => {
  await using sides = await inStep(["a"]);
  sides.delete("a");
  sides.write(".DS_Store", "x");
  const rules = { maxDelete: "100%", exclude: [".DS_Store"] };
  const summary = await sides.sync(rules);
  expect(summary).toMatchObject({ deleted: 0, warnings: 1 });
  expect(Object.keys(await sides.objects())).toEqual(["a"]);
});

test(
  "what is in step costs nothing but listings, and each change no more than it needs",
  async () => {
    const keys = Array.from({ length: 1200 }, (_, index) => `d${index % 7}/f${index}`);
    await using sides = await inStep(keys);
    const quiet = await sides.sync();
    expect(quiet.traffic.requests).toEqual({ ListObjectsV2: 2 });
    sides.write("d0/f0", "changed");
    await sides.put("d1/f1", "changed");
    sides.delete("d2/f2");
    sides.move("d3/f3", "elsewhere");
    const { traffic } = await sides.sync();
    // What was written is looked at once, for its time; what is to go, and where something moves to, once before.
    expect(traffic.requests).toEqual({
      ...{ CopyObject: 1, DeleteObject: 2, GetObject: 1, ListObjectsV2: 2, PutObject: 1 },
      HeadObject: 6,
    });
  },
  patient(60_000),
);
