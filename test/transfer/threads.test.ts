/**
 * Threads that move parts.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { SyncError } from "../../src/core/errors.ts";
import { md5Of } from "../../src/hash/digest.ts";
import type { Part, Reader, Writer } from "../../src/store/store.ts";
import {
  type PartJob,
  plainError,
  revivedError,
} from "../../src/transfer/threads/thread-protocol.ts";
import { Threads } from "../../src/transfer/threads/threads.ts";
import { never, patterned } from "../contract/subject.ts";
import { rejection } from "../core/rejection.ts";
import { objectOf } from "../list/listed.ts";
import { sourceAt, specOf, targetAt } from "../store/local/local.ts";
import { TempDir } from "../support/temp-dir.ts";

const content = patterned(300_000);
const partSize = 100_000;
const parts: readonly Part[] = [0, 1, 2].map((index) => ({
  number: index + 1,
  offset: index * partSize,
  length: partSize,
}));

/** A file that is copied within a directory, part by part, and the threads that do it. */
class Copying implements AsyncDisposable {
  private readonly dir = new TempDir();
  readonly threads: Threads;

  private constructor(
    count: number,
    readonly reader: Reader,
    readonly writer: Writer,
    readonly root: TempDir,
  ) {
    this.threads = new Threads(count, () => undefined);
  }

  static async begin(count: number): Promise<Copying> {
    const root = new TempDir();
    root.write("from", content);
    const reader = await sourceAt(root.path).open(objectOf("from"));
    const writer = await targetAt(root.path).beginWrite(specOf("to", content.byteLength), never);
    return new Copying(count, reader, writer, root);
  }

  job(part: Part): PartJob {
    const { reader, writer } = this;
    if (reader.ticket === undefined || writer.ticket === undefined) throw new Error("no ticket");
    return {
      source: { kind: "local" },
      target: { kind: "local" },
      reader: reader.ticket,
      writer: writer.ticket,
      part,
      setup: { digests: { md5: true, sha256: false }, shareBytes: 0, tempDir: this.dir.path },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.threads.close();
    await this.writer.abort();
    this.root[Symbol.dispose]();
    this.dir[Symbol.dispose]();
  }
}

describe("threads", () => {
  test.each([1, 2])("move parts and tell their digests: %d", async (count) => {
    await using copying = await Copying.begin(count);
    const moved = await Promise.all(
      parts.map((part) => copying.threads.run(copying.job(part), never)),
    );
    expect(moved.map(({ receipt }) => receipt.number)).toEqual([1, 2, 3]);
    for (const [index, { md5 }] of moved.entries()) {
      expect(md5).toEqual(md5Of(content.slice(index * partSize, (index + 1) * partSize)));
    }
    await copying.reader.close();
    await copying.writer.commit([], never);
    expect(Buffer.from(copying.root.read("to")).equals(content)).toBe(true);
  });

  test("tell what went wrong, as an error of ours, and go on with other parts", async () => {
    await using copying = await Copying.begin(1);
    const beyond = { number: 9, offset: content.byteLength, length: 10 };
    const failed = await rejection(copying.threads.run(copying.job(beyond), never));
    expect(failed).toBeInstanceOf(SyncError);
    expect(failed).toMatchObject({ code: "source-changed", path: copying.root.at("from") });
    const [first] = parts;
    if (first !== undefined) await copying.threads.run(copying.job(first), never);
    await copying.reader.close();
  });

  test("tell how much the one with least to do is working on", async () => {
    await using copying = await Copying.begin(2);
    const { threads } = copying;
    const [first] = parts;
    if (first === undefined) throw new Error("no parts");
    const loads: number[] = [threads.leastLoad];
    const running = Array.from({ length: 3 }, () => {
      const moved = threads.run(copying.job(first), never);
      loads.push(threads.leastLoad);
      return moved;
    });
    expect(loads).toEqual([0, 0, 1, 1]);
    await Promise.all(running);
    expect(threads.leastLoad).toBe(0);
    await copying.reader.close();
  });

  test("that are ended reject what they were working on, instead of leaving it to wait for ever", async () => {
    await using copying = await Copying.begin(1);
    const [first] = parts;
    if (first === undefined) throw new Error("no parts");
    await copying.threads.run(copying.job(first), never);
    const outcomes = Promise.allSettled(
      Array.from({ length: 50 }, () => copying.threads.run(copying.job(first), never)),
    );
    copying.threads.close();
    for (const outcome of await outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(SyncError);
    }
    await copying.reader.close();
  });
});

describe("an error on its way between threads", () => {
  test("arrives with everything but its cause", () => {
    const text = fc.option(fc.string(), { nil: undefined });
    const details = fc.record({
      operation: text,
      bucket: text,
      key: text,
      path: text,
      reason: text,
      requestId: text,
      hint: text,
      status: fc.option(fc.integer(), { nil: undefined }),
      retryable: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.string(), details, (message, given) => {
        const sent = new SyncError("throttled", message, { ...given, cause: new Error("below") });
        const arrived = revivedError(structuredClone(plainError(sent)));
        expect(arrived).toBeInstanceOf(SyncError);
        expect(arrived).toMatchObject({ code: "throttled", message, ...given });
      }),
    );
  });
});
