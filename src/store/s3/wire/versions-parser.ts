/**
 * Reads a page of ListObjectVersions: versions and delete markers in the order in which they stand. Servers that list
 * all versions and then all markers of a page are put right.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { parseETag } from "../../../core/etag.ts";
import { compareKeys } from "../../../core/key.ts";
import { decodeKey, type ListedObject, parseTime } from "./contents-reader.ts";
import { elementText } from "./xml.ts";

/** A version of an object, or a marker that it was deleted: size 0, no ETag. */
export interface ListedVersion extends ListedObject {
  readonly versionId: string;
  /** What a request without a version gets. */
  readonly isLatest: boolean;
  readonly isMarker: boolean;
}

/** Where the next page begins. */
export interface VersionsMark {
  readonly key: string;
  readonly versionId: string | undefined;
}

/** One page. */
export interface VersionsPage {
  /** Keys in order, the newest version of each first. */
  readonly versions: readonly ListedVersion[];
  readonly next: VersionsMark | undefined;
}

const operation = "ListObjectVersions";
const either = /<(Version|DeleteMarker)>/g;

/**
 * Reads a ListObjectVersions answer.
 *
 * @throws SyncError `protocol` when the text is cut or is something else
 */
export function parseVersionsPage(xml: string): VersionsPage {
  if (!xml.includes("</ListVersionsResult>")) {
    throw new SyncError("protocol", `the listing is incomplete or not a ${operation} answer`, {
      operation,
      retryable: true,
    });
  }
  const versions: ListedVersion[] = [];
  let head = "";
  let at = 0;
  const isEncoded = elementText(xml, "EncodingType") === "url";
  either.lastIndex = 0;
  for (let found = either.exec(xml); found !== null; found = either.exec(xml)) {
    const [opening, name = ""] = found;
    const from = found.index + opening.length;
    const end = xml.indexOf(`</${name}>`, from);
    if (end === -1) throw nonsense(`no end of ${name}`);
    head += xml.slice(at, found.index);
    at = end;
    either.lastIndex = end;
    versions.push(readVersion(xml.slice(from, end), name === "DeleteMarker", isEncoded));
  }
  const next = nextMark(head + xml.slice(at), isEncoded);
  return { versions: areApart(versions) ? versions.toSorted(newestFirst) : versions, next };
}

/** Whether all versions stand before all markers, or after them: then their order says nothing. */
function areApart(versions: readonly ListedVersion[]): boolean {
  const changes = versions.filter(({ isMarker }, at) => isMarker !== versions[at - 1]?.isMarker);
  return changes.length === 2;
}

/**
 * The order of a listing, for versions and markers that are given apart: by key, the newest first. Of those of the
 * same time the order that they have stays; dates of many servers have whole seconds.
 */
export function newestFirst(a: ListedVersion, b: ListedVersion): number {
  return (
    compareKeys(a.key, b.key) || Number(b.isLatest) - Number(a.isLatest) || b.mtimeMs - a.mtimeMs
  );
}

function readVersion(inner: string, isMarker: boolean, isEncoded: boolean): ListedVersion {
  const { key, damaged } = decodeKey(elementText(inner, "Key") ?? "", isEncoded);
  const versionId = elementText(inner, "VersionId");
  const mtimeMs = parseTime(elementText(inner, "LastModified") ?? "");
  const size = isMarker ? 0 : Number(elementText(inner, "Size") ?? Number.NaN);
  const isSound = key !== "" && versionId !== undefined && Number.isSafeInteger(size);
  if (!isSound || Number.isNaN(mtimeMs)) {
    throw nonsense(`a version without a key, an id, a size or a date: ${JSON.stringify(key)}`);
  }
  const etag = isMarker ? undefined : elementText(inner, "ETag");
  return {
    ...{ key, damaged, size, mtimeMs, versionId, isMarker },
    etag: etag === undefined ? undefined : parseETag(etag),
    storageClass: elementText(inner, "StorageClass"),
    checksumAlgorithm: elementText(inner, "ChecksumAlgorithm"),
    checksumType: elementText(inner, "ChecksumType"),
    isLatest: elementText(inner, "IsLatest") === "true",
  };
}

function nextMark(head: string, isEncoded: boolean): VersionsMark | undefined {
  if (elementText(head, "IsTruncated") !== "true") return undefined;
  const key = elementText(head, "NextKeyMarker") ?? "";
  if (key === "") throw nonsense("there is more, and nothing says how to go on");
  const versionId = elementText(head, "NextVersionIdMarker");
  return {
    key: decodeKey(key, isEncoded).key,
    versionId: versionId === "" ? undefined : versionId,
  };
}

function nonsense(what: string): SyncError {
  return new SyncError("protocol", `the listing makes no sense: ${what}`, {
    operation,
    retryable: true,
  });
}
