/**
 * A store of somebody else's, made of nothing but what the library exports.
 *
 * @module
 */
import {
  asKey,
  type Attributes,
  type Body,
  type Capabilities,
  compareKeys,
  type Entry,
  inRange,
  type Key,
  type KeyRange,
  type Listed,
  type ObjectInfo,
  type Reader,
  type Removal,
  type Store,
  SyncError,
  type Writer,
  type WriteSpec,
  type Written,
} from "../../src/index.ts";

interface Item {
  readonly bytes: Uint8Array;
  readonly mtimeMs: number;
  readonly attributes: Attributes;
}

const nothingKnown: Written = { etag: undefined, versionId: undefined, encryption: undefined };

/** Objects on a shelf: no ETags, no versions, no threads. */
export class ShelfStore implements Store {
  readonly name = "shelf:";
  readonly capabilities: Capabilities = {
    ordered: true,
    cheapRanges: false,
    attributes: true,
    hierarchical: false,
    etags: false,
    digestsFirst: undefined,
    partLimits: undefined,
  };
  isOpen = true;
  private readonly items = new Map<Key, Item>();

  /** Contents as text, and how they are to be cached. */
  show(): Record<string, string> {
    return Object.fromEntries(
      [...this.items].map(([key, { bytes, attributes }]) => {
        const caching = attributes.cacheControl ?? "any";
        return [key, `${Buffer.from(bytes).toString()} (${caching})`];
      }),
    );
  }

  locate(key: Key): string {
    return `shelf:${key}`;
  }

  async *list(range: KeyRange): AsyncGenerator<readonly Listed[], void, undefined> {
    const keys = [...this.items.keys()].filter((key) => inRange(key, range));
    yield keys.toSorted(compareKeys).flatMap((key) => this.entry(key) ?? []);
  }

  async head(key: Key): Promise<ObjectInfo | undefined> {
    const item = this.items.get(asKey(key));
    return item && { ...nothingKnown, ...item, size: item.bytes.byteLength };
  }

  async open({ key }: Entry): Promise<Reader> {
    const info = await this.head(key);
    const bytes = this.items.get(key)?.bytes;
    if (info === undefined || bytes === undefined) {
      throw new SyncError("not-found", `shelf:${key} is not there`, { key });
    }
    return {
      ...{ info, ticket: undefined },
      bytes: async () => bytes,
      read: async (offset, into) => into.set(bytes.subarray(offset, offset + into.byteLength)),
      readPieces: async (offset, length, sink) => sink(bytes.subarray(offset, offset + length)),
      verifyUnchanged: async () => undefined,
      close: async () => undefined,
    };
  }

  async write(spec: WriteSpec, body: Body): Promise<Written> {
    const bytes = body.kind === "bytes" ? body.bytes : await new Response(body.open()).bytes();
    const { key, mtimeMs, attributes } = spec;
    this.items.set(key, { bytes: bytes.slice(), mtimeMs, attributes });
    return nothingKnown;
  }

  async beginWrite(spec: WriteSpec): Promise<Writer> {
    const whole = new Uint8Array(spec.size);
    return {
      ticket: undefined,
      writePart: async ({ number, offset }, body) => {
        const bytes = body.kind === "bytes" ? body.bytes : await new Response(body.open()).bytes();
        whole.set(bytes, offset);
        return { number, etag: undefined };
      },
      commit: () => this.write(spec, { kind: "bytes", bytes: whole }),
      abort: async () => undefined,
    };
  }

  async remove(entries: readonly Entry[]): Promise<readonly Removal[]> {
    for (const { key } of entries) this.items.delete(key);
    return entries.map((entry) => ({ entry, error: undefined }));
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  private entry(key: Key): Entry | undefined {
    const item = this.items.get(key);
    if (item === undefined) return undefined;
    const { bytes, mtimeMs } = item;
    const unknown = { etag: undefined, storageClass: undefined, storeKey: undefined };
    return { kind: "object", key, size: bytes.byteLength, mtimeMs, ...unknown };
  }
}
