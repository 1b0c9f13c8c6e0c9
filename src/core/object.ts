/**
 * What is known about one object beyond its listing, and what is said when one is written.
 *
 * @module
 */
import type { Checksum } from "./checksum.ts";
import type { Entry, FileMark } from "./entry.ts";
import type { ETag } from "./etag.ts";
import type { Key } from "./key.ts";

/** The headers that S3 keeps with an object and gives back. Absent ones are `undefined`. */
export interface SystemMetadata {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
  /** As sent: an HTTP date, unless somebody stored something else. */
  readonly expires?: string | undefined;
  readonly websiteRedirect?: string | undefined;
}

/** User metadata: names in lower case, without `x-amz-meta-`. */
export type UserMetadata = Readonly<Record<string, string>>;

/** What travels with an object besides its bytes. */
export interface Attributes extends SystemMetadata {
  readonly metadata: UserMetadata;
  readonly storageClass?: string | undefined;
  /** As a query string: `a=1&b=2`. Empty: no tags; `undefined`: a copy on the server keeps those it finds. */
  readonly tagging?: string | undefined;
  /** A canned ACL. It is only said, never told. */
  readonly acl?: string | undefined;
  /** How the server is to keep it, where that is not for the bucket to say. It is only said, too. */
  readonly encryption?: ServerEncryption | undefined;
  /** `requester`: who writes pays for it. It is only said, never told. */
  readonly requestPayer?: string | undefined;
}

/** How the server keeps an object's bytes; an ETag is an MD5 only for `AES256` and none. */
export type Encryption = "AES256" | "aws:kms" | "aws:kms:dsse" | "customer-key";

/** Encryption with a key that the server keeps. */
export interface ServerEncryption {
  readonly kind: Exclude<Encryption, "customer-key">;
  readonly kmsKeyId: string | undefined;
}

/** What a store tells of one object when asked for it. */
export interface ObjectInfo {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly etag: ETag | undefined;
  readonly versionId: string | undefined;
  readonly encryption: Encryption | undefined;
  readonly kmsKeyId?: string | undefined;
  /** Only where it was asked for. */
  readonly checksum?: Checksum | undefined;
  /** How many tags it has, if any. */
  readonly tagCount?: number | undefined;
  readonly attributes: Attributes;
}

/**
 * The entry of an object that was asked for, with what a listing would most likely show of it.
 *
 * @param storeKey the key in its own store, if it has another one there
 */
export function entryOf(key: Key, { size, mtimeMs, etag }: ObjectInfo, storeKey?: Key): Entry {
  return { kind: "object", key, size, mtimeMs, etag, storageClass: undefined, storeKey };
}

/** What a store must hold under a key for a write to happen. */
export type Expected =
  | { readonly kind: "nothing" }
  | { readonly kind: "etag"; readonly etag: ETag }
  /** Something without an ETag: of so many bytes, last modified then, in milliseconds since 1970. */
  | { readonly kind: "file"; readonly size: number; readonly mtimeMs: number };

/** What a store tells of an object just written. */
export interface Written {
  readonly etag: ETag | undefined;
  readonly versionId: string | undefined;
  readonly encryption: Encryption | undefined;
  readonly checksum?: Checksum | undefined;
  /** Of a file, where that is asked for. */
  readonly file?: FileMark | undefined;
}
