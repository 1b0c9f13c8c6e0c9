/**
 * Which versions of an object are old. Pure.
 *
 * @module
 */
import type { Version } from "../core/version.ts";

/** What is kept. */
export interface KeepRules {
  /** Whatever was there at this time, or later, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** And of each key so many versions that are not current, however old. Markers do not count. */
  readonly last: number;
}

/** What is to go of one key. */
export interface OldVersions {
  readonly old: readonly Outdated[];
  /** The note that it was deleted, if nothing is left that it hides: it goes when the others are gone. */
  readonly marker: Outdated | undefined;
}

/** A version, and since when it is not there any more. */
export interface Outdated {
  readonly version: Version;
  readonly sinceMs: number;
}

/**
 * Finds where the history of a key is cut: what comes before goes, all that comes after stays. So whatever there was
 * since the time that is kept can be brought back, deletions included; and no marker goes while something stays
 * that it hides.
 *
 * @param versions all of one key, newest first
 */
export function oldVersions(
  versions: readonly Version[],
  { sinceMs, last }: KeepRules,
): OldVersions {
  const ends = endTimes(versions);
  const young = ends.findLastIndex((endMs) => endMs > sinceMs);
  const kept = Math.max(young, placeOfLast(versions, last));
  const old = versions
    .map((version, at) => ({ version, sinceMs: ends[at] ?? 0 }))
    .slice(kept + 1)
    // Whatever the order of a listing: what is there now stays.
    .filter(({ version }) => version.isLatest === false);
  const [current] = versions;
  const isAll = old.length === versions.length - 1;
  const isAlone = isAll && current?.isMarker === true && current.mtimeMs <= sinceMs;
  return { old, marker: isAlone ? { version: current, sinceMs: current.mtimeMs } : undefined };
}

/** When each of them was replaced, the current one never. Clocks of servers go back at times. */
function endTimes(versions: readonly Version[]): number[] {
  return versions.map((_, at) => (at === 0 ? Infinity : (versions[at - 1]?.mtimeMs ?? Infinity)));
}

/** The place of the last one that is kept for its number; 0, the current one, if none is. */
function placeOfLast(versions: readonly Version[], last: number): number {
  const places = versions.flatMap(({ isMarker }, at) => (at > 0 && !isMarker ? [at] : []));
  return places.slice(0, last).at(-1) ?? 0;
}
