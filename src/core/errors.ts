/**
 * The one error class. Its code says what happened; who catches it decides what that means.
 *
 * @module
 */

/** What went wrong, in the words of someone who has to decide what to do next. */
export type ErrorCode =
  /** The run was told to stop. */
  | "aborted"
  /** Bad option, argument or combination of them. */
  | "usage"
  /** No such object, version or file. */
  | "not-found"
  | "no-such-bucket"
  | "no-such-upload"
  /** The caller may not do this. */
  | "access-denied"
  /** Missing, wrong or expired credentials. */
  | "credentials"
  /** Our clock and the server's differ too much. */
  | "clock-skew"
  /** The bucket lives in another region. */
  | "wrong-region"
  /** A condition (If-Match, If-None-Match) did not hold. */
  | "precondition"
  /** The object must be restored from an archive first. */
  | "archived"
  /** An object is not any more what a plan was made for. */
  | "plan-outdated"
  /** What was to be replaced or deleted could not be put aside first, and stays. */
  | "backup"
  /** The source changed while it was read. */
  | "source-changed"
  /** Bytes arrived that are not the ones that were sent. */
  | "integrity"
  /** What the two sides tell of an object cannot be compared. */
  | "incomparable"
  /** A key that cannot or must not become a local path. */
  | "unsafe-key"
  /** Two keys want the same path, or a file stands where a directory is wanted. */
  | "path-clash"
  /** No space left, or a quota used up: on a disk, or at an S3 server. */
  | "disk-full"
  /** Any other local file system error. */
  | "file-system"
  /** A file name that is no valid UTF-8, hence no key. */
  | "file-name"
  /** A FIFO, socket or device among the files. */
  | "special-file"
  /** A directory that leads back to itself through links. */
  | "link-loop"
  /** Name lookup, connection or TLS. */
  | "network"
  | "certificate"
  | "timeout"
  /** 503 SlowDown, 429. */
  | "throttled"
  /** 5xx. */
  | "server"
  /** An answer that makes no sense: truncated, unordered, not XML. */
  | "protocol"
  /** Any other refusal of a request. */
  | "rejected"
  /** What is kept between runs is not what it should be. */
  | "damaged-state"
  /** Another run is at work on the same. */
  | "locked"
  /** What somebody else's code, called during the run, threw or gave back. */
  | "callback"
  /** This store, server or build cannot do that. */
  | "unsupported"
  /** A bug of ours. */
  | "internal";

/** What was compared by an `integrity` error about an object, for whoever wants more than its message. */
export interface Mismatch {
  readonly of: "etag" | "checksum";
  /** What the source says, or what its bytes make; `undefined`: several values. */
  readonly source?: string | undefined;
  /** The same of the target. */
  readonly target?: string | undefined;
  /** It is about this annotation of the object. */
  readonly annotation?: string | undefined;
}

/** What an error carries besides its message. */
export interface ErrorDetails {
  /** The S3 operation or system call. */
  readonly operation?: string | undefined;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly path?: string | undefined;
  /** HTTP status. */
  readonly status?: number | undefined;
  /** The server's or system's own code: `NoSuchKey`, `ENOSPC`. */
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
  /** What to do about it: one sentence. */
  readonly hint?: string | undefined;
  /** Trying the same again may work. */
  readonly retryable?: boolean | undefined;
  /** Earlier tries failed otherwise, and may have been carried out all the same. */
  readonly repeated?: boolean | undefined;
  readonly mismatch?: Mismatch | undefined;
  /** A guard says so: it stays like that until somebody does something about it. */
  readonly isGuard?: boolean | undefined;
  readonly cause?: unknown;
}

/** The error of every room. The message is one line, says what happened and where. */
export class SyncError extends Error {
  override readonly name = "SyncError";
  readonly code: ErrorCode;
  readonly operation: string | undefined;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly path: string | undefined;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly requestId: string | undefined;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly repeated: boolean;
  readonly mismatch: Mismatch | undefined;
  readonly isGuard: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.operation = details.operation;
    this.bucket = details.bucket;
    this.key = details.key;
    this.path = details.path;
    this.status = details.status;
    this.reason = details.reason;
    this.requestId = details.requestId;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
    this.repeated = details.repeated ?? false;
    this.mismatch = details.mismatch;
    this.isGuard = details.isGuard ?? false;
  }
}

/** Whether something thrown is a {@link SyncError} of one of these codes. */
export function isError(error: unknown, ...codes: readonly ErrorCode[]): error is SyncError {
  return error instanceof SyncError && codes.includes(error.code);
}

/** Wraps whatever was thrown; a {@link SyncError} passes as it is. */
export function toSyncError(error: unknown, operation?: string): SyncError {
  if (error instanceof SyncError) return error;
  if (error instanceof Error && error.name === "AbortError") {
    return new SyncError("aborted", "the run was stopped", { operation, cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new SyncError("internal", message, { operation, cause: error });
}

/** What an error says, and what to do about it, where there is one text for both. */
export function withHint({ message, hint }: SyncError): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

/** What somebody else says, on one line. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
