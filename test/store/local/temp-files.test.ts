/**
 * Temporary files of our own: never data, and removed when the run that made them is no more.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey, only } from "../../../src/core/key.ts";
import {
  isLeftover,
  isPartName,
  isTempName,
  newPartName,
  newTempName,
} from "../../../src/store/local/names/temp-name.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { shown, sourceAt, targetAt } from "./local.ts";

const form = /^\.s3sync-(?<host>[^-]+)-(?<pid>\d+)-(?<run>[^-]+)-[^-]+\.tmp$/;
const hour = 3_600_000;

/** A name as another process would have made it. */
function tempName(other: { host?: string; pid?: number; run?: string }): string {
  const mine = form.exec(newTempName())?.groups ?? {};
  const since = mine["run"]?.slice(0, 6);
  const { host = mine["host"], pid = mine["pid"], run = `${since}abc123` } = other;
  return `.s3sync-${host}-${pid}-${run}-1.tmp`;
}

/** The id of a process that has ended. */
function deadPid(): number {
  const child = Bun.spawnSync([process.execPath, "--version"]);
  return child.pid;
}

/** A process that lives as long as this object. */
class LiveProcess implements Disposable {
  private readonly child = Bun.spawn([process.execPath, "-e", "await Bun.stdin.text()"], {
    stdin: "pipe",
  });
  readonly pid = this.child.pid;

  [Symbol.dispose](): void {
    this.child.kill();
  }
}

describe("a temporary name", () => {
  test("is never used twice, and known as one", () => {
    const names = Array.from({ length: 1000 }, newTempName);
    expect(new Set(names).size).toBe(1000);
    expect(names.every(isTempName)).toBe(true);
  });

  test("says whether the file can be gone on with", () => {
    expect([newTempName(), newPartName()].map(isPartName)).toEqual([false, true]);
    expect(isTempName(newPartName())).toBe(true);
  });

  test("is short and hidden, whatever the length of the key", () => {
    expect(newTempName()).toMatch(form);
    expect(newTempName().length).toBeLessThan(50);
  });

  test("does not tell the name of the machine", () => {
    expect(newTempName()).not.toContain(process.env["HOSTNAME"] ?? "localhost");
  });

  test.each([
    ".s3sync-x.tmp",
    ".s3sync",
    "s3sync-abc-1-def-1.tmp",
    ".s3sync-abc-1-def-1.tmp.bak",
    ".s3sync-abc-x-def-1.tmp",
    "x.s3sync-abc-1-def-1.tmp",
    ".s3sync-abc-1-def-1.tmp\n",
    ".s3syncignore",
  ])("is not %j: that may be somebody's data", (name) => {
    expect(isTempName(name)).toBe(false);
  });
});

describe("a leftover", () => {
  const now = Date.now();

  test("is what a process of this machine left that is no more", () => {
    expect(isLeftover(tempName({ pid: deadPid() }), now, now)).toBe(true);
  });

  test("is what an earlier process with our own id left", () => {
    expect(isLeftover(tempName({ pid: process.pid }), now, now)).toBe(true);
  });

  test("is what was left before the machine was started, also where a process has that id again", () => {
    using other = new LiveProcess();
    expect(isLeftover(tempName({ pid: other.pid, run: "zzzzzzabc123" }), now, now)).toBe(true);
  });

  test("is not what this run or another living one works on", () => {
    using other = new LiveProcess();
    expect(isLeftover(newTempName(), now, now)).toBe(false);
    expect(isLeftover(tempName({ pid: other.pid }), now - 100 * hour, now)).toBe(false);
  });

  test("is what another machine has not touched for a day", () => {
    const foreign = tempName({ host: "zzzzzz", pid: 1 });
    expect(isLeftover(foreign, now - 23 * hour, now)).toBe(false);
    expect(isLeftover(foreign, now - 25 * hour, now)).toBe(true);
  });

  test("is never a file of somebody else", () => {
    expect(isLeftover("a.txt", 0, now)).toBe(false);
    expect(isLeftover(".s3sync-x.tmp", 0, now)).toBe(false);
  });
});

describe("a tree with temporary files", () => {
  test("is listed without them, on either side, also when asked for by key", async () => {
    using dir = new TempDir();
    const name = newTempName();
    for (const file of [name, `sub/${name}`, "data"]) dir.write(file);
    for (const store of [sourceAt(dir.path), targetAt(dir.path)]) {
      expect(await shown(store)).toEqual(["object data", "directory sub/"]);
      expect(await shown(store, only(asKey(name)))).toEqual([]);
    }
  });

  test("loses those of dead runs when it is a target, and keeps those of others", async () => {
    using dir = new TempDir();
    using other = new LiveProcess();
    const [dead, live, foreign] = [
      tempName({ pid: deadPid() }),
      tempName({ pid: other.pid }),
      tempName({ host: "zzzzzz" }),
    ];
    for (const name of [dead, live, foreign]) dir.write(`sub/${name}`);
    await shown(targetAt(dir.path, { removeLeftovers: true }));
    expect(dir.files("sub")).toEqual([foreign, live].toSorted());
  });

  test("keeps one that a journal is about, and others of its kind for a day", async () => {
    using dir = new TempDir();
    const old = new Date(Date.now() - 25 * hour);
    const named = (run: string): string =>
      tempName({ pid: deadPid(), run }).replace(".tmp", ".part");
    const [noted, young, forgotten] = [named("aaaaaa"), named("bbbbbb"), named("cccccc")];
    dir.write(`sub/${noted}`, "x", old);
    dir.write(`sub/${young}`);
    dir.write(`sub/${forgotten}`, "x", old);
    const isResumable = (name: string): boolean => name === noted;
    await shown(targetAt(dir.path, { removeLeftovers: true, isResumable }));
    expect(dir.files("sub")).toEqual([noted, young].toSorted());
  });

  test("keeps all of them when nothing may change", async () => {
    using dir = new TempDir();
    const dead = tempName({ pid: deadPid() });
    dir.write(dead);
    await shown(targetAt(dir.path));
    await shown(sourceAt(dir.path));
    expect(dir.files()).toEqual([dead]);
  });

  test("keeps a directory or a link's goal of such a name", async () => {
    using dir = new TempDir();
    const [tree, link] = [tempName({ pid: deadPid() }), tempName({ pid: process.pid })];
    dir.write(`${tree}/inside`);
    dir.write("goal", "precious");
    fs.symlinkSync("goal", dir.at(link));
    await shown(targetAt(dir.path, { removeLeftovers: true }));
    expect(fs.existsSync(dir.at(tree, "inside"))).toBe(true);
    expect(fs.readFileSync(dir.at("goal"), "utf8")).toBe("precious");
  });
});
