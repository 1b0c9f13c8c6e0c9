/**
 * What an error about one object means for the run.
 *
 * @module
 */
import type { ErrorCode, SyncError } from "../core/errors.ts";

/** A warning is told and the run goes on; an error ends it. */
export type Severity = "warning" | "error";

/** Trouble of one object that says nothing about the others. */
const aboutOneObject: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "not-found",
  "precondition",
  "archived",
  "plan-outdated",
  "source-changed",
  "integrity",
  "incomparable",
  "unsafe-key",
  "path-clash",
  "file-name",
  "special-file",
  "link-loop",
]);

/**
 * Operations on one object where "access denied" means that object. Elsewhere it means the whole bucket or
 * directory, and going on would only repeat it. As upstream.
 */
const deniedForOneObject: ReadonlySet<string> = new Set([
  "GetObject",
  "HeadObject",
  "GetObjectTagging",
  "PutObject",
  "PutObjectTagging",
  "DeleteObjects",
  "read",
  "list",
  "examine",
  "delete",
]);

/** Decides how grave an error is. */
export function severityOf(error: SyncError, warningsAreErrors: boolean): Severity {
  const mild =
    aboutOneObject.has(error.code) ||
    (error.code === "access-denied" && deniedForOneObject.has(error.operation ?? ""));
  // A digest that does not fit stays a warning whatever the user says, as upstream.
  if (mild && warningsAreErrors && error.code !== "integrity") return "error";
  return mild ? "warning" : "error";
}

/**
 * Failures after which the rest may still be deleted: the object is gone, or it can never be in this target.
 * After any other one the target may hold the only copy of what could not be transferred.
 */
const harmlessFailures: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "not-found",
  "unsafe-key",
  "path-clash",
  "special-file",
]);

/** Operations on what is written: what they do not find is not the source's object. */
const writes: ReadonlySet<string> = new Set([
  "CreateMultipartUpload",
  "UploadPart",
  "CompleteMultipartUpload",
  "PutObject",
]);

/** Whether nothing may be deleted after a failure to send an object. */
export function endangersDeletions({ code, operation }: SyncError): boolean {
  if (code === "not-found" && writes.has(operation ?? "")) return true;
  return !harmlessFailures.has(code);
}

/** What a server, or a look at the source, says before anything is written. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "access-denied",
  "credentials",
  "not-found",
  "precondition",
  "rejected",
  "archived",
  "unsafe-key",
]);

/** Whether what failed may have been done all the same: nobody has heard of it then. */
export function mayBeDone({ code, repeated }: SyncError): boolean {
  return repeated || !refusals.has(code);
}
