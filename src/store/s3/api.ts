/**
 * The S3 operations that the S3 store is made of, in our own types. Two implementations: `direct/` over our
 * own wire, and `sdk/` over `@aws-sdk/client-s3` for what the direct one cannot sign. Keys are full keys.
 *
 * @module
 */
import type { Checksum, ChecksumRule } from "../../core/checksum.ts";
import type { ETag } from "../../core/etag.ts";
import type { Attributes, Expected, ObjectInfo, Written } from "../../core/object.ts";
import type { Digests } from "../../hash/digest.ts";
import type { Body } from "../body.ts";
import type { Companions } from "../store.ts";
import type { CustomerKey } from "./encryption.ts";
import type { ListPage } from "./wire/list-parser.ts";
import type { VersionsMark, VersionsPage } from "./wire/versions-parser.ts";

/** A page of a listing to ask for. */
export interface ListRequest {
  readonly prefix: string;
  /** Keys after this one; only for the first page. */
  readonly startAfter: string | undefined;
  readonly token: string | undefined;
  readonly maxKeys: number;
}

/** A page of a listing of versions to ask for. */
export interface VersionsRequest {
  readonly prefix: string;
  /** Where it begins: after that version of that key, or after all of its versions. */
  readonly mark: VersionsMark | undefined;
  readonly maxKeys: number;
}

/** Whether a bucket keeps what is replaced and deleted. */
export type Versioning = "Enabled" | "Suspended" | undefined;

/** Bytes `first` to `last`, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** Which state of an object to read. */
export interface ReadOptions {
  readonly versionId?: string | undefined;
  /** Only if the object still has this ETag; otherwise `source-changed`. */
  readonly ifMatch?: ETag | undefined;
  readonly range?: ByteRange | undefined;
  /** Ask for the additional checksum as well. */
  readonly checksum?: boolean | undefined;
}

/** An object's head, and its bytes on the way. */
export interface ObjectBody {
  /** `size` is the whole object's, also for a range. */
  readonly info: ObjectInfo;
  /** Bytes that this answer holds. */
  readonly length: number;
  bytes(): Promise<Uint8Array>;
  stream(): AsyncIterable<Uint8Array>;
}

/** What is kept with an object that is written, and when it may be written at all. */
export interface WriteHow extends Attributes {
  /** Only if this is there now; otherwise `precondition`. */
  readonly expected?: Expected | undefined;
}

/** An object to copy on the server. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  /** Only if the source still has this ETag; otherwise `source-changed`. */
  readonly ifMatch: ETag | undefined;
  /** What the server needs to read it. */
  readonly customerKey?: CustomerKey | undefined;
}

/** What the server says of a part that it holds. */
export interface PartAnswer {
  readonly etag: ETag;
  readonly checksum?: Checksum | undefined;
}

/** One finished part of a multipart upload. */
export interface UploadedPart extends PartAnswer {
  /** From 1. */
  readonly number: number;
}

/** A part that the server has of an upload. */
export interface ListedPart extends UploadedPart {
  /** Bytes. */
  readonly length: number;
}

/** One page of an upload's parts, by their numbers. */
export interface PartsPage {
  readonly parts: readonly ListedPart[];
  /** The number after which the next page begins; `undefined` if there is none. */
  readonly next: number | undefined;
}

/** A part of an object that was written in parts. */
export interface ObjectPart {
  /** From 1. */
  readonly number: number;
  /** Bytes. */
  readonly length: number;
  readonly checksum: Checksum | undefined;
}

/** What HEAD tells of a part. */
export type HeadedPart = Pick<ObjectPart, "length" | "checksum"> & {
  /** Of the object that it belongs to. */
  readonly etag: ETag | undefined;
};

/** One page of an object's parts, by their numbers. */
export interface ObjectPartsPage {
  /** Of the object that they belong to. */
  readonly etag: ETag | undefined;
  readonly parts: readonly ObjectPart[];
  /** The number after which the next page begins; `undefined` if there is none. */
  readonly next: number | undefined;
}

/** A multipart upload that was begun, and neither completed nor aborted. */
export interface OpenUpload {
  readonly key: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly begunMs: number;
  /** Who began it, as far as the server tells: a name, and an id or an ARN. */
  readonly initiator: string | undefined;
}

/** Where a page of uploads begins: after that one. */
export type UploadsMark = Pick<OpenUpload, "key" | "id">;

/** One page of uploads. */
export interface UploadsPage {
  readonly uploads: readonly OpenUpload[];
  readonly next: UploadsMark | undefined;
}

/** A version of an object, or of its absence. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
}

/** One key, or version of it, that DeleteObjects did not delete. */
export interface DeleteFailure {
  readonly key: string;
  /** Where versions were to be deleted. */
  readonly versionId?: string | undefined;
  readonly reason: string;
  readonly message: string;
}

