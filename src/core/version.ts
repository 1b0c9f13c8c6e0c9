/**
 * Versions of objects.
 *
 * @module
 */
import type { Entry } from "./entry.ts";
import type { Key } from "./key.ts";

/** A version of an object, or a marker that it was deleted: size 0, no ETag. */
export interface Version extends Entry {
  readonly versionId: string;
  readonly isMarker: boolean;
}

/** All that a store has of a key. */
export interface KeyHistory {
  readonly kind: "history";
  readonly key: Key;
  /** Newest first; at least one. */
  readonly versions: readonly Version[];
}

/** The metadata in which a copy notes which version it is of. Upstream's name for it. */
export const originVersionKey = "s3sync_origin_version_id";

/** The metadata in which a copy notes the time of what it is a copy of. Upstream's name for it. */
export const originTimeKey = "s3sync_origin_last_modified";
