/**
 * The state file of two-way syncs, in the format of s3-bsync: which directories belong to which prefixes, and what
 * both sides held when they were last in step. Pure.
 *
 * The document of the format leaves two things open: integers are big-endian here, times are Unix seconds.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { ByteReader, type ByteSource } from "./byte-reader.ts";

/** A directory and the prefix that it is kept in step with. */
export interface DirectoryMap {
  /** An absolute path. */
  readonly path: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  /** Whether what lies below in further directories belongs to it. */
  readonly recursive: boolean;
}

/** An object that both sides held. */
export interface TrackedObject {
  /** The full key in its bucket. */
  readonly key: string;
  /** S3's LastModified, in seconds since 1970. */
  readonly modifiedAt: number;
  /** Without quotes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** All that is kept of one bucket. */
export interface BucketState {
  readonly name: string;
  readonly maps: readonly DirectoryMap[];
  /** In the order of their keys' bytes. */
  readonly objects: Iterable<TrackedObject>;
}

/** What a state file holds. */
export interface State {
  /** When the last run ended, in seconds since 1970; 0: never. */
  readonly syncedAt: number;
  readonly buckets: readonly BucketState[];
}

const signature = [0x9d, 0x9f, 0x53, 0x33] as const;
const version = 0x01;

/** The bytes that say what follows. */
const control = {
  bucket: 0x90,
  bucketEnd: 0x91,
  map: 0x92,
  mapEnd: 0x93,
  object: 0x94,
  objectEnd: 0x95,
  md5: 0x96,
  text: 0x97,
  metadata: 0x9a,
  metadataEnd: 0x9b,
} as const;

const md5Form = /^[0-9a-f]{32}$/;
const md5Length = 16;
const chunkBytes = 64 * 1024;

/**
 * Encodes a state, piece by piece, so that objects can come from a disk.
 *
 * @throws SyncError `damaged-state` for what the format cannot hold
 */
export function* encodeState({ syncedAt, buckets }: State): Generator<Uint8Array, void, undefined> {
  let writer = new ByteWriter();
  writer.bytes(...signature, version, control.metadata);
  writer.integer(syncedAt);
  writer.bytes(control.metadataEnd);
  for (const { name, maps, objects } of buckets) {
    writer.bytes(control.bucket);
    writer.text(name);
    for (const map of maps) writeMap(writer, map);
    for (const object of objects) {
      writeObject(writer, object);
      if (writer.length < chunkBytes) continue;
      yield writer.finish();
      writer = new ByteWriter();
    }
    writer.bytes(control.bucketEnd);
  }
  yield writer.finish();
}

function writeMap(writer: ByteWriter, { path, prefix, recursive }: DirectoryMap): void {
  writer.bytes(control.map);
  writer.text(path);
  writer.text(prefix);
  writer.bytes(recursive ? 1 : 0, control.mapEnd);
}

function writeObject(writer: ByteWriter, object: TrackedObject): void {
  const { key, modifiedAt, etag, size } = object;
  writer.bytes(control.object);
  writer.text(key);
  writer.integer(modifiedAt);
  if (md5Form.test(etag)) writer.bytes(control.md5, ...Buffer.from(etag, "hex"));
  else {
    writer.bytes(control.text);
    writer.text(etag);
  }
  writer.integer(size);
  writer.bytes(control.objectEnd);
}

class ByteWriter {
  private buffer = Buffer.allocUnsafe(chunkBytes + 4096);
  length = 0;

  bytes(...values: readonly number[]): void {
    this.makeRoom(values.length);
    for (const value of values) this.buffer[this.length++] = value;
  }

  integer(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw damaged(`${value} is no number that a state file can hold`);
    }
    this.makeRoom(8);
    this.length = this.buffer.writeBigUInt64BE(BigInt(value), this.length);
  }

