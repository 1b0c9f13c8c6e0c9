/**
 * What guards keep from being done: it is looked at again when something has changed, and not before.
 *
 * @module
 */
import type { SyncError } from "../core/errors.ts";
import { backoffMs } from "./backoff.ts";
import { type Batch, Pending } from "./pending.ts";

const never = Number.POSITIVE_INFINITY;

/** What is held. Times are by the clock of `performance`. */
export class Held {
  readonly pending = new Pending();
  private guard: SyncError | undefined;
  /** Rounds in a row that were held. */
  private times = 0;
  private notBefore = 0;
  private at = never;

  /** What the guard has said; `undefined`: nothing is held. */
  get reason(): SyncError | undefined {
    return this.pending.size > 0 ? this.guard : undefined;
  }

  /** When it is to be looked at again. */
  get dueAt(): number {
    return this.at;
  }

  /** Hears that something has changed: that may be what the guard has waited for. */
  wake(): void {
    if (this.pending.size > 0) this.at = Math.min(this.at, this.notBefore);
  }

  /** Takes note of what came of a round. */
  conclude(batch: Batch, guard: SyncError | undefined, now: number): void {
    if (guard === undefined) {
      // There was nothing to be held anywhere.
      if (batch.places === undefined) this.take();
      if (this.pending.size === 0) this.times = 0;
      return;
    }
    this.guard = guard;
    this.times += 1;
    this.notBefore = now + backoffMs(this.times);
    this.at = never;
    this.pending.add(batch.hints, [], batch.since);
  }

  /** What is to be looked at again; `undefined`: nothing is held. */
  take(): Batch | undefined {
    this.at = never;
    return this.pending.take();
  }
}
