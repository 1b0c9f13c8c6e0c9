/**
 * How a watch stands: what its state is made from.
 *
 * @module
 */
import { onOneLine, type SyncError } from "../core/errors.ts";
import type { WatchState } from "../core/watch-state.ts";
import type { Held } from "./held.ts";
import type { Pending } from "./pending.ts";
import type { RetryQueue } from "./retry-queue.ts";
import type { RoundOutcome } from "./round.ts";
import type { Unfinished } from "./unfinished.ts";

/** Counts. */
export class Standing {
  phase: WatchState["phase"] = "starting";
  /** What keeps it from being in step, when it rests. */
  trouble: SyncError | undefined;
  /** When the oldest change of the round at hand was heard, by the clock of `performance`. */
  began: number | undefined;
  /** Since when changes cannot be heard, by the same clock: what is not heard of may be anything. */
  deafSince: number | undefined;
  private lastSuccessAt: number | undefined;
  private readonly counts = { rounds: 0, objects: 0, bytes: 0, errors: 0 };

  constructor(
    private readonly waitingHints: readonly Pending[],
    private readonly held: Held,
    private readonly unfinished: Pick<Unfinished, "size" | "oldest"> | undefined,
    private readonly retries: RetryQueue,
  ) {}

  /** Whether something is not done yet. What is held stays so, and gets older without being told each second. */
  get isBehind(): boolean {
    const isIdle = this.began === undefined && this.deafSince === undefined;
    return !isIdle || this.waiting > 0 || this.retries.size > 0;
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
      pending: this.waiting + this.held.pending.size,
      lagMs: this.lagMs(),
      lastSuccessAt: this.lastSuccessAt,
      ...this.counts,
      queue: this.retries.size,
    };
  }

  private get waiting(): number {
    const hints = this.waitingHints.reduce((sum, { size }) => sum + size, 0);
    return hints + (this.unfinished?.size ?? 0);
  }

  private lagMs(): number {
    const { oldest } = this.retries;
    const now = performance.now();
    const hints = this.waitingHints.map(({ oldest: since }) => since);
    const heard = [
      ...hints,
      ...[this.held.pending.oldest, this.unfinished?.oldest, this.began, this.deafSince],
    ];
    const ages = heard.map((at) => (at === undefined ? 0 : now - at));
    return Math.max(0, ...ages, oldest === undefined ? 0 : Date.now() - oldest);
  }
}
