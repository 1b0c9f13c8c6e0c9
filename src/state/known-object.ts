/**
 * What an index knows of an object and of the file that holds the same, and when that still counts. Pure.
 *
 * @module
 */
import type { Checksum, ChecksumAlgorithm } from "../core/checksum.ts";
import type { Entry, FileMark } from "../core/entry.ts";
import type { ETag } from "../core/etag.ts";
import type { Key } from "../core/key.ts";
import type { UserMetadata } from "../core/object.ts";

/** An object, as it was listed, read or written. */
export interface KnownObject {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  readonly etag: ETag;
  /** S3's LastModified, in milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Of an object that no listing has shown since it was written: LastModified is not before that, and not after this. */
  readonly untilMs?: number | undefined;
  readonly storageClass?: string | undefined;
  readonly checksum?: Checksum | undefined;
  readonly parts?: KnownParts | undefined;
  readonly metadata?: UserMetadata | undefined;
  /** A file that was shown to hold the very same bytes. */
  readonly file?: FileMark | undefined;
  /** Which run has written the object, by its beginning in milliseconds since 1970; `undefined`: none has. */
  readonly run?: number | undefined;
}

/** The parts in which an object was written. */
export interface KnownParts {
  /** Bytes of each but the last. */
  readonly size: number;
  /** In hexadecimal, in the order of the parts. */
  readonly md5s?: readonly string[] | undefined;
  readonly checksums?:
    { readonly algorithm: ChecksumAlgorithm; readonly values: readonly string[] } | undefined;
}

/** Signatures of the blocks of an object, by which its bytes are found in files. */
export interface KnownBlocks {
  /** Bytes of the object. */
  readonly size: number;
  /** Bytes of each part but the last. Blocks lie within parts. */
  readonly partSize: number;
  /** Bytes of each block. What is left of a part belongs to none. */
  readonly blockBytes: number;
  /** One after the other. */
  readonly signatures: Uint8Array;
}

/** What a listing, or a server that is asked, says of an object. */
type Shown = Pick<Entry, "size" | "etag" | "mtimeMs">;

/** How far clocks may be apart: servers tell whole seconds, and when they sent it. In milliseconds. */
const slackMs = 2000;

/** Whether an object is the very one that is known, and no other one has taken its place. */
export function isSameObject(known: KnownObject, { size, etag, mtimeMs }: Shown): boolean {
  if (known.size !== size || known.etag !== etag) return false;
  return known.untilMs === undefined ? known.modifiedMs === mtimeMs : mayBe(known, mtimeMs);
}

/** The same for what HEAD says, which knows whole seconds only. */
export function isSameHead(known: KnownObject, { size, etag, mtimeMs }: Shown): boolean {
  if (known.size !== size || known.etag !== etag) return false;
  return known.untilMs === undefined
    ? Math.floor(known.modifiedMs / 1000) === Math.floor(mtimeMs / 1000)
    : mayBe(known, mtimeMs);
}

function mayBe({ modifiedMs, untilMs = modifiedMs }: KnownObject, mtimeMs: number): boolean {
  return mtimeMs >= modifiedMs - slackMs && mtimeMs <= untilMs + slackMs;
}

/** By what a file that was listed is known again; `undefined` where its listing did not tell. */
export function markOf({ inode, mtimeMs, ctimeMs }: Entry): FileMark | undefined {
  return inode === undefined || ctimeMs === undefined ? undefined : { inode, mtimeMs, ctimeMs };
}

/** Whether a file is still as it was when it was marked. */
export function isMarked(mark: FileMark, { inode, mtimeMs, ctimeMs }: Entry): boolean {
  return mark.inode === inode && mark.mtimeMs === mtimeMs && mark.ctimeMs === ctimeMs;
}

/** File systems have clocks as coarse as this, in milliseconds. */
const coarsestMs = 2000;

/**
 * Whether a later change would show. What is written twice within a tick of the file system's clock has the same
 * times both times; git knows that as racily clean.
 *
 * @see https://git-scm.com/docs/racy-git
 */
export function isSettled({ mtimeMs, ctimeMs }: FileMark, nowMs: number): boolean {
  return Math.min(mtimeMs, ctimeMs) < nowMs - coarsestMs;
}
