/**
 * A range of keys of a job, as its record has it: how far it was worked through, and with what result. Pure.
 *
 * The ranges of a job tile all of its keys at any time. A range is cut by making it shorter and noting what was cut off, in
 * one step; only then the pieces become records of their own. So whoever dies in between leaves nothing out.
 *
 * @module
 */
import { compareKeys, type Key } from "../../core/key.ts";
import type { Gone } from "../../sync/part.ts";
import { wordFor } from "../words.ts";
import { added, type Counts, noCounts } from "./counts.ts";

/** What is done about all ranges before the next comes. */
export type Stage = "send" | "delete";

/** Where keys lie: after one, up to another. */
export interface Span {
  readonly after?: Key | undefined;
  readonly until?: Key | undefined;
}

/** A range. */
export interface RangeState extends Span {
  readonly stage: Stage;
  /** `given-up`: it failed too often. */
  readonly state: "open" | "through" | "given-up";
  /** All up to this key is settled in this stage; `undefined`: nothing yet. */
  readonly position?: Key | undefined;
  /** How often it was begun since it last came further. */
  readonly tries: number;
  /** How many parts of large objects in it were finished, when somebody last counted them. */
  readonly parts?: number | undefined;
  /** Why the last try came to nothing. */
  readonly trouble?: string | undefined;
  /** What was cut off and may have no records yet. */
  readonly cutOff: readonly Span[];
  readonly counts: Counts;
  /** What only the target has. */
  readonly gone: Gone;
}

/** Nothing was found that only the target has. */
export const nothingGone: Gone = { gone: 0, objects: 0, sourceIsEmpty: true, refusal: undefined };

/** So often it is begun without coming further. */
const mostTries = 8;
/** So often, and it is worth a look at large objects in it. */
const triesUntilDoubt = 2;

/** Nothing was done about it. */
export function freshRange({ after, until }: Span, stage: Stage = "send"): RangeState {
  return {
    ...{ after, until },
    ...{ stage, state: "open", tries: 0, cutOff: [], counts: noCounts, gone: nothingGone },
  };
}

/** Two ranges of a job never begin at the same key. */
export function rangeId({ after }: Span): string {
  if (after === undefined) return "first";
  // As JSON: keys may be no text that has bytes.
  return wordFor(JSON.stringify(after));
}

/** Whether it was begun so often that the parts of its large objects tell more than its position. */
export function isDoubtful({ state, tries }: RangeState): boolean {
  return state === "open" && tries >= triesUntilDoubt;
}

/**
 * Somebody begins it, unless that was in vain too often.
 *
 * @param parts so many parts of large objects in it are finished: more than last time is as good as a step further;
 *   `undefined`: nobody has counted them
 */
export function begun(range: RangeState, parts: number | undefined): RangeState {
  const isFurther = parts !== undefined && parts > (range.parts ?? 0);
  const tries = isFurther ? 0 : range.tries;
  const counted = { ...range, parts: parts ?? range.parts };
  if (range.state === "open" && tries >= mostTries) return { ...counted, tries, state: "given-up" };
  return { ...counted, tries: tries + 1 };
}

/** As if it had not been begun: it was not the range that was wrong. */
export function unbegun(range: RangeState): RangeState {
  return { ...range, tries: range.tries - 1 };
}

/** What a slice of work has brought. */
export interface Progress {
  /** Up to here all is settled. */
  readonly position: Key | undefined;
  readonly isAtEnd: boolean;
  readonly counts: Counts;
  readonly gone: Gone | undefined;
}

/** After a slice. */
export function moved(
  range: RangeState,
  { position, isAtEnd, counts, gone }: Progress,
): RangeState {
  const isFurther = isAtEnd || position !== range.position;
  return {
    ...range,
    position: position ?? range.position,
    state: isAtEnd ? "through" : "open",
    tries: isFurther ? 0 : range.tries,
    trouble: undefined,
    counts: added(range.counts, counts),
    gone: gone === undefined ? range.gone : addedGone(range.gone, gone),
  };
}

/** Both together. */
export function addedGone(a: Gone, b: Gone): Gone {
  return {
    gone: a.gone + b.gone,
    objects: a.objects + b.objects,
    sourceIsEmpty: a.sourceIsEmpty && b.sourceIsEmpty,
    refusal: a.refusal ?? b.refusal,
  };
}

/** Cut at keys after its position, in order; it keeps what comes before the first. */
export function cutAt(range: RangeState, places: readonly Key[]): RangeState {
  const { position, until } = range;
  const within = places.filter(
    (place) =>
      (position === undefined || compareKeys(place, position) > 0) &&
      (until === undefined || compareKeys(place, until) < 0),
  );
  const [first] = within;
  if (first === undefined) return range;
  const cutOff = within.map((after, index) => ({ after, until: within[index + 1] ?? until }));
  return { ...range, until: first, cutOff: [...range.cutOff, ...cutOff] };
}

/** Ready for the stage that a job is in: ranges come to it one by one. */
export function inStage(range: RangeState, stage: Stage): RangeState {
  if (range.stage === stage || !isOver(range)) return range;
  return { ...range, stage, state: "open", position: undefined, tries: 0 };
}

/** How many objects may still be deleted in it, so that it is no more than guards have seen. */
export function mayStillGo({ gone, counts }: RangeState): number {
  return Math.max(0, gone.gone - counts.deleted);
}

/** As it is in the first stage when the job comes to it once more: what was deleted is gone. */
export function withoutDeletions(range: RangeState): RangeState {
  const { gone, objects, ...others } = range.gone;
  return { ...range, stage: "send", gone: { ...others, gone: 0, objects: objects - gone } };
}

/** Whether nothing is left to be done about it in a stage. */
export function isFinished(range: RangeState, stage: Stage): boolean {
  if (range.cutOff.length > 0 || !isOver(range)) return false;
  return range.stage === stage || range.gone.gone === 0;
}

function isOver({ state }: RangeState): boolean {
  return state !== "open";
}

/** Whether ranges, in any order, leave out nothing of a span. */
export function tile(ranges: readonly Span[], { after, until }: Span): boolean {
  const byStart = new Map(ranges.map((range) => [range.after ?? "", range]));
  let at = after ?? "";
  for (let passed = 0; passed < ranges.length; passed++) {
    const range = byStart.get(at);
    if (range === undefined) return false;
    if (range.until === until) return true;
    if (range.until === undefined) return false;
    at = range.until;
  }
  return false;
}
