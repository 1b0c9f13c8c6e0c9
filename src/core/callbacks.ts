/**
 * What somebody else may decide during a run: which objects take part, and what they get in the target. Scripts,
 * modules and users of the library all speak this interface.
 *
 * @module
 */
import type { Checksum } from "./checksum.ts";
import type { Entry } from "./entry.ts";
import { isError, onOneLine, SyncError } from "./errors.ts";
import type { SyncEvent } from "./events.ts";
import type { Attributes, Encryption } from "./object.ts";

/** An object as the source's listing has it. */
export interface ListedObject {
  /** Relative to the prefix. */
  readonly key: string;
  /** The full key, or the path. */
  readonly sourceKey: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
  readonly versionId?: string | undefined;
  /** Without quotes. Files have none. */
  readonly etag?: string | undefined;
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
  /** Whether it is what the key holds now, and no older version. */
  readonly isLatest: boolean;
  /** Not an object, but the note that there is none any more. Only with `enableVersioning`. */
  readonly isDeleteMarker: boolean;
  readonly storageClass?: string | undefined;
}

/** What the head of an object tells: headers, metadata, tags if they go along, encryption, checksum. */
export interface SourceAttributes extends Omit<Attributes, "encryption"> {
  readonly encryption?: Encryption | undefined;
  /** Only where the run needs it. */
  readonly checksum?: Checksum | undefined;
  readonly tagCount?: number | undefined;
}

/** What is known of an object once it is opened. Its size, time and ETag are those of that moment. */
export interface SourceObject extends ListedObject {
  /** The full key that it gets. */
  readonly targetKey: string;
  readonly attributes: SourceAttributes;
}

/** What an object gets in the target: of the source and of the options. Change it and return it. */
export interface UploadAttributes {
  /** A canned ACL, such as `public-read`. */
  acl?: string | undefined;
  cacheControl?: string | undefined;
  contentDisposition?: string | undefined;
  contentEncoding?: string | undefined;
  contentLanguage?: string | undefined;
  contentType?: string | undefined;
  expires?: Date | undefined;
  /** User metadata, without `x-amz-meta-`. */
  metadata: Record<string, string>;
  /** `undefined`: none. */
  tags?: Record<string, string> | undefined;
  storageClass?: string | undefined;
  websiteRedirect?: string | undefined;
  /** `requester`: pay for the request. */
  requestPayer?: string | undefined;
}

/** Whether an object takes part. */
export type Filter = (object: ListedObject) => boolean | Promise<boolean>;

/** What an object gets, or false: it is left out. */
export type Preprocess = (
  object: SourceObject,
  upload: UploadAttributes,
) => UploadAttributes | false | Promise<UploadAttributes | false>;

/** Hears an event. */
export type OnEvent = (event: SyncEvent) => void | Promise<void>;

/**
 * What is called during a run. Filters and preprocessing of several objects may be under way at the same time; what
 * they throw ends the run with an error.
 */
export interface Callbacks {
  /**
   * Whether an object takes part: false leaves it out. Asked of each listed object that the other filters let pass,
   * before the update check, in dry runs and reports too.
   */
  readonly filter?: Filter | undefined;
  /**
   * Called just before an upload to S3, not in dry runs, never for local targets: gives the attributes to send, or
   * false, and the object is left out. Called again when an object is done over.
   */
  readonly preprocess?: Preprocess | undefined;
  /**
   * Hears everything, one event after the other and in order. What it throws is told once, as a warning that does
   * not change the exit code. The run waits for it: when too many events are unheard, no further object is begun,
   * and the run ends when all of them were heard, or a second after it was stopped.
   */
  readonly onEvent?: OnEvent | undefined;
  /** Called at the end of the run, whatever its end. */
  readonly close?: (() => void | Promise<void>) | undefined;
}

/** The names of all callbacks. */
export const callbackNames = [
  "filter",
  "preprocess",
  "onEvent",
  "close",
] as const satisfies (keyof Callbacks)[];

/** A name in an object that is written down which no callback has. Those of a class may have methods of their own. */
export function strangerAmong(callbacks: unknown): string | undefined {
  if (typeof callbacks !== "object" || callbacks === null) return undefined;
  if (Object.getPrototypeOf(callbacks) !== Object.prototype) return undefined;
  return Object.keys(callbacks).find((name) => !callbackNames.some((each) => each === name));
}

/**
 * An entry of a listing, for callbacks.
 *
 * @param sourceKey its full key or path
 */
export function listedObject(entry: Entry, sourceKey: string): ListedObject {
  const { key, size, mtimeMs, versionId, etag, storageClass } = entry;
  const { checksumAlgorithm, checksumType } = entry;
  return {
    ...{ key, sourceKey, size, versionId, etag, storageClass, checksumAlgorithm, checksumType },
    lastModified: new Date(mtimeMs),
    isLatest: entry.isLatest !== false,
    isDeleteMarker: entry.isMarker === true,
  };
}

/** The error for what a callback has thrown. @param place where, if that is known */
export function callbackError(
  name: keyof Callbacks,
  key: string | undefined,
  cause: unknown,
  place?: string,
): SyncError {
  // Whoever runs scripts knows better what is wrong with them.
  if (isError(cause, "callback")) return cause;
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const about = key === undefined ? "" : ` for ${JSON.stringify(key)}`;
  const where = place === undefined ? "" : ` (${place})`;
  return new SyncError(
    "callback",
    `the callback ${name} failed${about}: ${onOneLine(what)}${where}`,
    {
      operation: name,
      key,
      cause,
    },
  );
}
