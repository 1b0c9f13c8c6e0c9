/**
 * What is cleaned up, and what is left.
 *
 * @module
 */
import type { FoundJournal, StateDirectory } from "../state/state-directory.ts";

/** The user's wishes. */
export interface CleanupRules {
  /** What was begun or written after this is left, in milliseconds since 1970. */
  readonly untilMs: number;
  /** Also uploads of which no journal of this user tells. */
  readonly others: boolean;
  readonly dryRun: boolean;
  readonly state: StateDirectory;
}

/** Why something is left; `undefined` if it is to go. */
export function reasonToKeep(
  { untilMs }: CleanupRules,
  sinceMs: number,
  journal: FoundJournal | undefined,
): string | undefined {
  if (journal?.isInWork === true) return "a run works on it";
  if (Math.max(sinceMs, journal?.mtimeMs ?? 0) > untilMs) return "not old enough";
  return undefined;
}

/** What a journal notes about what can be found in a target. */
export function noteOf({ text }: FoundJournal): Readonly<Record<string, unknown>> {
  const noted = text.lines.find(({ note }) => typeof note === "object" && note !== null);
  return (noted?.["note"] ?? {}) as Readonly<Record<string, unknown>>;
}
