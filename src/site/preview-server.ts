/**
 * Serves a site on this machine as the website of a bucket would, so that a person sees it before it is published.
 *
 * What is served is the store that would be published, and the answers are those of an S3 website endpoint: index pages of
 * directories, redirects, `404.html`, and the headers that objects have. Headers that S3 does not keep are not there.
 *
 * @module
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
 */
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import { asKey, only } from "../core/key.ts";
import type { ObjectInfo } from "../core/object.ts";
import { uriDecoded } from "../core/uri.ts";
import type { Reader, Store } from "../store/store.ts";
import { type ByteRange, rangeOf } from "./byte-range.ts";

/** How to serve. */
export interface PreviewOptions {
  /** 0, the default, takes one that is free. */
  readonly port?: number | undefined;
  /** What is not published. */
  readonly isHidden?: ((entry: Entry) => boolean) | undefined;
  /** Hears of each answer. */
  readonly onAnswer?: ((method: string, path: string, status: number) => void) | undefined;
}

/** A site that is served. Dispose of it. */
export interface Preview extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/`. */
  readonly url: string;
}

/** Only for this machine: what is not published yet is for nobody else. */
const hostname = "127.0.0.1";
/** Objects up to this size are answered at once, in bytes. */
const smallSize = 1024 * 1024;
const pieceSize = 256 * 1024;

/**
 * Begins to serve. The store stays the caller's.
 *
 * @throws SyncError `usage` where the port is taken
 */
export function servePreview(site: Store, options: PreviewOptions = {}): Preview {
  const { port = 0, isHidden = () => false, onAnswer } = options;
  const stopped = new AbortController();
  const answer = async (request: Request): Promise<Response> => {
    const response = await new Visit(site, isHidden, request, stopped.signal).answer();
    onAnswer?.(request.method, new URL(request.url).pathname, response.status);
    return response;
  };
  const server = serve(port, answer);
  return {
    url: server.url.href,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await server.stop(true);
    },
  };
}

function serve(
  port: number,
  answer: (request: Request) => Promise<Response>,
): ReturnType<typeof Bun.serve> {
  const failed = (): Response => plain(500, "The file could not be read.");
  try {
    // Outside development Bun shares a port with whoever has it already, unless it is told not to.
    const alone = { development: false, reusePort: false } as const;
    return Bun.serve({ hostname, port, ...alone, fetch: answer, error: failed });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("usage", `the site cannot be served on port ${port}: ${said}`, { cause });
  }
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  const type = "text/plain; charset=utf-8";
  return new Response(`${text}\n`, { status, headers: { "content-type": type, ...headers } });
}

/** One request. */
class Visit {
  private readonly url: URL;

  constructor(
    private readonly site: Store,
    private readonly isHidden: (entry: Entry) => boolean,
    private readonly request: Request,
    private readonly signal: AbortSignal,
  ) {
    this.url = new URL(request.url);
  }

  async answer(): Promise<Response> {
    const { method } = this.request;
    // A page of somebody else, whose name leads to this machine, would read what is not published.
    if (!/^(?:127\.0\.0\.1|localhost)$/.test(this.url.hostname)) {
      return plain(403, "This preview is for this machine only.");
    }
    if (method !== "GET" && method !== "HEAD") {
      return plain(405, "A site can only be looked at.", { allow: "GET, HEAD" });
    }
    const path = uriDecoded(this.url.pathname.slice(1));
    if (path === undefined) return plain(400, "The address is not encoded as it should be.");
    return (await this.found(path)) ?? this.missing();
  }

  private async found(path: string): Promise<Response | undefined> {
    const isDirectory = path === "" || path.endsWith("/");
    const entry = await this.entryOf(isDirectory ? `${path}index.html` : path);
    if (entry !== undefined) return this.shown(entry, 200);
    if (isDirectory || (await this.entryOf(`${path}/index.html`)) === undefined) return undefined;
    return redirect(302, `${this.url.pathname}/${this.url.search}`);
  }

  private async missing(): Promise<Response> {
    const page = await this.entryOf("404.html");
    return page === undefined ? plain(404, "There is no such page.") : this.shown(page, 404);
  }

  private async entryOf(key: string): Promise<Entry | undefined> {
    for await (const page of this.site.list(only(asKey(key)), this.signal)) {
      const entry = page.find((item) => item.kind === "object" && item.key === key);
      if (entry?.kind === "object") return this.isHidden(entry) ? undefined : entry;
    }
    return undefined;
  }

  private async shown(entry: Entry, status: number): Promise<Response> {
    const reader = await this.site.open(entry, false, this.signal);
    const { info } = reader;
    // The page that stands for what is missing is shown as a whole.
    const wanted = status === 200 ? this.request.headers.get("range") : null;
    const range = rangeOf(wanted, info.size);
    const short = this.withoutBody(info, status, range);
    if (short !== undefined) await reader.close();
    if (short !== undefined || range === "none") return short ?? noSuchPart(info);
    const headers = { ...headersOf(info), ...rangeHeaders(range, info.size) };
    const body = await bodyOf(reader, partOf(range, info.size), this.signal);
    return new Response(body, { status: range === "all" ? status : 206, headers });
  }

  /** What can be answered without reading. */
  private withoutBody(
    info: ObjectInfo,
    status: number,
    range: ByteRange | "all" | "none",
  ): Response | undefined {
    const headers = headersOf(info);
    const { websiteRedirect } = info.attributes;
    if (websiteRedirect !== undefined) return redirect(301, websiteRedirect);
    if (status === 200 && this.request.headers.get("if-none-match") === headers["etag"]) {
      return new Response(null, { status: 304, headers });
    }
    if (range === "none") return noSuchPart(info);
    if (this.request.method !== "HEAD") return undefined;
    const { first, last } = partOf(range, info.size);
    const length = { "content-length": String(last - first + 1) };
    const told = { ...headers, ...rangeHeaders(range, info.size), ...length };
    return new Response(null, { status: range === "all" ? status : 206, headers: told });
  }
}

function noSuchPart({ size }: ObjectInfo): Response {
  return plain(416, "There is no such part.", { "content-range": `bytes */${size}` });
}

function partOf(range: ByteRange | "all", size: number): ByteRange {
  return range === "all" ? { first: 0, last: size - 1 } : range;
}

function redirect(status: number, location: string): Response {
  return new Response(null, { status, headers: { location } });
}

/** What S3 tells of an object. */
function headersOf({ size, mtimeMs, etag, attributes }: ObjectInfo): Record<string, string> {
  const { metadata, ...said } = attributes;
  const headers = {
    "content-type": said.contentType,
    "content-encoding": said.contentEncoding,
    "content-language": said.contentLanguage,
    "content-disposition": said.contentDisposition,
    "cache-control": said.cacheControl,
    expires: said.expires,
    etag: etag === undefined ? `W/"${size}-${Math.round(mtimeMs)}"` : `"${etag}"`,
    "last-modified": new Date(mtimeMs).toUTCString(),
    "accept-ranges": "bytes",
  };
  const told = Object.entries(headers).filter(([, value]) => value !== undefined);
  // A header holds ASCII; S3 shows the rest in a form that browsers do not read.
  const own = Object.entries(metadata).map(([name, value]) => [
    `x-amz-meta-${name}`,
    value.replaceAll(/[^\x20-\x7e]/g, "?"),
  ]);
  return Object.fromEntries([...told, ...own]) as Record<string, string>;
}

function rangeHeaders(range: ByteRange | "all", size: number): Record<string, string> {
  if (range === "all") return {};
  return { "content-range": `bytes ${range.first}-${range.last}/${size}` };
}

/** Closes the reader when it is read, or nobody wants more. */
async function bodyOf(
  reader: Reader,
  { first, last }: ByteRange,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const length = last - first + 1;
  if (length > smallSize) return streamOf(reader, first, last, signal);
  try {
    const bytes = new Uint8Array(length);
    if (length > 0) await reader.read(first, bytes, signal);
    return bytes;
  } finally {
    await reader.close();
  }
}

function streamOf(
  reader: Reader,
  first: number,
  last: number,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let offset = first;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = new Uint8Array(Math.min(pieceSize, last + 1 - offset));
      await reader.read(offset, piece, signal);
      offset += piece.byteLength;
      controller.enqueue(piece);
      if (offset <= last) return;
      controller.close();
      await reader.close();
    },
    cancel: () => reader.close(),
  });
}
