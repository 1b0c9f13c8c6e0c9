/**
 * A source without objects is more often a mistake than a wish: a disk that is not mounted, a prefix with a typo.
 *
 * @module
 */
import type { Entry, Listed } from "../../core/entry.ts";
import { everything } from "../../core/key.ts";
import type { ObjectFilter } from "../../filter/object-filter.ts";
import type { Store } from "../../store/store.ts";
import type { ShowsLife } from "./source-life.ts";

/**
 * Makes what a run asks before it would delete all that the target has.
 *
 * @param showsLife which objects of the source count. Default: all
 * @param isPart the run is about a part of the keys only, so that the others have to be looked at
 * @returns why nothing is deleted; `undefined` if the source holds something elsewhere
 */
export function refusalOfEmpty(
  source: Store,
  filter: ObjectFilter | undefined,
  isPart: boolean,
  showsLife: ShowsLife = () => true,
): (signal: AbortSignal) => Promise<string | undefined> {
  const shown =
    (filtered: ObjectFilter | undefined) =>
    (entry: Entry): boolean =>
      showsLife(entry) && filtered?.hides(entry) === undefined;
  return async (signal) => {
    if (isPart && (await holdsAny(source, shown(filter), signal))) return undefined;
    const hides = filter !== undefined && (await holdsAny(source, shown(undefined), signal));
    const what = hides ? "has no objects that filters let pass" : "has no objects";
    return `${source.name} ${what}; if that is how it should be, use --allow-empty-source`;
  };
}

async function holdsAny(source: Store, counts: ShowsLife, signal: AbortSignal): Promise<boolean> {
  for await (const page of source.list(everything, signal)) {
    if (page.some((item) => isThing(item) && counts(item))) return true;
  }
  return false;
}

/** The places where disks are mounted are there without the disks. */
function isThing(item: Listed): item is Entry {
  return item.kind === "object" && item.fileType !== "directory";
}
