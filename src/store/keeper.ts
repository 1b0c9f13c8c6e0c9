/**
 * Puts aside what is about to be replaced or deleted.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import type { Expected } from "../core/object.ts";

/** A place where things are put aside, under the keys that they have. */
export interface Keeper {
  /** How many objects it puts aside at the same time. */
  readonly atOnce: number;
  /** Whether a key of the store lies in that place: what is there is none of the store's. */
  holds(key: Key): boolean;
  /** Where an object goes, unless something is there already: a full key or a path. */
  placeOf(key: Key): string;
  /**
   * Puts aside what is under a key. It stays where it is, too: whoever reads it there misses nothing.
   *
   * What is in the place already is never replaced: then the new one goes below `~TIME/` there.
   *
   * @param expected what is under the key, as far as the caller knows
   * @returns where it is now; `undefined` if there is nothing
   * @throws SyncError `precondition` if it is not what is expected, any other if it cannot be put aside
   */
  keep(key: Key, expected: Expected | undefined, signal: AbortSignal): Promise<string | undefined>;
}

/** Folders to try, in turn: none, then one of the run, then others. Whoever takes the last one has a hundred. */
export function* foldersOf(runTime: string): Generator<string, void, undefined> {
  yield "";
  yield `~${runTime}/`;
  for (let number = 2; number < 100; number++) yield `~${runTime}-${number}/`;
}
