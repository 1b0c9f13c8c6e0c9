/**
 * What transports throw: each row of the table, provoked with a server that misbehaves where that can be done.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ErrorCode, SyncError } from "../../../../src/core/errors.ts";
import type { Body } from "../../../../src/store/body.ts";
import { transportError } from "../../../../src/store/s3/wire/transport-errors.ts";
import { freePort } from "../../../support/minio-server.ts";
import {
  httpAnswer,
  type Identity,
  type Peer,
  type RawHandlers,
  RawServer,
} from "../../../support/raw-server.ts";
import {
  never,
  rejection,
  soon,
  startStub,
  StubClient,
  type StubClientOptions,
} from "../../../support/stub-s3.ts";
import { type CertificateRequest, makeIdentity } from "../support/certificates.ts";
import { withEnvironment } from "../support/environment.ts";
import { authority, goodIdentity, transports } from "../support/transports.ts";

const none = { md5: undefined, sha256: undefined };
/** One try without a look ahead: what the transport throws is what comes out. */
const bare = { retry: { maxAttempts: 1, initialBackoffMs: 1 }, connectMs: 0 };

/** Reads an object and gives the error. */
async function readError(
  origin: string,
  key: string,
  options: StubClientOptions = {},
): Promise<unknown> {
  using stub = new StubClient(origin, { ...bare, ...options });
  return await rejection(stub.api.getObject(key, {}, (body) => body.bytes(), never()));
}

/** Reads from a server that misbehaves and gives the error. */
async function readFrom(
  handlers: RawHandlers | NonNullable<RawHandlers["request"]>,
  identity: Identity | undefined,
  key: string,
  options: StubClientOptions = {},
): Promise<unknown> {
  await using server = await RawServer.start(handlers, identity);
  return await readError(server.origin, key, options);
}

const head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";

describe.each(transports)("%s", (_, { identity, ca, key }) => {
  const read = (handlers: RawHandlers | NonNullable<RawHandlers["request"]>): Promise<unknown> =>
    readFrom(handlers, identity, key, { ca });
  const lost = { code: "network", reason: "ECONNRESET", retryable: true, key };

  test("nobody listens", async () => {
    const scheme = identity === undefined ? "http" : "https";
    const error = await readError(`${scheme}://127.0.0.1:${freePort()}`, key, { ca });
    expect(error).toMatchObject({ code: "network", reason: "ECONNREFUSED", retryable: true, key });
  });

  test("no such host", async () => {
    const scheme = identity === undefined ? "http" : "https";
    const error = await readError(`${scheme}://no-such-host.invalid`, key, { ca });
    expect(error).toMatchObject({ code: "network", reason: "ENOTFOUND", retryable: true, key });
  });

  test("reset before an answer", async () => {
    expect(await read((_request, peer) => peer.reset())).toMatchObject(lost);
  });

  test("closed before an answer", async () => {
    expect(await read((_request, peer) => peer.finish())).toMatchObject(lost);
  });

  test("closed in the middle of the head", async () => {
    const half = (_request: unknown, peer: Peer): void => {
      peer.write("HTTP/1.1 200 OK\r\nContent-Le");
      peer.finish();
    };
    expect(await read(half)).toMatchObject(lost);
  });

  test("closed before the announced length", async () => {
    const short = (_request: unknown, peer: Peer): void => {
      peer.write(`${head}only this`);
      peer.finish();
    };
    expect(await read(short)).toMatchObject(lost);
  });

  test("closed before the last chunk", async () => {
    await using server = await RawServer.start((_request, peer) => {
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      peer.finish();
    }, identity);
    using stub = new StubClient(server.origin, { ...bare, ca });
    const operation = { name: "GetObject", method: "GET", key } as const;
    const error = await rejection(stub.client.call(operation, (r) => r.text(), never()));
    expect(error).toMatchObject(lost);
  });

  test("reset in the middle of an upload", async () => {
    await using server = await RawServer.start(
      { head: (_request, peer) => peer.reset() },
      identity,
    );
    using stub = new StubClient(server.origin, { ...bare, ca });
    const body: Body = { kind: "bytes", bytes: new Uint8Array(32 * 1024 * 1024) };
    const error = await rejection(stub.api.putObject(key, body, none, { metadata: {} }, never()));
    expect(error).toMatchObject({ code: "network", retryable: true, operation: "PutObject" });
    expect(["ECONNRESET", "EPIPE"]).toContain(String((error as SyncError).reason));
  });

  test("something that is not HTTP", async () => {
    const error = await read((_request, peer) => peer.write("SSH-2.0-OpenSSH_9.6\r\n\r\n"));
    expect(error).toMatchObject({ code: "protocol", retryable: true, key });
    expect(String(error)).toContain("the answer is not HTTP");
  });

  test("chunks that are none", async () => {
    await using server = await RawServer.start((_request, peer) => {
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n");
    }, identity);
    using stub = new StubClient(server.origin, { ...bare, ca });
    const operation = { name: "GetObject", method: "GET", key } as const;
    const error = await rejection(stub.client.call(operation, (r) => r.text(), never()));
    expect(error).toMatchObject({ retryable: true, operation: "GetObject" });
    // By node:http it looks like a lost connection.
    expect(["protocol", "network"]).toContain((error as SyncError).code);
  });

  describe("a source that yields", () => {
    const streamOf = (bytes: number, length: number): Body => ({
      kind: "stream",
      length,
      open: () => new Blob([new Uint8Array(bytes)]).stream(),
    });
    test.each([
      ["less", 100, 200],
      ["much less", 3_000_000, 4_000_000],
      ["more", 200, 100],
      ["much more", 4_000_000, 3_000_000],
    ])("%s than it promised counts as changed", async (_name, bytes, length) => {
      await using server = await startStub([{ headers: { etag: '"x"' } }], identity);
      using stub = new StubClient(server.origin, { ...bare, ca, patience: { answerMs: 1000 } });
      const put = stub.api.putObject(key, streamOf(bytes, length), none, { metadata: {} }, never());
      expect(await rejection(put)).toMatchObject({ code: "source-changed", retryable: false });
    });

    test("an error of its own gives that error", async () => {
      await using server = await startStub([{}], identity);
      using stub = new StubClient(server.origin, { ...bare, ca });
      const broken = new SyncError("file-system", "the disk broke");
      const open = (): ReadableStream<Uint8Array> =>
        new ReadableStream({ pull: () => Promise.reject(broken) });
      const body: Body = { kind: "stream", length: 100, open };
      const error = await rejection(stub.api.putObject(key, body, none, { metadata: {} }, never()));
      expect(error).toMatchObject({ code: "file-system", retryable: false });
    });
  });

  test("an early refusal of a long upload is heard, and the upload stops", async () => {
    const refusal = { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
    await using server = await RawServer.start(
      { head: (_request, peer) => peer.write(httpAnswer(refusal)) },
      identity,
    );
    using stub = new StubClient(server.origin, { ...bare, ca });
    const cancelled = Promise.withResolvers<void>();
    const piece = new Uint8Array(64 * 1024);
    const open = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull: (controller) => controller.enqueue(piece),
        cancel: () => cancelled.resolve(),
      });
    const body: Body = { kind: "stream", length: 1024 ** 4, open };
    const put = stub.api.putObject(key, body, none, { metadata: {} }, never());
    expect(await rejection(put)).toMatchObject({ code: "access-denied", status: 403 });
    await soon(cancelled.promise);
    await soon(server.until(() => server.open === 0));
  });
});

