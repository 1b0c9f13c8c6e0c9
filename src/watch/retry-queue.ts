/**
 * Objects that failed, and when each is tried again. It is kept on disk.
 *
 * @module
 */
import type { SyncError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";
import type { RetryNote, RetryNotes } from "../state/retry-notes.ts";
import { backoffMs } from "./backoff.ts";

interface Waiting {
  readonly note: RetryNote;
  /** When its turn is, by the clock of `performance`. */
  readonly at: number;
}

/** The queue. */
export class RetryQueue {
  private readonly waiting = new Map<Key, Waiting>();
  private isChanged = false;

  /**
   * Takes up what an earlier watch has left.
   *
   * @param failed hears that it cannot be written
   */
  constructor(
    private readonly notes: RetryNotes | undefined,
    private readonly failed: (thrown: unknown) => void,
  ) {
    for (const note of notes?.read() ?? []) this.waiting.set(note.key, { note, at: 0 });
  }

  get size(): number {
    return this.waiting.size;
  }

  /** When the one that has waited longest first failed, in milliseconds since 1970. */
  get oldest(): number | undefined {
    let oldest: number | undefined;
    for (const { note } of this.waiting.values()) {
      oldest = Math.min(oldest ?? note.since, note.since);
    }
    return oldest;
  }

  /** When the next one is due; `undefined`: none waits. */
  get nextAt(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.waiting.values()) next = Math.min(next ?? at, at);
    return next;
  }

  /** Whether there are others than these. */
  holdsOthers(isCovered: (key: Key) => boolean): boolean {
    return this.waiting.keys().some((key) => !isCovered(key));
  }

  /** Those whose turn has come. They stay in the queue until they are done. */
  due(now: number): Key[] {
    return [...this.waiting].filter(([, { at }]) => at <= now).map(([key]) => key);
  }

  /**
   * Takes note of what came of a round.
   *
   * @param isCovered whether it was about a key
   */
  settle(failed: ReadonlyMap<Key, SyncError>, isCovered: (key: Key) => boolean, now: number): void {
    for (const key of this.waiting.keys()) {
      if (failed.has(key) || !isCovered(key)) continue;
      this.waiting.delete(key);
      this.isChanged = true;
    }
    for (const [key, { message }] of failed) {
      const known = this.waiting.get(key)?.note;
      const tries = (known?.tries ?? 0) + 1;
      const note = { key, since: known?.since ?? Date.now(), tries, message };
      this.waiting.set(key, { note, at: now + backoffMs(tries) });
      this.isChanged = true;
    }
    this.save();
  }

  private save(): void {
    if (!this.isChanged || this.notes === undefined) return;
    this.isChanged = false;
    try {
      this.notes.write(Array.from(this.waiting.values(), ({ note }) => note));
    } catch (thrown) {
      this.failed(thrown);
    }
  }
}
