/**
 * What names and keys on a ground are made of, and how records become bytes there.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { sha256Hex } from "../hash/digest.ts";

/** Servers of NATS take no message above 1 MiB; a record has its key and headers with it. */
export const largestText = 1024 * 1024 - 16 * 1024;

/**
 * A name of a job, or an id, as it was given.
 *
 * @throws SyncError `internal` if a server could not keep it under that name
 */
export function checkedWord(word: string): string {
  if (/^[\w-]+$/.test(word)) return word;
  throw new SyncError("internal", `not a name that a cluster can keep: ${JSON.stringify(word)}`);
}

/** The key of a record, as it was given. @throws SyncError `internal`, like {@link checkedWord} */
export function checkedKey(key: string): string {
  for (const word of key.split(".")) checkedWord(word);
  return key;
}

/** What keys begin with: nothing, or words with a `.` after each. @throws SyncError `internal` */
export function checkedPrefix(prefix: string): string {
  if (prefix !== "") checkedKey(prefix.endsWith(".") ? prefix.slice(0, -1) : `${prefix}.`);
  return prefix;
}

/** A short word for a text of any kind, the same each time. */
export function wordFor(text: string): string {
  return sha256Hex(text).slice(0, 32);
}

/** A record as text. @throws SyncError `internal`: it is too large for a server */
export function recordText(value: unknown, key: string): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= largestText) return text;
  throw new SyncError("internal", "a record is too large for a cluster", { key });
}
