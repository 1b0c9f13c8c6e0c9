/**
 * Whose journals are whose: nobody takes what somebody works on, and nothing is lost between two owners.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { defaultStateDirectory, StateDirectory } from "../../src/state/state-directory.ts";
import { ownTag } from "../../src/store/local/owner.ts";
import { TempDir } from "../support/temp-dir.ts";

let dir: TempDir;
let state: StateDirectory;
beforeEach(() => {
  dir = new TempDir();
  state = new StateDirectory(dir.at("state"));
});
afterEach(() => dir[Symbol.dispose]());

const again = (): StateDirectory => new StateDirectory(state.directory);
const names = (): string[] => dir.files("state");

/** Leaves a journal, as if by another process. */
function leftBy(tag: string): void {
  const journal = state.begin("transfer", "a", { target: "a" });
  journal.append({ part: 1 });
  state.leave(journal);
  const name = path.basename(journal.file);
  fs.renameSync(journal.file, path.join(state.directory, name.replace(ownTag, tag)));
}

const [host = "", , run = ""] = ownTag.split("-");
/** Of another run since the machine was started. */
const otherRun = `${run.slice(0, 6)}aaaaaa`;
const deadPid = (): number => Bun.spawnSync([process.execPath, "--version"]).pid;

function taken(from: StateDirectory, id = "a"): number[] {
  return Array.from(from.abandoned("transfer", id), (journal) => journal.text.lines.length);
}

describe("a journal", () => {
  test("is nobody else's while somebody works on it", () => {
    state.begin("transfer", "a", {});
    expect(taken(again())).toEqual([]);
    expect(taken(state)).toEqual([]);
  });

  test("that was let go of is found by what it is about, with what was written", () => {
    leftBy(ownTag);
    expect(taken(again(), "b")).toEqual([]);
    expect(Array.from(again().abandoned("plan", "a"))).toEqual([]);
    expect(taken(again())).toEqual([1]);
  });

  test("is taken by one only", () => {
    leftBy(`${host}-${deadPid()}-${otherRun}`);
    const [first, second] = [again(), again()];
    // Both have read the directory before either takes anything.
    expect([...first.all("transfer"), ...second.all("transfer")]).toHaveLength(2);
    expect([taken(first), taken(second)]).toEqual([[1], []]);
  });

  test("keeps its content under a name of ours when it is taken", () => {
    leftBy(`${host}-${deadPid()}-${otherRun}`);
    const [before = ""] = names();
    for (const journal of again().abandoned("transfer", "a")) {
      journal.append({ part: 2 });
    }
    const [after = ""] = names();
    expect([names().length, before.includes("aaaaaa"), after.includes(ownTag)]).toEqual([
      1,
      true,
      true,
    ]);
    const [found] = again().all("transfer");
    expect(found?.text.lines).toEqual([{ part: 1 }, { part: 2 }]);
  });

  test("of a process that lives is left alone", () => {
    const child = Bun.spawn([process.execPath, "-e", "await Bun.stdin.text()"], { stdin: "pipe" });
    leftBy(`${host}-${child.pid}-${otherRun}`);
    expect(taken(again())).toEqual([]);
    child.kill();
  });

  test("of a run before the machine was started is taken, also where another process has its id", () => {
    leftBy(`${host}-${process.ppid}-zzzzzzaaaaaa`);
    expect(taken(again())).toEqual([1]);
  });

  test("of an earlier process with our id is taken", () => {
    leftBy(`${host}-${process.pid}-${otherRun}`);
    expect(taken(again())).toEqual([1]);
  });

  test("of another machine is taken after a day without a change", () => {
    leftBy("zzzzzz-1-aaaaaa");
    expect(taken(again())).toEqual([]);
    const [name = ""] = names();
    const yesterday = new Date(Date.now() - 25 * 3600_000);
    fs.utimesSync(path.join(state.directory, name), yesterday, yesterday);
    expect(taken(again())).toEqual([1]);
  });

  test("that was cut in its first line is removed", () => {
    leftBy(ownTag);
    const [name = ""] = names();
    fs.truncateSync(path.join(state.directory, name), 20);
    expect(taken(again())).toEqual([]);
    expect(names()).toEqual([]);
  });

  test("that is finished and cannot be removed spoils nothing", () => {
    class Stubborn extends StateDirectory {
      override forget(): void {
        throw new Error("EROFS");
      }
    }
    const stubborn = new Stubborn(state.directory);
    stubborn.finish(stubborn.begin("transfer", "a", {}));
    expect(taken(again())).toEqual([0]);
  });

  test("that is finished is gone", () => {
    state.finish(state.begin("transfer", "a", {}));
    expect(names()).toEqual([]);
    expect(taken(again())).toEqual([]);
  });
});

describe("a directory", () => {
  test("is made when it is needed, for its owner only", () => {
    expect(taken(state)).toEqual([]);
    expect(fs.existsSync(state.directory)).toBe(false);
    state.begin("transfer", "a", {});
    expect(fs.statSync(state.directory).mode & 0o777).toBe(0o700);
  });

  test("with other people's files in it loses none of them", () => {
    dir.write("state/notes.txt", "x");
    dir.write("state/transfer-1.journal", "x");
    expect(taken(state)).toEqual([]);
    expect(names()).toEqual(["notes.txt", "transfer-1.journal"]);
  });

  test("knows which unfinished files its journals are about", () => {
    const journal = state.begin("transfer", "a", {});
    journal.append({ note: { kind: "part-file", name: ".s3sync-a-1-b-c.part" } });
    expect(again().knowsPartFile(".s3sync-a-1-b-c.part")).toBe(true);
    expect(again().knowsPartFile(".s3sync-a-1-b-d.part")).toBe(false);
  });

  test.skipIf(process.platform === "win32")("is where the XDG specification says", () => {
    expect(defaultStateDirectory({ XDG_STATE_HOME: "/x" })).toBe("/x/s3sync");
    const home = defaultStateDirectory({});
    expect(home).toEndWith("/.local/state/s3sync");
    expect(defaultStateDirectory({ XDG_STATE_HOME: "relative" })).toBe(home);
  });
});
