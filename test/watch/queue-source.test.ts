/**
 * A watch that listens to a queue: what it tells, what it deletes, and when.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";

import { aborted } from "../../src/core/cancel.ts";
import { SyncError } from "../../src/core/errors.ts";
import type { Hint } from "../../src/watch/hints.ts";
import type { QueueMessage } from "../../src/watch/sqs/messages.ts";
import { QueueSource } from "../../src/watch/sqs/source.ts";
import { rejection } from "../core/rejection.ts";

/** A queue in memory. */
class FakeQueue {
  readonly removed: string[][] = [];
  readonly hidden: string[][] = [];
  readonly polls: number[] = [];
  private readonly answers: (QueueMessage[] | SyncError)[] = [];
  private next = Promise.withResolvers<void>();

  /** What the next requests for messages get. */
  give(...answers: readonly (readonly QueueMessage[] | SyncError)[]): void {
    for (const answer of answers) {
      this.answers.push(answer instanceof SyncError ? answer : [...answer]);
    }
    this.next.resolve();
    this.next = Promise.withResolvers();
  }

  async receive(wait: number, _: number, signal: AbortSignal): Promise<QueueMessage[]> {
    this.polls.push(wait);
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    stopped.catch(() => undefined);
    signal.addEventListener("abort", () => reject(aborted(signal)));
    while (this.answers.length === 0 && wait > 0) await Promise.race([this.next.promise, stopped]);
    const answer = this.answers.shift() ?? [];
    if (answer instanceof SyncError) throw answer;
    return answer;
  }

  remove(handles: readonly string[]): Promise<void> {
    this.removed.push([...handles]);
    return Promise.resolve();
  }

  hide(handles: readonly string[]): Promise<void> {
    this.hidden.push([...handles]);
    return Promise.resolve();
  }
}

/** A watch of that queue. Stop it. */
class Watch implements Disposable {
  readonly queue = new FakeQueue();
  readonly heard: Hint[] = [];
  readonly settle: (() => void)[] = [];
  readonly troubles: SyncError[] = [];
  /** When it could not be asked, and when again. */
  readonly deafness: (SyncError | undefined)[] = [];
  private readonly controller = new AbortController();
  private woken = Promise.withResolvers<void>();
  private readonly source = new QueueSource(
    "the queue",
    this.queue,
    { bucket: "photos", prefix: "in/", keys: "encoded" },
    (error) => {
      this.troubles.push(error);
      this.wake();
    },
  );

  begin(): Promise<{ readonly ended: Promise<void> }> {
    return this.source.begin(
      (hints, settled) => {
        this.heard.push(...hints);
        if (settled !== undefined) this.settle.push(settled);
        this.wake();
      },
      this.controller.signal,
      (why) => {
        this.deafness.push(why);
        this.wake();
      },
    );
  }

