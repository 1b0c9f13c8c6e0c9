/**
 * How a watch hears of changes. Nothing that is heard is believed: it only says where to look again.
 *
 * @module
 */
import type { SyncError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";

/** What may have changed. Never believed: it is looked at again. */
export type Hint =
  | { readonly kind: "key"; readonly key: Key }
  /** Everything below a prefix (ends with "/"). */
  | { readonly kind: "prefix"; readonly prefix: string }
  /** Anything. */
  | { readonly kind: "all" };

/**
 * Hears hints. `settled` is called when a round that covers them has gone well (never if it failed: they are then
 * tried again by the loop).
 */
export type HintSink = (hints: readonly Hint[], settled?: () => void) => void;

/** Hears that nothing can be heard for now, and that it can again (`undefined`). */
export type HearDeafness = (why: SyncError | undefined) => void;

/** Tells of changes until the signal fires. */
export interface ChangeSource {
  readonly name: string;
  /**
   * Resolves when every change from now on is heard; `ended` settles when it can tell no more (the loop begins it again
   * after a wait, with a full look). What it misses for a while and gets later all the same it tells as deafness.
   */
  begin(
    hear: HintSink,
    signal: AbortSignal,
    deaf: HearDeafness,
  ): Promise<{ readonly ended: Promise<void> }>;
}
