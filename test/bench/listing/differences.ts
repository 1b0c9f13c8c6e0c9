/**
 * What buckets with the same computed keys do not have in common.
 *
 * @module
 */
import type { Page, Run } from "./pages.ts";

/** How an object is: as everywhere, not there, or of another size. */
export type Standing = "usual" | "missing" | "other";

/** How the object of a bucket is that has the key of this index. */
export type Differences = (bucket: string, index: number) => Standing;

/** All buckets are the same. */
export const noDifferences: Differences = () => "usual";

/** A page as one bucket shows it. It may have fewer keys than were asked for, or none, and others may follow. */
export function asShown(page: Page, standingOf: (index: number) => Standing): Page {
  const runs = page.runs.flatMap((run) => shownRuns(run, standingOf));
  const keysOf = (all: readonly Run[]): number =>
    all.reduce((sum, { from, to }) => sum + to - from, 0);
  return { ...page, runs, count: page.count - keysOf(page.runs) + keysOf(runs) };
}

function shownRuns({ from, to }: Run, standingOf: (index: number) => Standing): Run[] {
  const runs: Run[] = [];
  let begin = from;
  let before: Standing = "missing";
  const close = (at: number): void => {
    if (before !== "missing") runs.push({ from: begin, to: at, isOther: before === "other" });
    begin = at;
  };
  for (let index = from; index < to; index++) {
    const standing = standingOf(index);
    if (standing === before) continue;
    close(index);
    before = standing;
  }
  close(to);
  return runs;
}
