/**
 * What is told in every round alike: remarks, what guards say, and what each look at everything finds. Once is enough,
 * until it is something else, or over.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";

/** More than these are not remembered, and told again: nobody reads so many. */
const mostRemembered = 10_000;

/** Remembers what was told. */
export class OnceTold {
  /** Before this round. */
  private told = new Set<string>();
  /** In this one. */
  private said = new Set<string>();
  private isWhole = false;

  /** A round begins. One about everything says all that there is to be said, another one only what is its own. */
  begin(isWhole: boolean): void {
    if (this.isWhole) this.told = this.said;
    else for (const text of this.said) this.told.add(text);
    this.said = new Set();
    this.isWhole = isWhole;
  }

  /** Whether an event is worth telling. */
  isNews(event: SyncEvent): boolean {
    if (event.type === "notice" && event.endsTrouble === true) {
      this.told.clear();
      return true;
    }
    const text = this.repeatable(event);
    if (text === undefined) return true;
    if (this.said.size + this.told.size < mostRemembered) this.said.add(text);
    return !this.told.has(text);
  }

  /** `undefined`: it is told whenever it happens. */
  private repeatable(event: SyncEvent): string | undefined {
    if (event.type === "notice") return event.message;
    if (event.type !== "warning" && event.type !== "error") return undefined;
    const { error, key } = event;
    if (error.isGuard) return error.message;
    // What is tried again because of what was heard may come to the same, and that is news.
    const isFound = event.type === "warning" && key !== undefined && this.isWhole;
    return isFound ? `${key}\0${error.message}` : undefined;
  }
}
