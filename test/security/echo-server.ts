/**
 * A server that refuses everything, and repeats in its answer what it was sent: as AWS does with what it took for
 * signed, and test servers and proxies with all headers.
 *
 * @module
 */
import { escapeXml } from "../../src/store/s3/wire/xml.ts";

/** How the request is repeated. */
export const echoes = {
  "in what AWS says of a signature": ({ headers, request }) =>
    `<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match.</Message><AWSAccessKeyId>KEY</AWSAccessKeyId><StringToSign>${escapeXml(headers)}</StringToSign><SignatureProvided>${request.headers.get("authorization")?.split("Signature=")[1]}</SignatureProvided><CanonicalRequest>${escapeXml(headers)}</CanonicalRequest></Error>`,
  "in the message": ({ headers }) =>
    `<Error><Code>InvalidAccessKeyId</Code><Message>${escapeXml(headers)}</Message></Error>`,
  "in the message, every character an entity": ({ headers }) =>
    `<Error><Code>AccessDenied</Code><Message>${headers.replaceAll(/[^ ]/g, (c) => `&#${c.charCodeAt(0)};`)}</Message></Error>`,
  "in the code": ({ headers }) => `<Error><Code>${escapeXml(headers)}</Code></Error>`,
  "as the region": ({ headers }) =>
    `<Error><Code>PermanentRedirect</Code><Region>${escapeXml(headers)}</Region></Error>`,
  "as plain text": ({ headers }) => headers,
  "as plain text that is too long": ({ headers }) => `${"x".repeat(120)} ${headers}`,
  "as JSON": ({ request }) =>
    JSON.stringify(Object.fromEntries(request.headers)).replaceAll("/", "\\/"),
  "on a web page": ({ headers }) => `<html><body>${escapeXml(headers)}</body></html>`,
} as const satisfies Readonly<
  Record<string, (told: { readonly headers: string; readonly request: Request }) => string>
>;

/** A way to repeat it. */
export type Echo = keyof typeof echoes;

const listing = `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>gone</Key><Size>1</Size><LastModified>2020-01-01T00:00:00Z</LastModified><ETag>"x"</ETag></Contents></ListBucketResult>`;
const upload = `<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>`;

/** The server. Dispose of it. */
export class EchoServer implements Disposable {
  /** The answers that repeated a session token. */
  echoed = 0;
  private readonly server: Bun.Server<undefined>;

  /** @param begins lists a key `gone`, and lets uploads begin: what follows is refused */
  constructor(
    private readonly echo: Echo,
    private readonly begins = false,
  ) {
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        await request.arrayBuffer();
        return this.answer(request, new URL(request.url).searchParams);
      },
    });
  }

  get endpoint(): string {
    return this.server.url.origin;
  }

  [Symbol.dispose](): void {
    void this.server.stop(true);
  }

  private answer(request: Request, query: URLSearchParams): Response {
    if (this.begins) {
      if (query.has("list-type")) return new Response(listing);
      if (query.has("uploads")) return new Response(upload);
      if (query.has("partNumber")) return new Response("", { headers: { etag: '"x"' } });
    }
    const body = this.repeated(request);
    if (query.has("delete")) {
      const about = body.replace("<Error>", "<Error><Key>gone</Key>");
      return new Response(`<DeleteResult>${about}</DeleteResult>`);
    }
    // What takes long is answered before it fails.
    const status = this.begins && query.has("uploadId") ? 200 : 403;
    return new Response(request.method === "HEAD" ? null : body, { status });
  }

  private repeated(request: Request): string {
    const lines = [...request.headers]
      // The most secret first: messages are cut.
      .toSorted(([a], [b]) => rank(a) - rank(b))
      .map((header) => header.join(": "));
    if (request.headers.has("x-amz-security-token")) this.echoed += 1;
    return echoes[this.echo]({ headers: lines.join(" "), request });
  }
}

function rank(name: string): number {
  if (/token|key/.test(name)) return 0;
  return name === "authorization" ? 1 : 2;
}
