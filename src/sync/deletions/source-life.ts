/**
 * Whether a source shows that it is there at all: a disk that is not mounted, or a build that failed, looks empty.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import type { ObjectFilter } from "../../filter/object-filter.ts";
import type { Pair } from "../../list/merge.ts";

/** Whether an object of the source shows that the source is there. */
export type ShowsLife = (entry: Entry) => boolean;

/** Finds it out, as pairs pass. */
export class SourceLife {
  private isFound = false;
  private targetHasMore = false;

  /** @param showsLife which objects of the source count. Default: all */
  constructor(
    private readonly filter: ObjectFilter | undefined,
    private readonly showsLife: ShowsLife = () => true,
  ) {}

  see(pair: Pair): void {
    if (!this.isFound && this.isSign(pair)) this.isFound = true;
    if (pair.source === undefined && pair.target?.kind === "object") this.targetHasMore = true;
  }

  /** No object of the source takes part, and none of the target has a counterpart. */
  get isEmpty(): boolean {
    return !this.isFound;
  }

  /** No object of the source takes part, and the target has some: they would seem to be gone. */
  get isMissing(): boolean {
    return !this.isFound && this.targetHasMore;
  }

  /** On a quiet day filters may hide all that there is: what the target has of it shows that it is there. */
  private isSign({ source, target }: Pair): boolean {
    if (source?.kind === "directory") return target?.kind === "object";
    // The places where disks are mounted are there without the disks.
    if (source?.kind !== "object" || source.fileType === "directory") return false;
    if (!this.showsLife(source)) return false;
    return target?.kind === "object" || this.filter?.hides(source) === undefined;
  }
}
