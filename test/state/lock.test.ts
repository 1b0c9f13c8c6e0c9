/**
 * The lock against a second run.
 *
 * @module
 */
import { describe, expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Lock, type Patience } from "../../src/state/lock.ts";
import { rejection } from "../core/rejection.ts";
import { canMount, mountNeeds, SmallDisk } from "../store/local/small-disk.ts";
import { TempDir } from "../support/temp-dir.ts";

const boot = fs.existsSync("/proc/sys/kernel/random/boot_id")
  ? fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
  : "";
const host = os.hostname();

/** The id of a process that has ended. */
function deadPid(): number {
  return Bun.spawnSync([process.execPath, "--version"]).pid;
}

test("keeps a second one out, says who has it, and lets go", () => {
  using dir = new TempDir();
  const file = dir.at("lock");
  {
    using _held = Lock.take(file, "the state");
    expect(() => Lock.take(file, "the state")).toThrow(
      `the state is in use by process ${process.pid} on ${host}`,
    );
  }
  using _again = Lock.take(file, "the state");
  expect(fs.readdirSync(dir.path)).toEqual(["lock"]);
});

describe("is taken from", () => {
  test.each([
    ["a process that is no more", { pid: deadPid(), host, boot }],
    ["a process before the machine was started", { pid: process.pid, host, boot: "another" }],
    ...(boot === ""
      ? []
      : ([
          ["a process whose id was given again", { pid: process.ppid, host, boot, started: "1" }],
          ["one of our own id, as in a container", { pid: process.pid, host, boot, started: "1" }],
        ] as const)),
  ])("%s", (_what, owner) => {
    using dir = new TempDir();
    const file = dir.write("lock", JSON.stringify(owner));
    using _held = Lock.take(file, "the state");
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
    expect(fs.readdirSync(dir.path)).toEqual(["lock"]);
  });
});

/** A lock of somebody elsewhere that was last touched so many minutes ago, by the file system's clock. */
function touchedBefore(dir: TempDir, minutes: number, text: string): string {
  const file = dir.write("lock", text);
  const touched = new Date(fs.statSync(file).mtimeMs - minutes * 60_000);
  fs.utimesSync(file, touched, touched);
  return file;
}

const elsewhere = JSON.stringify({ pid: 1, host: "elsewhere", boot: "x" });

describe("of whom nobody here can tell", () => {
  test.each([
    ["a process of another machine", elsewhere],
    ["nobody that can be read", ""],
  ])("%s: holds until it was not touched for 15 minutes", (_what, text) => {
    using dir = new TempDir();
    const file = touchedBefore(dir, 14, text);
    expect(() => Lock.take(file, "the state")).toThrow("the state is in use by");
    touchedBefore(dir, 16, text);
    using _held = Lock.take(file, "the state");
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid });
    expect(fs.readdirSync(dir.path)).toEqual(["lock"]);
  });

  test("is told how long that takes", () => {
    using dir = new TempDir();
    const file = touchedBefore(dir, 1, elsewhere);
    expect(() => Lock.take(file, "x")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("15 minutes") }),
    );
  });

  test("does not depend on this machine's clock", () => {
    using dir = new TempDir();
    const file = touchedBefore(dir, 1, elsewhere);
    const clock = spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    try {
      expect(() => Lock.take(file, "the state")).toThrow("the state is in use by");
    } finally {
      clock.mockRestore();
    }
  });
});

describe("a holder", () => {
  /** A lock, and what its timer does every minute. */
  function held(file: string): { readonly lock: Lock; readonly minute: () => void } {
    const timers = spyOn(globalThis, "setInterval");
    try {
      const lock = Lock.take(file, "the state");
      const [minute, every] = timers.mock.calls.at(-1) ?? [];
      expect(every).toBe(60_000);
      return { lock, minute: minute as () => void };
    } finally {
      timers.mockRestore();
    }
  }

  test("touches it every minute, by the file system's clock", () => {
    using dir = new TempDir();
    const { lock, minute } = held(dir.at("lock"));
    using _lock = lock;
    const text = fs.readFileSync(dir.at("lock"), "utf8");
    const before = fs.statSync(touchedBefore(dir, 14, text)).mtimeMs;
    minute();
    expect(fs.statSync(dir.at("lock")).mtimeMs).toBeGreaterThan(before + 13 * 60_000);
    expect(fs.readFileSync(dir.at("lock"), "utf8")).toBe(text);
    expect(lock.lost.aborted).toBe(false);
  });

  test.each([
    ["that somebody else took", (file: string) => fs.writeFileSync(file, elsewhere)],
    ["that was deleted", (file: string) => fs.rmSync(file)],
  ])("hears of one %s, and leaves that alone", (_what, lose) => {
    using dir = new TempDir();
    const file = dir.at("lock");
    const { lock, minute } = held(file);
    lose(file);
    minute();
    expect(lock.lost.reason).toMatchObject({ code: "locked" });
    expect(() => lock.requireHeld()).toThrow("the state was taken over by somebody else");
    const left = fs.readdirSync(dir.path);
    lock[Symbol.dispose]();
    expect(fs.readdirSync(dir.path)).toEqual(left);
  });

  test("keeps no process alive", async () => {
    using dir = new TempDir();
    const module = JSON.stringify(new URL("../../src/state/lock.ts", import.meta.url).href);
    const script = `const { Lock } = await import(${module}); Lock.take(${JSON.stringify(dir.at("lock"))}, "x");`;
    const child = Bun.spawn([process.execPath, "-e", script]);
    expect(await child.exited).toBe(0);
  });
});

