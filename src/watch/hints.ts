/**
 * How a watch hears of changes. Nothing that is heard is believed: it only says where to look again.
 *
 * @module
 */
import type { Key } from "../core/key.ts";

/** What may have changed. Never believed: it is looked at again. */
export type Hint =
  | { readonly kind: "key"; readonly key: Key }
  /** Everything below a prefix (ends with "/"). */
  | { readonly kind: "prefix"; readonly prefix: string }
  /** Anything; the reason is told. */
  | { readonly kind: "all"; readonly reason: string };

/**
 * Hears hints. `settled` is called when a round that covers them has gone well (never if it failed: they are then
 * tried again by the loop).
 */
export type HintSink = (hints: readonly Hint[], settled?: () => void) => void;

/** Tells of changes until the signal fires. */
export interface ChangeSource {
  readonly name: string;
  /**
   * Resolves when every change from now on is heard; `ended` settles when it can tell no more (the loop begins it again
   * after a wait, with a full look).
   */
  begin(hear: HintSink, signal: AbortSignal): Promise<{ readonly ended: Promise<void> }>;
}

/** What metrics, health and the status line are made from. */
export interface WatchState {
  /**
   * `starting`: the sources are not heard yet. `working`: a round is under way, the first full one included. `waiting`:
   * the last round failed, and is tried again after a while.
   */
  readonly phase: "starting" | "working" | "idle" | "waiting" | "stopping";
  /** Keys and prefixes that wait for a round. */
  readonly pending: number;
  /** How long ago the oldest change was heard that is not done yet; 0 when all is done. */
  readonly lagMs: number;
  /** When a round last ended well, in milliseconds since 1970. */
  readonly lastSuccessAt: number | undefined;
  /** Rounds that are over. */
  readonly rounds: number;
  /** Objects that were sent, changed or deleted, since the start. */
  readonly objects: number;
  /** Bytes that were sent, since the start. */
  readonly bytes: number;
  /** Errors of objects and of whole rounds, since the start. */
  readonly errors: number;
  /** Objects that failed, and are to be tried again. */
  readonly queue: number;
}
