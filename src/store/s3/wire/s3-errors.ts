/**
 * What the server refuses, and what that means.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @module
 */
import { type ErrorCode, SyncError } from "../../../core/errors.ts";
import { proxyWantsLogin } from "./proxy.ts";
import { withoutSecrets } from "./redact.ts";
import type { HttpResponse } from "./response.ts";
import { isWebPage, notS3Hint } from "./web-page.ts";
import { elementText } from "./xml.ts";

/** A refusal: our error, and what the client needs to try again in a better way. */
export interface Refusal {
  readonly error: SyncError;
  /** The bucket's true region, when the answer names one. */
  readonly region: string | undefined;
  /** How long the server asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The server's time, in milliseconds since 1970. */
  readonly serverTimeMs: number | undefined;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable?: true;
  readonly hint?: string;
  /** What is said where the server says nothing. */
  readonly text?: string;
}

const badKey: Meaning = {
  code: "credentials",
  hint: "Check the access key, the secret and the session token.",
};
const damaged: Meaning = { code: "integrity", retryable: true };
const slowDown: Meaning = { code: "throttled", retryable: true };
const full: Meaning = { code: "disk-full", hint: "Make room there, or have the quota raised." };

/** Characters of a body that is no error document which are told. */
const longestPlainText = 200;

/** By S3 error code. */
const byReason: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: "not-found" },
  NoSuchVersion: { code: "not-found" },
  NotFound: { code: "not-found" },
  NoSuchBucket: { code: "no-such-bucket", hint: "Check the bucket's name, region and endpoint." },
  InvalidBucketName: { code: "no-such-bucket", hint: "Check the bucket's name." },
  NoSuchUpload: { code: "no-such-upload" },
  AccessDenied: { code: "access-denied" },
  AllAccessDisabled: { code: "access-denied" },
  InvalidAccessKeyId: badKey,
  SignatureDoesNotMatch: badKey,
  ExpiredToken: { code: "credentials", hint: "The session token has expired: sign in again." },
  InvalidToken: badKey,
  TokenRefreshRequired: badKey,
  RequestTimeTooSkewed: {
    code: "clock-skew",
    hint: "This machine's clock and the server's differ by more than 15 minutes.",
  },
  PreconditionFailed: { code: "precondition" },
  ConditionalRequestConflict: { code: "precondition" },
  InvalidObjectState: {
    code: "archived",
    hint: "Restore the object from its archive first.",
  },
  OperationAborted: { code: "server", retryable: true },
  SlowDown: slowDown,
  ServiceUnavailable: slowDown,
  TooManyRequests: slowDown,
  RequestLimitExceeded: slowDown,
  RequestTimeout: { code: "timeout", retryable: true },
  InternalError: { code: "server", retryable: true },
  BadDigest: damaged,
  XAmzContentSHA256Mismatch: damaged,
  XAmzContentChecksumMismatch: damaged,
  PermanentRedirect: { code: "wrong-region" },
  TemporaryRedirect: { code: "wrong-region" },
  AuthorizationHeaderMalformed: { code: "wrong-region" },
  IllegalLocationConstraintException: { code: "wrong-region" },
  // Ceph's name; MinIO's two.
  QuotaExceeded: full,
  XMinioAdminBucketQuotaExceeded: full,
  XMinioStorageFull: full,
  NotImplemented: { code: "unsupported" },
  KeyTooLongError: { code: "unsafe-key" },
  XMinioInvalidObjectName: { code: "unsafe-key" },
  XMinioInvalidResourceName: { code: "unsafe-key" },
  XMinioObjectExistsAsDirectory: { code: "path-clash" },
  XMinioParentIsObject: { code: "path-clash" },
  // versitygw, over a file system.
  ObjectParentIsFile: { code: "path-clash" },
  ExistingObjectIsDirectory: { code: "path-clash" },
  DirectoryObjectContainsData: { code: "path-clash" },
};

/** By HTTP status, for answers without a code (HEAD) or with one we do not know. */
const byStatus: Readonly<Record<number, Meaning>> = {
  301: { code: "wrong-region" },
  307: { code: "wrong-region" },
  401: badKey,
  403: { code: "access-denied" },
  404: { code: "not-found" },
  407: { code: "network", hint: proxyWantsLogin.hint, text: proxyWantsLogin.text },
  408: { code: "timeout", retryable: true },
  412: { code: "precondition" },
  416: { code: "source-changed" },
  429: slowDown,
  500: { code: "server", retryable: true },
  501: { code: "unsupported" },
  502: { code: "server", retryable: true },
  503: slowDown,
  504: { code: "server", retryable: true },
  507: full,
};

