/**
 * A place: a directory and the prefix that it is kept in step with.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { parsePlace, type Place as ParsedPlace } from "../config/place.ts";
import { SyncError } from "../core/errors.ts";
import { asKey, type Key } from "../core/key.ts";
import type { DirectoryMap } from "../state/state-file.ts";
import { physicalPath } from "../store/local/names/real-names.ts";

/** A directory map with its bucket. */
export interface Place extends DirectoryMap {
  readonly bucket: string;
}

/**
 * A place as it is written down.
 *
 * @throws SyncError `usage`
 */
export function placeOf(local: string, remote: string, recursive: boolean): Place {
  const [here, there]: ParsedPlace[] = [
    parsePlace(local, "DIRECTORY"),
    parsePlace(remote, "the place"),
  ];
  if (here?.kind !== "local" || there?.kind !== "s3") {
    throw needsBoth();
  }
  const { bucket, prefix } = there;
  if (prefix !== "" && !prefix.endsWith("/")) {
    throw new SyncError(
      "usage",
      `${remote} must end with a slash: only a whole directory is kept in step`,
      {
        hint: `Write ${remote}/.`,
      },
    );
  }
  return { bucket, prefix, path: path.resolve(here.path), recursive };
}

/** Half of a pair says nothing. */
export function needsBoth(): SyncError {
  return new SyncError("usage", "bsync needs a directory and then a bucket", {
    hint: "For example: s3sync bsync ./notes s3://bucket/notes/",
  });
}

/**
 * Makes sure that a state can be kept where it is to be.
 *
 * @throws SyncError `usage`
 */
export function requireStateDirectory(file: string): void {
  const directory = path.dirname(file);
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new SyncError("usage", `there is no directory ${directory} for the state`, {
    path: file,
    hint: "Make it first, or name another file with --state.",
  });
}

/** The name of a place in the index. */
export function idOf({ bucket, prefix, path: directory }: Place): string {
  return [bucket, prefix, directory].join("\0");
}

/** For people. */
export function nameOf({ bucket, prefix, path: directory, recursive }: Place): string {
  return `${directory} s3://${bucket}/${prefix}${recursive ? "" : " (not recursive)"}`;
}

/** The key below the prefix; `undefined` for one that does not belong to the place. */
export function relativeKey({ prefix, recursive }: Place, fullKey: string): Key | undefined {
  if (!fullKey.startsWith(prefix)) return undefined;
  const key = fullKey.slice(prefix.length);
  return recursive || !key.includes("/") ? asKey(key) : undefined;
}

/** Whether a key is within reach. Names that end with `/` are those of directories. */
export function isWithin({ recursive }: Place, key: Key): boolean {
  return !key.endsWith("/") && (recursive || !key.includes("/"));
}

/**
 * Refuses a place that shares files or objects with another one: each would take the other's doing for the user's.
 *
 * @throws SyncError `usage`
 */
export function refuseOverlap(wanted: Place, others: readonly Place[]): void {
  for (const other of others) {
    const what = sharesObjects(wanted, other) ?? sharesFiles(wanted, other);
    if (what === undefined) continue;
    throw new SyncError("usage", `${nameOf(wanted)} and ${nameOf(other)} share ${what}`, {
      hint: "Keep each directory and each prefix in step with one other only.",
    });
  }
}

function sharesObjects(one: Place, other: Place): string | undefined {
  if (one.bucket !== other.bucket || !overlap(one, other, ({ prefix }) => prefix)) return undefined;
  return `objects of s3://${one.bucket}/${one.prefix}`;
}

function sharesFiles(one: Place, other: Place): string | undefined {
  const rootOf = (place: Place): string => below({ ...place, path: physicalPath(place.path) });
  return overlap(one, other, rootOf) ? `files of ${one.path}` : undefined;
}

/** What all paths of a place begin with. */
export function below({ path: directory }: Place): string {
  return directory.endsWith(path.sep) ? directory : directory + path.sep;
}

function overlap(one: Place, other: Place, rootOf: (place: Place) => string): boolean {
  const [a, b] = [rootOf(one), rootOf(other)];
  if (a === b) return true;
  if (a.startsWith(b)) return other.recursive;
  return b.startsWith(a) && one.recursive;
}
