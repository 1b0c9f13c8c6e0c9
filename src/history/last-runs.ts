/**
 * `lastRuns()`: how the last run of each pair of places ended, and when.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import { absoluteName, parsePlace, type Place } from "../config/place.ts";
import type { Config, ConfigInput } from "../config/shape.ts";
import { shardName } from "../core/shard.ts";
import { noteRun, type RunNote, runNotes } from "../state/run-notes.ts";
import { defaultStateDirectory } from "../state/state-directory.ts";

/** Which runs are asked about. */
export type LastRunsInput = Pick<Partial<ConfigInput>, "olderThan" | "stateDir"> & {
  /** Only pairs that have this place on one side. */
  readonly place?: string | undefined;
};

/** The last run of a pair, and what is to be thought of it. */
export interface LastRun extends RunNote {
  /** `stale`: it did not fail, but was longer ago than it may be. */
  readonly state: RunNote["outcome"] | "stale";
}

/** There are no sides: what others have done is told. */
const noSides = {
  source: { kind: "store", name: "nowhere" },
  target: { kind: "store", name: "nowhere" },
} as const;

/**
 * Tells of the last run of each pair that s3sync was run for on this machine, by this user, on the command line: of the
 * last thousand of them.
 *
 * @throws SyncError `usage` when an option makes no sense
 */
export function lastRuns({ place, ...given }: LastRunsInput = {}): LastRun[] {
  const { olderThan, stateDir } = resolveOptions(given, () => noSides, "status");
  const wanted = place === undefined ? undefined : absoluteName(parsePlace(place, "the place"));
  return runNotes(stateDir ?? defaultStateDirectory())
    .filter(({ source, target }) => wanted === undefined || [source, target].includes(wanted))
    .map((note) => ({ ...note, state: stateOf(note, olderThan?.getTime()) }));
}

function stateOf(note: RunNote, limitMs = -Infinity): LastRun["state"] {
  const isGood = note.outcome === "fine" || note.outcome === "warnings";
  return isGood && note.endedMs < limitMs ? "stale" : note.outcome;
}

/** What is noted of a run, but for its places. */
export type RunResultNote = Omit<RunNote, "source" | "target" | "shard" | "lastGoodMs">;

/**
 * Notes how a run ended. That nothing can be noted is no failure of the run.
 *
 * @param run its places, which of several it is, and where state is kept
 */
export function noteLastRun(
  run: { readonly source: Place; readonly target: Place } & Partial<
    Pick<Config, "shard" | "stateDir">
  >,
  result: RunResultNote,
): void {
  const [source, target] = [absoluteName(run.source), absoluteName(run.target)];
  const shard = run.shard === undefined ? undefined : shardName(run.shard);
  try {
    noteRun(run.stateDir ?? defaultStateDirectory(), { source, target, shard, ...result });
  } catch {
    // Somebody may have no home, or one that cannot be written to.
  }
}
