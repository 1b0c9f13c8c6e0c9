/**
 * A store in memory: the reference implementation of the contract, and the engine's test double.
 *
 * @module
 */
import { throwIfAborted } from "../../core/cancel.ts";
import { type Entry, type Listed, storeKeyOf } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { ETag } from "../../core/etag.ts";
import { asKey, compareKeys, inRange, type Key, type KeyRange } from "../../core/key.ts";
import type { Attributes, ObjectInfo, Written } from "../../core/object.ts";
import { type Digests, md5Of } from "../../hash/digest.ts";
import { multipartETag, singleETag } from "../../hash/etag.ts";
import type { Body } from "../body.ts";
import { HeldBytes } from "../held-bytes.ts";
import type {
  Capabilities,
  HeldPart,
  Part,
  PartReceipt,
  Reader,
  Removal,
  Resumption,
  Store,
  WriteNote,
  Writer,
  WriteSpec,
} from "../store.ts";

interface Stored {
  readonly bytes: Uint8Array;
  readonly info: ObjectInfo;
}

const capabilities: Capabilities = {
  ordered: true,
  cheapRanges: true,
  attributes: true,
  hierarchical: false,
  etags: true,
  digestsFirst: undefined,
  partLimits: undefined,
};

/** Keys of a listing page. */
const pageSize = 1000;

/** Objects in memory, with ETags as S3 makes them. */
export class MemoryStore implements Store {
  readonly capabilities = capabilities;
  readonly resumable: Resumption;
  private readonly objects = new Map<Key, Stored>();
  /** Writes that can be taken up again, by their ids. */
  private readonly unfinished = new Map<string, MemoryWriter>();

  /**
   * @param now gives the time of a write, in milliseconds
   */
  constructor(
    readonly name = "memory:",
    private readonly now: () => number = Date.now,
  ) {
    this.resumable = {
      address: (key) => `${this.name}${key}`,
      settings: undefined,
      begin: (spec, noteDown, signal) => this.beginUnfinished(spec, noteDown, signal),
      resume: async (note, { key }) => {
        const writer = this.unfinishedOf(note, key);
        return writer && { writer, held: { kind: "parts", parts: writer.heldParts() } };
      },
      join: (note, key) => this.unfinishedOf(note, key),
      drop: async (note, key) => this.unfinishedOf(note, key)?.abort(),
    };
  }

  /** How many writes can be taken up again. */
  get unfinishedWrites(): number {
    return this.unfinished.size;
  }

  private async beginUnfinished(
    spec: WriteSpec,
    noteDown: (note: WriteNote) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Writer> {
    throwIfAborted(signal);
    const writer = this.newWriter(spec);
    const note: MemoryNote = { kind: "memory", key: spec.key, id: crypto.randomUUID() };
    this.unfinished.set(note.id, writer);
    writer.onEnd = () => void this.unfinished.delete(note.id);
    try {
      await noteDown(note);
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
    return writer;
  }

  private unfinishedOf(note: WriteNote, key: Key): MemoryWriter | undefined {
    const { kind, id, key: itsKey } = note as MemoryNote;
    return kind === "memory" && itsKey === key ? this.unfinished.get(id) : undefined;
  }

  locate(key: Key): string {
    return key;
  }

  /** Puts an object in, for tests. */
  set(key: string, content: Uint8Array | string, attributes: Attributes = { metadata: {} }): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.store(asKey(key), bytes, attributes, singleETag(md5Of(bytes)));
  }

  /** An object's bytes, or `undefined`. */
  get(key: string): Uint8Array | undefined {
    return this.objects.get(asKey(key))?.bytes;
  }

  /** Takes an object out, for tests. */
  delete(key: string): void {
    this.objects.delete(asKey(key));
  }

  /** All keys in order. */
  keys(): Key[] {
    return [...this.objects.keys()].toSorted(compareKeys);
  }

  async *list(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    const keys = this.keys().filter((key) => inRange(key, range));
    for (let at = 0; at < keys.length; at += pageSize) {
      throwIfAborted(signal);
      yield keys.slice(at, at + pageSize).flatMap((key) => this.listOne(key));
    }
  }

  async firstKey(range: KeyRange): Promise<Key | undefined> {
    return this.keys().find((key) => inRange(key, range));
  }

  private listOne(key: Key): Entry[] {
    const info = this.objects.get(key)?.info;
    if (info === undefined) return [];
    const { size, mtimeMs, etag } = info;
    const storageClass = info.attributes.storageClass;
    return [{ kind: "object", key, size, mtimeMs, etag, storageClass, storeKey: undefined }];
  }

  async head(key: Key): Promise<ObjectInfo | undefined> {
    return this.objects.get(key)?.info;
  }

  async open(entry: Entry, _whole: boolean, signal: AbortSignal): Promise<Reader> {
    throwIfAborted(signal);
    const key = storeKeyOf(entry);
    const stored = this.objects.get(key);
    if (stored === undefined) throw new SyncError("not-found", `no object ${key}`, { key });
    return new MemoryReader(stored.info, stored.bytes, () => this.objects.get(key) === stored);
  }

  async write(
    spec: WriteSpec,
    body: Body,
    _digests: Digests,
    signal: AbortSignal,
  ): Promise<Written> {
    const bytes = await collect(body);
    throwIfAborted(signal);
    return this.place(spec, bytes, singleETag(md5Of(bytes)));
  }

  async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    throwIfAborted(signal);
    return this.newWriter(spec);
  }

