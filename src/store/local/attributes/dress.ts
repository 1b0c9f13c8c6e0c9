/**
 * What files are given besides their bytes, by those who write them.
 *
 * @module
 */
import type { Reached } from "./native.ts";

/** What a file gets besides its bytes. */
export interface Dress {
  /** Milliseconds since 1970; `undefined`: nothing is said of it. */
  readonly mtimeMs: number | undefined;
  /** Nobody else may read what is not complete yet. */
  readonly isPrivate: boolean;
  readonly isSparse: boolean;
  /** The files that it is one with. */
  readonly hardLink: string | undefined;
  put(place: Reached): void;
}
