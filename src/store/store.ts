/**
 * The one interface to places where objects live. The engine knows nothing else: it asks capabilities, never
 * kinds. Retry, views, dry run and faults are wrappers, `Store → Store`.
 *
 * Contract, checked by `test/contract` on every implementation:
 * - An absent object makes `head` return `undefined` and everything else throw `not-found`.
 * - A write is all or nothing: a reader sees the old object or the new one, never a part of it.
 * - A listing never repeats a key, and comes in key order if `capabilities.ordered`.
 * - After its signal fired, a call changes nothing more and throws `aborted`.
 *
 * @module
 */
import type { Acl } from "../core/acl.ts";
import type { Annotation } from "../core/annotation.ts";
import type { Checksum, ChecksumRule } from "../core/checksum.ts";
import type { Entry, Gap, Listed } from "../core/entry.ts";
import type { SyncError } from "../core/errors.ts";
import type { ETag } from "../core/etag.ts";
import type { Key, KeyRange } from "../core/key.ts";
import type { Attributes, Expected, ObjectInfo, UserMetadata, Written } from "../core/object.ts";
import type { Traffic, Work } from "../core/traffic.ts";
import type { KeyHistory, Version } from "../core/version.ts";
import type { DigestChoice, Digests } from "../hash/digest.ts";
import type { Body } from "./body.ts";

/** Facts about a store, as data. */
export interface Capabilities {
  /** Listings come in the order of `compareKeys`. */
  readonly ordered: boolean;
  /** A part of the key space costs no more to list than what lies in it. */
  readonly cheapRanges: boolean;
  /** Objects keep headers and metadata. */
  readonly attributes: boolean;
  /** Objects keep tags. Default: as attributes. */
  readonly tags?: boolean;
  /** Keys become paths: `a` and `a/b` cannot both be there. */
  readonly hierarchical: boolean;
  /** Although keys are paths, one that ends with `/` is an object like others and no directory. */
  readonly keepsMarkers?: boolean;
  /** Although objects keep no headers, metadata says what their files are to have besides their bytes. */
  readonly fileMetadata?: boolean;
  /** Objects have ETags made from their bytes. */
  readonly etags: boolean;
  /** Digests that a write wants to send ahead of the bytes; `undefined` if it wants none. */
  readonly digestsFirst: DigestChoice | undefined;
  /** The additional checksum that is kept with what is written. */
  readonly checksum?: ChecksumRule | undefined;
  /** Sizes that parts of a multipart write may have, in bytes; `undefined` if any. */
  readonly partLimits: PartLimits | undefined;
}

/** What a store accepts as parts. */
export interface PartLimits {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxParts: number;
}

