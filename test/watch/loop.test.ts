/**
 * The loop of a watch, with sources and rounds that a test makes.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import type { Summary } from "../../src/core/events.ts";
import { asKey, type Key } from "../../src/core/key.ts";
import type { WatchState } from "../../src/core/watch-state.ts";
import type { Part } from "../../src/sync/part.ts";
import { Tally } from "../../src/sync/summary.ts";
import type { ChangeSource, HearDeafness, HintSink } from "../../src/watch/hints.ts";
import { Loop } from "../../src/watch/loop.ts";
import { RetryQueue } from "../../src/watch/retry-queue.ts";
import type { RoundOutcome } from "../../src/watch/round.ts";

const traffic = { requests: {}, sentBytes: 0, receivedBytes: 0 };
const summary: Summary = new Tally().summary(1, false, false, traffic);
const well: RoundOutcome = {
  ...{ summary, failed: new Map(), failure: undefined, held: undefined },
  ...{ owesDeletions: false, targetItems: 0 },
};

/** A loop whose rounds come out as a test says, one after the other, and well from then on. */
class Scene implements Disposable {
  readonly rounds: Part[] = [];
  readonly warnings: string[] = [];
  /** How often all was in step again. */
  recoveries = 0;
  hear: HintSink = () => undefined;
  deafen: HearDeafness = () => undefined;
  /** How often the source was begun. */
  begun = 0;
  /** It cannot be begun. */
  isGone = false;
  private readonly loop: Loop;
  private readonly ending = new AbortController();
  private news = Promise.withResolvers<void>();
  private sourceEnd = Promise.withResolvers<void>();
  readonly over: Promise<void>;

  /** @param ready when the source can be begun */
  constructor(outcomes: readonly RoundOutcome[] = [], ready: Promise<void> = Promise.resolve()) {
    const left = [...outcomes];
    const source: ChangeSource = {
      name: "the source",
      begin: async (hear, _, deaf) => {
        await ready;
        if (this.isGone) throw new SyncError("usage", "gone");
        this.hear = hear;
        this.deafen = deaf;
        this.begun += 1;
        this.sourceEnd = Promise.withResolvers<void>();
        return { ended: this.sourceEnd.promise };
      },
    };
    this.loop = new Loop({
      sources: [source],
      unfinished: undefined,
      retries: new RetryQueue(undefined, () => undefined),
      round: async (part) => {
        this.rounds.push(part);
        return left.shift() ?? well;
      },
      rescanMs: 3600_000,
      tell: () => this.news.resolve(),
      warn: ({ message }) => this.warnings.push(message),
      recovered: () => {
        this.recoveries += 1;
        this.news.resolve();
      },
      ending: this.ending.signal,
    });
    this.over = this.loop.run();
  }

  get state(): WatchState {
    return this.loop.state;
  }

  /** @param thrown `undefined`: it ends by itself */
  endSource(thrown?: unknown): void {
    if (thrown === undefined) this.sourceEnd.resolve();
    else this.sourceEnd.reject(thrown);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.news = Promise.withResolvers<void>();
      await this.news.promise;
    }
  }

  /** The keys that a round was about; `undefined`: all. */
  keysOf(round: number): readonly Key[] | undefined {
    return this.rounds[round]?.places?.keys;
  }

  [Symbol.dispose](): void {
    this.ending.abort();
  }
}

const a = { kind: "key", key: asKey("a") } as const;
const held: RoundOutcome = {
  ...well,
  held: new SyncError("precondition", "not so many", { isGuard: true }),
};
const failed: RoundOutcome = { ...well, failure: new SyncError("network", "away") };

