/**
 * `--journal` and `undo`: what a run has changed is taken back, and nothing else.
 *
 * @module
 */
import { describe as group, expect } from "bun:test";
import fs from "node:fs";

import { restore, sync, type SyncEvent, undo, type Undone } from "../../src/index.ts";
import { RunJournal } from "../../src/state/run-journal.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";
import { plantObjects } from "../support/trees.ts";
import { after, before, UndoScene } from "./undo-scene.ts";

const { describe, test } = needing("keeps versions");

const takenBack = [
  "changed put-back done",
  "new removed done",
  "sub/gone put-back done",
  "sub/large put-back done",
];
const nothing: string[] = [];

describe("undo, in a bucket that keeps versions", () => {
  test("puts back what was replaced and deleted, and removes what is new", async () => {
    await using scene = await UndoScene.create(true);
    const held = await scene.held();
    await scene.run();
    expect(await scene.held()).not.toEqual(held);
    expect(await scene.undone()).toEqual(takenBack);
    // The large one has the parts that it had, or its ETag would be another one.
    expect(await scene.held()).toEqual(held);
  });

  test("brings metadata, headers and tags back", async () => {
    await using scene = await UndoScene.create(true);
    const { bucket } = scene;
    const more = { ContentType: "a/b", Metadata: { who: "me" }, Tagging: "a=1" };
    await bucket.put("p/changed", "old", more);
    await bucket.put("p/sub/gone", "gone", more);
    await scene.run();
    await scene.undone();
    for (const key of ["p/changed", "p/sub/gone"]) {
      const head = { ContentType: "a/b", Metadata: { who: "me" }, TagCount: 1 };
      expect(await bucket.head(key)).toMatchObject(head);
    }
  });

  test("lets the very version that was deleted be there again", async () => {
    await using scene = await UndoScene.create(true);
    const { VersionId } = await scene.bucket.head("p/sub/gone");
    await scene.run();
    await scene.undone();
    expect((await scene.bucket.head("p/sub/gone")).VersionId).toBe(VersionId ?? "");
  });

  test("does nothing when it is done once more", async () => {
    await using scene = await UndoScene.create(true);
    await scene.run();
    await scene.undone();
    await scene.bucket.put("p/new", "1");
    const held = await scene.held();
    expect(await scene.undone()).toEqual(nothing);
    expect(await scene.held()).toEqual(held);
  });

  test("leaves what somebody has changed since, and says so each time", async () => {
    await using scene = await UndoScene.create(true);
    await scene.run();
    const { bucket } = scene;
    for (const key of ["changed", "new", "sub/gone"]) await bucket.put(`p/${key}`, "mine");
    await bucket.remove(["p/sub/large"]);
    const held = await scene.held();
    const kept = [
      ...["changed put-back kept", "new removed kept"],
      ...["sub/gone put-back kept", "sub/large put-back kept"],
    ];
    expect(await scene.undone()).toEqual(kept);
    expect(await scene.undone()).toEqual(kept);
    expect(await scene.held()).toEqual(held);
  });

  test("takes for done what somebody has put back by hand", async () => {
    await using scene = await UndoScene.create(true);
    await scene.run();
    await scene.bucket.put("p/changed", before.changed);
    await scene.bucket.remove(["p/new"]);
    expect(await scene.undone()).toEqual([
      ...["changed nothing done", "new nothing done"],
      ...["sub/gone put-back done", "sub/large put-back done"],
    ]);
  });

  test("only says what it would do, in a dry run", async () => {
    await using scene = await UndoScene.create(true);
    await scene.run();
    const [held, text] = [await scene.held(), fs.readFileSync(scene.journal, "utf8")];
    expect(await scene.undone({ dryRun: true })).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
    expect(fs.readFileSync(scene.journal, "utf8")).toBe(text);
  });

  test("does nothing if it would remove more than --max-delete allows", async () => {
    await using scene = await UndoScene.create(true);
    scene.dir.write("from/new too", "1");
    await scene.run();
    const held = await scene.held();
    expect(await rejection(scene.undone({ maxDelete: "1" }))).toMatchObject({
      code: "precondition",
      message:
        "nothing is taken back: 2 objects that the run has made would be removed, and --max-delete allows 1",
    });
    expect(await scene.held()).toEqual(held);
    expect(await scene.undone({ maxDelete: "2" })).toHaveLength(5);
  });

  test("takes back what was done when a run died before it could note that", async () => {
    await using scene = await UndoScene.create(true);
    const held = await scene.held();
    // By a process that is no more.
    const { bucket, dir, journal } = scene;
    const args = ["--delete", "--journal", journal, dir.at("from"), bucket.url("p/")];
    const chunks = ["--multipart-threshold", "5MiB", "--multipart-chunksize", "5MiB"];
    const run = await runCli([...chunks, ...args], { env: serverEnv(bucket.server) });
    expect(run.exitCode).toBe(0);
    scene.cut(/"(wrote|removed|ended)":/);
    expect(await scene.undone()).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
  });

  test("leaves alone what a run had noted, and not come to when it died", async () => {
    await using scene = await UndoScene.create(true);
    const held = await scene.held();
    await scene.run();
    await scene.undone();
    // The notes of the undoing are gone as well: it died after it had put back, before it could note that.
    scene.cut(/"undone":/);
    expect(await scene.undone()).toEqual([
      ...["changed nothing done", "new nothing done"],
      ...["sub/gone nothing done", "sub/large nothing done"],
    ]);
    expect(await scene.held()).toEqual(held);
  });

  test("goes on where another undo was stopped", async () => {
    await using scene = await UndoScene.create(true);
    for (let at = 0; at < 20; at++) scene.dir.write(`from/more${at}`, "x");
    const held = await scene.held();
    await scene.run();
    for await (const _ of undo(scene.undoing())) break;
    const rest = await scene.undone();
    expect(rest.length).toBe(24 - 16);
    expect(await scene.held()).toEqual(held);
  });

  test("is done by one at a time: another undo is refused, but for a dry run", async () => {
    await using scene = await UndoScene.create(true);
    for (let at = 0; at < 20; at++) scene.dir.write(`from/more${at}`, "x");
    await scene.run();
    const first = undo(scene.undoing());
    await first.next();
    expect(await rejection(scene.undone())).toMatchObject({
      ...{ code: "locked", message: expect.stringContaining("in use by process") },
    });
    expect(await scene.undone({ dryRun: true })).toHaveLength(24 - 16);
    await first.return();
    expect(await scene.undone()).toHaveLength(24 - 16);
    expect(scene.dir.files()).not.toContain("run.journal.lock");
  });

  test("takes back what a plan did, and copies on the server", async () => {
    await using scene = await UndoScene.create(true);
    const { bucket } = scene;
    await plantObjects(bucket, after, "q/");
    const held = await scene.held();
    const plan = scene.dir.at("plan");
    const sides = { source: bucket.url("q/"), ...bucket.side("source"), serverSideCopy: true };
    await scene.run({ ...sides, dryRun: true, planFile: plan });
    expect(fs.existsSync(scene.journal)).toBe(false);
    await scene.run({ ...sides, delete: false, applyPlan: plan });
    expect(await scene.held()).not.toEqual(held);
    expect(await scene.undone()).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
  });
});