  text(value: string): void {
    if (value.includes("\0") || !value.isWellFormed()) {
      throw damaged(`${JSON.stringify(value)} holds a character that a state file cannot hold`);
    }
    this.makeRoom(value.length * 3 + 1);
    this.length += this.buffer.write(value, this.length);
    this.buffer[this.length++] = 0;
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private makeRoom(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe((this.length + more) * 2);
    this.buffer.copy(larger);
    this.buffer = larger;
  }
}

/** What is kept of a bucket besides objects. */
export type BucketOutline = Omit<BucketState, "objects">;

/** What a state file holds besides objects. */
export interface StateOutline extends Pick<State, "syncedAt"> {
  readonly buckets: readonly BucketOutline[];
}

/**
 * Decodes a state file as a whole.
 *
 * @throws SyncError `damaged-state`
 */
export function decodeState(source: ByteSource): State {
  const objects = new Map<BucketOutline, TrackedObject[]>();
  const { syncedAt, buckets } = scanState(source, (bucket, object) => {
    const found = objects.get(bucket);
    if (found === undefined) objects.set(bucket, [object]);
    else found.push(object);
  });
  return {
    syncedAt,
    buckets: buckets.map((bucket) => ({ ...bucket, objects: objects.get(bucket) ?? [] })),
  };
}

/** Hears of the objects of a state file, one after the other. */
export type ObjectSink = (bucket: BucketOutline, object: TrackedObject) => void;

/**
 * Reads a state file from one end to the other.
 *
 * @param take hears of each object. Without it only their bounds are looked at
 * @throws SyncError `damaged-state`, with the place, when it is none, cut, damaged, or of another version
 */
export function scanState(source: ByteSource, take?: ObjectSink): StateOutline {
  const reader = new ByteReader(source);
  for (const byte of signature) {
    if (reader.byte() !== byte) throw damaged("it is no state file: its first bytes are others");
  }
  const itsVersion = reader.byte();
  if (itsVersion !== version) {
    throw damaged(`it has version ${itsVersion}, and this program knows version ${version}`);
  }
  reader.expect(control.metadata, "the metadata");
  const syncedAt = reader.integer();
  reader.expect(control.metadataEnd, "the end of the metadata");
  const buckets: BucketOutline[] = [];
  while (!reader.isAtEnd) {
    reader.expect(control.bucket, "a bucket");
    buckets.push(scanBucket(reader, take));
  }
  return { syncedAt, buckets };
}

function scanBucket(reader: ByteReader, take: ObjectSink | undefined): BucketOutline {
  const maps: DirectoryMap[] = [];
  const bucket = { name: reader.text(), maps };
  let hasObjects = false;
  for (;;) {
    const what = reader.byte();
    if (what === control.bucketEnd) return bucket;
    // Maps come before objects.
    if (what === control.map && !hasObjects) maps.push(readMap(reader));
    else if (what === control.object) {
      hasObjects = true;
      if (take === undefined) skipObject(reader);
      else take(bucket, readObject(reader));
    } else throw reader.unexpected(what, "a directory map, an object, or the end of the bucket");
  }
}

function readMap(reader: ByteReader): DirectoryMap {
  const [path, prefix, recursive] = [reader.text(), reader.text(), reader.byte()];
  if (recursive > 1) throw reader.unexpected(recursive, "00 or 01");
  reader.expect(control.mapEnd, "the end of a directory map");
  return { path, prefix, recursive: recursive === 1 };
}

function readObject(reader: ByteReader): TrackedObject {
  const [key, modifiedAt] = [reader.text(), reader.integer()];
  const etag = readETag(reader);
  const size = reader.integer();
  reader.expect(control.objectEnd, "the end of an object");
  return { key, modifiedAt, etag, size };
}

function skipObject(reader: ByteReader): void {
  reader.skipText();
  reader.skip(8);
  const type = reader.byte();
  if (type === control.md5) reader.skip(md5Length);
  else if (type === control.text) reader.skipText();
  else throw reader.unexpected(type, "the type of an ETag");
  reader.skip(8);
  reader.expect(control.objectEnd, "the end of an object");
}

function readETag(reader: ByteReader): string {
  const type = reader.byte();
  if (type === control.md5) return reader.hex(md5Length);
  if (type !== control.text) throw reader.unexpected(type, "the type of an ETag");
  const etag = reader.text();
  if (md5Form.test(etag)) throw reader.broken("an MD5 is written as text");
  return etag;
}

function damaged(what: string): SyncError {
  return new SyncError("damaged-state", what);
}