/** A slice of an object that is moved on its own. */
export interface Part {
  /** From 1. */
  readonly number: number;
  /** Bytes from the start of the object. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** The store's word for a part that it holds. */
export interface PartReceipt {
  readonly number: number;
  readonly etag: ETag | undefined;
  readonly checksum?: Checksum | undefined;
}

/** Takes the bytes of an object piece by piece, in order. A piece is only good until the promise resolves. */
export type PieceSink = (piece: Uint8Array) => void | Promise<void>;

/** An object opened for reading. Close it. */
export interface Reader {
  readonly info: ObjectInfo;
  /** Lets another thread go on reading this object; `undefined` if it cannot. */
  readonly ticket: Ticket | undefined;
  /** The whole object. */
  bytes(signal: AbortSignal): Promise<Uint8Array>;
  /** Fills `into` with the bytes from `offset` on. */
  read(offset: number, into: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Hands over exactly `length` bytes from `offset` on. Each byte once, also when requests are repeated. */
  readPieces(offset: number, length: number, sink: PieceSink, signal: AbortSignal): Promise<void>;
  /** The same as a stream. Only where reading twice costs no network. */
  stream?(offset: number, length: number): AsyncIterable<Uint8Array>;
  /** Its tags as a query string, asked for if it has any. Empty if it has none. */
  tagging?(signal: AbortSignal): Promise<string>;
  /** Bytes in a part (from 1) of an object that was uploaded in parts, if the store can tell. */
  partSize?(number: number, signal: AbortSignal): Promise<number | undefined>;
  /**
   * Checks that the object is still what it was when it was opened, and still in its place.
   *
   * @throws SyncError `source-changed`
   */
  verifyUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** What is to be written, apart from the bytes. */
export interface WriteSpec {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  /** Stores that can set it give the object this time, in milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly attributes: Attributes;
  /** Refuse with `precondition` if something else is there, as far as the store can tell. */
  readonly expected?: Expected | undefined;
  /** What the caller has seen there. */
  readonly replaces?: Pick<Entry, "size" | "mtimeMs" | "etag"> | undefined;
  /** What is there was written by this very run: nobody will miss it. */
  readonly replacesOwn?: boolean | undefined;
  /** Keep no additional checksum with it. Only of writes in parts. */
  readonly withoutChecksum?: boolean | undefined;
}

/** A write in parts. Commit it or abort it. */
export interface Writer {
  /** Lets another thread write parts; `undefined` if it cannot. */
  readonly ticket: Ticket | undefined;
  /** What the service calls it. */
  readonly uploadId?: string | undefined;
  /** Parts may come in any order and at the same time. */
  writePart(part: Part, body: Body, digests: Digests, signal: AbortSignal): Promise<PartReceipt>;
  /** Writes bytes at a place of the object. Only where parts need not be complete to be written. */
  writeAt?(offset: number, bytes: Uint8Array): Promise<void>;
  /** Makes the object visible. */
  commit(receipts: readonly PartReceipt[], signal: AbortSignal): Promise<Written>;
  /**
   * Throws everything away, also after the run was stopped. Call it when no part is under way any more.
   *
   * @returns what went wrong with that; never throws
   */
  abort(): Promise<SyncError | undefined>;
  /** Lets go of what is written, instead, so that a later run takes it up again. Only of `Resumption.begin`. */
  leave?(): Promise<void>;
}

/**
 * By what a later run finds a write that did not come to its end. Plain data; only the room that made it can read
 * it.
 */
export interface WriteNote {
  readonly kind: string;
}

/** A part that a store holds already. */
export interface HeldPart extends PartReceipt {
  /** Bytes. */
  readonly length: number;
}

/** What is there of a write that was taken up again. */
export type Held =
  /** The store tells of its parts, by their numbers. */
  | { readonly kind: "parts"; readonly parts: ReadonlyMap<number, HeldPart> }
  /** What was written can be read, up to this size. Which parts are complete, only a journal can tell. */
  | {
      readonly kind: "bytes";
      readonly size: number;
      readonly reader: PartReader & { readonly ticket: Ticket | undefined };
    };

/** A part in which an object was written, as its store shows it. */
export interface ShownPart {
  /** Bytes. */
  readonly length: number;
  readonly checksum: Checksum | undefined;
}

/** What it takes to write parts of somebody else's write. */
export type JoinedWriter = PartWriter & Pick<Writer, "ticket">;

/** Writes in parts that a later run can take up again. */
export interface Resumption {
  /** Names an object among those of all places, for any run. */
  address(key: Key): string;
  /** What decides, besides a `WriteSpec`, what is written. To be hashed, and never kept: it may hold secrets. */
  readonly settings: unknown;
  /**
   * Begins a write.
   *
   * @param noteDown keeps by what it is found; waited for before anything is left that could only be found by it
   */
  begin(
    spec: WriteSpec,
    noteDown: (note: WriteNote) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Writer>;
  /** Takes a write up again; `undefined` if there is nothing left of it. Same object, same spec. */
  resume(
    note: WriteNote,
    spec: WriteSpec,
    signal: AbortSignal,
  ): Promise<{ readonly writer: Writer; readonly held: Held } | undefined>;
  /**
   * Writes parts into a write that somebody else has begun, and commits. Asks for nothing. Absent where only one can
   * write at a time.
   *
   * @returns `undefined`: by that note there is none
   */
  join?(note: WriteNote, key: Key): JoinedWriter | undefined;
  /**
   * Throws away what is left of a write.
   *
   * @returns what went wrong with that; never throws
   */
  drop(note: WriteNote, key: Key): Promise<SyncError | undefined>;
}

/** What it takes to read parts. */
export type PartReader = Pick<Reader, "read" | "readPieces" | "stream">;
/** What it takes to write parts. */
export type PartWriter = Pick<Writer, "writePart" | "writeAt">;

/** What became of one entry that was to be removed. */
export interface Removal {
  readonly entry: Entry;
  readonly error: SyncError | undefined;
}

/** Where a storage service finds an object. */
export interface CopyAddress {
  /** Copies work within the same service only. */
  readonly service: string;
  readonly bucket: string;
  /** The full key. */
  readonly key: string;
  /** What the service needs to read it; only the room that made it can use it. */
  readonly customerKey?: unknown;
}

/** Copies within a storage service, without moving bytes through this machine. */
export interface ServerSideCopy {
  /** Whether this store can copy from that one. */
  accepts(source: Store): boolean;
  copy(source: Store, from: CopyOrigin, to: WriteSpec, signal: AbortSignal): Promise<Written>;
  copyPart(
    source: Store,
    from: CopyOrigin,
    part: Part,
    writer: Pick<Writer, "ticket">,
    signal: AbortSignal,
  ): Promise<PartReceipt>;
}

/** The state of an object that a server-side copy wants. */
export interface CopyOrigin {
  /** As the source store itself knows it. */
  readonly storeKey: Key;
  /** `undefined`: the one that is there now. */
  readonly versionId?: string | undefined;
  readonly info: ObjectInfo;
}

/** What stands beside objects, and is asked for and given on its own. */
export interface Companions<KeyKind extends string = Key> {
  acl(key: KeyKind, versionId: string | undefined, signal: AbortSignal): Promise<Acl>;
  setAcl(key: KeyKind, acl: Acl, signal: AbortSignal): Promise<void>;
  annotations(
    key: KeyKind,
    versionId: string | undefined,
    signal: AbortSignal,
  ): Promise<readonly Annotation[]>;
  annotation(
    key: KeyKind,
    versionId: string | undefined,
    name: string,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** Writes it in place of one of the same name. */
  setAnnotation(
    key: KeyKind,
    name: string,
    text: Uint8Array,
    signal: AbortSignal,
  ): Promise<Written>;
  removeAnnotation(key: KeyKind, name: string, signal: AbortSignal): Promise<void>;
}

/** What a store keeps of what was replaced or deleted. */
export interface History {
  /** Whether it keeps that: `undefined` if it never did. */
  status(signal: AbortSignal): Promise<"Enabled" | "Suspended" | undefined>;
  /** The versions of each key of a range together, keys in order. */
  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly (KeyHistory | Gap)[]>;
  head(key: Key, versionId: string, signal: AbortSignal): Promise<ObjectInfo | undefined>;
  /** Deletes versions for good. */
  remove(versions: readonly Version[], signal: AbortSignal): Promise<readonly Removal[]>;
}

/** The reason of a `special-file` error about what cannot be made here. The store has told of it, once for all. */
export const cannotBeMade = "cannot-be-made";

/** A place where objects live. */
export interface Store {
  /** For people: `s3://bucket/prefix`, `/path`. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Lets another thread open the same store. Ask again for each job: what signs requests may change. */
  ticket?(): Promise<Ticket>;
  readonly serverSideCopy?: ServerSideCopy;
  /** Where the service finds an object, for copies from here. */
  copyAddress?(key: Key): CopyAddress;
  /** The full key or path of a key, for people and records. */
  locate(key: Key): string;
  /** Pages of what lies in a range. Nothing is opened or read. */
  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly Listed[]>;
  /** The first key of a range. Only where that costs much less than a page of it. */
  firstKey?(range: KeyRange, signal: AbortSignal): Promise<Key | undefined>;
  /** @param key as the store itself knows it */
  head(key: Key, signal: AbortSignal): Promise<ObjectInfo | undefined>;
  /**
   * The parts in which an object was written, in their order; `undefined` if the store cannot tell, or if there is
   * another object by now.
   */
  shownParts?(entry: Entry, signal: AbortSignal): Promise<readonly ShownPart[] | undefined>;
  /** The keys by which the store itself may know an object. Absent where it is the one that listings show. */
  storeKeysOf?(key: Key): readonly Key[];
  /** @param whole the caller wants all bytes now: a remote store then asks for them right away */
  open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader>;
  /** The key that has the same place as another one, where that is possible at all. */
  otherKey?(key: Key): Key | undefined;
  /** Writes an object at once. */
  write(spec: WriteSpec, body: Body, digests: Digests, signal: AbortSignal): Promise<Written>;
  /** Why a key cannot be written as things are, if so. Only where looking costs no request. */
  refusal?(key: Key): SyncError | undefined;
  /** Begins to write an object in parts. */
  beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer>;
  /** Writes that can be taken up again, where there are such. */
  readonly resumable?: Resumption;
  /** Takes up a reader of another thread. */
  attachReader?(ticket: Ticket): PartReader;
  /** Takes up a writer of another thread. It can write parts, nothing else. */
  attachWriter?(ticket: Ticket): PartWriter;
  /** Removes objects; those that changed since they were listed stay. */
  remove(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Removal[]>;
  /** Gives an object tags, a query string, in place of those that it has. Only where objects have some. */
  setTagging?(key: Key, tagging: string, signal: AbortSignal): Promise<void>;
  /**
   * Brings in step what a file has besides its bytes with what metadata says of it. Only where files have such.
   *
   * @param pretends only find out whether that is necessary
   * @returns whether something differed
   */
  alignFile?(
    entry: Entry,
    metadata: UserMetadata,
    pretends: boolean,
    signal: AbortSignal,
  ): Promise<boolean>;
  /** What stands beside objects, where a store may have that. */
  readonly companions?: Companions;
  /** Older versions, where the store may have some. */
  readonly history?: History;
  /** How far the clock of the service is ahead of ours, in milliseconds, as far as its answers tell. */
  clockOffsetMs?(): number | undefined;
  /** What a piece of work takes in requests, if all goes well. Absent where none are sent. */
  estimate?(work: Work): Traffic;
  close(): Promise<void>;
}

/**
 * Plain data that can be posted to another thread: which store, or which open object of it. Only the room
 * that made it can read it.
 */
export interface Ticket {
  readonly kind: string;
}
