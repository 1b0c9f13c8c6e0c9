/**
 * The loop of a watch: hears of changes, and has rounds made of them.
 *
 * @module
 */
import { noLongerThan } from "../core/cancel.ts";
import type { SyncError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";
import type { WatchState } from "../core/watch-state.ts";
import type { Part } from "../sync/part.ts";
import { backoffMs } from "./backoff.ts";
import { Hearing } from "./hearing.ts";
import { Held } from "./held.ts";
import type { ChangeSource, Hint, HintSink } from "./hints.ts";
import { type Batch, Pending } from "./pending.ts";
import type { RetryQueue } from "./retry-queue.ts";
import type { RoundOutcome } from "./round.ts";
import { Standing } from "./standing.ts";
import type { Unfinished } from "./unfinished.ts";

/** What a loop works with. */
export interface LoopOptions {
  readonly sources: readonly ChangeSource[];
  /** Files that are being written: they are left alone. */
  readonly unfinished: Pick<Unfinished, "size" | "oldest" | "has"> | undefined;
  readonly retries: RetryQueue;
  /** Makes a round. Does not throw. */
  readonly round: (part: Part) => Promise<RoundOutcome>;
  /** How often everything is looked at, in milliseconds. */
  readonly rescanMs: number;
  readonly tell: (state: WatchState) => void;
  readonly warn: (error: SyncError) => void;
  /** Hears that all is in step again, after it was not. */
  readonly recovered: () => void;
  /** No round begins any more, and what is in work is finished. */
  readonly ending: AbortSignal;
}

const tellEveryMs = 1000;
const never = Number.POSITIVE_INFINITY;

/** A loop. */
export class Loop {
  private readonly pending = new Pending();
  private readonly standing: Standing;
  private readonly hearing: Hearing;
  private wake = Promise.withResolvers<void>();
  /** Before that, by the clock of `performance`, no round begins. */
  private notBefore = 0;
  /** Rounds in a row that failed as a whole. */
  private failures = 0;
  /** Why the last one did, if it did. */
  private failure: SyncError | undefined;
  private readonly held = new Held();
  /** Since all was in step for the last time, something was wrong. */
  private wasTroubled = false;
  /** What is to be looked at once more, so that what is gone can be deleted. */
  private readonly owed = new Pending();
  private owedAt = never;
  private owedTimes = 0;
  private rescanAt = never;
  /** Since everything was looked at. */
  private since = { deleted: 0, objects: 0 };

  constructor(private readonly options: LoopOptions) {
    const { sources, unfinished, retries, warn, ending } = options;
    const [hear, changed] = [this.hear, () => this.takeDeafness()];
    this.hearing = new Hearing({ sources, hear, warn, changed, ending });
    const { pending, owed, held, hearing } = this;
    this.standing = new Standing({ waiting: [pending, owed], held, hearing, unfinished, retries });
  }

  /** How it stands. */
  get state(): WatchState {
    return this.standing.state;
  }

  /**
   * Goes on until the signal fires.
   *
   * @throws SyncError when changes cannot be heard from the beginning, or `usage` when the first round makes no sense
   */
  async run(): Promise<void> {
    const { ending } = this.options;
    const stop = (): void => {
      this.enter("stopping", this.standing.trouble);
      this.wake.resolve();
    };
    ending.addEventListener("abort", stop, { once: true });
    const timer = setInterval(() => this.tellProgress(), tellEveryMs);
    try {
      await this.hearing.begin();
      this.hear([{ kind: "all" }]);
      while (!ending.aborted) {
        await this.untilDue();
        const batch = ending.aborted ? undefined : this.pending.take();
        if (batch !== undefined) await this.makeRound(batch);
      }
    } finally {
      clearInterval(timer);
      ending.removeEventListener("abort", stop);
    }
  }

  private readonly hear: HintSink = (hints, settled) => {
    this.held.wake();
    this.pending.add(hints, settled === undefined ? [] : [settled], performance.now());
    this.wake.resolve();
  };

  /** Of what is not heard nobody knows whether it is in step; of what was just heard the next round shows it. */
  private takeDeafness(): void {
    if (this.hearing.deafness === undefined && this.pending.size > 0) return;
    const { phase } = this.standing;
    if (phase === "idle" || phase === "held" || phase === "waiting") this.rest();
  }

  private rest(): void {
    const trouble = this.hearing.deafness ?? this.failure ?? this.held.reason;
    const isHeld = trouble?.isGuard === true;
    this.enter(trouble === undefined ? "idle" : isHeld ? "held" : "waiting", trouble);
    const isBehind = this.options.retries.size + this.owed.size > 0;
    if (trouble !== undefined || isBehind) this.wasTroubled = true;
    else if (this.wasTroubled) {
      this.wasTroubled = false;
      this.options.recovered();
    }
  }

  /** Waits until there is something to do. */
  private async untilDue(): Promise<void> {
    for (;;) {
      this.takeDue();
      const now = performance.now();
      const isReady = this.pending.size > 0 && now >= this.notBefore;
      if (this.options.ending.aborted || isReady) return;
      this.rest();
      this.wake = Promise.withResolvers<void>();
      const next = this.pending.size > 0 ? this.notBefore : this.nextAt();
      await noLongerThan(next - now, this.wake.promise);
    }
  }

  private nextAt(): number {
    const { nextAt = never } = this.options.retries;
    const next = Math.min(nextAt, this.owedAt, this.held.dueAt, this.rescanAt);
    return Math.max(next, this.notBefore);
  }

  /** Puts in what is to be looked at because of the time. */
  private takeDue(): void {
    const now = performance.now();
    if (now < this.notBefore) return;
    const keys = this.options.retries.due(now);
    const hints: Hint[] = keys.map((key) => ({ kind: "key", key }));
    if (hints.length > 0) this.pending.add(hints, [], now);
    if (now >= this.owedAt) {
      this.owedAt = never;
      move(this.owed.take(), this.pending);
    }
    if (now >= this.held.dueAt) move(this.held.take(), this.pending);
    if (now >= this.rescanAt) {
      this.rescanAt = never;
      this.pending.add([{ kind: "all" }], [], now);
    }
  }

  private async makeRound(batch: Batch): Promise<void> {
    const { unfinished, ending, retries } = this.options;
    const { places } = batch;
    const isCovered = coverOf(batch);
    const isSafe = !retries.holdsOthers(isCovered);
    this.standing.began = batch.since;
    // What was wrong stays so until it is known better.
    this.enter("working", this.standing.trouble);
    const outcome = await this.options.round({
      places,
      isLeft: (key) => unfinished?.has(key) === true,
      since: places === undefined ? undefined : this.since,
      spares: isSafe ? undefined : "other objects could not be transferred yet",
      ending,
    });
    this.conclude(batch, outcome, isCovered);
    this.standing.count(outcome);
    this.standing.began = undefined;
    if (!ending.aborted) this.rest();
  }

  private conclude(batch: Batch, outcome: RoundOutcome, isCovered: (key: Key) => boolean): void {
    const { summary, failure } = outcome;
    const now = performance.now();
    const isCut = summary?.interrupted === true && failure === undefined;
    if (isCut) return;
    this.countDeleted(batch, outcome);
    this.failure = failure;
    if (failure !== undefined) {
      if (this.standing.state.rounds === 0 && failure.code === "usage") throw failure;
      this.failures += 1;
      this.notBefore = now + backoffMs(this.failures);
      move(batch, this.pending);
      return;
    }
    this.failures = 0;
    this.options.retries.settle(outcome.failed, isCovered, now);
    this.held.conclude(batch, outcome.held, now);
    // What was heard meanwhile may be what it has waited for.
    if (this.pending.size > 0) this.held.wake();
    if (outcome.owesDeletions) {
      this.owedTimes += 1;
      move(batch, this.owed);
      this.owedAt = now + backoffMs(this.owedTimes);
      return;
    }
    this.owedTimes = 0;
    // Nothing stands in its way any more.
    if (this.owedAt !== never && this.options.retries.size === 0) this.owedAt = now;
    for (const tell of batch.settled) tell();
  }

  /** The limit for deletions counts what goes from one look at everything to the next. */
  private countDeleted({ places }: Batch, { summary, failure, targetItems }: RoundOutcome): void {
    const deleted = summary?.deleted ?? 0;
    if (places === undefined && failure === undefined) {
      this.since = { deleted, objects: targetItems };
      this.rescanAt = performance.now() + this.options.rescanMs;
    } else this.since = { ...this.since, deleted: this.since.deleted + deleted };
  }

  private enter(phase: WatchState["phase"], trouble: SyncError | undefined): void {
    const { standing } = this;
    const isSame = standing.phase === phase && standing.trouble?.message === trouble?.message;
    if (isSame || standing.phase === "stopping") return;
    standing.phase = phase;
    standing.trouble = trouble;
    this.options.tell(this.state);
  }

  /** Whoever looks sees how far behind it is. */
  private tellProgress(): void {
    if (this.standing.isBehind) this.options.tell(this.state);
  }
}

/** Whether a batch is about a key. */
function coverOf({ places }: Batch): (key: Key) => boolean {
  if (places === undefined) return () => true;
  const keys = new Set(places.keys);
  return (key) => keys.has(key) || places.prefixes.some((prefix) => key.startsWith(prefix));
}

function move(batch: Batch | undefined, to: Pending): void {
  if (batch !== undefined) to.add(batch.hints, batch.settled, batch.since);
}
