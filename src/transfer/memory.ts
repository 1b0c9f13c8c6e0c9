/**
 * What transfers tell to, and learn from, whatever remembers objects from run to run.
 *
 * @module
 */
import type { ChecksumAlgorithm } from "../core/checksum.ts";
import type { Entry } from "../core/entry.ts";
import type { Attributes, ObjectInfo, UserMetadata, Written } from "../core/object.ts";
import type { KnownBlocks, KnownParts } from "../state/known-object.ts";

/** The parts in which an object was moved, with what is known of each of them. */
export interface SentParts {
  /** Bytes of each but the last. */
  readonly size: number;
  readonly md5s: readonly Uint8Array[];
  /** Base64. */
  readonly checksums:
    { readonly algorithm: ChecksumAlgorithm; readonly values: readonly string[] } | undefined;
  /** Signatures of its blocks, if they were made. */
  readonly blocks?: KnownBlocks | undefined;
}

/** An object that has reached the target, and is what was sent as far as anybody has looked. */
export interface Sent {
  readonly entry: Entry;
  /** The source's, as it was read. */
  readonly info: ObjectInfo;
  readonly written: Written;
  /** An ETag or a checksum has shown that both sides hold the same bytes. */
  readonly isProven: boolean;
  /** What it was written with. */
  readonly attributes?: Attributes | undefined;
  readonly parts?: SentParts | undefined;
}

/** Remembers objects. An object counts as known only while its ETag, size and LastModified are still the same. */
export interface Memory {
  sent(sent: Sent): void;
  /** The metadata of a listed object; `undefined` if it is not known. */
  metadataOf(object: Entry): UserMetadata | undefined;
  /** The parts in which a listed object was written, with what is known of each. */
  partsOf(object: Entry): KnownParts | undefined;
  /** The blocks of a listed object that was written in parts. Its ETag is enough: they are only hints. */
  blocksOf(object: Entry): KnownBlocks | undefined;
  /** A listed object was asked for its metadata. */
  learn(object: Entry, metadata: UserMetadata): void;
}
