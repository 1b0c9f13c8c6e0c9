/**
 * `--journal` and `undo`: what a run has changed is taken back, and nothing else.
 *
 * @module
 */
import { describe as group, expect } from "bun:test";
import fs from "node:fs";

import {
  type ConfigInput,
  type Summary,
  sync,
  type SyncEvent,
  undo,
  type UndoInput,
  type Undone,
} from "../../src/index.ts";
import { RunJournal } from "../../src/state/run-journal.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { rejection } from "../support/stub-s3.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plantObjects, randomBytes } from "../support/trees.ts";

const { describe, test } = needing("keeps versions");

const five = 5 * MiB;
const before = { changed: "old", "sub/large": randomBytes("old", 2 * five), "sub/gone": "gone" };
const after = { changed: "newer", "sub/large": randomBytes("new", 2 * five + 1), new: "1" };

/** A directory that goes to the prefix `p/` of a bucket, and the journal of that run. */
class Scene implements AsyncDisposable {
  readonly dir = new TempDir();

  private constructor(readonly bucket: TestBucket) {}

  static async create(keepsVersions: boolean): Promise<Scene> {
    const scene = new Scene(await TestBucket.create());
    const { bucket, dir } = scene;
    if (keepsVersions) await bucket.keepVersions();
    await plantObjects(bucket, before, "p/");
    for (const [key, body] of Object.entries(after)) dir.write(`from/${key}`, body);
    return scene;
  }

  get journal(): string {
    return this.dir.at("run.journal");
  }

  /** What the prefix holds: keys and ETags. */
  async held(): Promise<string[]> {
    return (await this.bucket.list("p/")).map(({ key, etag }) => `${key} ${etag}`);
  }

  input(more: Partial<ConfigInput> = {}): ConfigInput {
    const { dir, bucket, journal } = this;
    const sides = { source: dir.at("from"), target: bucket.url("p/"), ...bucket.side("target") };
    const parts = { multipartThreshold: five, multipartChunksize: five };
    return { ...sides, ...parts, delete: true, journal, ...more };
  }

  async run(more: Partial<ConfigInput> = {}): Promise<Summary> {
    const summary = await sync(this.input(more));
    expect(summary).toMatchObject({ errors: 0, warnings: 0 });
    return summary;
  }

  undoing(more: Partial<UndoInput> = {}): UndoInput {
    return { run: this.journal, ...this.bucket.side("target"), ...more };
  }

  /** Takes the run back; tells what became of each key. */
  async undone(more: Partial<UndoInput> = {}): Promise<string[]> {
    return told(await Array.fromAsync(undo(this.undoing(more))));
  }

