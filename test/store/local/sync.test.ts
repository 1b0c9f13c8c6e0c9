/**
 * Writing so that the disk has it: `--fsync`.
 *
 * @module
 */
import { afterEach, describe, expect, spyOn, test } from "bun:test";
import fs from "node:fs";

import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { put, targetAt } from "./local.ts";

/** What calls of ours the system saw, in order, each with what its descriptor leads to. */
class SystemCalls {
  readonly seen: string[] = [];
  private readonly spies = [
    spyOn(fs, "fsync").mockImplementation(((descriptor: number, done: fs.NoParamCallback) => {
      this.seen.push(`sync ${this.nameOf(descriptor)}`);
      done(this.fails);
    }) as typeof fs.fsync),
    spyOn(fs, "fsyncSync").mockImplementation((descriptor) => {
      this.seen.push(`sync ${this.nameOf(descriptor)}`);
    }),
  ];
  private fails: Error | null = null;

  constructor(private readonly root: string) {}

  /** The disk is broken. */
  fail(): void {
    this.fails = Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
  }

  restore(): void {
    for (const spy of this.spies) spy.mockRestore();
  }

  private nameOf(descriptor: number): string {
    const file = fs.readlinkSync(`/proc/self/fd/${descriptor}`);
    return file.includes(".s3sync") ? "file" : `directory ${file.slice(this.root.length) || "/"}`;
  }
}

describe.if(process.platform === "linux")("a target that waits for the disk", () => {
  let calls: SystemCalls | undefined;
  afterEach(() => calls?.restore());

  test("writes the file, then its name in its directory", async () => {
    using dir = new TempDir();
    calls = new SystemCalls(dir.path);
    await put(targetAt(dir.path, { sync: true }), "a", "content");
    expect(calls.seen).toEqual(["sync file", "sync directory /"]);
  });

  test("writes the name of each directory that it makes", async () => {
    using dir = new TempDir();
    calls = new SystemCalls(dir.path);
    await put(targetAt(dir.path, { sync: true }), "x/y/a", "content");
    expect(calls.seen).toEqual([
      "sync directory /",
      "sync directory /x",
      "sync file",
      "sync directory /x/y",
    ]);
  });

  test("says that it failed if the disk does, and leaves what was there before", async () => {
    using dir = new TempDir();
    dir.write("a", "old");
    calls = new SystemCalls(dir.path);
    calls.fail();
    const failed = await rejection(put(targetAt(dir.path, { sync: true }), "a", "content"));
    expect(failed).toMatchObject({ code: "file-system", path: dir.at("a") });
    expect(dir.read("a").toString()).toBe("old");
    expect(fs.readdirSync(dir.path)).toEqual(["a"]);
  });

  test("is not what anybody gets who does not ask for it", async () => {
    using dir = new TempDir();
    calls = new SystemCalls(dir.path);
    await put(targetAt(dir.path), "x/a", "content");
    expect(calls.seen).toEqual([]);
  });
});
