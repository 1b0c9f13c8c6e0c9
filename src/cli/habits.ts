/**
 * What the hands of those type who come from rclone, rsync, s5cmd, mc or the AWS command line.
 *
 * @module
 */

/** The options of ours that do the same, or nearly so. */
const equivalents: Readonly<Record<string, string>> = {
  "-n": "--dry-run",
  "-u": "--update",
  "--bwlimit": "--rate-limit-bandwidth",
  "--ca-certificate": "--ca-bundle",
  "--checkers": "--max-parallel-listings",
  "--checksum": "--check-etag or --check-additional-checksum",
  "--concurrency": "--max-parallel-uploads",
  "--delete-after": "--delete",
  "--exclude-from": "--ignore-file",
  "--log-level": "-v or -q",
  "--max-age": "--filter-mtime-after",
  "--max-size": "--filter-smaller-size",
  "--min-age": "--filter-mtime-before",
  "--min-size": "--filter-larger-size",
  "--multi-thread-streams": "--max-parallel-uploads",
  "--no-check-certificate": "--ca-bundle with the authority to trust",
  "--no-clobber": "--ignore-existing",
  "--no-follow-symlinks": "--ignore-symlinks",
  "--no-progress": "--show-no-progress",
  "--no-verify-ssl": "--ca-bundle with the authority to trust",
  "--numworkers": "--worker-size",
  "--only-show-errors": "-q",
  "--page-size": "--max-keys",
  "--remove": "--delete",
  "--size-only": "--check-size",
  "--sse-kms-key": "--sse-kms-key-id",
  "--transfers": "--worker-size",
  "--use-json-log": "--json-tracing",
};

const recursive = "s3sync is always recursive";
const live = "a terminal shows how far it is; elsewhere -v does";

/** What needs no option here, and why. */
const needless: Readonly<Record<string, string>> = {
  "-r": recursive,
  "-R": recursive,
  "--recursive": recursive,
  "-P": live,
  "--progress": live,
  "--fast-list": "listings are read in parallel, and never gathered",
  "--follow-symlinks": "links in SOURCE are followed",
  "--partial": "what is interrupted is gone on with",
};

/** Letters of other tools that are written together: `-avz`. */
const letters = /^-[a-z]{2,}$/i;

/** What to say to somebody who types an option of another tool; `undefined`: it is none that is known. */
export function adviceFor(typed: string): string | undefined {
  if (Object.hasOwn(equivalents, typed)) return `did you mean ${equivalents[typed]}?`;
  if (Object.hasOwn(needless, typed)) return `leave it out: ${needless[typed]}`;
  return undefined;
}

/** What to say of letters in a row; `undefined`: it is none. */
export function adviceForLetters(typed: string): string | undefined {
  if (!letters.test(typed)) return undefined;
  // Whoever wants a dry run must not be led to a real one.
  const dry = typed.includes("n") ? "; -n is --dry-run" : "";
  return `of single letters there are only -v, -q, -h, -V and -D${dry}`;
}
