/**
 * What was typed once, and is not remembered with a pair of a two-way sync.
 *
 * @module
 */
import {
  lastingOptions,
  listMaps,
  type OptionName,
  placeOf,
  type SyncedPlace,
  type SyncEvent,
} from "../index.ts";
import type { TypedArguments } from "./arguments.ts";

/** What to tell after an event of a run, if anything. */
export type PairWatch = (event: SyncEvent) => SyncEvent | undefined;

/** A pair as it was typed. */
interface Typed {
  readonly local: string;
  readonly remote: string;
}

/**
 * Says which options later runs of a pair that is remembered now will not have; `undefined`: none that would be
 * missed.
 */
export function missedLater(
  { local, remote }: Typed,
  { values }: TypedArguments,
): string | undefined {
  const names = [...values.keys()].filter((name) => lastingOptions.has(name));
  if (names.length === 0) return undefined;
  return (
    `${local} ${remote} is remembered, but not ${names.map((name) => `--${name}`).join(", ")}: a plain s3sync bsync ` +
    `runs without. Repeat ${names.length === 1 ? "it" : "them"}, or use variables or [defaults] of a configuration file${ignoring(names)}`
  );
}

function ignoring(names: readonly OptionName[]): string {
  return names.includes("exclude") ? "; what is to be left alone can stand in a .s3syncignore" : "";
}

/**
 * Watches a run for the moment when a pair is remembered that was unknown before.
 *
 * @param file the state file
 */
export function watchForPair(file: string, pair: Typed, typed: TypedArguments): PairWatch {
  const wanted = placeOf(pair.local, pair.remote, true);
  let message = listMaps(file).some((each) => isSamePair(each, wanted))
    ? undefined
    : missedLater(pair, typed);
  return ({ type }) => {
    if (type !== "listing-complete" || message === undefined) return undefined;
    const notice = { type: "notice", message, isDoubtful: true } as const;
    message = undefined;
    return notice;
  };
}

function isSamePair(one: SyncedPlace, other: SyncedPlace): boolean {
  return one.path === other.path && one.bucket === other.bucket && one.prefix === other.prefix;
}
