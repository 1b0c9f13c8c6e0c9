/**
 * Objects of a site that no file is behind: index pages of directories, and redirects. A view in which they are listed
 * among the files.
 *
 * @module
 */
import { type Entry, type Listed, storeKeyOf } from "../core/entry.ts";
import { asKey, compareKeys, inRange, type Key, type KeyRange } from "../core/key.ts";
import type { Attributes, ObjectInfo } from "../core/object.ts";
import { md5Of } from "../hash/digest.ts";
import { singleETag } from "../hash/etag.ts";
import { mergeSorted } from "../list/merge-sorted.ts";
import { HeldBytes } from "../store/held-bytes.ts";
import type { Reader, Store } from "../store/store.ts";
import { Wrapper } from "../store/wrap/wrapper.ts";

/** An object that is made. */
export interface MadeObject {
  /** Its ETag is that of its bytes, so that it is sent again only when they differ. */
  readonly entry: Entry;
  /** It is published instead of a file of the same key. */
  readonly wins: boolean;
  readonly attributes: () => Attributes;
  readonly bytes: () => Uint8Array;
}

/** The entry of bytes that are made. */
export function madeEntry(key: string, bytes: Uint8Array, mtimeMs: number): Entry {
  const unknown = { storageClass: undefined, storeKey: undefined };
  const etag = singleETag(md5Of(bytes));
  return { kind: "object", key: asKey(key), size: bytes.byteLength, mtimeMs, etag, ...unknown };
}

/** The view. */
export class WithMadeObjects extends Wrapper {
  private made: Promise<ReadonlyMap<Key, MadeObject>> | undefined;

  /**
   * @param make makes them, when they are wanted for the first time; in any order, each key once
   * @param shelf holds what they need, until the view is closed
   */
  constructor(
    inner: Store,
    private readonly make: (signal: AbortSignal) => Promise<readonly MadeObject[]>,
    private readonly shelf?: Disposable,
  ) {
    super(inner);
  }

  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    const made = await this.all(signal);
    const entries = Array.from(made.values(), ({ entry }) => entry);
    const wins = ({ key }: Listed): boolean => made.get(key)?.wins === true;
    const more = onePage(entries.filter(({ key }) => inRange(key, range)));
    yield* mergeSorted(this.inner.list(range, signal), more, wins);
  }

  override async head(key: Key, signal: AbortSignal): Promise<ObjectInfo | undefined> {
    const made = (await this.all(signal)).get(key);
    return made === undefined ? this.inner.head(key, signal) : infoOf(made);
  }

  override async open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
    const made = (await this.all(signal)).get(storeKeyOf(entry));
    const isFile = made === undefined || made.entry.etag !== entry.etag;
    if (isFile) return this.inner.open(entry, whole, signal);
    return new HeldBytes(infoOf(made), made.bytes());
  }

  override async close(): Promise<void> {
    this.shelf?.[Symbol.dispose]();
    await super.close();
  }

  /** In the order of their keys. */
  private all(signal: AbortSignal): Promise<ReadonlyMap<Key, MadeObject>> {
    this.made ??= this.make(signal).then((objects) => {
      const sorted = objects.toSorted((a, b) => compareKeys(a.entry.key, b.entry.key));
      return new Map(sorted.map((object) => [object.entry.key, object]));
    });
    return this.made;
  }
}

async function* onePage(entries: readonly Entry[]): AsyncGenerator<readonly Listed[]> {
  yield entries;
}

function infoOf({ entry, attributes }: MadeObject): ObjectInfo {
  const { size, mtimeMs, etag } = entry;
  const unknown = { versionId: undefined, encryption: undefined };
  return { size, mtimeMs, etag, ...unknown, attributes: attributes() };
}
