/**
 * Writes one file: into a temporary file beside it, and into place when all is there.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { throwIfAborted } from "../../../core/cancel.ts";
import type { FileMark } from "../../../core/entry.ts";
import type { Expected, Written } from "../../../core/object.ts";
import type { Digests } from "../../../hash/digest.ts";
import type { Body } from "../../body.ts";
import type { Part, PartReceipt, Ticket, Writer } from "../../store.ts";
import type { Dress } from "../attributes/dress.ts";
import { asPromise, type Done, smallBytes, smallCall, syncDescriptor } from "../calls.ts";
import type { DirectoryHandle } from "../directories/directories.ts";
import { takenForOne } from "../directories/in-the-way.ts";
import { fileError } from "../fs-errors.ts";
import { onDisk } from "../names/disk-names.ts";
import { newTempName } from "../names/temp-name.ts";
import { changedSinceListing, isSameFile } from "./same-file.ts";
import { withoutZeros } from "./sparse.ts";

/** Lets another thread write into the same temporary file. */
export interface TempFileTicket extends Ticket {
  readonly kind: "temp-file";
  readonly descriptor: number;
  readonly path: string;
  /** Where nothing but zeros is to be, nothing is written. */
  readonly isSparse: boolean;
}

/** Files have no ETag of their own. */
const nothingToTell: Written = { etag: undefined, versionId: undefined, encryption: undefined };

/** Where a file is to be, and what it is to look like. */
export interface Place {
  readonly directory: DirectoryHandle;
  readonly name: string;
  /** The path as people know it. */
  readonly path: string;
  /** Bytes, when all is there. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  /** What has to be there still when the file takes its place; `undefined`: anything. */
  readonly expected?: Expected | undefined;
  /** Wait until the disk has it before it counts as written. */
  readonly sync: boolean;
  /** What it gets besides its bytes. */
  readonly dress?: Dress | undefined;
  /** Puts a file that is one with others in place, where it is not yet. */
  readonly together?: ((temp: string, put: () => Promise<void>) => Promise<void>) | undefined;
  /** Tell by what the file is known again. */
  readonly tells?: boolean | undefined;
}

/** What the user's mask leaves of it. */
const usualMode = 0o666;
const privateMode = 0o600;

/**
 * Creates the temporary file. The mode is the user's default. Leaves the directory at the end.
 *
 * @param tempName may end with `.part`: then it can be left, and what it holds can be read
 */
export async function createTemp(place: Place, tempName = newTempName()): Promise<FileWriter> {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const { directory } = place;
  const temp = directory.path(tempName);
  let writer: FileWriter | undefined;
  try {
    const flags = O_RDWR | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);
    const mode = place.dress?.isPrivate === true ? privateMode : usualMode;
    const descriptor = await smallCall<number>(
      () => fs.openSync(onDisk(temp), flags, mode),
      (done) => fs.open(onDisk(temp), flags, mode, done),
    );
    writer = new FileWriter(place, temp, descriptor, true);
    directory.confirm({ name: tempName, descriptor });
    directory.learnFrom(tempName);
    return writer;
  } catch (thrown) {
    if (writer === undefined) directory.leave();
    else await writer.abort();
    throw fileError(thrown, "write", place.path);
  }
}

/** @throws SyncError `path-clash` when something of another name would be replaced */
function requireOwnName({ directory, name, path: file }: Place): void {
  const actual = directory.nameOf(name) ?? name;
  if (actual !== name) throw takenForOne(file, path.join(path.dirname(file), actual));
}

/** Right before it would be lost. The system knows no renaming with a condition. */
function requireExpected(place: Place): void {
  const { directory, name, path: file, expected } = place;
  if (expected === undefined) return;
  const stats = fs.lstatSync(onDisk(directory.path(name)), { throwIfNoEntry: false });
  if (stats === undefined || isExpected(stats, expected)) return;
  // Another run may have written the very same.
  if (!looksLike(stats, place)) throw changedSinceListing(file, "write");
}

/** Renames under way, by what file systems may take for one name: of two such, the second has to see the first. */
const coming = new Map<string, Promise<void>>();

/** Puts a complete file into its place, if nothing of another name is there. */
export async function putInPlace(temp: string, place: Place): Promise<void> {
  const { directory, name, path: file } = place;
  const id = file.normalize("NFC").toUpperCase();
  for (let other = coming.get(id); other !== undefined; other = coming.get(id)) await other;
  requireOwnName(place);
  requireExpected(place);
  directory.confirm();
  const done = rename(temp, directory.path(name));
  const settled = done.catch(() => undefined);
  coming.set(id, settled);
  try {
    await done;
  } finally {
    coming.delete(id);
  }
  directory.confirm();
}

/** A file being written. */
export class FileWriter implements Writer {
  readonly ticket: TempFileTicket;
  private fileOpen = true;
  private ended = false;

  /** @param isEmpty nothing is in it yet: where something is, zeros have to be written over it */
  constructor(
    private readonly place: Place,
    private readonly temp: string,
    private readonly descriptor: number,
    isEmpty: boolean,
  ) {
    const isSparse = isEmpty && place.dress?.isSparse === true;
    this.ticket = { kind: "temp-file", descriptor, path: place.path, isSparse };
    if (isSparse) fs.ftruncateSync(descriptor, place.size);
  }

