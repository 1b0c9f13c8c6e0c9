/**
 * Work for transfer threads, and threads that die of it.
 *
 * @module
 */
import { MiB } from "../../../../src/core/bytes.ts";
import type { PartJob } from "../../../../src/transfer/threads/thread-protocol.ts";

/** Moves bytes 2 to 7 of a file to the same place of another. */
export function localJob(from: number, to: number): PartJob {
  const reader = { kind: "file", descriptor: from, path: "from" };
  const writer = { kind: "temp-file", descriptor: to, path: "to" };
  return {
    source: { kind: "local" },
    target: { kind: "local" },
    reader,
    writer,
    part: { number: 1, offset: 2, length: 6 },
    setup: { digests: { md5: true, sha256: false }, shareBytes: MiB, tempDir: "" },
  };
}

/** Makes every new worker run this code instead of its own. */
export function withWorkers(code: string): Disposable {
  const original = globalThis.Worker;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  globalThis.Worker = class extends original {
    constructor() {
      super(url);
    }
  };
  return {
    [Symbol.dispose]() {
      globalThis.Worker = original;
      URL.revokeObjectURL(url);
    },
  };
}
