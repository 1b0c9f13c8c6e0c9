/**
 * What is to be done about a key of which both sides, and their common past, are known. Pure.
 *
 * Each side is compared with its own past, never the clock of one with that of the other.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import type { Known } from "../state/index-db.ts";

/** What is known of a key. */
export interface Trio {
  readonly local: Entry | undefined;
  readonly remote: Entry | undefined;
  /** What both sides held when they were last in step; `undefined`: the key is not tracked. */
  readonly past: Known | undefined;
}

/** What is to be done. */
export type Step =
  | { readonly kind: "nothing" }
  | { readonly kind: "upload"; readonly local: Entry; readonly replaces: Entry | undefined }
  | { readonly kind: "download"; readonly remote: Entry; readonly replaces: Entry | undefined }
  | { readonly kind: "delete-local"; readonly local: Entry }
  | { readonly kind: "delete-remote"; readonly remote: Entry }
  /** Neither side has it any more. */
  | { readonly kind: "forget" }
  /** Only the file's contents tell whether it changed. The object is what it was. */
  | { readonly kind: "look"; readonly local: Entry; readonly remote: Entry; readonly past: Known }
  /** Only the file's contents tell whether it may go: the object is gone. */
  | { readonly kind: "look-before-delete"; readonly local: Entry; readonly past: Known }
  /** Both are new or changed: a conflict, unless they are the same or the file is what it was. */
  | {
      readonly kind: "both";
      readonly local: Entry;
      readonly remote: Entry;
      readonly past: Known | undefined;
    };

const nothing: Step = { kind: "nothing" };

/** Decides about a key. */
export function judge({ local, remote, past }: Trio): Step {
  if (past === undefined) return judgeNew(local, remote);
  const isRemoteSame = remote !== undefined && isSameObject(remote, past);
  if (local === undefined) {
    if (remote === undefined) return { kind: "forget" };
    // What changed is worth more than a deletion.
    return isRemoteSame
      ? { kind: "delete-remote", remote }
      : { kind: "download", remote, replaces: undefined };
  }
  const isLocalSame = isSameFile(local, past);
  if (remote === undefined) {
    if (local.size !== past.size) return { kind: "upload", local, replaces: undefined };
    return isLocalSame
      ? { kind: "delete-local", local }
      : { kind: "look-before-delete", local, past };
  }
  if (isLocalSame) return isRemoteSame ? nothing : { kind: "download", remote, replaces: local };
  if (!isRemoteSame) return { kind: "both", local, remote, past };
  return local.size === past.size
    ? { kind: "look", local, remote, past }
    : { kind: "upload", local, replaces: remote };
}

function judgeNew(local: Entry | undefined, remote: Entry | undefined): Step {
  if (local !== undefined && remote !== undefined) {
    return { kind: "both", local, remote, past: undefined };
  }
  if (local !== undefined) return { kind: "upload", local, replaces: undefined };
  if (remote !== undefined) return { kind: "download", remote, replaces: undefined };
  return nothing;
}

/** S3 gives an object another time with every write; its contents are the same if its ETag is. */
function isSameObject({ etag, size }: Entry, past: Known): boolean {
  return etag === past.etag && size === past.size;
}

/**
 * Whether a file is what it was, as far as can be told without reading it. Files that came from S3 in one second have
 * one time: where one takes the name of another of its size, only their numbers tell.
 */
export function isSameFile(entry: Entry, { size, file }: Known): boolean {
  if (entry.size !== size || file === undefined) return false;
  const isSameOne = entry.inode === undefined || entry.inode === Number(file.inode);
  return isSameOne && isSameTime(entry.mtimeMs, file.mtimeNs);
}

/** Listings tell milliseconds with a fraction that is good for some hundred nanoseconds. */
function isSameTime(mtimeMs: number, mtimeNs: bigint): boolean {
  return Math.abs(mtimeMs - Number(mtimeNs) / 1e6) < 0.001;
}
