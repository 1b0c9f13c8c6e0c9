/**
 * From an operation in S3's words to a signed HTTP request.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import type { Body } from "../../body.ts";
import type { Credentials } from "../credentials.ts";
import type { Endpoint } from "../endpoint.ts";
import { encodeKey, encodeQuery, type Query } from "./encode.ts";
import { type HttpRequest, lengthHeader } from "./http.ts";
import { amzDate, emptyPayloadHash, type Signer } from "./sigv4.ts";
import type { SetSigner } from "./sigv4a.ts";

/** One S3 request in S3's words: nothing encoded, nothing signed. */
export interface Operation {
  /** As in the API reference: `PutObject`. */
  readonly name: string;
  readonly method: HttpRequest["method"];
  /** The full key, or `undefined` for the bucket itself. */
  readonly key?: string | undefined;
  readonly query?: Query;
  /** Lower-case names; absent values are left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Body;
  /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. Default: that of no body. */
  readonly payloadHash?: string;
  /** Bun must not repeat it silently: the answer depends on whether it happened before. */
  readonly once?: boolean;
  /** The server may work for minutes before it answers (completing, copying). */
  readonly slow?: boolean;
  /** The server is to find damage: that it does is no reason to try again. */
  readonly damaged?: boolean;
}

/** One for each kind of signature. */
export interface Signers {
  readonly sigv4: Signer;
  readonly sigv4a: SetSigner;
}

/** What every request of a client carries. */
export interface Common {
  readonly userAgent: string;
  /** Lower-case names, e.g. `x-amz-request-payer`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Builds and signs the request for an operation. Without credentials it goes out unsigned. */
export function buildRequest(
  operation: Operation,
  endpoint: Endpoint,
  common: Common,
  signing: { signers: Signers; credentials: Credentials | undefined; nowMs: number },
): HttpRequest {
  const path =
    operation.key === undefined
      ? endpoint.basePath || "/"
      : `${endpoint.basePath}/${encodeKey(operation.key)}`;
  const query = operation.query === undefined ? "" : encodeQuery(operation.query);
  const headers: Record<string, string> = { ...common.headers };
  for (const [name, value] of Object.entries(operation.headers ?? {})) {
    if (value !== undefined) headers[name] = value;
  }
  const { credentials } = signing;
  if (credentials !== undefined) {
    const date = amzDate(signing.nowMs);
    const payloadHash = operation.payloadHash ?? emptyPayloadHash;
    headers["x-amz-date"] = date;
    headers["x-amz-content-sha256"] = payloadHash;
    if (credentials.sessionToken !== undefined) {
      headers["x-amz-security-token"] = credentials.sessionToken;
    }
    const { scheme, region } = endpoint.signing;
    if (scheme === "sigv4a") headers["x-amz-region-set"] = region;
    const signable = { ...headers, host: endpoint.host };
    const signer = scheme === "sigv4a" ? signing.signers.sigv4a : signing.signers.sigv4;
    headers["authorization"] = signer.authorization(
      { method: operation.method, path, query, headers: signable, payloadHash },
      credentials,
      endpoint.signing,
      date,
    );
  }
  headers["user-agent"] = common.userAgent;
  return {
    operation: operation.name,
    key: operation.key,
    method: operation.method,
    origin: endpoint.origin,
    target: query === "" ? path : `${path}?${query}`,
    headers: { ...asSent(headers, operation), ...lengthHeader(operation.body) },
    body: operation.body,
    once: operation.once ?? false,
  };
}

const forbidden = /[\u0000\r\n]/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const ascii = /^[\u0000-\u007f]*$/;

/** Headers travel as Latin-1: a UTF-8 value goes out as its bytes, which are also what was signed. */
function asSent(headers: Record<string, string>, operation: Operation): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name) || forbidden.test(value)) {
      const what = token.test(name)
        ? `the header ${name} must not hold a line break or NUL`
        : `${JSON.stringify(name)} is no name for a header`;
      throw new SyncError("rejected", what, {
        operation: operation.name,
        key: operation.key,
      });
    }
    if (!ascii.test(value)) headers[name] = Buffer.from(value, "utf8").toString("latin1");
  }
  return headers;
}