  /** Leaves out lines of the journal, as if the run had died before it wrote them. */
  cut(lines: RegExp): void {
    const text = fs.readFileSync(this.journal, "utf8").split("\n");
    fs.writeFileSync(this.journal, text.filter((line) => !lines.test(line)).join("\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

function told(all: readonly Undone[]): string[] {
  return all
    .map(({ action, name, outcome }) => `${name.replace(/^.*\/p\//, "")} ${action} ${outcome}`)
    .toSorted();
}

const takenBack = [
  "changed put-back done",
  "new removed done",
  "sub/gone put-back done",
  "sub/large put-back done",
];
const nothing: string[] = [];

describe("undo, in a bucket that keeps versions", () => {
  test("puts back what was replaced and deleted, and removes what is new", async () => {
    await using scene = await Scene.create(true);
    const held = await scene.held();
    await scene.run();
    expect(await scene.held()).not.toEqual(held);
    expect(await scene.undone()).toEqual(takenBack);
    // The large one has the parts that it had, or its ETag would be another one.
    expect(await scene.held()).toEqual(held);
  });

  test("brings metadata, headers and tags back", async () => {
    await using scene = await Scene.create(true);
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
    await using scene = await Scene.create(true);
    const { VersionId } = await scene.bucket.head("p/sub/gone");
    await scene.run();
    await scene.undone();
    expect((await scene.bucket.head("p/sub/gone")).VersionId).toBe(VersionId ?? "");
  });

  test("does nothing when it is done once more", async () => {
    await using scene = await Scene.create(true);
    await scene.run();
    await scene.undone();
    await scene.bucket.put("p/new", "1");
    const held = await scene.held();
    expect(await scene.undone()).toEqual(nothing);
    expect(await scene.held()).toEqual(held);
  });

  test("leaves what somebody has changed since, and says so each time", async () => {
    await using scene = await Scene.create(true);
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

  test("leaves what somebody has written again with the same bytes", async () => {
    await using scene = await Scene.create(true);
    await scene.run();
    await scene.bucket.put("p/changed", after.changed);
    expect(await scene.undone()).toContain("changed put-back kept");
  });

  test("takes for done what somebody has put back by hand", async () => {
    await using scene = await Scene.create(true);
    await scene.run();
    await scene.bucket.put("p/changed", before.changed);
    await scene.bucket.remove(["p/new"]);
    expect(await scene.undone()).toEqual([
      ...["changed nothing done", "new nothing done"],
      ...["sub/gone put-back done", "sub/large put-back done"],
    ]);
  });

  test("only says what it would do, in a dry run", async () => {
    await using scene = await Scene.create(true);
    await scene.run();
    const [held, text] = [await scene.held(), fs.readFileSync(scene.journal, "utf8")];
    expect(await scene.undone({ dryRun: true })).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
    expect(fs.readFileSync(scene.journal, "utf8")).toBe(text);
  });

  test("does nothing if it would remove more than --max-delete allows", async () => {
    await using scene = await Scene.create(true);
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
    await using scene = await Scene.create(true);
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
    await using scene = await Scene.create(true);
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
    await using scene = await Scene.create(true);
    for (let at = 0; at < 20; at++) scene.dir.write(`from/more${at}`, "x");
    const held = await scene.held();
    await scene.run();
    for await (const _ of undo(scene.undoing())) break;
    const rest = await scene.undone();
    expect(rest.length).toBe(24 - 16);
    expect(await scene.held()).toEqual(held);
  });

  test("takes back what a plan did, and copies on the server", async () => {
    await using scene = await Scene.create(true);
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
    await using scene = await Scene.create(false);
    const held = await scene.held();
    await scene.run({ backupPrefix: "kept/" });
    expect(await scene.undone()).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
  });

  test("puts back from another bucket", async () => {
    await using scene = await Scene.create(false);
    await using shelf = await TestBucket.create();
    const held = await scene.held();
    await scene.run({ backupPrefix: shelf.url("kept/") });
    expect(await scene.undone()).toEqual(takenBack);
    expect(await scene.held()).toEqual(held);
  });

  test("puts files back from --backup-dir, with their times and modes, and links as links", async () => {
    await using scene = await Scene.create(false);
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

  test("tells what has nothing left that could be put back", async () => {
    await using scene = await Scene.create(false);
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
    await using scene = await Scene.create(false);
    await scene.run({ backupPrefix: "kept/" });
    const held = await scene.held();
    scene.dir.write("from/more", "1");
    const again = sync(scene.input({ backupPrefix: "kept/" }));
    expect(await rejection(again)).toMatchObject({ code: "usage" });
    expect(await scene.held()).toEqual(held);
    await scene.run({ backupPrefix: "kept/", journal: scene.dir.at("of-{time}.journal") });
    expect(scene.dir.files().filter((name) => /^of-2\d{3}-.*Z\.journal$/.test(name))).toHaveLength(
      1,
    );
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
  });
});

describe("s3sync undo", () => {
  test("tells what it did, and ends with 3 if something had changed", async () => {
    await using scene = await Scene.create(true);
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
    await bucket.remove(["p/changed"]);
    await bucket.put("p/changed", before.changed);
    const last = await runCli(["undo", "--json", journal], { env });
    expect(JSON.parse(last.stdout)).toMatchObject({ action: "nothing", outcome: "done" });
    expect(last.exitCode).toBe(0);
    const none = await runCli(["undo", journal], { env });
    expect(none.stdout).toBe("there is nothing left to be taken back\n");
  });
});
