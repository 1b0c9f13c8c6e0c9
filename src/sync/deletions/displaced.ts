/**
 * Objects in whose place something else lies that is to be deleted: a directory where a file is wanted, a file or a link
 * where a directory is; on servers that keep objects as files, objects that begin like that. They are sent when that is
 * gone.
 *
 * @module
 */
import type { SyncError } from "../../core/errors.ts";
import { sameName } from "../../store/local/directories/in-the-way.ts";

/** Gathers them. There are few: nothing else about the run has to wait. */
export class Displaced<Item> {
  private readonly waiting: Item[] = [];
  private ended = false;

  /** @param makesRoom whether deletions take away whatever lies there, directories included */
  constructor(private readonly makesRoom: boolean) {}

  /** Takes what failed for that reason, once. Names that a disk takes for one are another matter. */
  takes(error: SyncError, item: Item): boolean {
    if (!this.makesRoom || this.ended) return false;
    if (error.code !== "path-clash" || error.reason === sameName) return false;
    this.waiting.push(item);
    return true;
  }

  /** Whether what was taken is sent now. */
  get isOver(): boolean {
    return this.ended;
  }

  /** All of them. From now on it takes none. */
  end(): readonly Item[] {
    this.ended = true;
    return this.waiting;
  }
}
