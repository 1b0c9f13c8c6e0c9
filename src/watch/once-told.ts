/**
 * What is told in every round alike: remarks, and what guards say. Once is enough, until it is something else, or over.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";
import type { WatchState } from "../core/watch-state.ts";

/** Remembers what was told. */
export class OnceTold {
  private phase: WatchState["phase"] = "starting";
  /** In the last round that counts. */
  private told: ReadonlySet<string> = new Set();
  /** In this one. */
  private said = new Set<string>();

  /** Whether an event is worth telling. */
  isNews(event: SyncEvent): boolean {
    if (event.type === "watch") this.enter(event.state.phase);
    const message = repeatable(event);
    if (message === undefined) return true;
    this.said.add(message);
    return !this.told.has(message);
  }

  /** What is held stays told: rounds about other things say nothing of it. */
  private enter(phase: WatchState["phase"]): void {
    const isOver = this.phase === "working" && phase !== "working";
    this.phase = phase;
    if (!isOver || (phase === "held" && this.said.size === 0)) return;
    this.told = this.said;
    this.said = new Set();
  }
}

/** `undefined`: it is told whenever it happens. */
function repeatable(event: SyncEvent): string | undefined {
  if (event.type === "notice") return event.endsTrouble === true ? undefined : event.message;
  if (event.type !== "warning" && event.type !== "error") return undefined;
  return event.error.isGuard ? event.error.message : undefined;
}