/** The operations. Every one throws `SyncError`, and `aborted` when its signal fires. */
export interface S3Api {
  readonly bucket: string;
  /** How far the server's clock was ahead of ours at its last answer, in milliseconds. */
  clockOffsetMs?(): number | undefined;
  listObjects(request: ListRequest, signal: AbortSignal): Promise<ListPage>;
  listVersions(request: VersionsRequest, signal: AbortSignal): Promise<VersionsPage>;
  getBucketVersioning(signal: AbortSignal): Promise<Versioning>;
  headObject(key: string, options: ReadOptions, signal: AbortSignal): Promise<ObjectInfo>;
  /**
   * The bytes in a part of an object that was uploaded in parts; `undefined` if it was not, if it has no such
   * part, or if the server does not know HEAD with a part number.
   *
   * @param number from 1
   */
  headPart(
    key: string,
    versionId: string | undefined,
    number: number,
    signal: AbortSignal,
  ): Promise<number | undefined>;
  /** The same with the part's checksum, where the server keeps one. */
  headPartChecksum(
    key: string,
    versionId: string | undefined,
    number: number,
    signal: AbortSignal,
  ): Promise<HeadedPart | undefined>;
  /**
   * The parts of an object of which the server keeps checksums.
   *
   * @param after the number of a part; 0: from the first one on
   */
  listObjectParts(
    key: string,
    versionId: string | undefined,
    after: number,
    signal: AbortSignal,
  ): Promise<ObjectPartsPage>;
  /**
   * @param consume takes the bytes; it may run more than once, because a body that breaks is asked for again.
   *   Bytes that it leaves are let go
   */
  getObject<T>(
    key: string,
    options: ReadOptions,
    consume: (body: ObjectBody) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
  putObject(
    key: string,
    body: Body,
    digests: Digests,
    attributes: WriteHow,
    signal: AbortSignal,
  ): Promise<Written>;
  createMultipartUpload(
    key: string,
    attributes: Attributes,
    checksum: ChecksumRule | undefined,
    signal: AbortSignal,
  ): Promise<string>;
  uploadPart(
    upload: { readonly key: string; readonly id: string },
    number: number,
    body: Body,
    digests: Digests,
    signal: AbortSignal,
  ): Promise<ETag>;
  completeMultipartUpload(
    upload: {
      readonly key: string;
      readonly id: string;
      readonly expected?: Expected | undefined;
    },
    parts: readonly UploadedPart[],
    signal: AbortSignal,
  ): Promise<Written>;
  abortMultipartUpload(
    upload: { readonly key: string; readonly id: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** @param after the number of a part; 0: from the first one on */
  listParts(
    upload: { readonly key: string; readonly id: string },
    after: number,
    signal: AbortSignal,
  ): Promise<PartsPage>;
  listMultipartUploads(
    prefix: string,
    mark: UploadsMark | undefined,
    signal: AbortSignal,
  ): Promise<UploadsPage>;
  copyObject(
    source: CopySource,
    key: string,
    attributes: WriteHow,
    checksum: ChecksumRule | undefined,
    signal: AbortSignal,
  ): Promise<Written>;
  uploadPartCopy(
    source: CopySource,
    range: ByteRange,
    upload: { readonly key: string; readonly id: string },
    number: number,
    signal: AbortSignal,
  ): Promise<PartAnswer>;
  /** An object's tags as a query string; empty if it has none. */
  getObjectTagging(
    key: string,
    versionId: string | undefined,
    signal: AbortSignal,
  ): Promise<string>;
  /** Gives an object tags, a query string, in place of those that it has; empty: none. */
  setObjectTagging(key: string, tagging: string, signal: AbortSignal): Promise<void>;
  /** Deletes an object if it still has this ETag; otherwise `precondition`. */
  deleteObject(key: string, etag: ETag, signal: AbortSignal): Promise<void>;
  /**
   * Deletes up to 1,000 keys. A key that is not there counts as deleted.
   *
   * @param etags what keys must still have to be deleted; not every server knows that. Keys that XML cannot name
   *   are deleted whatever they have
   */
  deleteObjects(
    keys: readonly string[],
    signal: AbortSignal,
    etags?: ReadonlyMap<string, ETag>,
  ): Promise<readonly DeleteFailure[]>;
  /** Deletes up to 1,000 versions for good. One that is not there counts as deleted. */
  deleteVersions(
    versions: readonly ObjectVersion[],
    signal: AbortSignal,
  ): Promise<readonly DeleteFailure[]>;
  readonly companions: Companions<string>;
  /** Lets connections go. */
  close(): void;
}

/** Most keys that one DeleteObjects takes. */
export const mostKeysPerDelete = 1000;
