/**
 * What SQS refuses, and what that means.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 * @module
 */
import type { Queue } from "../../config/queue.ts";
import { type ErrorCode, onOneLine, SyncError } from "../../core/errors.ts";
import { fieldsIn } from "../../core/json.ts";
import { withoutSecrets } from "../../store/s3/wire/redact.ts";
import type { HttpResponse } from "../../store/s3/wire/response.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable?: true;
  readonly hint?: string;
}

const badKey: Meaning = {
  code: "credentials",
  hint: "Queues are asked with the source's keys: check the access key, the secret and the token.",
};
const noQueue: Meaning = { code: "not-found", hint: "Check the queue's URL, and its region." };
const denied: Meaning = {
  code: "access-denied",
  hint: "Allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility on the queue.",
};
const slowDown: Meaning = { code: "throttled", retryable: true };

const byReason: Readonly<Record<string, Meaning>> = {
  QueueDoesNotExist: noQueue,
  "AWS.SimpleQueueService.NonExistentQueue": noQueue,
  QueueDeletedRecently: noQueue,
  InvalidAddress: noQueue,
  AccessDenied: denied,
  AccessDeniedException: denied,
  KmsAccessDenied: denied,
  IncompleteSignature: badKey,
  InvalidClientTokenId: badKey,
  InvalidSecurity: badKey,
  MissingAuthenticationToken: badKey,
  NotAuthorized: denied,
  OptInRequired: denied,
  SignatureDoesNotMatch: badKey,
  InvalidSignatureException: badKey,
  UnrecognizedClientException: badKey,
  ExpiredToken: badKey,
  ExpiredTokenException: badKey,
  RequestExpired: { code: "clock-skew" },
  OverLimit: slowDown,
  RequestThrottled: slowDown,
  Throttling: slowDown,
  ThrottlingException: slowDown,
  KmsThrottled: slowDown,
};

const byStatus: Readonly<Record<number, Meaning>> = {
  401: badKey,
  403: denied,
  404: noQueue,
  408: { code: "timeout", retryable: true },
  429: slowDown,
};

/** A refusal, and what the next try needs to know. */
export interface QueueRefusal {
  readonly error: SyncError;
  /** The server's time, in milliseconds since 1970. */
  readonly serverTimeMs: number | undefined;
}

/** Characters of what the service says that are told. */
const longestMessage = 300;

/** Makes the error for an answer that is none. Reads its body. */
export async function readQueueRefusal(
  response: HttpResponse,
  operation: string,
  queue: Queue,
): Promise<QueueRefusal> {
  const { reason, message } = saidIn(await response.text());
  const { status } = response;
  const known = reason !== undefined && Object.hasOwn(byReason, reason);
  const meaning: Meaning =
    (known ? byReason[reason] : undefined) ?? byStatus[status] ?? rest(status);
  const said = [reason ?? `HTTP ${status}`, message].filter((part) => part !== undefined);
  const text = withoutSecrets(said.join(": "), response.sent);
  const error = new SyncError(meaning.code, `${operation} of ${queue.url} failed: ${text}`, {
    operation,
    status,
    reason,
    requestId: response.header("x-amzn-requestid"),
    retryable: meaning.retryable,
    hint: meaning.hint,
  });
  const date = Date.parse(response.header("date") ?? "");
  return { error, serverTimeMs: Number.isNaN(date) ? undefined : date };
}

function rest(status: number): Meaning {
  return status >= 500 ? { code: "server", retryable: true } : { code: "rejected" };
}

/** `com.amazonaws.sqs#QueueDoesNotExist`, or without a name space; some say `Message`, some `message`. */
function saidIn(body: string): { reason: string | undefined; message: string | undefined } {
  const said = fieldsIn(body) ?? {};
  const type = typeof said["__type"] === "string" ? said["__type"] : undefined;
  const message = said["message"] ?? said["Message"];
  return {
    reason: type?.slice(type.lastIndexOf("#") + 1),
    message: typeof message === "string" ? onOneLine(message).slice(0, longestMessage) : undefined,
  };
}
