/**
 * A proxy that leaves something out of requests and signs them anew: a server that does not know it.
 *
 * @module
 */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

import { Signer } from "../../src/store/s3/wire/sigv4.ts";
import type { TestServer } from "./servers.ts";

/** What is left out. */
export interface Forgotten {
  /** Lower-case names. */
  readonly headers?: readonly string[];
  /** Names of query parameters. */
  readonly query?: readonly string[];
}

/** Headers that belong to one connection, or to the signature that is made anew. */
const notPassedOn: ReadonlySet<string> = new Set([
  ...["connection", "authorization", "host", "transfer-encoding", "expect", "keep-alive"],
]);

/** The proxy. Dispose of it. */
export class ForgetfulProxy implements AsyncDisposable {
  /** How much was left out. */
  hits = 0;

  private constructor(
    private readonly server: http.Server,
    private readonly upstream: TestServer,
    private readonly forgotten: Forgotten,
  ) {
    server.on("request", (request, response) => void this.pass(request, response));
  }

  static async start(upstream: TestServer, forgotten: Forgotten): Promise<ForgetfulProxy> {
    const server = http.createServer();
    const proxy = new ForgetfulProxy(server, upstream, forgotten);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { hostname, port } = new URL(this.upstream.endpoint);
    const { method = "GET", url = "/" } = request;
    const path = this.withoutParameters(url);
    const headers = this.signed(method, path, this.withoutHeaders(request.headers));
    const onward = http.request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }

  private withoutParameters(url: string): string {
    const [path = "", query = ""] = url.split("?", 2);
    const all = query === "" ? [] : query.split("&");
    const kept = all.filter((pair) => !this.forgets(this.forgotten.query, pair.split("=", 1)[0]));
    return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
  }

  private withoutHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
    const kept = Object.entries(headers).filter(
      ([name]) => !notPassedOn.has(name) && !this.forgets(this.forgotten.headers, name),
    );
    return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
  }

  private forgets(names: readonly string[] | undefined, name: string | undefined): boolean {
    const isForgotten = name !== undefined && names?.includes(name) === true;
    if (isForgotten) this.hits++;
    return isForgotten;
  }

  private signed(
    method: string,
    target: string,
    headers: Record<string, string>,
  ): Record<string, string> {
    const { accessKeyId, secretAccessKey, endpoint } = this.upstream;
    const [path = "", query = ""] = target.split("?", 2);
    const { host } = new URL(endpoint);
    const { "content-length": length, ...others } = headers;
    const signable = { ...others, host };
    const authorization = new Signer().authorization(
      {
        ...{ method, path, query, headers: signable },
        payloadHash: headers["x-amz-content-sha256"] ?? "",
      },
      { accessKeyId, secretAccessKey, sessionToken: undefined },
      { region: "us-east-1", service: "s3" },
      headers["x-amz-date"] ?? "",
    );
    return {
      ...signable,
      ...(length === undefined ? {} : { "content-length": length }),
      authorization,
    };
  }
}
