/**
 * The lock against a second run.
 *
 * @module
 */
import { describe, expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Lock } from "../../src/state/lock.ts";
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

describe("is not taken from", () => {
  test.each([
    ["a process of another machine", JSON.stringify({ pid: 1, host: "elsewhere", boot: "x" })],
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
