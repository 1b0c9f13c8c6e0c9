/**
 * A synthetic S3 endpoint: two or more buckets with the same computed keys and nothing in them. A process of
 * its own, so that its CPU is not taken for the client's:
 *
 *     bun test/bench/listing/endpoint.ts KEYS FOLDERS LATENCY_MS
 *
 * The first line on stdout is its port. `GET /.bench/stats` tells what it was asked for and what that cost.
 *
 * @module
 */
import { asShown, type Differences, noDifferences } from "./differences.ts";
import { KeySpace } from "./keys.ts";
import { type Page, pageOf, type PageRequest } from "./pages.ts";
import { object, renderPage } from "./render.ts";

/** What the endpoint did since it started. */
export interface EndpointStats {
  readonly pages: number;
  readonly keys: number;
  readonly heads: number;
  /** Requests that a run with nothing to do has no reason to send: object reads, writes, deletes. */
  readonly needless: number;
  readonly cpuSeconds: number;
}

/** Where the figures are. No bucket can have this name. */
export const statsPath = "/.bench/stats";

const xml = { "content-type": "application/xml" };

/** Answers requests about computed keys. */
export class Endpoint {
  private pages = 0;
  private listed = 0;
  private heads = 0;
  private needless = 0;

  constructor(
    private readonly keys: KeySpace,
    private readonly latencyMs: number,
    private readonly differences: Differences = noDifferences,
  ) {}

  stats(): EndpointStats {
    const { user, system } = process.cpuUsage();
    const { pages, listed, heads, needless } = this;
    return { pages, keys: listed, heads, needless, cpuSeconds: (user + system) / 1e6 };
  }

  answer(request: Request): Response | Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === statsPath) return Response.json(this.stats());
    const [bucket = "", ...rest] = url.pathname.slice(1).split("/");
    const key = decodeURIComponent(rest.join("/"));
    if (key !== "") return this.aboutObject(request.method, key);
    if (request.method === "HEAD") return new Response(null, { headers: regionHeader });
    if (request.method !== "GET") return this.unwanted(request.method);
    return bucket === "" ? listBuckets() : this.aboutBucket(bucket, url.searchParams);
  }

  private aboutObject(method: string, key: string): Response {
    if (method !== "HEAD") return this.unwanted(method);
    this.heads += 1;
    if (!this.keys.has(key)) return new Response(null, { status: 404 });
    return new Response(new Uint8Array(0), {
      headers: {
        "content-length": String(object.size),
        "last-modified": new Date(object.modified).toUTCString(),
        etag: `"${object.etagStart}${key.slice(-13, -4)}"`,
      },
    });
  }

  private aboutBucket(bucket: string, query: URLSearchParams): Response | Promise<Response> {
    if (query.has("location")) return document("<LocationConstraint/>");
    if (query.has("versioning")) return document("<VersioningConfiguration/>");
    if (query.has("list-type") || query.has("prefix") || query.has("marker") || query.size === 0) {
      return this.list(bucket, query);
    }
    return failure(404, "NoSuchConfiguration");
  }

  private list(bucket: string, query: URLSearchParams): Response | Promise<Response> {
    const delimiter = query.get("delimiter") || undefined;
    if (delimiter !== undefined && delimiter !== "/") return failure(501, "NotImplemented");
    const version = query.get("list-type") === "2" ? 2 : 1;
    const maxKeys = Math.min(Number(query.get("max-keys") ?? 1000), 1000);
    const prefix = query.get("prefix") ?? "";
    const grouped = delimiter !== undefined;
    const asked = { prefix, grouped, maxKeys, ...this.start(version, query) };
    const page = this.pageFor(bucket, asked);
    const urlEncoded = query.get("encoding-type") === "url";
    const frame = { bucket, prefix, delimiter, maxKeys, urlEncoded, version } as const;
    const bytes = renderPage(this.keys, page, frame);
    this.pages += 1;
    this.listed += page.count;
    const response = new Response(bytes, { headers: xml });
    return this.latencyMs === 0 ? response : Bun.sleep(this.latencyMs).then(() => response);
  }

  private pageFor(bucket: string, asked: PageRequest): Page {
    const page = pageOf(this.keys, asked);
    if (this.differences === noDifferences) return page;
    const shown = asShown(page, (index) => this.differences(bucket, index));
    // Whoever asks for one key is to get one.
    const isEmpty = shown.count === 0 && shown.next !== undefined;
    return isEmpty ? this.pageFor(bucket, { ...asked, from: shown.next }) : shown;
  }

  private start(version: 1 | 2, query: URLSearchParams): Pick<PageRequest, "from" | "after"> {
    if (version === 2) {
      const token = query.get("continuation-token");
      if (token !== null) return { from: Number(token), after: undefined };
      return { from: 0, after: query.get("start-after") ?? undefined };
    }
    const marker = query.get("marker") ?? "";
    // A marker that is a group stands for all keys in it.
    return query.has("delimiter") && marker.endsWith("/")
      ? { from: this.keys.firstBeyond(marker), after: undefined }
      : { from: 0, after: marker };
  }

  private unwanted(method: string): Response {
    this.needless += 1;
    return failure(405, "MethodNotAllowed", `${method} is not part of a run with nothing to do`);
  }
}

const regionHeader = { "x-amz-bucket-region": "us-east-1" };

function document(body: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`, { headers: xml });
}

function failure(status: number, code: string, message = code): Response {
  const body = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return new Response(body, { status, headers: xml });
}

function listBuckets(): Response {
  const buckets = ["source", "target"].map(
    (name) =>
      `<Bucket><Name>${name}</Name><CreationDate>${object.modified}</CreationDate></Bucket>`,
  );
  return document(
    `<ListAllMyBucketsResult><Buckets>${buckets.join("")}</Buckets></ListAllMyBucketsResult>`,
  );
}

if (import.meta.main) {
  const [count = 1000, folders = 1, latencyMs = 0] = process.argv.slice(2).map(Number);
  const endpoint = new Endpoint(new KeySpace(count, folders), latencyMs);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: (request) => endpoint.answer(request),
  });
  process.stdout.write(`${server.port}\n`);
}
