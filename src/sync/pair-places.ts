/**
 * Where keys are paths: which objects have theirs, and which cannot have it.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";
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

/** That a key is not written, because it may only be new. */
export function isThere({ key }: Entry): SyncError {
  const text = `${JSON.stringify(key)} would not be written: --if-none-match is given, and the target has it`;
  return new SyncError("precondition", text, { key });
}
