/**
 * AWS Signature Version 4, in the Authorization header.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * @module
 */
import type { Credentials } from "../credentials.ts";

/** Sent instead of a body's SHA-256 when the body is not signed. */
export const unsignedPayload = "UNSIGNED-PAYLOAD";

/** SHA-256 of nothing. */
export const emptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** What is to be signed. */
export interface Signable {
  readonly method: string;
  /** Percent-encoded, begins with `/`. */
  readonly path: string;
  /** Canonical: encoded and sorted, without `?`. */
  readonly query: string;
  /** Lower-case names; values as text, not yet bytes. `host` must be among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or {@link unsignedPayload}. */
  readonly payloadHash: string;
}

/** For whom a signature counts. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/** What HTTP takes for blank; `trim` would take more. */
const outerBlanks = /^[ \t]+|[ \t]+$/g;
const innerBlanks = /[ \t]+/g;
const unusual = /^[ \t]|[ \t]$|\t| {2}/;

/** `20130524T000000Z`. */
export function amzDate(milliseconds: number): string {
  const iso = new Date(milliseconds).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 10)}T${iso.slice(11, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256", key).update(text).digest();
}

function plainBlanks(value: string): string {
  return value.replace(outerBlanks, "").replace(innerBlanks, " ");
}

/** The canonical form of a request, and the list of its signed headers. */
export function canonicalRequest(request: Signable): { text: string; signedHeaders: string } {
  const names = Object.keys(request.headers).toSorted();
  let headers = "";
  for (const name of names) {
    const value = request.headers[name] ?? "";
    headers += `${name}:${unusual.test(value) ? plainBlanks(value) : value}\n`;
  }
  const signedHeaders = names.join(";");
  const text = `${request.method}\n${request.path}\n${request.query}\n${headers}\n${signedHeaders}\n${request.payloadHash}`;
  return { text, signedHeaders };
}

/** Signs requests. Keeps the key of the day, because deriving it takes four HMACs. */
export class Signer {
  private cachedFor = "";
  private cachedKey: Uint8Array = new Uint8Array(0);

  /**
   * Makes the value of the Authorization header.
   *
   * @param date as in the request's `x-amz-date`, see {@link amzDate}
   */
  authorization(
    request: Signable,
    credentials: Credentials,
    scope: SigningScope,
    date: string,
  ): string {
    const day = date.slice(0, 8);
    const place = `${day}/${scope.region}/${scope.service}/aws4_request`;
    const { text, signedHeaders } = canonicalRequest(request);
    const digest = Bun.SHA256.hash(text, "hex");
    const toSign = `AWS4-HMAC-SHA256\n${date}\n${place}\n${digest}`;
    const key = this.signingKey(credentials.secretAccessKey, day, scope);
    const signature = new Bun.CryptoHasher("sha256", key).update(toSign).digest("hex");
    return `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${place}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  }

  private signingKey(secret: string, day: string, scope: SigningScope): Uint8Array {
    const wanted = `${day}\n${scope.region}\n${scope.service}\n${secret}`;
    if (this.cachedFor !== wanted) {
      const dayKey = hmac(`AWS4${secret}`, day);
      this.cachedKey = hmac(hmac(hmac(dayKey, scope.region), scope.service), "aws4_request");
      this.cachedFor = wanted;
    }
    return this.cachedKey;
  }
}
