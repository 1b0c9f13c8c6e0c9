/**
 * Reads one file through one descriptor, so that all its bytes come from the same file.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../../../core/errors.ts";
import type { Attributes, ObjectInfo, UserMetadata } from "../../../core/object.ts";
import type { PieceSink, Reader, Ticket } from "../../store.ts";
import { asPromise, type Done, smallBytes, smallCall } from "../calls.ts";
import type { DirectoryHandle } from "../directories/directories.ts";
import { fileError } from "../fs-errors.ts";
import { onDisk } from "../names/disk-names.ts";

/** Lets another thread read through the same descriptor. */
export interface FileTicket extends Ticket {
  readonly kind: "file";
  readonly descriptor: number;
  readonly path: string;
}

const hasDescriptorPaths = process.platform === "linux";
/** Pieces of a streamed file. */
const pieceSize = 256 * 1024;

/** How a file is reached that lies in a tree which others may change. */
export interface GuardedPlace {
  readonly directory: DirectoryHandle;
  readonly name: string;
}

/**
 * Opens a file. A FIFO that took a file's place does not block: it is refused.
 *
 * @param file as people know it
 * @param place where it is, and no link is followed; by its path if nothing is said. The reader leaves the directory.
 * @param tell what else is known of the open file, as metadata
 */
export async function openFile(
  file: string,
  attributes: Attributes,
  place?: GuardedPlace,
  tell?: (descriptor: number) => UserMetadata,
): Promise<FileReader> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  const path = place === undefined ? file : place.directory.path(place.name);
  const flags = O_RDONLY | O_NONBLOCK | (place === undefined ? 0 : (O_NOFOLLOW ?? 0));
  let descriptor: number | undefined;
  try {
    descriptor = await smallCall<number>(
      () => fs.openSync(onDisk(path), flags),
      (done) => fs.open(onDisk(path), flags, done),
    );
    place?.directory.confirm({ name: place.name, descriptor });
    const stats = fs.fstatSync(descriptor);
    if (!stats.isFile()) throw noFile(file);
    const told = tell === undefined ? attributes : { ...attributes, metadata: tell(descriptor) };
    return new FileReader(file, descriptor, stats, told, place);
  } catch (thrown) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    place?.directory.leave();
    throw fileError(thrown, "read", file);
  }
}

/** What is told of a file. */
export function fileInfo({ size, mtimeMs }: fs.Stats, attributes: Attributes): ObjectInfo {
  const unknown = { etag: undefined, versionId: undefined, encryption: undefined };
  return { size, mtimeMs, ...unknown, attributes };
}

function noFile(file: string): SyncError {
  return new SyncError("special-file", `${file} is not a regular file any more`, { path: file });
}

/** An open file. */
export class FileReader implements Reader {
  readonly info: ObjectInfo;
  readonly ticket: FileTicket;

  constructor(
    private readonly file: string,
    private readonly descriptor: number,
    private readonly stats: fs.Stats,
    attributes: Attributes,
    private readonly place?: GuardedPlace,
  ) {
    this.info = fileInfo(stats, attributes);
    this.ticket = { kind: "file", descriptor, path: file };
  }

  async bytes(): Promise<Uint8Array> {
    const into = Buffer.allocUnsafe(this.info.size);
    await this.read(0, into);
    return into;
  }

  read(offset: number, into: Uint8Array): Promise<void> {
    return readFully(this.descriptor, this.file, offset, into);
  }

  readPieces(offset: number, length: number, sink: PieceSink): Promise<void> {
    return readPieces(this.descriptor, this.file, offset, length, sink);
  }

  async *stream(offset: number, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (hasDescriptorPaths && offset === 0 && length === this.info.size) {
      yield* this.streamWhole();
      return;
    }
    for (let at = offset; at < offset + length; at += pieceSize) {
      const piece = Buffer.allocUnsafe(Math.min(pieceSize, offset + length - at));
      await this.read(at, piece);
      yield piece;
    }
  }

  /** A whole file flows through `Bun.file`, by way of our descriptor: the path may be another file's now. */
  private async *streamWhole(): AsyncGenerator<Uint8Array, void, undefined> {
    let seen = 0;
    for await (const piece of Bun.file(`/proc/self/fd/${this.descriptor}`).stream()) {
      seen += piece.byteLength;
      if (seen > this.info.size) throw changed(this.file, "grew");
      yield piece;
    }
    if (seen < this.info.size) throw changed(this.file, "shrank");
  }

  async verifyUnchanged(): Promise<void> {
    const { ino, dev, size, mtimeMs } = this.stats;
    const inPlace = this.statsInPlace();
    const isOurs = inPlace?.ino === ino && inPlace.dev === dev;
    const now = isOurs ? inPlace : fs.fstatSync(this.descriptor);
    if (now.size !== size) throw changed(this.file, now.size > size ? "grew" : "shrank");
    if (now.mtimeMs !== mtimeMs) throw changed(this.file, "was written to");
    // A file that was only removed was still read whole.
    if (inPlace !== undefined && !isOurs) throw changed(this.file, "was replaced");
  }

  private statsInPlace(): fs.Stats | undefined {
    const { place } = this;
    if (place === undefined) return fs.statSync(onDisk(this.file), { throwIfNoEntry: false });
    return fs.lstatSync(onDisk(place.directory.path(place.name)), { throwIfNoEntry: false });
  }

  async close(): Promise<void> {
    fs.closeSync(this.descriptor);
    this.place?.directory.leave();
  }
}

/**
 * Fills a buffer from a descriptor.
 *
 * @throws SyncError `source-changed` when the file ends too soon
 */
export async function readFully(
  descriptor: number,
  file: string,
  offset: number,
  into: Uint8Array,
): Promise<void> {
  let filled = 0;
  while (filled < into.byteLength) {
    const count = await readSome(descriptor, into, filled, offset + filled).catch((thrown) => {
      throw fileError(thrown, "read", file);
    });
    if (count === 0) throw changed(file, "shrank");
    filled += count;
  }
}

/** Hands over a range of a file piece by piece, all through one buffer. */
export async function readPieces(
  descriptor: number,
  file: string,
  offset: number,
  length: number,
  sink: PieceSink,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(pieceSize, length));
  for (let at = 0; at < length; at += pieceSize) {
    const piece = buffer.subarray(0, Math.min(pieceSize, length - at));
    await readFully(descriptor, file, offset + at, piece);
    await sink(piece);
  }
}

function readSome(
  descriptor: number,
  into: Uint8Array,
  start: number,
  position: number,
): Promise<number> {
  const length = into.byteLength - start;
  const waiting = (done: Done<number>): void =>
    fs.read(descriptor, into, start, length, position, done);
  if (length > smallBytes) return asPromise(waiting);
  return smallCall(() => fs.readSync(descriptor, into, start, length, position), waiting, length);
}

function changed(file: string, how: string): SyncError {
  return new SyncError("source-changed", `${file} ${how} while it was read`, {
    operation: "read",
    path: file,
  });
}
