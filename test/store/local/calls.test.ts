/**
 * Which calls block: those that a quick file system answers at once.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { Pace, smallCall } from "../../../src/store/local/calls.ts";
import { rejection } from "../../core/rejection.ts";

/** A file system whose calls take as long as the test says. */
class Disk {
  private nowMs = 0;
  readonly pace = new Pace(() => this.nowMs);

  /** Makes calls of so many milliseconds. */
  answers(milliseconds: number, times: number, bytes?: number): void {
    const call = (): void => void (this.nowMs += milliseconds);
    for (let i = 0; i < times; i++) this.pace.measured(call, bytes);
  }

  /** How many of so many calls would block. */
  blocking(calls: number): number {
    return Array.from({ length: calls }, () => this.pace.blocks).filter(Boolean).length;
  }
}

describe("a call on something small", () => {
  test("blocks at first, and as long as the file system is quick", () => {
    const disk = new Disk();
    expect(disk.blocking(10)).toBe(10);
    disk.answers(0.02, 1000);
    expect(disk.blocking(10)).toBe(10);
  });

  test("still blocks after one that took long", () => {
    const disk = new Disk();
    disk.answers(0.02, 10);
    disk.answers(5000, 1);
    expect(disk.blocking(10)).toBe(10);
  });

  test("does not block on a slow file system, but for one now and then that looks", () => {
    const disk = new Disk();
    disk.answers(1, 20);
    expect(disk.blocking(640)).toBe(10);
  });

  test("blocks again when the file system has become quick", () => {
    const disk = new Disk();
    disk.answers(1, 20);
    disk.answers(0.02, 100);
    expect(disk.blocking(10)).toBe(10);
  });

  test("may take longer for more bytes", () => {
    const disk = new Disk();
    disk.answers(1, 100, 256 * 1024);
    expect(disk.blocking(10)).toBe(10);
    disk.answers(2, 100, 256 * 1024);
    expect(disk.blocking(640)).toBe(10);
  });

  test("throws what the call throws", async () => {
    const call = (): never => {
      throw new Error("no");
    };
    expect(await rejection(smallCall<number>(call, (done) => done(new Error("no"), 0)))).toEqual(
      new Error("no"),
    );
  });
});
