/**
 * What makes no sense to two-way syncs, and how to say so. Pure.
 *
 * @module
 */
import { camelCase, optionNames } from "../config/options.ts";
import type { OptionsInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import { bsyncOptions } from "./options.ts";
import { nameOf, type Place } from "./place.ts";

/** Nobody answers questions. */
export function nobodyToAsk(): SyncError {
  return new SyncError("usage", "--first-sync ask needs a terminal to ask on", {
    hint: "Where nobody can answer, use --first-sync union, s3, local or newer.",
  });
}

/** What lost a conflict may be on either side. */
export function needsBackups(): SyncError {
  const text = "--conflict-loser backup needs --backup-dir and --backup-prefix";
  return new SyncError("usage", text, { hint: "What loses may be a file or an object." });
}

/** `--no-recursive` comes too late. */
export function isRecursive(place: Place): SyncError {
  return new SyncError("usage", `${nameOf(place)} is kept in step with all directories below`, {
    hint: `To leave them out, run s3sync bsync remove ${place.path} first; it deletes nothing.`,
  });
}

/** @throws SyncError `usage` for options that mean nothing here */
export function refuseOthers(input: OptionsInput): void {
  const others = optionNames.filter((name) => {
    const value = input[camelCase(name)];
    return value !== undefined && value !== false && !bsyncOptions.has(name);
  });
  if (others.length === 0) return;
  throw new SyncError("usage", others.map((name) => `--${name} means nothing to bsync`).join("\n"));
}
