/**
 * Listings of a bucket: as it is, as it was at some time, and of buckets that know no order.
 *
 * @module
 */
import type { Entry, Gap, Listed } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import { asKey, compareKeys, inRange, type Key, type KeyRange } from "../../core/key.ts";
import type { KeyHistory, Version } from "../../core/version.ts";
import type { S3Api } from "./api.ts";
import { PageMarks } from "./page-marks.ts";
import { versionAt, versionsByKey } from "./versions.ts";
import type { ListedObject } from "./wire/contents-reader.ts";
import type { ListPage } from "./wire/list-parser.ts";
import type { ListedVersion } from "./wire/versions-parser.ts";

/** What to list, and how. */
export interface ListingOptions {
  /** Taken literally; may be empty. */
  readonly prefix: string;
  /** Keys per page, 1 to 1,000. */
  readonly maxKeys: number;
  /** Whether listings come in key order, and can begin after a key. Those of directory buckets do not. */
  readonly ordered: boolean;
  /** Show what the bucket held at this time, in milliseconds since 1970, instead of what it holds. */
  readonly pointInTimeMs?: number | undefined;
}

/** Lists what lies below a prefix, by keys without it. */
export class BucketListing {
  constructor(
    private readonly api: S3Api,
    private readonly options: ListingOptions,
  ) {}

  private get name(): string {
    return `s3://${this.api.bucket}/${this.options.prefix}`;
  }

  /** Pages of what lies in a range. */
  pages(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    const { pointInTimeMs } = this.options;
    if (pointInTimeMs !== undefined) return this.listAt(pointInTimeMs, range, signal);
    return this.options.ordered
      ? this.listInOrder(range, signal)
      : this.listInDisorder(range, signal);
  }

