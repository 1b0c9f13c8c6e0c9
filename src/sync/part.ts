/**
 * A run that is one of many: what it is about, and what the others have done.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import type { Places } from "../list/places.ts";

/** What a run is about, where it is not everything that a configuration says. */
export interface Part {
  /** Where it looks on both sides; `undefined`: everywhere. */
  readonly places: Places | undefined;
  /** Whether a key is left alone this time, because its file is not finished. */
  readonly isLeft: (key: Key) => boolean;
  /** Since all was listed for the last time. Not of a run that does so. */
  readonly since: { readonly deleted: number; readonly objects: number } | undefined;
  /** Why nothing may be deleted, if so: what others could not send may be elsewhere in the target. */
  readonly spares: string | undefined;
  /** When it fires, nothing more is begun; what is in work is finished. */
  readonly ending: AbortSignal;
}
