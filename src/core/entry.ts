/**
 * What a listing yields.
 *
 * @module
 */
import type { SyncError } from "./errors.ts";
import type { ETag } from "./etag.ts";
import type { FileType } from "./file-attributes.ts";
import type { Key } from "./key.ts";

/** An object or a regular file, with all that a listing tells about it. */
export interface Entry {
  readonly kind: "object";
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  /** Last modification, in milliseconds since 1970 (fractions for local files). */
  readonly mtimeMs: number;
  readonly etag: ETag | undefined;
  readonly storageClass: string | undefined;
  /** The additional checksum that is kept with it, as far as the listing names one. */
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
  /** What it is in a file system, where that is no regular file and counts as an object all the same. */
  readonly fileType?: Exclude<FileType, "file"> | undefined;
  /** How many things lie in it, where it is a directory. */
  readonly children?: number | undefined;
  /** By which the system knows a file, whatever its name. Only where it is asked for. */
  readonly inode?: number | undefined;
  /** When anything about the file changed last, in milliseconds since 1970. Only where it is asked for. */
  readonly ctimeMs?: number | undefined;
  /** Its bytes are made when it is opened: what is listed as its size is that of what they are made of. */
  readonly isMade?: boolean | undefined;
  /** The key of the same listing that has the same bytes. Once they are in the target, they can be copied there. */
  readonly copyOf?: Key | undefined;
  /** Which version of the object it is; `undefined`: the one that is there now. */
  readonly versionId?: string | undefined;
  /** False for a version that another one, or a deletion, has taken the place of. */
  readonly isLatest?: boolean | undefined;
  /** Not an object, but the note that it was deleted; only among versions. */
  readonly isMarker?: boolean | undefined;
  /** The key in the entry's own store, where a view gives it another one (see `store/wrap`). */
  readonly storeKey: Key | undefined;
}

/** By what a file is known again without being read. Times in milliseconds since 1970, as exact as the system tells. */
export interface FileMark {
  readonly inode: number;
  readonly mtimeMs: number;
  /** When anything about it changed last: it tells of what sets the other time back. */
  readonly ctimeMs: number;
}

/** A local directory; its key ends with `/`. */
export interface Directory {
  readonly kind: "directory";
  readonly key: Key;
}

/** A symbolic link, FIFO, socket or device where only files are wanted. Present, but not an object. */
export interface Special {
  readonly kind: "special";
  readonly key: Key;
  readonly what: "link" | "fifo" | "socket" | "device";
}

/**
 * A key of which nothing could be learned, and with it everything below it (`key/…`). Unknown is not absent:
 * whatever lies in a gap gets no action on either side.
 */
export interface Gap {
  readonly kind: "gap";
  readonly key: Key;
  readonly error: SyncError;
}

/** One item of a listing. Items come in key order. */
export type Listed = Entry | Directory | Special | Gap;

/** The key by which a store itself knows an entry. */
export function storeKeyOf(entry: Entry): Key {
  return entry.storeKey ?? entry.key;
}
