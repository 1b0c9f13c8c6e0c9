/**
 * Lines reach whoever reads them: all, in order, at the reader's pace; or nobody reads.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { SyncError } from "../../src/core/errors.ts";
import { LineWriter } from "../../src/report/line-writer.ts";
import { TempDir } from "../support/temp-dir.ts";

const noFifo = Bun.which("mkfifo") === null;
const needs = "needs mkfifo";

function unexpected(): void {
  throw new Error("the reader is still there");
}

/** A pipe of which this process holds both ends. */
class Pipe implements Disposable {
  private readonly dir = new TempDir();
  readonly path = this.dir.at("pipe");
  private readonly open = new Set<number>();
  readonly reader: number;
  readonly writer: number;

  constructor() {
    Bun.spawnSync(["mkfifo", this.path]);
    const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;
    this.reader = fs.openSync(this.path, O_RDONLY | O_NONBLOCK);
    this.writer = fs.openSync(this.path, O_WRONLY | O_NONBLOCK);
    this.open.add(this.reader).add(this.writer);
  }

  close(descriptor: number): void {
    if (this.open.delete(descriptor)) fs.closeSync(descriptor);
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.open) this.close(descriptor);
    this.dir[Symbol.dispose]();
  }
}

describe("lines", () => {
  test("are in the file after a flush, in order, each with its line break", () => {
    using dir = new TempDir();
    const descriptor = fs.openSync(dir.at("out"), "w");
    const writer = new LineWriter(descriptor, unexpected);
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} \u{1f600}`);
    for (const line of lines) writer.line(line);
    writer.flush();
    fs.closeSync(descriptor);
    expect(fs.readFileSync(dir.at("out"), "utf8")).toBe(`${lines.join("\n")}\n`);
  });

  test("ask for room when they are written, not when they come", () => {
    using dir = new TempDir();
    const descriptor = fs.openSync(dir.at("out"), "w");
    const written: number[] = [];
    const writer = new LineWriter(descriptor, unexpected, () => {
      written.push(fs.fstatSync(descriptor).size);
    });
    writer.line("a");
    writer.line("b");
    expect(written).toEqual([]);
    writer.flush();
    writer.flush();
    expect(written).toEqual([0]);
    fs.closeSync(descriptor);
  });

  test("reach the reader soon, without a flush", async () => {
    using dir = new TempDir();
    const descriptor = fs.openSync(dir.at("out"), "w");
    new LineWriter(descriptor, unexpected).line("hello");
    while (fs.statSync(dir.at("out")).size === 0) await Bun.sleep(5);
    fs.closeSync(descriptor);
    expect(fs.readFileSync(dir.at("out"), "utf8")).toBe("hello\n");
  });

  test.skipIf(noFifo)(`wait for a reader that is slower than they come (${needs})`, async () => {
    using pipe = new Pipe();
    // Much more than the 64 KiB that a pipe holds.
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    const reader = Bun.spawn(["sh", "-c", 'wc -l < "$1"', "sh", pipe.path], {
      stdout: "pipe",
    });
    const writer = new LineWriter(pipe.writer, unexpected);
    for (const line of lines) writer.line(line);
    writer.flush();
    pipe.close(pipe.writer);
    pipe.close(pipe.reader);
    expect(Number(await new Response(reader.stdout).text())).toBe(lines.length);
  });
});

describe.skipIf(noFifo)(`a reader that went away (${needs})`, () => {
  test("is noticed once, and the lines after that go nowhere", () => {
    using pipe = new Pipe();
    let closed = 0;
    const writer = new LineWriter(pipe.writer, (failure) => {
      expect(failure).toBeUndefined();
      closed += 1;
    });
    pipe.close(pipe.reader);
    writer.line("a");
    writer.flush();
    expect(closed).toBe(1);
    writer.line("b");
    writer.flush();
    expect(closed).toBe(1);
  });

  test("is no matter as long as there is nothing to say", () => {
    using pipe = new Pipe();
    const writer = new LineWriter(pipe.writer, unexpected);
    pipe.close(pipe.reader);
    writer.flush();
    expect(fs.fstatSync(pipe.writer).isFIFO()).toBe(true);
  });
});

describe("lines that cannot be written", () => {
  test.skipIf(!fs.existsSync("/dev/full"))("to a full disk are told once (needs /dev/full)", () => {
    const descriptor = fs.openSync("/dev/full", "w");
    const failures: (SyncError | undefined)[] = [];
    const writer = new LineWriter(descriptor, (failure) => failures.push(failure));
    writer.line("a");
    writer.flush();
    writer.line("b");
    writer.flush();
    fs.closeSync(descriptor);
    expect(failures).toMatchObject([
      { code: "disk-full", reason: "ENOSPC", message: "no space left on device" },
    ]);
  });

  test("for another reason say which", () => {
    using dir = new TempDir();
    dir.write("out", "");
    const descriptor = fs.openSync(dir.at("out"), "r");
    const failures: (SyncError | undefined)[] = [];
    const writer = new LineWriter(descriptor, (failure) => failures.push(failure));
    writer.line("a");
    writer.flush();
    fs.closeSync(descriptor);
    expect(failures).toMatchObject([{ code: "file-system", operation: "write" }]);
  });
});