  async writePart(part: Part, body: Body, _digests: Digests): Promise<PartReceipt> {
    await writeBody(this.ticket, part.offset, body);
    return { number: part.number, etag: undefined };
  }

  writeAt(offset: number, bytes: Uint8Array): Promise<void> {
    return writeAt(this.ticket, offset, bytes);
  }

  async commit(_receipts: readonly PartReceipt[], signal: AbortSignal): Promise<Written> {
    throwIfAborted(signal);
    const { directory, path: file, mtimeMs, sync, dress, together } = this.place;
    let written: Written;
    try {
      fs.futimesSync(this.descriptor, mtimeMs / 1000, mtimeMs / 1000);
      dress?.put({ kind: "descriptor", descriptor: this.descriptor });
      if (sync) await syncDescriptor(this.descriptor);
      const own = this.place.tells === true ? fs.fstatSync(this.descriptor) : undefined;
      this.closeFile();
      const put = (): Promise<void> => putInPlace(this.temp, this.place);
      await (together === undefined ? put() : together(this.temp, put));
      if (sync) await directory.sync();
      written =
        own === undefined ? nothingToTell : { ...nothingToTell, file: markOf(own, this.place) };
    } catch (thrown) {
      await this.abort();
      throw fileError(thrown, "write", file);
    }
    this.end();
    return written;
  }

  async abort(): Promise<undefined> {
    if (this.ended) return;
    try {
      this.closeFile();
    } catch {
      // What the disk says about a file that is thrown away does not matter.
    }
    try {
      fs.unlinkSync(onDisk(this.temp));
    } catch {
      // The disk may be gone: the next run removes what is left.
    }
    this.end();
  }

  async leave(): Promise<void> {
    if (this.ended) return;
    try {
      this.closeFile();
    } finally {
      this.end();
    }
  }

  private closeFile(): void {
    const wasOpen = this.fileOpen;
    // Also when closing fails: the descriptor is gone, and another file may have its number.
    this.fileOpen = false;
    if (wasOpen) fs.closeSync(this.descriptor);
  }

  private end(): void {
    this.ended = true;
    this.place.directory.leave();
  }
}

/** By what a file is known that has just come into its place; `undefined` if somebody has been faster. */
function markOf(own: fs.Stats, { directory, name }: Place): FileMark | undefined {
  const now = fs.lstatSync(onDisk(directory.path(name)), { throwIfNoEntry: false });
  if (now === undefined || now.ino !== own.ino || now.size !== own.size) return undefined;
  const { ino: inode, mtimeMs, ctimeMs } = now;
  return mtimeMs === own.mtimeMs ? { inode, mtimeMs, ctimeMs } : undefined;
}

/** A link is replaced whatever is expected, and a directory stays by itself. */
function isExpected(stats: fs.Stats, expected: Expected): boolean {
  if (!stats.isFile()) return true;
  if (expected.kind === "nothing") return false;
  return expected.kind === "etag" || isSameFile(stats, expected);
}

/** Whether a file is what a run would leave alone. Times that were set are not kept to the last digit. */
function looksLike(stats: fs.Stats, { size, mtimeMs }: Place): boolean {
  return stats.size === size && Math.abs(stats.mtimeMs - mtimeMs) < 1;
}

/** Writes a body at a place of a file. */
export async function writeBody(ticket: TempFileTicket, offset: number, body: Body): Promise<void> {
  if (body.kind === "bytes") return writeAt(ticket, offset, body.bytes);
  let at = offset;
  for await (const piece of body.open()) {
    await writeAt(ticket, at, piece);
    at += piece.byteLength;
  }
}

/** Writes bytes at a place of a file. */
export async function writeAt(
  { descriptor, path: file, isSparse }: TempFileTicket,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  try {
    if (!isSparse) return await writeFully(descriptor, bytes, offset);
    for (const { start, end } of withoutZeros(bytes)) {
      await writeFully(descriptor, bytes.subarray(start, end), offset + start);
    }
  } catch (thrown) {
    throw fileError(thrown, "write", file);
  }
}

async function writeFully(descriptor: number, bytes: Uint8Array, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    done += await writeSome(descriptor, bytes, done, offset + done);
  }
}

function writeSome(
  descriptor: number,
  bytes: Uint8Array,
  start: number,
  position: number,
): Promise<number> {
  const length = bytes.byteLength - start;
  const waiting = (done: Done<number>): void =>
    fs.write(descriptor, bytes, start, length, position, done);
  if (length > smallBytes) return asPromise(waiting);
  return smallCall(() => fs.writeSync(descriptor, bytes, start, length, position), waiting, length);
}

function rename(from: string, to: string): Promise<void> {
  return smallCall<void>(
    () => fs.renameSync(onDisk(from), onDisk(to)),
    (done) => fs.rename(onDisk(from), onDisk(to), (error) => done(error, undefined)),
  );
}
