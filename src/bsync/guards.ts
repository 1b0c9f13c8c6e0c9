/**
 * What speaks against bringing a place in step at all. Pure.
 *
 * Nothing is done on either side then: what a run brings to a disk that is not mounted would make the next run believe
 * that all the rest was deleted.
 *
 * @module
 */
import type { DeleteLimit } from "../config/kinds.ts";
import { tooMany } from "../sync/deletions/delete-limit.ts";
import type { Half } from "./conflict.ts";

/** What is known of a place before anything is done. */
export interface Situation {
  /** How many objects were in step before; what is new is none of them. */
  readonly tracked: number;
  /** How many each side holds now. */
  readonly found: Readonly<Record<Half, number>>;
  /** How many would be deleted. What has only moved is not among them. */
  readonly deletions: number;
  /** The directory, as far as it is expected to be there. */
  readonly directory: "there" | "gone";
  readonly deleteLimit: DeleteLimit;
  readonly allowsEmpty: boolean;
}

/** What speaks against it; `undefined` if nothing does. */
export function objectionTo(situation: Situation): string | undefined {
  const { tracked, deletions, deleteLimit, allowsEmpty } = situation;
  const limit = tooMany(deleteLimit, deletions, tracked);
  const missing = allowsEmpty ? undefined : missingIn(situation);
  if (missing !== undefined) {
    const more = limit === undefined ? "" : " and --max-delete 100%";
    return `${missing}; if that is how it should be, use --allow-empty-source${more}`;
  }
  return limit === undefined ? undefined : `${deletions} deletions are too many: ${limit}`;
}

/** Where both sides are empty nothing is at stake. */
function missingIn({ tracked, found, directory }: Situation): string | undefined {
  if (directory === "gone") return "the directory is gone";
  if (tracked === 0 || (found.local === 0) === (found.s3 === 0)) return undefined;
  return found.s3 === 0 ? "the prefix is empty" : "the directory is empty";
}