  private newWriter(spec: WriteSpec): MemoryWriter {
    return new MemoryWriter((bytes, etag) => this.place(spec, bytes, etag));
  }

  async remove(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Removal[]> {
    throwIfAborted(signal);
    return entries.map((entry) => {
      const info = this.objects.get(storeKeyOf(entry))?.info;
      const same =
        info === undefined || (info.etag === entry.etag && info.mtimeMs === entry.mtimeMs);
      if (!same) return { entry, error: changedSinceListing(entry) };
      this.objects.delete(storeKeyOf(entry));
      return { entry, error: undefined };
    });
  }

  async close(): Promise<void> {}

  private place({ key, attributes, expected }: WriteSpec, bytes: Uint8Array, etag: ETag): Written {
    const now = this.objects.get(key)?.info;
    const isOther =
      (expected?.kind === "nothing" && now !== undefined) ||
      (expected?.kind === "etag" && now?.etag !== expected.etag);
    if (isOther) throw new SyncError("precondition", `${key} is not what was expected`, { key });
    return this.store(key, bytes, attributes, etag);
  }

  private store(key: Key, bytes: Uint8Array, attributes: Attributes, etag: ETag): Written {
    const told = { etag, versionId: undefined, encryption: undefined };
    const info = { size: bytes.byteLength, mtimeMs: this.now(), attributes, ...told };
    this.objects.set(key, { bytes, info });
    return told;
  }
}

function changedSinceListing({ key }: Entry): SyncError {
  return new SyncError("precondition", `${key} changed since it was listed and stays`, { key });
}

class MemoryReader extends HeldBytes {
  constructor(
    info: ObjectInfo,
    content: Uint8Array,
    private readonly isCurrent: () => boolean,
  ) {
    super(info, content);
  }

  override async verifyUnchanged(): Promise<void> {
    if (!this.isCurrent()) throw new SyncError("source-changed", "the object was replaced");
  }
}

interface MemoryNote extends WriteNote {
  readonly kind: "memory";
  readonly key: Key;
  readonly id: string;
}

class MemoryWriter implements Writer {
  readonly ticket = undefined;
  /** Hears that there is nothing left to take up. */
  onEnd: () => void = () => undefined;
  private readonly parts = new Map<number, Uint8Array>();
  private aborted = false;

  constructor(private readonly store: (bytes: Uint8Array, etag: ETag) => Written) {}

  async writePart(part: Part, body: Body): Promise<PartReceipt> {
    const bytes = new Uint8Array(await collect(body));
    this.parts.set(part.number, bytes);
    return { number: part.number, etag: singleETag(md5Of(bytes)) };
  }

  async commit(receipts: readonly PartReceipt[], signal: AbortSignal): Promise<Written> {
    throwIfAborted(signal);
    if (this.aborted) throw new SyncError("no-such-upload", "this write was aborted");
    const parts = receipts.map(({ number }) => this.parts.get(number) ?? new Uint8Array(0));
    this.onEnd();
    return this.store(Buffer.concat(parts), multipartETag(parts.map(md5Of)));
  }

  async abort(): Promise<undefined> {
    this.aborted = true;
    this.parts.clear();
    this.onEnd();
  }

  async leave(): Promise<void> {}

  heldParts(): ReadonlyMap<number, HeldPart> {
    return new Map(
      Array.from(this.parts, ([number, bytes]) => [
        number,
        { number, length: bytes.byteLength, etag: singleETag(md5Of(bytes)) },
      ]),
    );
  }
}

async function collect(body: Body): Promise<Uint8Array> {
  if (body.kind === "bytes") return body.bytes;
  const pieces: Uint8Array[] = [];
  for await (const piece of body.open()) pieces.push(piece);
  return Buffer.concat(pieces);
}
