/**
 * Conflicts: who wins, and what becomes of the other one. Pure.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { asKey, baseName, type Key } from "../core/key.ts";

/** A side of a two-way sync. */
export type Half = "local" | "s3";

/** How the winner is found. */
export type Resolution = "newer" | "older" | "larger" | Half;

/** A key that both sides hold differently, though not by one's own doing. */
export interface Conflict {
  readonly key: Key;
  readonly local: Entry;
  readonly remote: Entry;
  /** Whether this place was never in step before. */
  readonly isFirst: boolean;
}

/** Somebody who decides; `undefined` as an answer leaves both as they are. The signal: the run is to stop. */
export type AskConflict = (conflict: Conflict, signal: AbortSignal) => Promise<Half | undefined>;

/**
 * Who wins. Ties go to S3.
 *
 * @param skewMs how far S3's clock is ahead of ours, in milliseconds
 */
export function winnerOf(
  { local, remote }: Pick<Conflict, "local" | "remote">,
  resolution: Resolution,
  skewMs: number,
): Half {
  // S3 tells whole seconds.
  const [ours, theirs] = [local.mtimeMs, remote.mtimeMs - skewMs].map((ms) =>
    Math.floor(ms / 1000),
  );
  const newer = (ours ?? 0) > (theirs ?? 0) ? "local" : "s3";
  switch (resolution) {
    case "newer":
      return newer;
    case "older":
      return (ours ?? 0) < (theirs ?? 0) ? "local" : "s3";
    case "larger":
      if (local.size === remote.size) return newer;
      return local.size > remote.size ? "local" : "s3";
    case "local":
    case "s3":
      return resolution;
  }
}

/** The longest name that file systems take, in bytes. */
const longestName = 255;

/** Names for what lost, the best first: `NAME.sync-conflict-YYYYMMDD-HHMMSS.EXT`, in UTC. */
export function* conflictKeys(key: Key, now: Date): Generator<Key, never, undefined> {
  const name = baseName(key);
  const directory = key.slice(0, key.length - name.length);
  const [stem, extension] = splitName(name);
  const digits = now.toISOString().replaceAll(/[-:]/g, "");
  const mark = `.sync-conflict-${digits.slice(0, 8)}-${digits.slice(9, 15)}`;
  for (let number = 1; ; number++) {
    const tail = `${mark}${number === 1 ? "" : `-${number}`}${extension}`;
    yield asKey(directory + shortened(stem, longestName - Buffer.byteLength(tail)) + tail);
  }
}

/** A leading dot begins no extension, and neither does one before something long. */
function splitName(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf(".");
  if (dot <= 0 || name.length - dot > 20) return [name, ""];
  return [name.slice(0, dot), name.slice(dot)];
}

function shortened(text: string, bytes: number): string {
  let [kept, length] = ["", 0];
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}
