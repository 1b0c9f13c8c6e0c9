/**
 * What all ranges of a job come to. Pure.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import { tooMany } from "../../sync/deletions/delete-limit.ts";
import { notDeleted } from "../../sync/deletions/deletions.ts";
import type { Gone } from "../../sync/part.ts";
import { added, type Counts, noCounts } from "./counts.ts";
import { type NotedTraffic, noTraffic } from "./job-traffic.ts";
import { addedGone, isFinished, nothingGone, type RangeState, type Stage } from "./range-state.ts";

/** All of it together. */
export interface Totals {
  readonly counts: Counts;
  readonly gone: Gone;
  /** Of objects, also of those under way. */
  readonly movedBytes: number;
  readonly ranges: {
    readonly open: number;
    readonly finished: number;
    readonly givenUp: number;
  };
}

/**
 * Adds up ranges, as they stand in a stage.
 *
 * @param noted of all workers: ranges know nothing of it
 */
export function totalsOf(
  ranges: Iterable<RangeState>,
  stage: Stage,
  noted: NotedTraffic = noTraffic,
): Totals {
  let [counts, gone] = [noCounts, nothingGone];
  let [open, finished, givenUp] = [0, 0, 0];
  for (const range of ranges) {
    counts = added(counts, range.counts);
    gone = addedGone(gone, range.gone);
    if (range.state === "given-up") givenUp += 1;
    else if (isFinished(range, stage)) finished += 1;
    else open += 1;
  }
  const { movedBytes, ...traffic } = noted;
  return {
    ...{ counts: { ...counts, traffic }, gone, ranges: { open, finished, givenUp } },
    movedBytes: Math.max(movedBytes, counts.transferredBytes),
  };
}

/** Why nothing is to be deleted, when all is known; `undefined`: all of it may be. */
export function refusalOfDeletions(
  { maxDelete, allowEmptySource }: Config,
  { gone }: Totals,
): string | undefined {
  const refusal = (allowEmptySource ? undefined : emptySource(gone)) ?? gone.refusal;
  const found = refusal ?? (maxDelete && tooMany(maxDelete, gone.gone, gone.objects));
  return found === undefined ? undefined : `${notDeleted(gone.gone)}: ${found}`;
}

function emptySource({ sourceIsEmpty }: Gone): string | undefined {
  return sourceIsEmpty
    ? "SOURCE has no objects that take part; if that is how it should be, use --allow-empty-source"
    : undefined;
}
