/**
 * What `fetch` and node:http throw, and what it means. One row per code that Bun was seen to throw.
 *
 * @module
 */
import { type ErrorCode, SyncError } from "../../../core/errors.ts";
import { proxyWantsLogin } from "./proxy.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly text: string;
  readonly hint?: string;
}

const trust =
  "Trust the authority that signed it: --ca-bundle FILE, or AWS_CA_BUNDLE, with its certificate as PEM.";

/** Bun's `error.code` (or name) and what we make of it. */
const meanings: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: {
    code: "network",
    retryable: true,
    text: "connection refused",
    hint: "Is the endpoint's address right, and is the server running?",
  },
  ECONNRESET: { code: "network", retryable: true, text: "connection lost" },
  ConnectionClosed: { code: "network", retryable: true, text: "connection lost" },
  EPIPE: { code: "network", retryable: true, text: "connection lost while sending" },
  ETIMEDOUT: { code: "timeout", retryable: true, text: "connection timed out" },
  ENOTFOUND: {
    code: "network",
    retryable: true,
    text: "no such host",
    hint: "Check the endpoint URL and the region.",
  },
  EAI_AGAIN: { code: "network", retryable: true, text: "the name server gave no answer" },
  ENETUNREACH: { code: "network", retryable: true, text: "network unreachable" },
  EHOSTUNREACH: { code: "network", retryable: true, text: "host unreachable" },
  Malformed_HTTP_Response: { code: "protocol", retryable: true, text: "the answer is not HTTP" },
  InvalidHTTPResponse: { code: "protocol", retryable: true, text: "the answer is not HTTP" },
  HPE_INVALID_CONSTANT: { code: "protocol", retryable: true, text: "the answer is not HTTP" },
  EPROTO: {
    code: "network",
    retryable: false,
    text: "TLS handshake failed",
    hint: "Does the server really speak https on this port?",
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    code: "network",
    retryable: false,
    text: "TLS handshake failed",
    hint: "Does the server really speak https on this port?",
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    code: "certificate",
    retryable: false,
    text: "the server's certificate is signed by an unknown authority",
    hint: trust,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    code: "certificate",
    retryable: false,
    text: "the server's certificate is signed by an unknown authority",
    hint: trust,
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    code: "certificate",
    retryable: false,
    text: "the server's certificate chain ends in an unknown self-signed certificate",
    hint: trust,
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    code: "certificate",
    retryable: false,
    text: "the server's certificate is self-signed",
    hint: trust,
  },
  CERT_HAS_EXPIRED: {
    code: "certificate",
    retryable: false,
    text: "the server's certificate has expired",
  },
  CERT_NOT_YET_VALID: {
    code: "certificate",
    retryable: false,
    text: "the server's certificate is not valid yet",
    hint: "Is this machine's clock right?",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: "certificate",
    retryable: false,
    text: "the server's certificate is for another name",
  },
  FailedToOpenSocket: {
    code: "network",
    retryable: false,
    text: "no connection could be opened",
    hint: "Are the CA certificates readable PEM?",
  },
  ERR_PROXY_TUNNEL: { code: "network", retryable: false, text: "the proxy refused the connection" },
  UnsupportedProxyProtocol: {
    code: "unsupported",
    retryable: false,
    text: "this kind of proxy is not supported",
    hint: "Use an http or https proxy.",
  },
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: {
    code: "source-changed",
    retryable: false,
    text: "the source did not yield as many bytes as promised",
  },
  TimeoutError: { code: "timeout", retryable: true, text: "timed out" },
};

/**
 * Turns what a transport threw into our error. A {@link SyncError} (an abort reason of ours, an error out
 * of a body stream) passes as it is; something unknown counts as a network error worth another try.
 */
export function transportError(thrown: unknown, operation: string): SyncError {
  if (thrown instanceof SyncError) return thrown;
  const { code, name, message } = describe(thrown);
  if (name === "AbortError") {
    return new SyncError("aborted", "the run was stopped", { operation, cause: thrown });
  }
  const reason = code ?? name;
  const meaning = meanings[reason];
  if (meaning === undefined) {
    return new SyncError("network", `request failed: ${message}`, {
      operation,
      reason,
      retryable: true,
      cause: thrown,
    });
  }
  if (reason === "ERR_PROXY_TUNNEL" && /\b407\b/.test(message)) {
    const { text, hint } = proxyWantsLogin;
    return new SyncError("network", text, { operation, reason, hint, cause: thrown });
  }
  const proxyIsBusy = reason === "ERR_PROXY_TUNNEL" && /\b50[23]\b/.test(message);
  return new SyncError(meaning.code, meaning.text, {
    operation,
    reason,
    retryable: meaning.retryable || proxyIsBusy,
    hint: meaning.hint,
    cause: thrown,
  });
}

function describe(thrown: unknown): { code: string | undefined; name: string; message: string } {
  if (!(thrown instanceof Error)) {
    return { code: undefined, name: "Error", message: String(thrown) };
  }
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
  return { code, name: thrown.name, message: thrown.message };
}
