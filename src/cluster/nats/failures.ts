/**
 * What it means when the client of NATS throws: that it is to be tried again, or what to tell.
 *
 * @module
 */
import { JetStreamApiError } from "@nats-io/jetstream";
import {
  AuthorizationError,
  ClosedConnectionError,
  ConnectionError,
  InvalidArgumentError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from "@nats-io/transport-node";

import { onOneLine, SyncError } from "../../core/errors.ts";

/** To be tried again. */
export class Passing extends Error {}

/** The connection broke: nobody knows what became of what was asked. */
export class LostConnection extends Passing {}

/** Codes of JetStream that are asked for here. Source: `server/errors.json` of nats-server. */
export const codes = {
  noPeers: 10_005,
  consumerNameInUse: 10_013,
  consumerNotFound: 10_014,
  notEnabledForAccount: 10_039,
  nameInUse: 10_058,
  streamNotFound: 10_059,
  lastMessageId: 10_070,
  wrongSequence: 10_071,
  noReplicas: 10_074,
  notEnabled: 10_076,
  storeFailed: 10_077,
  consumerExists: 10_148,
  repeatedInProcess: 10_158,
  sequenceUnknown: 10_164,
} as const;

/** Refusals of this kind stay refusals. */
const lasting: readonly number[] = [codes.notEnabledForAccount, codes.notEnabled, codes.noReplicas];
/** Storage is full: of the disk, or by a limit of the account. */
const full: readonly number[] = [10_002, 10_023, 10_028, 10_047, 10_122];
/** Errors of status 500 that pass: a leader is being chosen, a server is coming back. */
const passing: readonly number[] = [10_006, 10_007, 10_009, 10_118, 10_119, 10_194, 10_195];

/** The code of JetStream's own error; `undefined`: it is another. */
export function apiCode(thrown: unknown): number | undefined {
  if (thrown instanceof JetStreamApiError) return thrown.code;
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause instanceof JetStreamApiError ? cause.code : undefined;
}

/** Whether the same may go well in a moment: no server, no leader, no answer. */
export function isPassing(thrown: unknown): boolean {
  const code = apiCode(thrown);
  if (code !== undefined) {
    if (lasting.includes(code) || full.includes(code)) return false;
    const { status } = thrown as JetStreamApiError;
    return status === 503 || passing.includes(code) || code === codes.repeatedInProcess;
  }
  if (thrown instanceof Passing || thrown instanceof TimeoutError) return true;
  if (thrown instanceof RequestError) return !(thrown.cause instanceof PermissionViolationError);
  // "JetStream is not enabled" is what the client makes of a cluster without a leader.
  return isNobody(thrown);
}

/** Whether nobody listens to what was asked: no leader now, or no JetStream at all. */
export function isNobody(thrown: unknown): boolean {
  const { cause } = thrown instanceof Error ? thrown : {};
  if (thrown instanceof RequestError) return thrown.isNoResponders();
  return cause instanceof RequestError && cause.isNoResponders();
}

/**
 * An error of ours for what is not tried again.
 *
 * @param servers their name, for people
 */
export function natsError(thrown: unknown, operation: string, servers: string): SyncError {
  if (thrown instanceof SyncError) return thrown;
  const details = { operation, cause: thrown };
  const code = apiCode(thrown);
  const text = onOneLine(thrown instanceof Error ? thrown.message : String(thrown));
  if (code !== undefined) return apiError(code, text, { ...details, reason: String(code) });
  const violation = [thrown, thrown instanceof Error ? thrown.cause : undefined].find(
    (each) => each instanceof PermissionViolationError,
  );
  if (violation !== undefined) {
    const { subject } = violation;
    const message = `the NATS servers ${servers} do not let us use ${subject}`;
    return new SyncError("access-denied", message, { ...details, hint: permissions });
  }
  if (isRefusal(thrown)) return refused(servers, details);
  if (thrown instanceof InvalidArgumentError) return new SyncError("internal", text, details);
  return connectionError(thrown, text, servers, details);
}

/** Whether servers do not take us for who we say we are. */
export function isRefusal(thrown: unknown): boolean {
  return (
    (thrown instanceof AuthorizationError && !/timeout/i.test(thrown.message)) ||
    thrown instanceof UserAuthenticationExpiredError
  );
}

const permissions =
  'What workers need, and who only looks, is listed in the README: "What a user of NATS may do".';

interface Details {
  readonly operation: string;
  readonly cause: unknown;
  readonly reason?: string;
}

/** Login refused. */
export function refused(servers: string, details: Details): SyncError {
  return new SyncError("credentials", `the NATS servers ${servers} refuse our login`, {
    ...details,
    hint: "Give them a user and password, a token, an nkey or a credentials file that they know.",
  });
}

function apiError(code: number, text: string, details: Details): SyncError {
  if (code === codes.notEnabled || code === codes.notEnabledForAccount) return noJetStream(details);
  if (full.includes(code) || /no space left/.test(text)) {
    return new SyncError("disk-full", `the NATS servers have no room left: ${text}`, details);
  }
  return new SyncError("server", `the NATS servers refuse it: ${text}`, details);
}

/** They are no servers of streams. */
export function noJetStream(details: Details): SyncError {
  return new SyncError("unsupported", "the NATS servers have no JetStream for us", {
    ...details,
    hint: "Start them with it (nats-server -js -sd FOLDER), and allow it for the account.",
  });
}

const certificateTrouble = /certificate|self.signed|CERT_|ALTNAME|UNABLE_TO_|ISSUER/i;

function connectionError(
  thrown: unknown,
  text: string,
  servers: string,
  details: Details,
): SyncError {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  const reason = typeof code === "string" ? code : undefined;
  if (certificateTrouble.test(`${reason ?? ""} ${text}`)) {
    return new SyncError("certificate", `the certificate of ${servers} is not trusted: ${text}`, {
      ...{ ...details, reason },
      hint: "Name the authority that signed it, as PEM, and a host that stands in the certificate.",
    });
  }
  const isClosed = thrown instanceof ClosedConnectionError;
  const retryable = !isClosed && thrown instanceof ConnectionError;
  return new SyncError("network", `no connection to the NATS servers ${servers}: ${text}`, {
    ...{ ...details, reason, retryable },
    hint: `Are they running, and is this their address? Several are written with commas between.${silently(servers)}`,
  });
}

/** Who wants a certificate of ours hangs up without it, and says nothing. */
function silently(servers: string): string {
  return servers.startsWith("tls:") ? " If they want a certificate of ours, name it." : "";
}