group("undo, from backups", () => {
  test("puts back from --backup-prefix, in a bucket that keeps no versions", async () => {
    await using scene = await UndoScene.create(false);
    const held = await scene.held();
    await scene.run({ backupPrefix: "kept/" });
    expect(await scene.undone()).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
  });

  test("puts back from another bucket", async () => {
    await using scene = await UndoScene.create(false);
    await using shelf = await TestBucket.create();
    const held = await scene.held();
    await scene.run({ backupPrefix: shelf.url("kept/") });
    expect(await scene.undone()).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
  });

  test("puts files back from --backup-dir, with their times and modes, and links as links", async () => {
    await using scene = await UndoScene.create(false);
    const { dir, bucket } = scene;
    dir.write("to/p/changed", "the file that was there");
    dir.write("to/p/sub/gone", "gone");
    fs.chmodSync(dir.at("to/p/changed"), 0o640);
    fs.utimesSync(dir.at("to/p/changed"), 1000.5, 1000.5);
    fs.symlinkSync("nowhere", dir.at("to/p/sub/large"));
    await bucket.remove(["p/sub/gone"]);
    await bucket.put("p/new", "1");
    const { journal } = scene;
    await sync({
      ...{ source: bucket.url("p/"), ...bucket.side("source"), target: dir.at("to/p") },
      ...{ delete: true, removeModifiedFilter: true, backupDir: dir.at("kept"), journal },
    });
    expect(String(dir.read("to/p/changed"))).toBe("old");
    expect(await scene.undone()).toEqual(takenBack);
    expect(String(dir.read("to/p/changed"))).toBe("the file that was there");
    expect(fs.statSync(dir.at("to/p/changed"))).toMatchObject({ mtimeMs: 1_000_500 });
    expect(fs.statSync(dir.at("to/p/changed")).mode & 0o777).toBe(0o640);
    expect(String(dir.read("to/p/sub/gone"))).toBe("gone");
    expect(fs.readlinkSync(dir.at("to/p/sub/large"))).toBe("nowhere");
    expect(fs.existsSync(dir.at("to/p/new"))).toBe(false);
    expect(await scene.undone()).toEqual(nothing);
  });

  test("takes back a restore", async () => {
    await using scene = await UndoScene.create(false);
    const { dir, bucket, journal } = scene;
    dir.write("here/changed", "mine");
    dir.write("here/own", "mine, too");
    const backups = { backupDir: dir.at("kept"), journal, delete: true } as const;
    const input = { source: bucket.url("p/"), target: dir.at("here"), ...backups };
    expect(await restore({ ...input, ...bucket.side("source") })).toMatchObject({ deleted: 1 });
    expect(dir.files("here")).toEqual(["changed", "sub/gone", "sub/large"]);
    await scene.undone();
    expect(dir.files("here")).toEqual(["changed", "own"]);
    expect(String(dir.read("here/changed"))).toBe("mine");
  });

  test("tells what has nothing left that could be put back", async () => {
    await using scene = await UndoScene.create(false);
    const notices: string[] = [];
    const onEvent = (event: SyncEvent): void => {
      if (event.type === "notice") notices.push(event.message);
    };
    await sync(scene.input(), { onEvent });
    expect(notices).toEqual([
      `--journal: ${scene.bucket.url("p/")} keeps no versions and no backups are made, so of this run only what is new can be taken back`,
    ]);
    expect(await scene.undone()).toEqual([
      ...["changed put-back failed", "new removed done"],
      ...["sub/gone put-back failed", "sub/large put-back failed"],
    ]);
  });
});

