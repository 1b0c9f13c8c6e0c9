/**
 * An HTTP proxy that demands user and password: tunnels by CONNECT for https, passes plain http on.
 *
 * @module
 */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";

/** The proxy. Dispose of it. */
export class GuardedProxy implements AsyncDisposable {
  /** Where tunnels went, and the URLs that were asked for: `CONNECT host:port`, `GET http://host/path`. */
  readonly passed: string[] = [];
  /** How many came without the right password. */
  refused = 0;
  private readonly sockets = new Set<net.Socket>();

  private constructor(
    private readonly server: http.Server,
    private readonly login: string,
  ) {
    server.on("connection", (socket) => this.track(socket));
    server.on("connect", (request, socket: net.Socket, head) => this.tunnel(request, socket, head));
    server.on("request", (request, response) => this.forward(request, response));
  }

  static async start(user: string, password: string): Promise<GuardedProxy> {
    const server = http.createServer();
    const login = Buffer.from(`${user}:${password}`).toString("base64");
    const proxy = new GuardedProxy(server, `Basic ${login}`);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  /** `host:port`. */
  get host(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return `127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }

  private track(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  private admits({ method, url, headers }: http.IncomingMessage): boolean {
    if (headers["proxy-authorization"] !== this.login) {
      this.refused += 1;
      return false;
    }
    this.passed.push(`${method} ${url}`);
    return true;
  }

  private tunnel(request: http.IncomingMessage, client: net.Socket, head: Buffer): void {
    if (!this.admits(request)) {
      client.end(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
      );
      return;
    }
    const [host = "", port = ""] = (request.url ?? "").split(":");
    const upstream = net.connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client);
      client.pipe(upstream);
    });
    this.track(upstream);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  }

  private forward(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (!this.admits(request)) {
      response.writeHead(407, { "proxy-authenticate": "Basic" }).end();
      return;
    }
    const [, origin = "", path = ""] = /^(http:\/\/[^/]+)(.*)$/.exec(request.url ?? "") ?? [];
    const { hostname, port } = new URL(origin);
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = http.request(
      { host: hostname, port, path, method: request.method, headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }
}