describe("is not taken from", () => {
  test.each([
    ["a process of another machine", elsewhere],
    ["nobody that can be read", "?"],
  ])("%s", (_what, text) => {
    using dir = new TempDir();
    const file = dir.write("lock", text);
    expect(() => Lock.take(file, "the state")).toThrow("the state is in use by");
    expect(fs.readFileSync(file, "utf8")).toBe(text);
  });
});

test("holds where the file system has no second names for files", () => {
  using dir = new TempDir();
  const file = dir.at("lock");
  const link = spyOn(fs, "linkSync").mockImplementation(() => {
    throw Object.assign(new Error("no links"), { code: "EPERM" });
  });
  try {
    using _held = Lock.take(file, "the state");
    expect(() => Lock.take(file, "the state")).toThrow("the state is in use by process");
    expect(fs.readdirSync(dir.path)).toEqual(["lock"]);
  } finally {
    link.mockRestore();
  }
});

test.skipIf(!canMount)(`that cannot be made on a disk is told by its name (${mountNeeds})`, () => {
  using disk = new SmallDisk("16k,ro");
  const file = path.join(disk.path, "lock");
  const text = `cannot make ${file}: the file system is read-only`;
  expect(() => Lock.take(file, "the state")).toThrow(text);
});

test("that cannot be made is told by its name", () => {
  using dir = new TempDir();
  const missing = dir.at("no", "lock");
  expect(() => Lock.take(missing, "the state")).toThrow(`cannot make ${missing}: no such file`);
});

describe("waiting", () => {
  const patience = (waitMs: number, onWait: () => void = () => undefined): Patience => ({
    ...{ waitMs, onWait },
    signal: new AbortController().signal,
  });

  test("ends as soon as the lock is free, and is told once", async () => {
    using dir = new TempDir();
    const file = dir.at("lock");
    const held = Lock.take(file, "it");
    let told = 0;
    const waiting = Lock.wait(
      file,
      "it",
      patience(60_000, () => {
        told += 1;
        held[Symbol.dispose]();
      }),
    );
    using _mine = await waiting;
    expect(told).toBe(1);
  });

  test("ends with who has it when the time is over", async () => {
    using dir = new TempDir();
    const file = dir.at("lock");
    using _held = Lock.take(file, "it");
    const failed = await rejection(Lock.wait(file, "it", patience(1)));
    const message = `it is in use by process ${process.pid} on ${host}`;
    expect(failed).toMatchObject({ code: "locked", path: file, message });
  });

  test("ends when the run is stopped", async () => {
    using dir = new TempDir();
    const file = dir.at("lock");
    using _held = Lock.take(file, "it");
    const stop = new AbortController();
    const { signal } = stop;
    const onWait = (): void => stop.abort();
    const waiting = Lock.wait(file, "it", { waitMs: 60_000, signal, onWait });
    expect(await rejection(waiting)).toMatchObject({ code: "aborted" });
  });
});

test("one that somebody else has taken meanwhile is not let go", () => {
  using dir = new TempDir();
  const file = dir.at("lock");
  {
    using _held = Lock.take(file, "the state");
    fs.writeFileSync(file, "theirs");
  }
  expect(fs.readFileSync(file, "utf8")).toBe("theirs");
});

test("of many processes that find it stale at once, one gets it", async () => {
  using dir = new TempDir();
  const file = dir.write("lock", JSON.stringify({ pid: deadPid(), host, boot: "another" }));
  const module = JSON.stringify(new URL("../../src/state/lock.ts", import.meta.url).href);
  const script = `
    const { Lock } = await import(${module});
    try { Lock.take(${JSON.stringify(file)}, "x"); console.log("mine"); } catch { console.log("no"); }
    for await (const _line of console) break;`;
  const children = Array.from({ length: 6 }, () =>
    Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" }),
  );
  const said = await Promise.all(
    children.map(async ({ stdout }) => {
      const { value } = await stdout.getReader().read();
      return Buffer.from(value ?? [])
        .toString()
        .trim();
    }),
  );
  for (const child of children) void child.stdin.end();
  await Promise.all(children.map(({ exited }) => exited));
  expect(said.filter((each) => each === "mine")).toHaveLength(1);
}, 20_000);