describe.each([
  ["by fetch", "dir/key"],
  ["by the raw path", "dir/../key"],
])("TLS %s", (_, key) => {
  const forLoopback = { name: "localhost", addresses: ["127.0.0.1"], hosts: ["localhost"] };
  const certified = (more: Partial<CertificateRequest>): Identity =>
    makeIdentity({ ...forLoopback, issuer: authority, ...more });
  const hour = 3_600_000;
  const hours = (count: number): Date => new Date(Date.now() + count * hour);
  const ca = authority.cert;

  test("a certificate that our authority signed is believed", async () => {
    await using server = await startStub([{ body: "ok" }], goodIdentity);
    using stub = new StubClient(server.origin, { ca });
    const bytes = await stub.api.getObject(key, {}, (body) => body.bytes(), never());
    expect(Buffer.from(bytes).toString()).toBe("ok");
  });

  const rows: readonly (readonly [string, Identity, string | undefined, readonly string[]])[] = [
    ["an unknown authority", goodIdentity, undefined, ["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]],
    ["no issuer at all", makeIdentity(forLoopback), undefined, ["DEPTH_ZERO_SELF_SIGNED_CERT"]],
    [
      "a chain to an unknown authority",
      { key: goodIdentity.key, cert: goodIdentity.cert + authority.cert },
      undefined,
      ["SELF_SIGNED_CERT_IN_CHAIN"],
    ],
    [
      "an authority other than ours",
      goodIdentity,
      makeIdentity({ name: "Another Authority", isAuthority: true }).cert,
      ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
    ],
    [
      "a date in the past",
      certified({ notBefore: hours(-48), notAfter: hours(-1) }),
      ca,
      ["CERT_HAS_EXPIRED"],
    ],
    [
      "a date in the future",
      certified({ notBefore: hours(1), notAfter: hours(48) }),
      ca,
      ["CERT_NOT_YET_VALID"],
    ],
    [
      "another name",
      certified({ addresses: ["127.0.0.2"], hosts: ["other.test"] }),
      ca,
      ["ERR_TLS_CERT_ALTNAME_INVALID"],
    ],
  ];
  test.each(rows)(
    "a certificate of %s: refused for good",
    async (_name, identity, trusted, reasons) => {
      await using server = await startStub([{ body: "ok" }], identity);
      const error = await readError(server.origin, key, { ca: trusted });
      expect(error).toMatchObject({ code: "certificate", retryable: false });
      expect(reasons).toContain(String((error as SyncError).reason));
      expect(server.requests).toHaveLength(0);
    },
  );

  test("a port that speaks something else", async () => {
    await using server = await RawServer.start({ connected: (peer) => peer.write("220 mail\r\n") });
    const error = await readError(server.origin.replace("http:", "https:"), key, { ca });
    expect(error).toMatchObject({ code: "network", retryable: false });
    expect(error).toHaveProperty("hint", expect.stringContaining("https"));
  });

  test("a port that says nothing: the deadline", async () => {
    await using server = await RawServer.start({});
    const error = await readError(server.origin.replace("http:", "https:"), key, {
      ca,
      patience: { answerMs: 300 },
    });
    expect(error).toMatchObject({ code: "timeout", retryable: true });
  });
});

test("authorities that are no PEM open no connection", async () => {
  await using server = await startStub([{}], goodIdentity);
  const error = await readError(server.origin, "key", { ca: "no certificate" });
  expect(error).toMatchObject({ code: "network", reason: "FailedToOpenSocket", retryable: false });
});

describe("a proxy", () => {
  /** A proxy that answers everything with a status. */
  const refusing = (status: number): Promise<RawServer> =>
    RawServer.start((_request, peer) => peer.write(httpAnswer({ status })));

  test.each([403, 407])("that refuses a tunnel with %i: for good", async (status) => {
    await using proxy = await refusing(status);
    using _ = withEnvironment({ HTTPS_PROXY: proxy.origin });
    const error = await readError("https://127.0.0.1:9", "key");
    expect(error).toMatchObject({ code: "network", reason: "ERR_PROXY_TUNNEL", retryable: false });
    expect(proxy.requests.map(({ method, target }) => [method, target])).toEqual([
      ["CONNECT", "127.0.0.1:9"],
    ]);
  });

  test.each([502, 503])(
    "that cannot make a tunnel now (%i) is worth another try",
    async (status) => {
      await using proxy = await refusing(status);
      using _ = withEnvironment({ HTTPS_PROXY: proxy.origin });
      const error = await readError("https://127.0.0.1:9", "key");
      expect(error).toMatchObject({ code: "network", retryable: true });
    },
  );

  test("where nobody listens", async () => {
    using _ = withEnvironment({ HTTPS_PROXY: `http://127.0.0.1:${freePort()}` });
    const error = await readError("https://127.0.0.1:9", "key");
    expect(error).toMatchObject({ code: "network", reason: "ECONNREFUSED", retryable: true });
  });

  test("of another kind is not supported", async () => {
    using _ = withEnvironment({ HTTPS_PROXY: "socks5://127.0.0.1:9" });
    const error = await readError("https://127.0.0.1:9", "key");
    expect(error).toMatchObject({ code: "unsupported", reason: "UnsupportedProxyProtocol" });
  });

  test.each([
    ["http", "GET", "http://127.0.0.1:9/bucket/dir/../key"],
    ["https", "CONNECT", "127.0.0.1:9"],
  ])("is used for a key that fetch would rewrite, too (%s)", async (scheme, method, target) => {
    await using proxy = await refusing(403);
    using _ = withEnvironment({ HTTP_PROXY: proxy.origin, HTTPS_PROXY: proxy.origin });
    await readError(`${scheme}://127.0.0.1:9`, "dir/../key");
    expect(proxy.requests.map((request) => [request.method, request.target])).toEqual([
      [method, target],
    ]);
  });
});

/** Rows that no server on this machine can provoke at will. */
const unprovoked: readonly (readonly [string, ErrorCode, boolean])[] = [
  ["ConnectionClosed", "network", true],
  ["EPIPE", "network", true],
  ["ETIMEDOUT", "timeout", true],
  ["EAI_AGAIN", "network", true],
  ["ENETUNREACH", "network", true],
  ["EHOSTUNREACH", "network", true],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate", false],
];

describe("transportError", () => {
  test.each(unprovoked)("%s means %s", (code, meaning, retryable) => {
    const thrown = Object.assign(new Error("as thrown"), { code });
    const error = transportError(thrown, "PutObject");
    expect(error).toMatchObject({ code: meaning, retryable, reason: code, operation: "PutObject" });
    expect(error.cause).toBe(thrown);
  });

  test("a TimeoutError has a number as code: its name counts", () => {
    const error = transportError(new DOMException("late", "TimeoutError"), "PutObject");
    expect(error).toMatchObject({ code: "timeout", retryable: true });
  });

  test("an AbortError is a stopped run", () => {
    const error = transportError(new DOMException("stop", "AbortError"), "PutObject");
    expect(error).toMatchObject({ code: "aborted", retryable: false });
  });

  test("an error of ours passes as it is", () => {
    const ours = new SyncError("source-changed", "it grew");
    expect(transportError(ours, "PutObject")).toBe(ours);
  });

  test("something unknown is worth another try and keeps its name", () => {
    const thrown = Object.assign(new Error("?"), { code: "ENEW" });
    expect(transportError(thrown, "PutObject")).toMatchObject({
      code: "network",
      reason: "ENEW",
      retryable: true,
    });
  });

  test("even what is no error becomes one", () => {
    expect(transportError("just text", "PutObject")).toMatchObject({ code: "network" });
  });
});