group("--journal", () => {
  test("begins a new file for each run, and never goes on with one that is there", async () => {
    await using scene = await UndoScene.create(false);
    await scene.run({ backupPrefix: "kept/" });
    const held = await scene.held();
    scene.dir.write("from/more", "1");
    const again = sync(scene.input({ backupPrefix: "kept/" }));
    expect(await rejection(again)).toMatchObject({
      ...{ code: "usage", message: `--journal: ${scene.journal} is there already` },
    });
    expect(await scene.held()).toEqual(held);
    await scene.run({ backupPrefix: "kept/", journal: scene.dir.at("of-{time}.journal") });
    expect(scene.dir.files().filter((name) => /^of-2\d{3}-.*Z\.journal$/.test(name))).toHaveLength(
      1,
    );
  });

  test("in no directory is told in plain words", async () => {
    await using scene = await UndoScene.create(false);
    const journal = scene.dir.at("none/run.journal");
    const message = `--journal: there is no directory ${scene.dir.at("none")}`;
    const run = sync(scene.input({ backupPrefix: "kept/", journal }));
    expect(await rejection(run)).toMatchObject({ code: "usage", message });
  });

  test("tells of a change before it is made: what cannot be noted is not done", async () => {
    await using scene = await UndoScene.create(false);
    const held = await scene.held();
    const filter = (): boolean => {
      fs.rmSync(scene.journal, { force: true });
      return true;
    };
    const run = sync(scene.input({ backupPrefix: "kept/" }), { callbacks: { filter } });
    expect((await run).errors).toBeGreaterThan(0);
    expect(await scene.held()).toEqual(held);
    expect(await scene.bucket.keys("kept/")).toEqual([]);
  });

  test("is not taken back while its run is under way", async () => {
    using dir = new TempDir();
    const file = dir.at("run.journal");
    const head = { source: "from", target: "s3://b/", began: "now", backups: undefined };
    const journal = new RunJournal(file, { ...head, encodeNames: false });
    const undoing = (): Promise<Undone[]> => Array.fromAsync(undo({ run: file }));
    expect(await rejection(undoing())).toMatchObject({ code: "locked" });
    await journal.end();
    expect(await undoing()).toEqual([]);
  });

  test("is no other file", async () => {
    using dir = new TempDir();
    dir.write("a", "something else");
    for (const run of [dir.at("a"), dir.at("none")]) {
      expect(await rejection(Array.fromAsync(undo({ run })))).toMatchObject({ code: "usage" });
    }
    expect(dir.files()).toEqual(["a"]);
  });

  test("that is not there is told in plain words", async () => {
    using dir = new TempDir();
    const { exitCode, stderr } = await runCli(["undo", "none"], { cwd: dir.path });
    expect({ exitCode, stderr }).toEqual({
      ...{
        exitCode: 2,
        stderr: expect.stringMatching(
          /^s3sync: cannot read the journal none: no such file\ns3sync: see .*\n$/,
        ),
      },
    });
  });
});

