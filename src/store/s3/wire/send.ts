/**
 * The only caller of `fetch`. Bun's fetch rewrites paths, decompresses answers, follows redirects, guesses
 * content types and repeats requests on its own; here each of these is prevented once, for all requests.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import type { Exchange } from "../../../core/traffic.ts";
import { type Body, bodyLength } from "../../body.ts";
import type { Deadlines, Patience, Watched } from "./deadlines.ts";
import type { HttpRequest, Received } from "./http.ts";
import { namedProxyFor, type Proxies } from "./proxy.ts";
import { sendRaw } from "./raw-path.ts";
import { HttpResponse } from "./response.ts";
import { transportError } from "./transport-errors.ts";

/** The connections that requests use. */
export interface Connections {
  /** Reuses connections. */
  readonly shared: Bun.FetchSession;
  /** A connection per request; on these Bun never repeats a request by itself. */
  readonly single: Bun.FetchSession;
  /** Certificates of the authorities to believe, instead of the system's. */
  readonly ca: string | undefined;
  /** Those of the run; fetch knows those of the environment. */
  readonly proxies: Proxies;
  readonly deadlines: Deadlines;
  /** Hears of each request that goes out, where somebody wants to. */
  readonly onStart?: ((started: Pick<Exchange, "operation" | "key">) => void) | undefined;
  /** Hears of each request when it is over. */
  readonly onExchange: (exchange: Omit<Exchange, "bucket">) => void;
}

/** With more headers than this Bun drops the surplus without a word (at about 250). */
const mostHeaders = 200;
/** From this size on a body goes out as a stream, because fetch copies a buffer as a whole. */
const streamFrom = 1024 * 1024;
const pieceSize = 256 * 1024;

/** What our own encoding lets through; anything else is a bug, and fetch might rewrite it. */
const encodedTarget = /^\/[A-Za-z0-9\-._~%/]*(?:\?[A-Za-z0-9\-._~%=&]*)?$/;
/** Paths that fetch would resolve or shorten: a `.` or `..` segment, or an empty first segment. */
const rewrittenByFetch = /^\/\/|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * Sends one request, once, and waits for the head of the answer.
 *
 * @throws SyncError what the transport reported, `timeout`, or `aborted`; never for an HTTP status
 */
export async function send(
  request: HttpRequest,
  connections: Connections,
  patience: Patience,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { operation, key, target } = request;
  if (!encodedTarget.test(target)) {
    throw new SyncError("internal", `badly encoded request target ${target}`, { operation });
  }
  if (Object.keys(request.headers).length > mostHeaders) {
    throw new SyncError("rejected", `more than ${mostHeaders} headers`, { operation });
  }
  connections.onStart?.({ operation, key });
  let status: number | undefined;
  const watched = connections.deadlines.watch(operation, patience, signal, (passed) =>
    connections.onExchange({ operation, key, status, ...passed }),
  );
  try {
    const received = rewrittenByFetch.test(pathOf(target))
      ? await sendRaw(request, connections, watched)
      : await sendByFetch(request, connections, watched);
    status = received.status;
    const hasBody = request.method !== "HEAD";
    return new HttpResponse(operation, received, watched, hasBody, request.headers);
  } catch (thrown) {
    watched.end();
    const { signal: own } = watched.controller;
    throw transportError(own.aborted ? own.reason : thrown, operation);
  }
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

async function sendByFetch(
  request: HttpRequest,
  connections: Connections,
  watched: Watched,
): Promise<Received> {
  const { body } = request;
  const session = request.once ? connections.single : connections.shared;
  const proxy = namedProxyFor(request.origin, connections.proxies);
  const response = await session.fetch(request.origin + request.target, {
    method: request.method,
    headers: request.headers,
    body: body === undefined ? null : outgoing(body, watched),
    signal: watched.controller.signal,
    redirect: "manual",
    decompress: false,
    timeout: false,
    // BUN_CONFIG_VERBOSE_FETCH would print all headers.
    verbose: false,
    ...(proxy === undefined ? {} : { proxy }),
  });
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    headerNames: () => response.headers.keys(),
    body: () => response.body,
    arrayBuffer: () => response.arrayBuffer(),
    text: () => response.text(),
  };
}

/** What to hand to fetch: small bodies as they are, large ones as a stream that reports its progress. */
function outgoing(body: Body, watched: Watched): Uint8Array<ArrayBuffer> | ReadableStream {
  const bytes = body.kind === "bytes" ? (body.bytes as Uint8Array<ArrayBuffer>) : undefined;
  if (bytes !== undefined && bytes.byteLength < streamFrom) {
    watched.sendsWhole(bytes.byteLength);
    return bytes;
  }
  watched.sendsPieces(bodyLength(body));
  return body.kind === "stream" ? counted(body.open(), watched) : pieces(body.bytes, watched);
}

/** Streams a buffer in pieces, so that fetch copies one piece at a time. */
function pieces(bytes: Uint8Array, watched: Watched): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = bytes.subarray(at, at + pieceSize);
      at += piece.byteLength;
      watched.progress(piece.byteLength);
      controller.enqueue(piece);
      if (at >= bytes.byteLength) controller.close();
    },
  });
}

/** Passes a stream on and reports what goes through. */
function counted(stream: ReadableStream<Uint8Array>, watched: Watched): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      watched.progress(value.byteLength);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
