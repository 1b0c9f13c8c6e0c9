/**
 * Two-way syncs where names change their meaning: files that become directories, and moves.
 *
 * @module
 */
import { describe, expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import type { SyncEvent } from "../../src/index.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TwoSides } from "../support/two-sides.ts";

const long = new Date("2020-01-01T00:00:00Z");
const others = ["x", "y", "z"];
const held = { x: "x", y: "y", z: "z" };
const quiet = { transferredObjects: 0, deleted: 0, warnings: 0, errors: 0 };

describe("what becomes something else is so on both sides after one run:", () => {
  test("a directory that is a file now, in the bucket", async () => {
    await using sides = await TwoSides.inStep(["a/b/c", "a/d", ...others]);
    await sides.remove("a/b/c");
    await sides.remove("a/d");
    await sides.put("a", "file");
    expect(await sides.sync()).toMatchObject({ warnings: 0, errors: 0 });
    expect(await sides.both()).toEqual({ ...held, a: "file" });
    expect(await sides.sync()).toMatchObject(quiet);
  });

  test("a file that is a directory now, in the bucket", async () => {
    await using sides = await TwoSides.inStep(["a", ...others]);
    await sides.remove("a");
    await sides.put("a/b", "below");
    expect(await sides.sync()).toMatchObject({ warnings: 0, errors: 0 });
    expect(await sides.both()).toEqual({ ...held, "a/b": "below" });
  });

  test.each([
    ["a", "a/b"],
    ["a/b", "a"],
  ])("an object that moved from %s to %s", async (from, to) => {
    await using sides = await TwoSides.inStep([from, ...others]);
    await sides.remove(from);
    await sides.put(to, from);
    expect(await sides.sync()).toMatchObject({ warnings: 0, errors: 0 });
    expect(await sides.both()).toEqual({ ...held, [to]: from });
  });

  test.each([
    ["a", "a/b"],
    ["a/b", "a"],
  ])("a file that moved from %s to %s", async (from, to) => {
    await using sides = await TwoSides.inStep([from, ...others]);
    fs.rmSync(path.join(sides.root, "a"), { recursive: true });
    sides.write(to, "new");
    expect(await sides.sync()).toMatchObject({ warnings: 0, errors: 0 });
    expect(await sides.both()).toEqual({ ...held, [to]: "new" });
  });

  test.each([
    ["a", "a/b"],
    ["a/b", "a"],
  ])("a file that was renamed from %s to %s", async (from, to) => {
    await using sides = await TwoSides.inStep([from, ...others]);
    sides.move(from, "meanwhile");
    fs.rmSync(path.join(sides.root, "a"), { recursive: true, force: true });
    sides.move("meanwhile", to);
    expect(await sides.sync()).toMatchObject({ warnings: 0, errors: 0 });
    expect(await sides.both()).toEqual({ ...held, [to]: from });
    expect(await sides.sync()).toMatchObject(quiet);
  });
});

describe("on a server over a file system, which keeps no object below another one,", () => {
  test.each([
    ["what is new", "PutObject", "new"],
    ["what has moved", "CopyObject", "a"],
  ] as const)("%s is there after one run", async (_what, operation, text) => {
    await using sides = await TwoSides.inStep(["a", ...others]);
    sides.move("a", "meanwhile");
    sides.move("meanwhile", "a/b");
    if (text !== "a") sides.write("a/b", text);
    await using proxy = await FaultProxy.start(httpServer());
    const refusal = proxy.inject(
      (request) => request.operation === operation && proxy.count("DeleteObject") === 0,
      { kind: "refuse", status: 409, code: "ObjectParentIsFile" },
    );
    const targetEndpointUrl = proxy.endpoint;
    expect(await sides.sync({ targetEndpointUrl })).toMatchObject({ warnings: 0, errors: 0 });
    expect(refusal.hits).toBe(1);
    expect(await sides.both()).toEqual({ ...held, "a/b": text });
    expect(await sides.sync()).toMatchObject(quiet);
  });
});

test("a new file where a changed object lies below is told of with what to do, and then all is well", async () => {
  await using sides = await TwoSides.inStep(["a/b", ...others]);
  fs.rmSync(path.join(sides.root, "a"), { recursive: true });
  sides.write("a", "file");
  await sides.put("a/b", "changed");
  const summary = await sides.sync({ exclude: ["/a"] });
  expect(summary).toMatchObject({ warnings: 1, errors: 0, deleted: 0 });
  expect(summary.failures[0]?.error.message).toContain("is in the way");
  expect(summary.failures[0]?.error.hint).toContain("Rename what is in the way, or the object");
  sides.move("a", "renamed");
  expect(await sides.sync()).toMatchObject({ warnings: 0, errors: 0 });
  expect(await sides.both()).toEqual({ ...held, "a/b": "changed", renamed: "file" });
});

test("a directory with files of one's own does not give way to a file, and is told of", async () => {
  await using sides = await TwoSides.inStep(["a/b", ...others]);
  await sides.remove("a/b");
  await sides.put("a", "file");
  fs.mkdirSync(path.join(sides.root, "a/empty"));
  sides.write("a/mine.tmp", "mine");
  const summary = await sides.sync({ exclude: ["*.tmp"] });
  expect(summary).toMatchObject({ warnings: 1, errors: 0 });
  expect(summary.failures[0]).toMatchObject({ key: "a", error: { code: "path-clash" } });
  expect(sides.files()).toEqual({ ...held, "a/mine.tmp": "mine" });
  expect(fs.readdirSync(path.join(sides.root, "a")).toSorted()).toEqual(["empty", "mine.tmp"]);
});

test.each([
  ["in a dry run", true],
  ["when it is done", false],
])("%s a move is one thing, and neither something sent nor a deletion", async (_when, dryRun) => {
  await using sides = await TwoSides.inStep(["a", "b", "c", "d", ...others]);
  sides.move("a", "new/a");
  await sides.put("new/b", "b");
  await sides.remove("b");
  sides.delete("c");
  await sides.remove("d");
  const told: SyncEvent[] = [];
  const summary = await sides.sync({ dryRun }, { onEvent: (event) => void told.push(event) });
  expect(summary).toMatchObject({
    ...{ transferredObjects: 0, transferredBytes: 0, etagVerified: 0, notVerified: 0 },
    ...{ deleted: 2, warnings: 0, errors: 0, twoWay: { renamed: 2 } },
  });
  const ofMoves = told.flatMap((event) =>
    "key" in event && /[ab]$/.test(event.key ?? "") ? event.type : [],
  );
  expect(ofMoves.filter((type) => type !== "request")).toEqual(["renamed", "renamed"]);
});

test("an object that is replaced while its file's new name is followed stays", async () => {
  await using sides = await TwoSides.inStep(["a", ...others]);
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("CopyObject", "answer");
  sides.move("a", "moved/a");
  const run = sides.sync({ targetEndpointUrl: proxy.endpoint });
  await gate.reached;
  await sides.put("a", "their a");
  gate.open();
  expect(await run).toMatchObject({ deleted: 0, errors: 0 });
  await sides.sync();
  expect(await sides.both()).toEqual({ ...held, a: "their a", "moved/a": "a" });
});

test("an object that appears where a file has moved to is not replaced", async () => {
  await using sides = await TwoSides.inStep(["a", ...others]);
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("HeadObject", "request");
  sides.move("a", "b");
  const run = sides.sync({ targetEndpointUrl: proxy.endpoint });
  await gate.reached;
  await sides.put("b", "their b");
  gate.open();
  expect(await run).toMatchObject({ warnings: 1, errors: 0, twoWay: { renamed: 0 } });
  expect(await sides.sync()).toMatchObject({ twoWay: { conflicts: 1 } });
  const texts = Object.values(await sides.both());
  expect(texts.toSorted()).toEqual(["a", "their b", "x", "y", "z"]);
});

test("a new file with the number, size and time of one that is gone is none that has moved", async () => {
  await using sides = await TwoSides.inStep(["a", ...others]);
  sides.move("a", "b");
  // As if the number had been given again.
  fs.writeFileSync(path.join(sides.root, "b"), "b");
  fs.utimesSync(path.join(sides.root, "b"), long, long);
  expect(await sides.sync()).toMatchObject({ deleted: 1, twoWay: { renamed: 0 } });
  expect(await sides.both()).toEqual({ ...held, b: "b" });
});

test("an object's new name is followed where a file system has no second names", async () => {
  await using sides = await TwoSides.inStep(["a", ...others]);
  const link = spyOn(fs, "linkSync").mockImplementation(() => {
    throw Object.assign(new Error("no links"), { code: "EPERM" });
  });
  try {
    await sides.remove("a");
    await sides.put("b", "a");
    expect(await sides.sync()).toMatchObject({ twoWay: { renamed: 1 }, warnings: 0 });
  } finally {
    link.mockRestore();
  }
  expect(await sides.both()).toEqual({ ...held, b: "a" });
});

test("a file that cannot get its new name is fetched under it", async () => {
  await using sides = await TwoSides.inStep(["a", ...others]);
  const link = spyOn(fs, "linkSync").mockImplementation((from, to) => {
    if (String(to).endsWith("/b"))
      throw Object.assign(new Error("another disk"), { code: "EXDEV" });
    fs.copyFileSync(from, to);
  });
  try {
    await sides.remove("a");
    await sides.put("b", "a");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
  } finally {
    link.mockRestore();
  }
  expect(await sides.both()).toEqual({ ...held, b: "a" });
});
