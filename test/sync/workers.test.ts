/**
 * The places for objects in work.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import type { SyncEvent } from "../../src/core/events.ts";
import { Workers } from "../../src/sync/workers.ts";

function retryAfter(error: SyncError): SyncEvent {
  return { type: "retry", operation: "PutObject", key: "k", attempt: 1, delayMs: 0, error };
}

const busy = retryAfter(new SyncError("throttled", "slow down"));
const broken = retryAfter(new SyncError("server", "it is broken"));

/** How many come in without waiting. */
async function free(workers: Workers): Promise<number> {
  let count = 0;
  for (;;) {
    const entered = await Promise.race([
      workers.enter(0).then(() => true),
      new Promise<false>((resolve) => setImmediate(() => resolve(false))),
    ]);
    if (!entered) return count;
    count += 1;
  }
}

describe("places", () => {
  test("that are a fixed number stay that, whatever the server says", async () => {
    const said: string[] = [];
    const workers = new Workers(5, (message) => said.push(message));
    workers.hear(busy);
    expect(await free(workers)).toBe(5);
    expect(said).toEqual([]);
  });

  test("that may change become fewer when the server is too busy, once for many complaints", async () => {
    const said: string[] = [];
    const workers = new Workers({ start: 16, least: 1, most: 64 }, (text) => said.push(text));
    for (let i = 0; i < 20; i++) workers.hear(busy);
    expect(await free(workers)).toBe(11);
    expect(said).toEqual(["up to 11 objects in work at the same time"]);
  });

  test("are not all that becomes less: others hear of it, also those who begin soon after", () => {
    const heard: string[] = [];
    const workers = new Workers(5);
    const first = workers.alongWith(() => heard.push("first"));
    workers.hear(busy);
    using _ = workers.alongWith(() => heard.push("second"));
    first[Symbol.dispose]();
    workers.slowDown();
    expect(heard).toEqual(["first", "second", "second"]);
  });

  test("do not change for other troubles", async () => {
    const workers = new Workers({ start: 16, least: 1, most: 64 });
    workers.hear(broken);
    expect(await free(workers)).toBe(16);
  });

  test("are given back to those that wait only as far as there are any", async () => {
    const workers = new Workers({ start: 3, least: 1, most: 3 });
    const leave = await Promise.all([workers.enter(1), workers.enter(1), workers.enter(1)]);
    workers.hear(busy);
    leave[0]?.();
    expect(await free(workers)).toBe(0);
    leave[1]?.();
    leave[2]?.();
    expect(await free(workers)).toBe(1);
  });
});
