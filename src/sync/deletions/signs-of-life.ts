/**
 * Whether a source shows that it is there: before it empties a target, somebody asks.
 *
 * @module
 */
import type { ObjectFilter } from "../../filter/object-filter.ts";
import type { Pair } from "../../list/merge.ts";

/** Looks for signs of life, as pairs pass. */
export class SignsOfLife {
  private found = false;

  constructor(private readonly filter: ObjectFilter | undefined) {}

  /** No object of the source takes part, and none of the target has a counterpart. */
  get areNone(): boolean {
    return !this.found;
  }

  look(pair: Pair): void {
    if (!this.found) this.found = this.shows(pair);
  }

  /** On a quiet day filters may hide all that there is: what the target has of it shows that it is there. */
  private shows({ source, target }: Pair): boolean {
    if (source?.kind === "directory") return target?.kind === "object";
    // The places where disks are mounted are there without the disks.
    if (source?.kind !== "object" || source.fileType === "directory") return false;
    return target?.kind === "object" || this.filter?.hides(source) === undefined;
  }
}
