/**
 * A run that is one of many: what it is about, and what the others have done.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import type { Places } from "../list/places.ts";
import type { Counted } from "./deletions/turnover.ts";

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
  /** It works on its range until that is enough. Others go on, and delete when all is sent. */
  readonly slice?: Slice | undefined;
}

/** A run that others go on with. */
export interface Slice {
  /** Asked before some more pairs are looked at: whether these, and all that follow, are left to others. */
  readonly isEnough: () => boolean;
  /** Hears up to which key some more pairs were looked at. What has to be done about them is done before the run ends. */
  readonly passed: (key: Key, pairs: number) => void;
  /** Hears what is to be deleted; `undefined`: it is deleted now, and nothing else is done. */
  readonly found: ((gone: Gone) => void) | undefined;
}

/** What only the target has, and what speaks for and against deleting it. */
export interface Gone extends Counted {
  /** No object of the source takes part, and none of the target has a counterpart. */
  readonly sourceIsEmpty: boolean;
  /** Why nothing may be deleted, if so. */
  readonly refusal: string | undefined;
}
