/**
 * What a bucket held at some time, found out from all its versions.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { compareKeys } from "../../core/key.ts";
import type { S3Api } from "./api.ts";
import { PageMarks } from "./page-marks.ts";
import type { ListedVersion, VersionsMark, VersionsPage } from "./wire/versions-parser.ts";

/** What to list. Keys are full ones. */
export interface VersionsRange {
  readonly prefix: string;
  /** Begins after this key. */
  readonly after: string | undefined;
  readonly maxKeys: number;
}

/**
 * The versions of each key together, newest first, keys in order. Holds one page and one key's versions.
 *
 * @throws SyncError `protocol` when the server's order makes no sense, or its pages lead back
 */
export async function* versionsByKey(
  api: S3Api,
  range: VersionsRange,
  signal: AbortSignal,
): AsyncGenerator<readonly (readonly ListedVersion[])[], void, undefined> {
  const { prefix, after, maxKeys } = range;
  const request = (mark: VersionsMark | undefined): Promise<VersionsPage> =>
    api.listVersions({ prefix, maxKeys, mark }, signal);
  let next: Promise<VersionsPage> | undefined = request(
    after === undefined ? undefined : { key: after, versionId: undefined },
  );
  const marks = new PageMarks("ListObjectVersions", api.bucket);
  /** The versions of the last key: the next page may have more of them. */
  let open: ListedVersion[] = [];
  while (next !== undefined) {
    const { versions, next: mark }: VersionsPage = await next;
    if (mark !== undefined) marks.pass(`${mark.versionId ?? ""}/${mark.key}`);
    next = mark === undefined ? undefined : request(mark);
    next?.catch(() => undefined);
    const complete: ListedVersion[][] = [];
    // Not all servers leave out what was on the page before. Ids are unique within a key only: many are "null".
    const [unfinished] = open;
    const known = new Set(open.map(({ versionId }) => versionId));
    for (const version of versions) {
      const [first] = open;
      const order = first === undefined ? 1 : compareKeys(version.key, first.key);
      if (order < 0) throw unordered(api, version, first);
      if (order === 0) {
        if (first !== unfinished || !known.has(version.versionId)) open.push(version);
      }
      // Not all servers leave out the versions of the key to begin after.
      else if (after === undefined || compareKeys(version.key, after) > 0) {
        if (open.length > 0) complete.push(open);
        open = [version];
      }
    }
    if (next === undefined && open.length > 0) complete.push(open);
    if (complete.length > 0) yield complete;
  }
}

function unordered(
  { bucket }: S3Api,
  { key }: ListedVersion,
  before: ListedVersion | undefined,
): SyncError {
  return new SyncError(
    "protocol",
    `the listing of the versions in s3://${bucket} is not in order: ${JSON.stringify(key)} came after ${JSON.stringify(before?.key)}`,
    { operation: "ListObjectVersions", bucket, key },
  );
}

/**
 * The version that was there at a time: the newest one that is not younger. `undefined` if there was none, or
 * if it was deleted then.
 *
 * @param versions of one key, newest first: that decides between two of the same time
 * @param timeMs milliseconds since 1970
 */
export function versionAt(
  versions: readonly ListedVersion[],
  timeMs: number,
): ListedVersion | undefined {
  let newest: ListedVersion | undefined;
  for (const version of versions) {
    const isOlder = newest !== undefined && version.mtimeMs <= newest.mtimeMs;
    if (version.mtimeMs <= timeMs && !isOlder) newest = version;
  }
  return newest?.isMarker === true ? undefined : newest;
}
