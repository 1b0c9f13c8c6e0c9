/**
 * A source without objects is more often a mistake than a wish: a disk that is not mounted, a prefix with a typo.
 *
 * @module
 */
import type { Entry, Listed } from "../../core/entry.ts";
import { everything } from "../../core/key.ts";
import type { ObjectFilter } from "../../filter/object-filter.ts";
import type { Store } from "../../store/store.ts";

/**
 * Makes what a run asks before it would delete all that the target has.
 *
 * @param isPart the run is about a part of the keys only, so that the others have to be looked at
 * @returns why nothing is deleted; `undefined` if the source holds something elsewhere
 */
export function refusalOfEmpty(
  source: Store,
  filter: ObjectFilter | undefined,
  isPart: boolean,
): (signal: AbortSignal) => Promise<string | undefined> {
  return async (signal) => {
    if (isPart && (await holdsAny(source, filter, signal))) return undefined;
    const hides = filter !== undefined && (await holdsAny(source, undefined, signal));
    const what = hides ? "has no objects that filters let pass" : "has no objects";
    return `${source.name} ${what}; if that is how it should be, use --allow-empty-source`;
  };
}

async function holdsAny(
  source: Store,
  filter: ObjectFilter | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const page of source.list(everything, signal)) {
    if (page.some((item) => showsLife(item) && filter?.hides(item) === undefined)) return true;
  }
  return false;
}

/** The places where disks are mounted are there without the disks. */
function showsLife(item: Listed): item is Entry {
  return item.kind === "object" && item.fileType !== "directory";
}