  private async *listInOrder(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[]> {
    const { prefix, maxKeys } = this.options;
    const request = (token: string | undefined): Promise<ListPage> =>
      this.api.listObjects(
        {
          prefix: prefix + range.prefix,
          startAfter: range.after === undefined ? undefined : prefix + range.after,
          token,
          maxKeys,
        },
        signal,
      );
    const marks = this.marks();
    let last = range.after === undefined ? "" : prefix + range.after;
    let next: Promise<ListPage> | undefined = request(undefined);
    while (next !== undefined) {
      const { objects, nextToken: token }: ListPage = await next;
      if (token !== undefined) marks.pass(token);
      // The next page is on its way while this one is used.
      next = token === undefined || pastEnd(objects, prefix, range) ? undefined : request(token);
      next?.catch(() => undefined);
      yield this.toListed(objects, range, last);
      last = objects.findLast(({ damaged }) => !damaged)?.key ?? last;
    }
  }

  private async *listAt(
    timeMs: number,
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[]> {
    const { prefix, maxKeys } = this.options;
    const after = range.after === undefined ? undefined : prefix + range.after;
    const wanted = { prefix: prefix + range.prefix, after, maxKeys };
    for await (const groups of versionsByKey(this.api, wanted, signal)) {
      const there = groups.flatMap((versions) => versionAt(versions, timeMs) ?? []);
      yield this.toListed(there, range, after ?? "");
      const last = groups.at(-1)?.[0]?.key ?? "";
      if (pastEnd([{ key: last }], prefix, range)) return;
    }
  }

  /** The versions of each key together. */
  async *histories(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly (KeyHistory | Gap)[]> {
    const { prefix, maxKeys } = this.options;
    const after = range.after === undefined ? undefined : prefix + range.after;
    const wanted = { prefix: prefix + range.prefix, after, maxKeys };
    let before = after ?? "";
    for await (const groups of versionsByKey(this.api, wanted, signal)) {
      const found: (KeyHistory | Gap)[] = [];
      for (const versions of groups) {
        const [first] = versions;
        if (first === undefined) continue;
        const key = asKey(first.key.slice(prefix.length));
        if (first.damaged) found.push(this.damaged(first, asKey(before.slice(prefix.length))));
        else if (key !== "" && inRange(key, range)) {
          found.push({
            kind: "history",
            key,
            versions: versions.map((each) => toVersion(key, each)),
          });
        }
        if (!first.damaged) before = first.key;
      }
      yield found;
      if (pastEnd([{ key: before }], prefix, range)) return;
    }
  }

  /** A directory bucket takes whole directories as prefixes only, and no key to begin after. */
  private async *listInDisorder(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[]> {
    const { prefix, maxKeys } = this.options;
    const wanted = prefix + range.prefix;
    const directory = wanted.slice(0, wanted.lastIndexOf("/") + 1);
    const marks = this.marks();
    let token: string | undefined;
    do {
      const request = { prefix: directory, startAfter: undefined, token, maxKeys };
      const page: ListPage = await this.api.listObjects(request, signal);
      yield page.objects.flatMap((object): Listed[] => {
        if (object.damaged) return [this.damaged(object, asKey(""))];
        if (!object.key.startsWith(wanted)) return [];
        const key = asKey(object.key.slice(prefix.length));
        return key !== "" && inRange(key, range) ? [toEntry(key, object)] : [];
      });
      token = page.nextToken;
      if (token !== undefined) marks.pass(token);
    } while (token !== undefined);
  }

  private marks(): PageMarks {
    return new PageMarks("ListObjectsV2", this.api.bucket);
  }

  /** Turns full keys into relative ones, and makes sure that they come in order, and are what was asked for. */
  private toListed(objects: readonly ListedObject[], range: KeyRange, before: string): Listed[] {
    const { prefix } = this.options;
    const wanted = prefix + range.prefix;
    const listed: Listed[] = [];
    let last = before;
    for (const object of objects) {
      if (object.damaged) {
        listed.push(this.damaged(object, asKey(last.slice(prefix.length))));
        continue;
      }
      if (!object.key.startsWith(wanted)) throw this.foreign(object, wanted);
      if (compareKeys(object.key, last) <= 0) throw this.unordered(object, last);
      last = object.key;
      const key = asKey(object.key.slice(prefix.length));
      if (range.until !== undefined && compareKeys(key, range.until) > 0) break;
      // A marker of the prefix itself is no object below it.
      if (key === "") continue;
      listed.push(toEntry(key, object));
    }
    return listed;
  }

  private foreign(object: ListedObject, prefix: string): SyncError {
    return new SyncError(
      "protocol",
      `the listing of ${this.name} shows ${JSON.stringify(object.key)}, which does not begin with ${JSON.stringify(prefix)}`,
      { operation: "ListObjectsV2", bucket: this.api.bucket, key: object.key },
    );
  }

  private unordered(object: ListedObject, last: string): SyncError {
    return new SyncError(
      "protocol",
      `the listing of ${this.name} is not in order: ${JSON.stringify(object.key)} came after ${JSON.stringify(last)}`,
      { operation: "ListObjectsV2", bucket: this.api.bucket, key: object.key },
    );
  }

  /** What can be shown of the key does not stand where its bytes do: the gap is told at the key before it. */
  private damaged({ key }: ListedObject, before: Key): Gap {
    const error = new SyncError(
      "file-name",
      `the key ${JSON.stringify(key)} of ${this.name} is not valid UTF-8`,
      { operation: "ListObjectsV2", bucket: this.api.bucket, key },
    );
    return { kind: "gap", key: before, error };
  }

  /** The first key of a range. */
  async firstKey(range: KeyRange, signal: AbortSignal): Promise<Key | undefined> {
    const { prefix } = this.options;
    const startAfter = range.after === undefined ? undefined : prefix + range.after;
    // A marker of the prefix itself is no key, so that one more is wanted.
    const request = { prefix: prefix + range.prefix, startAfter, token: undefined, maxKeys: 2 };
    const { objects } = await this.api.listObjects(request, signal);
    const keys = objects.map((object) => asKey(object.key.slice(prefix.length)));
    const first = keys.find((key) => key !== "");
    return first !== undefined && inRange(first, range) ? first : undefined;
  }
}

function pastEnd(
  objects: readonly Pick<ListedObject, "key">[],
  prefix: string,
  range: KeyRange,
): boolean {
  const last = objects.at(-1);
  if (last === undefined || range.until === undefined) return false;
  return compareKeys(last.key.slice(prefix.length), range.until) > 0;
}

function toEntry(key: Key, object: ListedObject | ListedVersion): Entry {
  return {
    kind: "object",
    key,
    size: object.size,
    mtimeMs: object.mtimeMs,
    etag: object.etag,
    storageClass: object.storageClass,
    checksumAlgorithm: object.checksumAlgorithm,
    checksumType: object.checksumType,
    ...("versionId" in object ? versionOf(object) : {}),
    storeKey: undefined,
  };
}

function versionOf({ versionId, isLatest }: ListedVersion): Pick<Entry, "versionId" | "isLatest"> {
  return isLatest ? { versionId } : { versionId, isLatest };
}

function toVersion(key: Key, version: ListedVersion): Version {
  const { versionId, isMarker } = version;
  return { ...toEntry(key, version), versionId, isMarker };
}
