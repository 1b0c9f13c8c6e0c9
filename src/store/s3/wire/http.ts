/**
 * HTTP as our transports see it.
 *
 * @module
 */
import { type Body, bodyLength } from "../../body.ts";

/** A request as it goes out: encoded and signed. */
export interface HttpRequest {
  /** The S3 operation, for messages. */
  readonly operation: string;
  /** The full key, for messages. */
  readonly key: string | undefined;
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** `https://host[:port]`. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  /** Lower-case names; values as bytes in Latin-1, which is how headers travel. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  /** Bun must not send it twice by itself: "did it happen?" matters. */
  readonly once: boolean;
}

/** The length header that a request with this body must carry; fetch honours it for streams. */
export function lengthHeader(body: Body | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(bodyLength(body)) };
}

/** What a transport received. */
export interface Received {
  readonly status: number;
  /** A header's value, its bytes as Latin-1. */
  header(name: string): string | undefined;
  /** In lower case. */
  headerNames(): Iterable<string>;
  /** `null` when there is no body, as for HEAD. */
  body(): ReadableStream<Uint8Array> | null;
  arrayBuffer(): Promise<ArrayBuffer>;
  /** As UTF-8. */
  text(): Promise<string>;
}
