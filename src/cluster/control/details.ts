/**
 * All about a job, for people who want to know why it is as it is.
 *
 * @module
 */
import type { Key } from "../../core/key.ts";
import { version } from "../../sync/version.ts";
import type { Ground } from "../ground.ts";
import type { Job } from "../job/job.ts";
import { type Trouble, troubleOf } from "../job/notes.ts";
import type { RangeState } from "../job/range-state.ts";
import { requireJob } from "../job/stored.ts";
import { countedOf, countedState, type JobState, stateOf } from "./follow.ts";

/** A range of keys that does not go well. */
export interface TroubledRange {
  /** It begins after this key; `undefined`: with the first one. */
  readonly after: Key | undefined;
  /** It ends with this key; `undefined`: with the last one. */
  readonly until: Key | undefined;
  /** Nobody tries it any more. */
  readonly isGivenUp: boolean;
  /** How often it was begun since it last came further. */
  readonly tries: number;
  /** Why the last try came to nothing. */
  readonly trouble: string | undefined;
}

/** How a job stands, and what is wrong with it. */
export interface JobDetails extends JobState {
  readonly troubled: readonly TroubledRange[];
  /** The last errors and warnings about objects, oldest first. */
  readonly troubles: readonly Trouble[];
}

/** So many are told. */
const mostTroubles = 10;

/** All about a job; of one that another version has submitted, how it stands. @throws SyncError `not-found` */
export async function detailsOf(ground: Ground, name: string): Promise<JobDetails> {
  const { job } = await requireJob(ground, name);
  if (job.version !== version) {
    return { ...(await stateOf(ground, job)), troubled: [], troubles: [] };
  }
  const counted = await countedOf(ground, job);
  const [state, troubles] = [
    await countedState(ground, job, counted),
    await lastTroubles(ground, job),
  ];
  return { ...state, troubled: troubledOf(counted.ranges), troubles };
}

function troubledOf(ranges: readonly RangeState[]): TroubledRange[] {
  return ranges.flatMap(({ after, until, state, tries, trouble }) => {
    const isGivenUp = state === "given-up";
    const isTroubled = isGivenUp || (state === "open" && trouble !== undefined);
    return isTroubled ? [{ after, until, isGivenUp, tries, trouble }] : [];
  });
}

async function lastTroubles(ground: Ground, { run }: Job): Promise<Trouble[]> {
  const troubles: Trouble[] = [];
  for await (const { value } of ground.notes.read(run, 0)) {
    const trouble = troubleOf(value);
    if (trouble !== undefined) troubles.push(trouble);
    if (troubles.length > mostTroubles) troubles.shift();
  }
  return troubles;
}
