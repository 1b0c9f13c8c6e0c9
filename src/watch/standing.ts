/**
 * How a watch stands: what its state is made from.
 *
 * @module
 */
import { onOneLine, type SyncError } from "../core/errors.ts";
import type { WatchState } from "../core/watch-state.ts";
import type { Hearing } from "./hearing.ts";
import type { Held } from "./held.ts";
import type { Pending } from "./pending.ts";
import type { RetryQueue } from "./retry-queue.ts";
import type { RoundOutcome } from "./round.ts";
import type { Unfinished } from "./unfinished.ts";

/** What shows how far behind it is. */
export interface StandingOptions {
  /** What was heard, and is not done. */
  readonly waiting: readonly Pending[];
  readonly held: Held;
  readonly hearing: Pick<Hearing, "deafSince">;
  readonly unfinished: Pick<Unfinished, "size" | "oldest"> | undefined;
  readonly retries: RetryQueue;
}

/** Counts. */
export class Standing {
  phase: WatchState["phase"] = "starting";
  /** What keeps it from being in step, when it rests. */
  trouble: SyncError | undefined;
  /** When the oldest change of the round at hand was heard, by the clock of `performance`. */
  began: number | undefined;
  private lastSuccessAt: number | undefined;
  private readonly counts = { rounds: 0, objects: 0, bytes: 0, errors: 0 };

  constructor(private readonly options: StandingOptions) {}

  /** Whether something is not done yet. What is held stays so, and gets older without being told each second. */
  get isBehind(): boolean {
    const { hearing, retries } = this.options;
    const isIdle = this.began === undefined && hearing.deafSince === undefined;
    return !isIdle || this.waiting > 0 || retries.size > 0;
  }

  count({ summary, failure, failed, held }: RoundOutcome): void {
    const { counts } = this;
    counts.rounds += 1;
    counts.objects += (summary?.transferredObjects ?? 0) + (summary?.deleted ?? 0);
    counts.bytes += summary?.transferredBytes ?? 0;
    counts.errors += summary?.errors ?? 1;
    const isWell = failure === undefined && failed.size === 0 && held === undefined;
    if (isWell && summary?.interrupted === false) this.lastSuccessAt = Date.now();
  }

  get state(): WatchState {
    return {
      phase: this.phase,
      trouble: this.trouble === undefined ? undefined : onOneLine(this.trouble.message),
      pending: this.waiting + this.options.held.pending.size,
      lagMs: this.lagMs(),
      lastSuccessAt: this.lastSuccessAt,
      ...this.counts,
      queue: this.options.retries.size,
    };
  }

  private get waiting(): number {
    const { waiting, unfinished } = this.options;
    return waiting.reduce((sum, { size }) => sum + size, unfinished?.size ?? 0);
  }

  private lagMs(): number {
    const { waiting, held, hearing, unfinished, retries } = this.options;
    const { oldest } = retries;
    const now = performance.now();
    const hints = [...waiting, held.pending].map(({ oldest: since }) => since);
    const heard = [...hints, unfinished?.oldest, this.began, hearing.deafSince];
    const ages = heard.map((at) => (at === undefined ? 0 : now - at));
    return Math.max(0, ...ages, oldest === undefined ? 0 : Date.now() - oldest);
  }
}