const wrongRegionHint = "Set the bucket's region (--region or AWS_REGION).";

/** Where an error happened. */
export interface Place {
  readonly operation: string;
  readonly bucket: string;
  readonly key: string | undefined;
  readonly repeated?: boolean | undefined;
  /** The headers of the request. What is secret of them is not told, though the server may. */
  readonly sent?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a refusal out of an answer. Consumes its body.
 *
 * @throws SyncError when its body is cut and the status alone would be final: a bare 404 says that an object is gone,
 *   where the document may have named an upload
 */
export async function readRefusal(response: HttpResponse, place: Place): Promise<Refusal> {
  const xml = await bodyText(response);
  const where = { ...place, sent: response.sent };
  const error = refusalError(xml, response.status, where, response.header("x-amz-request-id"));
  const told = response.header("x-amz-bucket-region") ?? elementText(xml, "Region");
  const region = told === undefined ? undefined : withoutSecrets(told, response.sent);
  const date = Date.parse(response.header("date") ?? "");
  return {
    error,
    region: region === "" ? undefined : region,
    retryAfterMs: retryAfter(response.header("retry-after")),
    serverTimeMs: Number.isNaN(date) ? undefined : date,
  };
}

async function bodyText(response: HttpResponse): Promise<string> {
  try {
    const text = new TextDecoder().decode(await response.bytes());
    const isCut = text.includes("<Error") && !text.includes("</Error>");
    if (!isCut) return text;
    throw new SyncError("protocol", "an error document without its end", { retryable: true });
  } catch (thrown) {
    if (byStatus[response.status]?.retryable === true) return "";
    throw thrown;
  }
}

/**
 * Makes the error for an error document. Also for those that come with status 200 (CopyObject,
 * CompleteMultipartUpload).
 */
export function refusalError(
  xml: string,
  status: number,
  place: Place,
  requestId = elementText(xml, "RequestId"),
): SyncError {
  const reason = elementText(xml, "Code");
  const isPage = reason === undefined && isWebPage(xml);
  const message = isPage
    ? "a web page, not S3's answer"
    : (elementText(xml, "Message") ?? plainText(withoutSecrets(xml, place.sent)));
  const error = namedError({ reason, message, status, requestId }, place);
  if (!isPage || error.hint !== undefined || error.retryable) return error;
  return new SyncError(error.code, error.message, { ...error, hint: notS3Hint });
}

/** What something that is not S3 says: a proxy, or a TLS port that is spoken to in plain HTTP. */
function plainText(body: string): string | undefined {
  if (body.includes("<")) return undefined;
  const [line = ""] = body.trim().split("\n");
  return line === "" ? undefined : line.slice(0, longestPlainText);
}

/** Makes the error for an S3 error code, or for a status if there is no code. */
export function namedError(
  said: {
    readonly reason: string | undefined;
    readonly message: string | undefined;
    readonly status: number;
    readonly requestId: string | undefined;
  },
  place: Place,
): SyncError {
  const { status } = said;
  const [reason, message, requestId] = [said.reason, said.message, said.requestId].map((text) =>
    text === undefined ? undefined : withoutSecrets(text, place.sent),
  );
  const meaning: Meaning =
    (reason !== undefined && Object.hasOwn(byReason, reason) ? byReason[reason] : undefined) ??
    byStatus[status] ??
    (status === 200 ? { code: "server", retryable: true } : { code: "rejected" });
  const what = [reason ?? `HTTP ${status}`, message ?? meaning.text]
    .filter((part) => part !== undefined)
    .join(": ");
  return new SyncError(meaning.code, `${place.operation} of ${nameOf(place)} failed: ${what}`, {
    ...place,
    status,
    reason,
    requestId,
    retryable: meaning.retryable,
    hint: meaning.hint ?? (meaning.code === "wrong-region" ? wrongRegionHint : undefined),
  });
}

/** `s3://bucket/key`. */
export function nameOf(place: Place): string {
  return `s3://${place.bucket}${place.key === undefined ? "" : `/${place.key}`}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** What to say where a server has no annotations. */
export function noAnnotations(bucket: string, key: string): SyncError {
  return new SyncError("unsupported", `the server of s3://${bucket} has no object annotations`, {
    operation: "ListObjectAnnotations",
    bucket,
    key,
    hint: "Leave out the options about annotations.",
  });
}