describe("s3sync undo", () => {
  test("tells what it did, and ends with 3 if something had changed", async () => {
    await using scene = await UndoScene.create(true);
    await scene.run();
    await scene.bucket.put("p/changed", "mine");
    const { bucket, journal } = scene;
    const env = serverEnv(bucket.server);
    const dry = await runCli(["undo", "--dry-run", journal], { env });
    expect(dry.stdout).toContain(`would be removed  ${bucket.url("p/new")}, 1 B\n`);
    const done = await runCli(["undo", journal], { env });
    expect(done.stdout).toBe(
      `kept  ${bucket.url("p/changed")}: it has changed since the run\n2 objects put back, 1 object removed, 1 kept\n`,
    );
    expect([dry.exitCode, done.exitCode]).toEqual([3, 3]);
  });

  test("tells it as JSON, and ends with 0 if all is taken back", async () => {
    await using scene = await UndoScene.create(true);
    await scene.run({ delete: false });
    await scene.bucket.remove(["p/new", "p/changed"]);
    await scene.bucket.put("p/changed", before.changed);
    const env = serverEnv(scene.bucket.server);
    const json = await runCli(["undo", "--json", scene.journal], { env });
    const lines = json.stdout.trimEnd().split("\n");
    const name = scene.bucket.url("p/sub/large");
    const [size, dry_run] = [before["sub/large"].byteLength, false];
    expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual({
      ...{ action: "put-back", name, size, outcome: "done", dry_run },
    });
    expect(lines).toHaveLength(3);
    expect(json.exitCode).toBe(0);
    const again = await runCli(["undo", scene.journal], { env });
    expect(again.stdout).toBe("there is nothing left to be taken back\n");
  });
});
