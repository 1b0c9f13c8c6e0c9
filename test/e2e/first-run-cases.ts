/**
 * What goes wrong on the first day, as a table: how it comes about, what is said, and what to type.
 *
 * @module
 */
import http from "node:http";
import net, { type AddressInfo } from "node:net";

import { serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { hasTlsServer, httpServer, type TestServer, tlsServer } from "../support/servers.ts";

/** How a process is started. */
export interface Setting {
  readonly env: Readonly<Record<string, string>>;
  /** Instead of the test's bucket. */
  readonly bucket?: string;
}

/** One mistake. */
export interface FirstRunCase {
  readonly title: string;
  /** Why it cannot be shown here; `undefined` if it can. */
  readonly needsTls?: boolean;
  readonly start: (stack: AsyncDisposableStack) => Promise<Setting> | Setting;
  /** What is said. */
  readonly says: RegExp;
  /** What to do, for a TARGET. The doctor says the same without the side. */
  readonly hint: RegExp;
  /** What the doctor calls it. */
  readonly finding: string;
}

function at(endpoint: string, server: TestServer = httpServer()): Setting {
  return { env: { ...serverEnv(server), AWS_ENDPOINT_URL: endpoint } };
}

function withKeys(more: Readonly<Record<string, string>>): Setting {
  return { env: { ...serverEnv(httpServer()), ...more } };
}

/** A server that refuses everything in one way. */
function refusing(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
  return async (stack: AsyncDisposableStack): Promise<Setting> => {
    const proxy = stack.use(await FaultProxy.start(httpServer()));
    proxy.inject(() => true, { kind: "refuse", status, code, headers });
    return at(proxy.endpoint);
  };
}

async function listening(server: net.Server, stack: AsyncDisposableStack): Promise<string> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stack.defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A web server that is not S3's. */
function webPage(status: number) {
  return async (stack: AsyncDisposableStack): Promise<Setting> => {
    const page = "<!doctype html>\n<html><body>Console</body></html>";
    const server = http.createServer((_, response) => {
      response.writeHead(status, { "content-type": "text/html" }).end(page);
    });
    return at(`http://${await listening(server, stack)}`);
  };
}

/** A proxy for which every name is that of one server; its tunnels lead there, too. */
async function proxyTo(endpoint: string, stack: AsyncDisposableStack): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  const server = http.createServer((request, response) => {
    const { pathname, search, host } = new URL(request.url ?? "");
    const { method, headers } = request;
    const onward = {
      hostname,
      port,
      method,
      path: pathname + search,
      headers: { ...headers, host },
    };
    const asked = http.request(onward, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(asked);
  });
  server.on("connect", (_, client: net.Socket) => {
    const onward = net.connect(Number(port), hostname);
    onward.on("error", () => client.destroy());
    client.on("close", () => onward.destroy());
    client.write("HTTP/1.1 200 Connected\r\n\r\n");
    client.pipe(onward).pipe(client);
  });
  return `http://${await listening(server, stack)}`;
}

/** A proxy that lets nothing through. */
async function closedProxy(stack: AsyncDisposableStack): Promise<string> {
  const server = http.createServer((_, response) => response.writeHead(403).end("no"));
  server.on("connect", (_, client: net.Socket) => client.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  return `http://${await listening(server, stack)}`;
}

const inTwoHours = (): string => new Date(Date.now() + 7_200_000).toUTCString();

const keys: readonly FirstRunCase[] = [
  {
    title: "no credentials",
    start: () => withKeys({ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }),
    says: /no credentials/,
    hint: /AWS_ACCESS_KEY_ID.*--target-profile/,
    finding: "credentials",
  },
  {
    title: "an access key that the server does not know",
    start: () => withKeys({ AWS_ACCESS_KEY_ID: "AKIAWRONG" }),
    says: /InvalidAccessKeyId/,
    hint: /AWS_ACCESS_KEY_ID, --target-access-key or --target-profile/,
    finding: "credentials",
  },
  {
    title: "a wrong secret",
    start: () => withKeys({ AWS_SECRET_ACCESS_KEY: "wrong" }),
    says: /SignatureDoesNotMatch/,
    hint: /AWS_SECRET_ACCESS_KEY, --target-secret-access-key or --target-profile/,
    finding: "credentials",
  },
  {
    title: "a session that is over",
    start: refusing(400, "ExpiredToken"),
    says: /ExpiredToken/,
    hint: /sign in again/,
    finding: "credentials",
  },
];

const places: readonly FirstRunCase[] = [
  {
    title: "a bucket that does not exist",
    start: () => ({ ...at(httpServer().endpoint), bucket: "no-such-bucket-anywhere" }),
    says: /s3:\/\/no-such-bucket-anywhere.*NoSuchBucket/,
    hint: /TARGET's bucket does not exist at http:.*--target-endpoint-url.*aws s3 mb s3:\/\/no-such/,
    finding: "bucket",
  },
  {
    title: "a wrong region, and the server names the right one in vain",
    start: refusing(301, "PermanentRedirect", { "x-amz-bucket-region": "eu-central-1" }),
    says: /PermanentRedirect/,
    hint: /Write --target-region eu-central-1/,
    finding: "region",
  },
  {
    title: "a wrong region, and the server does not name the right one",
    start: refusing(400, "AuthorizationHeaderMalformed"),
    says: /AuthorizationHeaderMalformed/,
    hint: /Write --target-region with the bucket's region/,
    finding: "region",
  },
  {
    title: "a clock that is two hours behind, at a server that will not have it",
    start: (stack) => refusing(403, "RequestTimeTooSkewed", { date: inTwoHours() })(stack),
    says: /RequestTimeTooSkewed/,
    hint: /clock is 120 min behind the server's: set it/,
    finding: "clock",
  },
];

const names: readonly FirstRunCase[] = [
  {
    title: "a bucket in a host name that nobody knows",
    start: () => at("http://minio.invalid:9000"),
    says: /cannot connect to test-.*\.minio\.invalid:9000: (?:no such host|the name server)/,
    hint: /bucket names in the path.*--target-force-path-style/,
    finding: "connection",
  },
  {
    title: "a bucket in a host name, at a server that looks for it in the path",
    start: async (stack) => {
      const proxy = await proxyTo(httpServer().endpoint, stack);
      const { env } = at("http://minio.test:9000");
      return { env: { ...env, HTTP_PROXY: proxy } };
    },
    says: /answered with the list of its buckets/,
    hint: /bucket names in the path.*--target-force-path-style/,
    finding: "connection",
  },
  {
    title: "a bucket in a host name that is not in the certificate",
    needsTls: true,
    start: async (stack) => {
      const proxy = await proxyTo(tlsServer().endpoint, stack);
      const { env } = at("https://minio.test:9000", tlsServer());
      return { env: { ...env, HTTPS_PROXY: proxy } };
    },
    says: /certificate is for another name/,
    hint: /bucket names in the path.*--target-force-path-style/,
    finding: "connection",
  },
  {
    title: "a host name that is not in the certificate",
    needsTls: true,
    start: async (stack) => {
      const proxy = await proxyTo(tlsServer().endpoint, stack);
      const { env } = at("https://minio.test:9000", tlsServer());
      return { env: { ...env, HTTPS_PROXY: proxy, S3SYNC_FORCE_PATH_STYLE: "true" } };
    },
    says: /certificate is for another name/,
    hint: /a name that is in the certificate instead of minio\.test:9000: --target-endpoint-url/,
    finding: "connection",
  },
];

const ports: readonly FirstRunCase[] = [
  {
    title: "http at an https port",
    needsTls: true,
    start: () => at(tlsServer().endpoint.replace("https:", "http:"), tlsServer()),
    says: /HTTP request to an HTTPS server/,
    hint: /Write --target-endpoint-url https:\/\/127\.0\.0\.1:\d+$/,
    finding: "listing",
  },
  {
    title: "https at an http port",
    start: () => at(httpServer().endpoint.replace("http:", "https:")),
    says: /TLS handshake failed/,
    hint: /does not speak https: --target-endpoint-url http:\/\/127\.0\.0\.1:\d+$/,
    finding: "connection",
  },
  {
    title: "a certificate of an authority that nobody knows",
    needsTls: true,
    start: () => at(tlsServer().endpoint),
    says: /certificate is self-signed/,
    hint: /--ca-bundle FILE, or AWS_CA_BUNDLE/,
    finding: "connection",
  },
  {
    title: "a port where nobody listens",
    start: () => at("http://127.0.0.1:1"),
    says: /cannot connect to 127\.0\.0\.1:1: connection refused/,
    hint: /Nobody listens at 127\.0\.0\.1:1.*--target-endpoint-url/,
    finding: "connection",
  },
  {
    title: "a port that answers with web pages",
    start: webPage(200),
    says: /the answer is a web page/,
    hint: /port of S3 itself.*9001.*9000/,
    finding: "connection",
  },
  {
    title: "a port that refuses with web pages",
    start: webPage(404),
    says: /HTTP 404: a web page/,
    hint: /port of S3 itself/,
    finding: "listing",
  },
];

const proxies: readonly FirstRunCase[] = [
  {
    title: "a proxy that is not there",
    start: () => withKeys({ HTTP_PROXY: "http://user:secret@127.0.0.1:1" }),
    says: /connection refused/,
    hint: /the proxy 127\.0\.0\.1:1: check --http-proxy or HTTP_PROXY.*NO_PROXY=127\.0\.0\.1/,
    finding: "connection",
  },
  {
    title: "a proxy that lets nothing through",
    needsTls: true,
    start: async (stack) => {
      const proxy = await closedProxy(stack);
      const { env } = at(tlsServer().endpoint, tlsServer());
      return { env: { ...env, HTTPS_PROXY: proxy } };
    },
    says: /the proxy refused the connection/,
    hint: /the proxy 127\.0\.0\.1:\d+: check --https-proxy or HTTPS_PROXY.*NO_PROXY=127\.0\.0\.1/,
    finding: "connection",
  },
];

/** All of them that can be shown here. */
export const firstRunCases = [...keys, ...places, ...names, ...ports, ...proxies].filter(
  ({ needsTls }) => needsTls !== true || hasTlsServer(),
);
