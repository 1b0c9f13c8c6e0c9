/**
 * What it takes to bring one place in step.
 *
 * @module
 */
import type { DeleteLimit } from "../config/kinds.ts";
import type { Key } from "../core/key.ts";
import type { FileTree } from "../store/local/file-tree.ts";
import type { Store } from "../store/store.ts";
import type { CourseOptions } from "../sync/course.ts";
import type { Memory } from "./memory.ts";
import type { Place } from "./place.ts";
import type { ConflictRules } from "./settle-conflict.ts";

/** A place and how it is brought in step. */
export interface PlaceTask {
  readonly place: Place;
  readonly local: Store;
  /** The same directory, as a place of files. */
  readonly files: FileTree;
  readonly remote: Store;
  readonly memory: Memory;
  /** Both sides as a run in one direction would have them. */
  readonly course: CourseOptions;
  /** The user does not want to see these on either side, unless they are tracked. */
  readonly ignores: (key: Key) => boolean;
  readonly conflicts: ConflictRules;
  /** Only tell what is different, and change nothing. */
  readonly onlyLists: boolean;
  /** How much of what was in step may be deleted at once. */
  readonly deleteLimit: DeleteLimit;
  /** A side that holds nothing any more is meant to: it is no disk that is not there. */
  readonly allowsEmpty: boolean;
  /** Ask the other side about each thing before it is deleted. */
  readonly confirmsDeletes: boolean;
  readonly now: Date;
}
