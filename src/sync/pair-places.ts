/**
 * Where keys are paths: which objects have theirs, and which cannot have it.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import { compareKeys, type Key, type KeyRange } from "../core/key.ts";
import type { Decision } from "../diff/decide.ts";
import type { Pair } from "../list/merge.ts";

/** Whether an object is in the target, or is to be, so that no other one can have its path. */
export function takesPlace({ source, target }: Pair, { kind }: Decision): boolean {
  if (source?.kind !== "object" || kind === "hidden") return false;
  return kind !== "skip" || target?.kind === "object";
}

/** Says what stands in the way of a key. */
export function clash(key: Key, blocking: Key): SyncError {
  const what =
    key === blocking ? "another key has the same path" : `${JSON.stringify(blocking)} is a file`;
  return new SyncError("path-clash", `${JSON.stringify(key)} is not written: ${what}`, { key });
}

/** Whether a key lies before a range, which what covers the range from outside does. */
export function liesBefore(key: Key, { after }: KeyRange): boolean {
  return after !== undefined && compareKeys(key, after) < 0;
}

/** Says that an object may only be written where nothing is. */
export function isThere({ key }: Entry): SyncError {
  const text = `${JSON.stringify(key)} would not be written: --if-none-match is given, and the target has it`;
  return new SyncError("precondition", text, { key });
}
