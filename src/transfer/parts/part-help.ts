/**
 * Help with large objects: others move parts of them as well, and whoever comes after this process goes on with what it
 * leaves. What is said here is all that transfers know of them.
 *
 * One process leads: it begins the write, judges what comes of it, and commits. It moves parts as if it were alone, but for those
 * that somebody else has, or has taken.
 *
 * @module
 */
import type { Key } from "../../core/key.ts";
import type { DigestChoice } from "../../hash/digest.ts";
import type { Held, Part, WriteNote } from "../../store/store.ts";
import type { PartPlan } from "./part-plan.ts";
import type { FinishedPart, TransferTask } from "./transfer-journal.ts";

/** Where there are others. */
export interface PartHelp {
  /** Smaller objects, in bytes, are moved alone. */
  readonly fromBytes: number;
  /** Asks for help with an object. Nothing happens yet. */
  with(object: SharedTask): SharedParts;
}

/** What others have to know of an object, and what tells it from others. */
export interface SharedTask extends TransferTask {
  readonly key: Key;
  /** By which the source itself knows it. */
  readonly storeKey: Key;
  readonly plan: PartPlan;
  readonly way: PartWay;
  /** How the source knows the state of it that is read. */
  readonly state: SourceState;
}

/** How parts get into the target. */
export type PartWay =
  /** They pass through whoever moves them, who makes these digests of each. */
  | { readonly kind: "move"; readonly digests: DigestChoice }
  /** The target's server copies them. */
  | { readonly kind: "copy" };

/** By what a source's object is known to be still the same. */
export interface SourceState {
  /** Bytes. */
  readonly size: number;
  /** In milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly etag?: string | undefined;
  /** The version that is asked for; `undefined`: the one that is there. */
  readonly versionId?: string | undefined;
}

/** What there is of a write that was begun earlier. */
export interface Earlier {
  readonly note: WriteNote;
  /** It was begun for the same: its parts are of use. */
  readonly fits: boolean;
}

/** The parts of an object that many move. It is what a journal is to others. */
export interface SharedParts {
  /** Whether what happens is noted. */
  readonly isOpen: boolean;
  /** Whether there is anything worth going on with. */
  readonly hasParts: boolean;
  /** What was noted of a part when it was finished. */
  part(number: number): FinishedPart | undefined;
  /** Makes what somebody else has begun one's own; `undefined`: there is nothing. */
  takeOver(): Promise<Earlier | undefined>;
  /** What was taken over is of no use. */
  forget(): Promise<void>;
  /** Keeps by what the write is found. @throws SyncError `aborted`: somebody else has begun it */
  noteDown(note: WriteNote): Promise<void>;
  /** From now on others may help. @param held what there is of an earlier try */
  begin(held: Held | undefined): Promise<void>;
  /**
   * Waits for a part that others have taken.
   *
   * @returns `undefined`: nobody has, and nobody will
   * @throws SyncError `aborted`: somebody else leads by now
   */
  take(part: Part, signal: AbortSignal): Promise<FinishedPart | undefined>;
  /** A part is finished. Never throws. */
  finish(part: FinishedPart): void;
  /** Whether nobody has taken over. Where that cannot be told, somebody may have. Never throws. */
  isOurs(): Promise<boolean>;
  /** Somebody may go on with it. Never throws. */
  leave(): Promise<void>;
  /** There is nothing to go on with. Never throws. */
  remove(): Promise<void>;
}
