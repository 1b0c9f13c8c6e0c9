/**
 * An S3 endpoint that answers as a test wants, and a direct client that talks to it. For how the client
 * behaves; whether it speaks real S3 is shown against MinIO.
 *
 * @module
 */
import type { S3Api } from "../../src/store/s3/api.ts";
import type { Credentials } from "../../src/store/s3/credentials.ts";
import { directApi } from "../../src/store/s3/direct/api.ts";
import type { Endpoint } from "../../src/store/s3/endpoint.ts";
import {
  type ClientSetup,
  DirectClient,
  type RetryListener,
} from "../../src/store/s3/wire/client.ts";
import { Deadlines, type Patience } from "../../src/store/s3/wire/deadlines.ts";
import { noneNamed } from "../../src/store/s3/wire/proxy.ts";
import type { Connections } from "../../src/store/s3/wire/send.ts";
import { Signer } from "../../src/store/s3/wire/sigv4.ts";
import { escapeXml } from "../../src/store/s3/wire/xml.ts";
import {
  httpAnswer,
  type Identity,
  type Peer,
  type RawAnswer,
  type RawRequest,
  RawServer,
} from "./raw-server.ts";

/** What the stub does with a request. */
export type StubAnswer =
  | RawAnswer
  /** Breaks the connection. */
  | "reset"
  /** Takes the request and says nothing. */
  | "silence";

/** Answers for the first, second, … request; the last one stands for all that follow. */
export type StubScript =
  | readonly StubAnswer[]
  | ((request: RawRequest, number: number, peer: Peer) => StubAnswer | undefined);

/** Starts a stub. A script that returns `undefined` has answered by itself. */
export function startStub(script: StubScript, identity?: Identity): Promise<RawServer> {
  let number = 0;
  const answerTo = (request: RawRequest, peer: Peer): StubAnswer | undefined => {
    number++;
    if (typeof script === "function") return script(request, number, peer);
    return script[Math.min(number, script.length) - 1];
  };
  return RawServer.start((request, peer) => {
    const answer = answerTo(request, peer);
    if (answer === "reset") peer.reset();
    else if (answer === undefined || answer === "silence") return;
    else peer.write(httpAnswer(request.method === "HEAD" ? headOnly(answer) : answer));
  }, identity);
}

/** An answer to HEAD announces a body that does not come. */
function headOnly(answer: RawAnswer): RawAnswer {
  const length = `${Buffer.from(answer.body ?? "").byteLength}`;
  return { ...answer, headers: { "content-length": length, ...answer.headers }, body: "" };
}

/** What a test may say about its client; everything else is quick and patient enough. */
export interface StubClientOptions extends Partial<Omit<ClientSetup, "connections" | "patience">> {
  readonly patience?: Partial<Patience>;
  readonly ca?: string | undefined;
  readonly region?: string;
}

/** The keys of AWS's own examples. */
export const exampleCredentials: Credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: undefined,
};

/** A direct client, its operations, and what it told of retries and requests. Closes its connections. */
export class StubClient implements Disposable {
  readonly client: DirectClient;
  readonly api: S3Api;
  readonly retries: Parameters<RetryListener>[0][] = [];
  readonly exchanges: Parameters<Connections["onExchange"]>[0][] = [];

  constructor(origin: string, options: StubClientOptions = {}) {
    const { patience, ca, region = "us-east-1", ...rest } = options;
    const tls = ca === undefined ? {} : { tls: { ca } };
    this.client = new DirectClient({
      bucket: "bucket",
      endpoint: () => Promise.resolve(endpointAt(origin, region)),
      credentials: () => Promise.resolve(exampleCredentials),
      retry: { maxAttempts: 5, initialBackoffMs: 1 },
      connectMs: 2000,
      operationMs: 0,
      userAgent: "s3sync-test",
      headers: {},
      onRetry: (retry) => this.retries.push(retry),
      ...rest,
      patience: { answerMs: 5000, stallMs: 5000, attemptMs: 0, ...patience },
      connections: {
        proxies: noneNamed,
        shared: new Bun.FetchSession(tls),
        single: new Bun.FetchSession({ ...tls, keepAlive: false }),
        ca,
        deadlines: new Deadlines(),
        onExchange: (exchange) => this.exchanges.push(exchange),
      },
    });
    this.api = directApi(this.client);
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** A path-style endpoint for the bucket `bucket`. */
export function endpointAt(origin: string, region = "us-east-1"): Endpoint {
  return {
    origin,
    host: new URL(origin).host,
    basePath: "/bucket",
    signing: { scheme: "sigv4", region, service: "s3" },
  };
}

/** A signal that never fires. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** An S3 error document. */
export function errorXml(code: string, message = "as told", more = ""): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>4442587FB7D0A2F9</RequestId></Error>`;
}

/** A last page of a listing, one byte for each object. */
export function listXml(...keys: readonly string[]): string {
  const contents = keys.map(
    (key) =>
      `<Contents><Key>${escapeXml(encodeURIComponent(key))}</Key><LastModified>2024-01-02T03:04:05.000Z</LastModified><ETag>&quot;0cc175b9c0f1b6a831c399e269772661&quot;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><KeyCount>${keys.length}</KeyCount>${contents.join("")}</ListBucketResult>`;
}

/** Waits for what is about to happen, and fails if it does not, long before the test would be too late. */
export async function soon<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("it did not happen")), 2000);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a promise to reject and gives what it rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

/** Whether a request's signature fits the very bytes that arrived. */
export function isSignedRight(
  request: RawRequest,
  credentials: Credentials = exampleCredentials,
  region = "us-east-1",
): boolean {
  const theirs = request.headers["authorization"] ?? "";
  const names = /SignedHeaders=([^,]+)/.exec(theirs)?.[1]?.split(";") ?? [];
  const asText = (latin1: string): string => Buffer.from(latin1, "latin1").toString("utf8");
  const headers = names.map((name) => [name, asText(request.headers[name] ?? "")] as const);
  const [path = "", query = ""] = request.target.split("?");
  const ours = new Signer().authorization(
    {
      method: request.method,
      path,
      query,
      headers: Object.fromEntries(headers),
      payloadHash: request.headers["x-amz-content-sha256"] ?? "",
    },
    credentials,
    { region, service: "s3" },
    request.headers["x-amz-date"] ?? "",
  );
  return ours === theirs;
}