  /** Waits until something was heard that makes it so. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.woken.promise;
  }

  stop(): void {
    this.controller.abort();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  private wake(): void {
    this.woken.resolve();
    this.woken = Promise.withResolvers();
  }
}

function message(handle: string, ...keys: readonly string[]): QueueMessage {
  const Records = keys.map((key) => ({
    eventName: "ObjectCreated:Put",
    s3: { bucket: { name: "photos" }, object: { key } },
  }));
  return { handle, body: JSON.stringify({ Records }) };
}

function keysOf(hints: readonly Hint[]): string[] {
  return hints.map((hint) => (hint.kind === "key" ? hint.key : hint.kind));
}

/** Lets what was begun go on as far as it can. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe("messages", () => {
  test("that are there already are heard before it has begun, those that come after that then", async () => {
    using watch = new Watch();
    watch.queue.give([message("h1", "in/a")]);
    const begun = watch.begin();
    await watch.until(() => watch.heard.length === 1);
    await begun;
    watch.queue.give([message("h2", "in/b"), message("h3", "in/c")]);
    await watch.until(() => watch.heard.length === 3);
    expect(keysOf(watch.heard)).toEqual(["a", "b", "c"]);
    expect(watch.queue.polls.slice(0, 2)).toEqual([0, 20]);
  });

  test("are deleted when a round that covers them has gone well, and not before", async () => {
    using watch = new Watch();
    watch.queue.give([message("h1", "in/a")], [message("h2", "in/b")]);
    await watch.begin();
    await watch.until(() => watch.settle.length === 2);
    await turns();
    expect(watch.queue.removed).toEqual([]);
    watch.settle[1]?.();
    await turns();
    expect(watch.queue.removed).toEqual([["h2"]]);
    watch.settle[0]?.();
    await turns();
    expect(watch.queue.removed).toEqual([["h2"], ["h1"]]);
  });

  test("are deleted once, however often they are said to be done", async () => {
    using watch = new Watch();
    watch.queue.give([message("h1", "in/a")]);
    await watch.begin();
    watch.settle[0]?.();
    watch.settle[0]?.();
    await turns();
    expect(watch.queue.removed).toEqual([["h1"]]);
  });

  test("are deleted ten at a time", async () => {
    using watch = new Watch();
    const ten = (from: number) =>
      Array.from({ length: 10 }, (_, at) => message(`h${from + at}`, `in/${from + at}`));
    watch.queue.give(ten(0), ten(10), ten(20).slice(0, 3));
    await watch.begin();
    await watch.until(() => watch.settle.length === 3);
    for (const settled of watch.settle) settled();
    await turns();
    expect(watch.queue.removed.map((some) => some.length)).toEqual([10, 10, 3]);
  });

  test("that are done after the watch was told to stop are deleted all the same", async () => {
    using watch = new Watch();
    watch.queue.give([message("h1", "in/a")]);
    const { ended } = await watch.begin();
    watch.stop();
    await ended;
    watch.settle[0]?.();
    await turns();
    expect(watch.queue.removed).toEqual([["h1"]]);
  });

  test("about nothing that matters are deleted at once, and nothing is heard", async () => {
    using watch = new Watch();
    const other = message("h1", "out/a");
    const first = { handle: "h2", body: '{"Service":"Amazon S3","Event":"s3:TestEvent"}' };
    watch.queue.give([other, first]);
    await watch.begin();
    await turns();
    expect(watch.heard).toEqual([]);
    expect(watch.queue.removed).toEqual([["h1", "h2"]]);
  });

  test("of somebody else stay, and that is told once", async () => {
    using watch = new Watch();
    const odd = { handle: "h1", body: "hello" };
    watch.queue.give(
      [odd, message("h2", "in/a")],
      [{ ...odd, handle: "h3" }, message("h4", "in/b")],
    );
    await watch.begin();
    await watch.until(() => watch.settle.length === 2);
    for (const settled of watch.settle) settled();
    await turns();
    expect(watch.queue.removed.flat()).toEqual(["h2", "h4"]);
    expect(watch.troubles.map((error) => error.message)).toEqual([
      "the queue has messages that are no notifications of S3",
    ]);
  });
});

describe("while a round takes long", () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test("its messages are kept from coming again, and no longer once they are done", async () => {
    using watch = new Watch();
    watch.queue.give([message("h1", "in/a"), message("h2", "in/b")]);
    await watch.begin();
    jest.advanceTimersByTime(39_000);
    expect(watch.queue.hidden).toEqual([]);
    jest.advanceTimersByTime(1000);
    await turns();
    jest.advanceTimersByTime(40_000);
    await turns();
    expect(watch.queue.hidden).toEqual([
      ["h1", "h2"],
      ["h1", "h2"],
    ]);
    watch.settle[0]?.();
    jest.advanceTimersByTime(400_000);
    await turns();
    expect(watch.queue.hidden).toHaveLength(2);
  });

  test("no more messages are taken than can be held", async () => {
    using watch = new Watch();
    const batch = (at: number) =>
      Array.from({ length: 10 }, (_, of) => message(`h${at}.${of}`, "in/a"));
    watch.queue.give(...Array.from({ length: 1100 }, (_, at) => batch(at)));
    await watch.begin();
    await watch.until(() => watch.settle.length === 1000);
    await turns();
    expect(watch.settle).toHaveLength(1000);
    watch.settle[0]?.();
    await watch.until(() => watch.settle.length === 1001);
    await turns();
    expect(watch.settle).toHaveLength(1001);
  });
});

describe("a queue that cannot be asked", () => {
  const outage = new SyncError("network", "connection lost", { retryable: true });
  const denied = new SyncError("access-denied", "no");

  test("at the beginning is told at once", async () => {
    using watch = new Watch();
    watch.queue.give(outage);
    expect(await rejection(watch.begin())).toBe(outage);
  });

  test("for a while is told, and asked again", async () => {
    jest.useFakeTimers();
    using watch = new Watch();
    await watch.begin();
    watch.queue.give(outage, [message("h1", "in/a")]);
    await watch.until(() => watch.deafness.length === 1);
    await turns();
    jest.advanceTimersByTime(10_000);
    jest.useRealTimers();
    await watch.until(() => watch.deafness.length === 2);
    expect(watch.deafness).toEqual([outage, undefined]);
    expect(watch.heard).toHaveLength(1);
    // Nothing else can show that it is there again.
    expect(watch.queue.polls.slice(0, 3)).toEqual([0, 20, 0]);
  });

  test("any more ends it", async () => {
    using watch = new Watch();
    const { ended } = await watch.begin();
    watch.queue.give(denied);
    expect(await rejection(ended)).toBe(denied);
  });
});
