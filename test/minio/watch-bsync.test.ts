/**
 * A two-way sync that keeps going: what either side changes, the other one gets.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type BsyncInput, type Run, watchBsync } from "../../src/index.ts";
import { rejection } from "../core/rejection.ts";
import { TestBucket } from "../support/bucket.ts";
import { startMinio } from "../support/minio-server.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, objectDigests } from "../support/trees.ts";

/** Both sides, kept in step. */
class Pair implements AsyncDisposable {
  readonly dir = new TempDir();
  readonly ending = new AbortController();
  private readonly stop = new AbortController();
  private run: Run | undefined;

  constructor(readonly bucket: TestBucket) {
    fs.mkdirSync(this.dir.at("notes"));
  }

  begin(more: BsyncInput = {}): Run {
    const { dir, bucket, ending, stop } = this;
    const places = { local: dir.at("notes"), remote: bucket.url("notes/"), state: dir.at("state") };
    const quick = { debounce: "50ms", poll: "100ms" };
    const input = { ...places, ...quick, ...bucket.side("target"), ...more };
    this.run = watchBsync(input, { signal: stop.signal, ending: ending.signal });
    return this.run;
  }

  /** Waits until both sides hold this. */
  async until(run: Run, expected: readonly string[]): Promise<void> {
    for await (const event of run) {
      if (event.type !== "round") continue;
      // What goes while it is read is gone in the next round.
      const remote = await objectDigests(this.bucket, "notes/").catch(() => undefined);
      const local = fileDigests(this.dir.at("notes"));
      const isSame = Bun.deepEquals(local, remote);
      if (isSame && Bun.deepEquals(Object.keys(local).toSorted(), expected)) return;
    }
    throw new Error("it is over");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.run?.result.catch(() => undefined);
    this.dir[Symbol.dispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

describe("bsync that keeps going", () => {
  test("brings each side what the other one has changed", async () => {
    await using pair = new Pair(await TestBucket.create());
    const { dir, bucket } = pair;
    dir.write("notes/a", "of the directory");
    const run = pair.begin();
    await pair.until(run, ["a"]);
    await bucket.put("notes/b", "of the bucket");
    await pair.until(run, ["a", "b"]);
    dir.write("notes/c", "of the directory");
    await pair.until(run, ["a", "b", "c"]);
    fs.rmSync(dir.at("notes/c"));
    await pair.until(run, ["a", "b"]);
    await bucket.remove(["notes/b"]);
    await pair.until(run, ["a"]);
    pair.ending.abort();
    expect(await run.result).toMatchObject({ errors: 0, deleted: 2, interrupted: false });
  });

  test("is not kept busy by a state that lies among the files", async () => {
    await using pair = new Pair(await TestBucket.create());
    pair.dir.write("notes/a", "1");
    const run = pair.begin({ state: pair.dir.at("notes/.state"), poll: "1h" });
    let rounds = 0;
    for await (const event of run) {
      if (event.type === "round") rounds += 1;
      if (event.type !== "watch" || event.state.phase !== "idle" || rounds === 0) continue;
      // What the next event of the file system would bring comes before this.
      pair.dir.write("notes/b", "2");
      break;
    }
    for await (const event of run) {
      if (event.type === "round" && event.summary.transferredObjects > 0) break;
      if (event.type === "round") rounds += 1;
    }
    expect(rounds).toBe(1);
  });

  test("is held by a guard, and not in step, until somebody has decided; that is told once", async () => {
    await using pair = new Pair(await TestBucket.create());
    const { dir, bucket } = pair;
    dir.write("notes/a", "1");
    const run = pair.begin({ firstSync: "union" });
    await pair.until(run, ["a"]);
    // It is told once: somebody must listen before it happens.
    const removed = bucket.remove(["notes/a"]);
    const warnings: string[] = [];
    const notices: string[] = [];
    let heldRounds = 0;
    for await (const event of run) {
      if (event.type === "warning") warnings.push(event.error.message);
      if (event.type === "notice") notices.push(event.message);
      if (event.type === "watch" && event.state.phase === "held" && ++heldRounds === 3) {
        expect(event.state.trouble).toContain("the prefix is empty");
        await bucket.put("notes/a", "1");
      }
      if (notices.includes("in step again")) break;
    }
    await removed;
    expect(warnings).toEqual([expect.stringContaining("--allow-empty-source")]);
    expect(notices.at(-1)).toBe("in step again");
    expect(notices.filter((notice) => notice.includes("--first-sync")).length).toBeLessThan(2);
  });

  test("survives that the server dies, and brings then what either side had", async () => {
    await using server = await startMinio({ tls: false });
    await using pair = new Pair(await TestBucket.create(server));
    const { dir, bucket } = pair;
    dir.write("notes/a", "1");
    const run = pair.begin({ awsMaxAttempts: 1, forceRetryCount: 0 });
    await pair.until(run, ["a"]);
    await bucket.put("notes/b", "2");
    await server.kill();
    dir.write("notes/c", "3");
    for await (const event of run) {
      if (event.type === "watch" && event.state.phase === "waiting") break;
    }
    await server.revive();
    await pair.until(run, ["a", "b", "c"]);
    pair.ending.abort();
    expect(await run.result).toMatchObject({ deleted: 0, twoWay: { conflicts: 0 } });
  }, 30_000);

  test("has nobody to ask", async () => {
    await using pair = new Pair(await TestBucket.create());
    const run = pair.begin({ firstSync: "ask" });
    expect(await rejection(run.result)).toMatchObject({ code: "usage" });
  });
});
