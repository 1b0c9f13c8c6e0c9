/**
 * Requests whose path fetch would change: `a/../b`, `./x`, a key that begins with `/`. node:http sends a
 * path as it is. It costs three times the CPU, and such keys hardly exist.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";

import { SyncError } from "../../../core/errors.ts";
import { type Body, bodyLength } from "../../body.ts";
import type { Watched } from "./deadlines.ts";
import type { HttpRequest, Received } from "./http.ts";
import { type Proxies, proxyEnvironment, proxyUrlFor } from "./proxy.ts";

interface Way {
  readonly ca: string | undefined;
  readonly proxies: Proxies;
}

/** Sends a request with its path untouched. */
export async function sendRaw(request: HttpRequest, way: Way, watched: Watched): Promise<Received> {
  const outgoing = open(request, way, watched);
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
  });
  let failure: unknown;
  const sent = sendBody(request.body, outgoing, watched).catch((thrown: unknown) => {
    // What is wrong with the source counts, not the broken connection that follows from it.
    failure = thrown;
    outgoing.destroy();
    throw thrown;
  });
  try {
    return received(request, await Promise.race([answer, sent.then(() => answer)]), outgoing);
  } catch (thrown) {
    throw failure ?? thrown;
  }
}

function open(request: HttpRequest, { ca, proxies }: Way, watched: Watched): http.ClientRequest {
  const url = new URL(request.origin);
  const proxy = url.protocol === "http:" ? proxyUrlFor(url, proxies) : undefined;
  if (proxy !== undefined) return openByProxy(request, url, proxy, watched);
  return (url.protocol === "https:" ? https : http).request({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? undefined : Number(url.port),
    method: request.method,
    path: request.target,
    headers: request.headers,
    signal: watched.controller.signal,
    agent: new (url.protocol === "https:" ? https : http).Agent({
      proxyEnv: proxyEnvironment(proxies),
    }),
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  });
}

/** Plain http asks the proxy for the whole URL; an agent with a proxy would rewrite the path. */
function openByProxy(
  request: HttpRequest,
  url: URL,
  proxy: URL,
  watched: Watched,
): http.ClientRequest {
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return http.request({
    host: proxy.hostname,
    port: proxy.port === "" ? 80 : Number(proxy.port),
    method: request.method,
    path: request.origin + request.target,
    headers: {
      ...request.headers,
      host: url.host,
      ...(login === ":" ? {} : { "proxy-authorization": `Basic ${btoa(login)}` }),
    },
    signal: watched.controller.signal,
    agent: false,
  });
}

function received(
  request: HttpRequest,
  incoming: http.IncomingMessage,
  outgoing: http.ClientRequest,
): Received {
  incoming.once("close", () => outgoing.destroy());
  // Nobody reads a body that is not there, and until it is read the connection stays.
  const { statusCode = 0, headers } = incoming;
  const empty =
    request.method === "HEAD" || statusCode === 204 || headers["content-length"] === "0";
  if (empty) incoming.resume();
  return {
    status: statusCode,
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    headerNames: () => Object.keys(headers),
    body: () => Readable.toWeb(incoming),
    arrayBuffer: async () => new Uint8Array(await buffer(incoming)).buffer,
    text: () => text(incoming),
  };
}

/** Sends exactly as many bytes as were promised, and stops when the server has answered or is gone. */
async function sendBody(
  body: Body | undefined,
  outgoing: http.ClientRequest,
  watched: Watched,
): Promise<void> {
  if (body === undefined) {
    outgoing.end();
    return;
  }
  const stream = body.kind === "stream" ? body.open() : streamOf(body.bytes);
  const reader = stream.getReader();
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    void reader.cancel().catch(() => undefined);
  };
  outgoing.once("response", stop);
  outgoing.once("close", stop);
  const closed = heard(outgoing, "close");
  let left = bodyLength(body);
  watched.sendsPieces(left);
  for (;;) {
    const { done, value } = await reader.read();
    if (stopped) return;
    if (done) break;
    left -= value.byteLength;
    if (left < 0) break;
    watched.progress(value.byteLength);
    if (!outgoing.write(value)) {
      await Promise.race([heard(outgoing, "drain"), closed]);
    }
  }
  if (left !== 0) {
    void reader.cancel().catch(() => undefined);
    throw new SyncError("source-changed", "the source did not yield as many bytes as promised");
  }
  outgoing.end();
}

/** Unlike node's `once` it hears of nothing else, and leaves no listeners behind for each piece. */
function heard(outgoing: http.ClientRequest, event: "drain" | "close"): Promise<void> {
  return new Promise((resolve) => outgoing.once(event, () => resolve()));
}

const pieceSize = 256 * 1024;

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.byteLength) controller.enqueue(bytes.subarray(at, at + pieceSize));
      at += pieceSize;
      if (at >= bytes.byteLength) controller.close();
    },
  });
}
