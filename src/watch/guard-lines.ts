/**
 * What guards say in every round: once is enough, until it is something else, or over.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";
import type { WatchState } from "../core/watch-state.ts";

/** Remembers what was told. */
export class GuardLines {
  private told: ReadonlySet<string> = new Set();
  private said = new Set<string>();

  /** Whether an event is worth telling. */
  isNews(event: SyncEvent): boolean {
    if (event.type === "watch") this.rest(event.state.phase);
    if (event.type !== "warning" && event.type !== "error") return true;
    const { isGuard, message } = event.error;
    if (!isGuard) return true;
    this.said.add(message);
    return !this.told.has(message);
  }

  /** Between rounds. One about other things, in which no guard spoke, changes nothing. */
  private rest(phase: WatchState["phase"]): void {
    const isHeld = phase === "held" || phase === "waiting";
    if (phase === "idle" || (isHeld && this.said.size > 0)) {
      this.told = this.said;
      this.said = new Set();
    }
  }
}