describe("a loop", () => {
  test("looks at everything first, and then at what is named", async () => {
    using scene = new Scene();
    await scene.until(() => scene.rounds.length === 1);
    scene.hear([a, { kind: "prefix", prefix: "d/" }, { kind: "key", key: asKey("d/e") }]);
    await scene.until(() => scene.rounds.length === 2);
    expect(scene.rounds[0]?.places).toBeUndefined();
    expect(scene.rounds[1]?.places).toEqual({ keys: [asKey("a")], prefixes: ["d/"] });
  });

  test("says that hints are settled when a round has gone well, and not before", async () => {
    using scene = new Scene([well, failed]);
    await scene.until(() => scene.rounds.length === 1);
    const told: number[] = [];
    scene.hear([a], () => told.push(scene.rounds.length));
    await scene.until(() => told.length > 0);
    expect(told).toEqual([3]);
    expect(scene.keysOf(1)).toEqual([asKey("a")]);
    expect(scene.keysOf(2)).toEqual([asKey("a")]);
  });

  test("tries failed objects again by themselves, and spares what could be deleted meanwhile", async () => {
    const failures = new Map([[asKey("a"), new SyncError("server", "no")]]);
    using scene = new Scene([well, { ...well, failed: failures }]);
    await scene.until(() => scene.rounds.length === 1);
    scene.hear([a]);
    await scene.until(() => scene.rounds.length === 2);
    scene.hear([{ kind: "key", key: asKey("b") }]);
    await scene.until(() => scene.rounds.length === 4);
    expect(scene.rounds.slice(1).map(({ spares }) => spares !== undefined)).toEqual([
      ...[false, true, false],
    ]);
    expect(scene.keysOf(2)).toEqual([asKey("b")]);
    expect(scene.keysOf(3)).toEqual([asKey("a")]);
  });

  test("begins a source again that ends, and looks at everything", async () => {
    using scene = new Scene();
    await scene.until(() => scene.rounds.length === 1);
    scene.endSource(new Error("hung up"));
    await scene.until(() => scene.rounds.length === 2);
    expect(scene.begun).toBe(2);
    expect(scene.rounds[1]?.places).toBeUndefined();
    expect(scene.warnings).toEqual(["changes of the source cannot be heard for now: hung up"]);
  });

  test("is not in step while a source cannot be begun again, and is behind since then", async () => {
    using scene = new Scene();
    await scene.until(() => scene.state.phase === "idle");
    scene.isGone = true;
    scene.endSource();
    await scene.until(() => scene.state.phase === "waiting");
    const { lagMs } = scene.state;
    await scene.until(() => scene.state.lagMs > lagMs + 500);
    expect(scene.rounds).toHaveLength(1);
  });

  test("is in step again when all sources are heard", async () => {
    using scene = new Scene();
    await scene.until(() => scene.state.phase === "idle");
    scene.endSource(new SyncError("network", "cut"));
    await scene.until(() => scene.state.phase === "waiting");
    await scene.until(() => scene.state.phase === "idle");
    expect(scene.state.lagMs).toBe(0);
    expect(scene.rounds).toHaveLength(2);
  });

  test("is not in step while a source hears nothing for a while, and looks at nothing because of that", async () => {
    using scene = new Scene();
    await scene.until(() => scene.state.phase === "idle");
    for (const _ of [1, 2]) scene.deafen(new SyncError("network", "no answer"));
    const why = "changes of the source cannot be heard for now: no answer";
    expect(scene.state).toMatchObject({ phase: "waiting", trouble: why });
    expect(scene.warnings).toEqual([why]);
    scene.deafen(undefined);
    expect(scene.state).toMatchObject({ phase: "idle", lagMs: 0 });
    expect([scene.recoveries, scene.rounds.length]).toEqual([1, 1]);
  });

  test("is not in step while a guard holds what is to be deleted, and says why", async () => {
    using scene = new Scene([held]);
    await scene.until(() => scene.state.phase === "held");
    const { trouble, pending, lastSuccessAt } = scene.state;
    expect({ trouble, pending, lastSuccessAt }).toEqual({
      ...{ trouble: "not so many", pending: 1, lastSuccessAt: undefined },
    });
    expect(scene.recoveries).toBe(0);
  });

  test("settles what a guard holds: a queue is not kept full by it", async () => {
    using scene = new Scene([well, held]);
    await scene.until(() => scene.rounds.length === 1);
    let settled = 0;
    scene.hear([a], () => (settled += 1));
    await scene.until(() => scene.state.phase === "held");
    expect(settled).toBe(1);
  });

  test("looks again at what a guard holds when something changes, and is in step when that is well", async () => {
    using scene = new Scene([well, held]);
    await scene.until(() => scene.rounds.length === 1);
    scene.hear([a]);
    await scene.until(() => scene.state.phase === "held");
    scene.hear([{ kind: "key", key: asKey("b") }]);
    await scene.until(() => scene.state.phase === "held" && scene.rounds.length === 3);
    await scene.until(() => scene.recoveries === 1);
    expect([scene.keysOf(2), scene.keysOf(3)]).toEqual([[asKey("b")], [asKey("a")]]);
    expect(scene.state).toMatchObject({ phase: "idle", pending: 0, trouble: undefined });
  });

  test("waits for a person when a guard ends a round, and tries again", async () => {
    const failure = new SyncError("precondition", "no marker", { isGuard: true });
    using scene = new Scene([{ ...held, summary: undefined, failure, held: failure }]);
    await scene.until(() => scene.state.phase === "held");
    await scene.until(() => scene.recoveries === 1);
    expect(scene.rounds).toHaveLength(2);
  });

  test("says once that all is in step again, after whatever was wrong", async () => {
    const failures = new Map([[asKey("a"), new SyncError("server", "no")]]);
    using scene = new Scene([failed, { ...well, failed: failures }]);
    await scene.until(() => scene.state.phase === "waiting");
    expect(scene.state.trouble).toBe("away");
    await scene.until(() => scene.state.queue === 1);
    expect(scene.recoveries).toBe(0);
    await scene.until(() => scene.recoveries > 0);
    scene.hear([a]);
    await scene.until(() => scene.rounds.length === 4 && scene.state.phase === "idle");
    expect(scene.recoveries).toBe(1);
  });

  test("that is ended before changes are heard ends well", async () => {
    const scene = new Scene([], new Promise(() => undefined));
    scene[Symbol.dispose]();
    await scene.over;
    expect(scene.rounds).toEqual([]);
  });

  test("ends without another round", async () => {
    const scene = new Scene();
    await scene.until(() => scene.rounds.length === 1);
    scene[Symbol.dispose]();
    scene.hear([a]);
    await scene.over;
    expect(scene.rounds).toHaveLength(1);
  });
});
