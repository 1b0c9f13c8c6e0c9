/**
 * Files and directories that stand where a key could not be written. What lies there stays.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { liesInside, sameName } from "./directories/in-the-way.ts";

/** What is in the way of others, by what failed. */
export class Occupants {
  private readonly places = new Set<string>();

  /** Hears what failed, and gives it back: what stands in the way is not what only the target has. */
  readonly noted = (thrown: unknown): unknown => {
    if (thrown instanceof SyncError && thrown.reason === sameName && thrown.path !== undefined) {
      this.places.add(thrown.path);
    }
    return thrown;
  };

  /** Whether a file is in the way of another one, or lies in what is. */
  holds(file: string): boolean {
    return this.places.size > 0 && this.places.values().some((place) => liesInside(file, place));
  }
}
