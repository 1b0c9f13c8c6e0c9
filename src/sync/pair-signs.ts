/**
 * What a pair says about the sides as a whole, whoever acts on it. Pure.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import type { Pair } from "../list/merge.ts";

/** Gaps that are no failure of the listing: a name that cannot be a key, a link that leads in circles. */
export const harmlessGaps: ReadonlySet<string> = new Set(["file-name", "link-loop"]);

/** Whether a part of a listing is missing there. */
export function isUnseen({ source, target }: Pair): boolean {
  return isMissing(source) || isMissing(target);
}

function isMissing(side: Listed | undefined): boolean {
  return side?.kind === "gap" && !harmlessGaps.has(side.error.code);
}
