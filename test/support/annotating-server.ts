/**
 * A server that has annotations, in front of one that has not: it answers those requests itself, in the form that
 * the AWS SDK reads, and lets all others pass.
 *
 * @module
 */
import { escapeXml } from "../../src/store/s3/wire/xml.ts";
import type { TestServer } from "./servers.ts";

interface Kept {
  readonly text: string;
  readonly etag: string;
  readonly mtimeMs: number;
}

/** The server. Dispose of it. */
export class AnnotatingServer implements AsyncDisposable {
  readonly server: TestServer;
  /** By path, then by name. */
  readonly annotations = new Map<string, Map<string, Kept>>();
  /** `GET list`, `PUT name`… in the order in which they came. */
  readonly requests: string[] = [];
  /** What the next annotations are damaged with on arrival. */
  damage = "";
  private readonly listener: Bun.Server<undefined>;

  constructor(private readonly upstream: TestServer) {
    this.listener = Bun.serve({ port: 0, fetch: (request) => this.answer(request) });
    this.server = { ...upstream, endpoint: `http://127.0.0.1:${this.listener.port}` };
  }

  /** Annotates an object: `name` → text. */
  annotate(path: string, texts: Readonly<Record<string, string>>, mtimeMs = Date.now()): void {
    const kept = new Map<string, Kept>();
    for (const [name, text] of Object.entries(texts)) kept.set(name, keep(text, mtimeMs));
    this.annotations.set(path, kept);
  }

  /** What an object is annotated with. */
  of(path: string): Readonly<Record<string, string>> {
    const kept = this.annotations.get(path) ?? new Map<string, Kept>();
    return Object.fromEntries(Array.from(kept, ([name, { text }]) => [name, text]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.stop(true);
  }

  private async answer(request: Request): Promise<Response> {
    const { pathname, search, searchParams } = new URL(request.url);
    if (!searchParams.has("annotation")) {
      const { method, headers } = request;
      const body = method === "GET" || method === "HEAD" ? undefined : await request.bytes();
      const passed = {
        method,
        headers,
        decompress: false,
        ...(body === undefined ? {} : { body }),
      };
      const answer = await fetch(this.upstream.endpoint + pathname + search, passed);
      if (method !== "GET") return answer;
      // As a stream it would lose its length.
      const { status, headers: told } = answer;
      return new Response(await answer.bytes(), { status, headers: told });
    }
    const name = searchParams.get("annotationName");
    this.requests.push(`${request.method} ${name ?? "list"}`);
    const path = decodeURIComponent(pathname);
    if (name === null) return this.page(path, searchParams.get("continuation-token"));
    const kept = this.annotations.get(path) ?? new Map<string, Kept>();
    this.annotations.set(path, kept);
    switch (request.method) {
      case "PUT": {
        const made = keep((await request.text()) + this.damage, Date.now());
        kept.set(name, made);
        return new Response("<PutObjectAnnotationOutput/>", { headers: { etag: made.etag } });
      }
      case "DELETE":
        kept.delete(name);
        return new Response(null, { status: 204 });
      default:
        return new Response(kept.get(name)?.text ?? "", {
          status: kept.has(name) ? 200 : 404,
        });
    }
  }

  /** One annotation a page: so that who forgets the others is seen. */
  private page(path: string, token: string | null): Response {
    const all = [...(this.annotations.get(path) ?? [])];
    const at = Number(token ?? 0);
    const entries = all
      .slice(at, at + 1)
      .map(
        ([name, { text, etag, mtimeMs }]) =>
          `<AnnotationEntry><AnnotationName>${escapeXml(name)}</AnnotationName><LastModified>${new Date(mtimeMs).toISOString()}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${Buffer.byteLength(text)}</Size></AnnotationEntry>`,
      );
    const next =
      at + 1 < all.length ? `<NextContinuationToken>${at + 1}</NextContinuationToken>` : "";
    return new Response(
      `<?xml version="1.0" encoding="UTF-8"?><ListObjectAnnotationsOutput xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Annotations>${entries.join("")}</Annotations>${next}</ListObjectAnnotationsOutput>`,
      { headers: { "content-type": "application/xml" } },
    );
  }
}

function keep(text: string, mtimeMs: number): Kept {
  return { text, etag: `"${Bun.CryptoHasher.hash("md5", text, "hex")}"`, mtimeMs };
}
