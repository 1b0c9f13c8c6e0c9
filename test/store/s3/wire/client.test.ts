/**
 * The direct client against a stub that refuses and breaks off: what is tried again, and what is not.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../../../src/core/errors.ts";
import type { Body } from "../../../../src/store/body.ts";
import { bytesBody } from "../../../../src/store/body.ts";
import {
  errorXml,
  isSignedRight,
  listXml,
  never,
  rejection,
  startStub,
  type StubAnswer,
  StubClient,
} from "../../../support/stub-s3.ts";

const none = { md5: undefined, sha256: undefined };
const attributes = { metadata: {} };
const fine: StubAnswer = { headers: { etag: '"x"' } };
const put = (stub: StubClient, body: Body = bytesBody(Buffer.from("data"))): Promise<unknown> =>
  stub.api.putObject("key", body, none, attributes, never());
const list = (stub: StubClient): Promise<unknown> =>
  stub.api.listObjects(
    { prefix: "", startAfter: undefined, token: undefined, maxKeys: 10 },
    never(),
  );

describe("a request is tried again after", () => {
  test.each<[string, StubAnswer]>([
    ["500", { status: 500 }],
    ["502", { status: 502, body: "<html>Bad Gateway</html>" }],
    ["503", { status: 503 }],
    ["504", { status: 504 }],
    ["429", { status: 429 }],
    ["SlowDown", { status: 503, body: errorXml("SlowDown") }],
    ["RequestTimeout", { status: 400, body: errorXml("RequestTimeout") }],
    ["InternalError", { status: 500, body: errorXml("InternalError") }],
    ["BadDigest", { status: 400, body: errorXml("BadDigest") }],
    ["a reset", "reset"],
  ])("%s", async (_, refusal) => {
    await using server = await startStub([refusal, refusal, fine]);
    using stub = new StubClient(server.origin);
    expect(await put(stub)).toMatchObject({ etag: "x" });
    expect(server.requests.map(({ body }) => body.toString())).toEqual(["data", "data", "data"]);
    expect(stub.retries.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });
});

describe("a request is not tried again after", () => {
  test.each<[string, StubAnswer]>([
    ["400", { status: 400 }],
    ["401", { status: 401 }],
    ["403", { status: 403 }],
    ["404", { status: 404 }],
    ["405", { status: 405 }],
    ["412", { status: 412 }],
    ["501", { status: 501 }],
    ["AccessDenied", { status: 403, body: errorXml("AccessDenied") }],
    ["NoSuchBucket", { status: 404, body: errorXml("NoSuchBucket") }],
    ["SignatureDoesNotMatch", { status: 403, body: errorXml("SignatureDoesNotMatch") }],
  ])("%s", async (_, refusal) => {
    await using server = await startStub([refusal, fine]);
    using stub = new StubClient(server.origin);
    await rejection(put(stub));
    expect(server.requests).toHaveLength(1);
  });
});

describe("retries", () => {
  test("end after the allowed number of tries, with the last error", async () => {
    await using server = await startStub([
      { status: 503 },
      { status: 503 },
      { status: 500, body: errorXml("InternalError") },
    ]);
    using stub = new StubClient(server.origin, { retry: { maxAttempts: 3, initialBackoffMs: 1 } });
    expect(await rejection(put(stub))).toMatchObject({ code: "server", reason: "InternalError" });
    expect(server.requests).toHaveLength(3);
    expect(stub.retries).toHaveLength(2);
  });

  test("are told with what failed, how often and why", async () => {
    await using server = await startStub([{ status: 503, body: errorXml("SlowDown") }, fine]);
    using stub = new StubClient(server.origin);
    await put(stub);
    expect(stub.retries).toHaveLength(1);
    const [retry] = stub.retries;
    expect(retry).toMatchObject({ operation: "PutObject", key: "key", attempt: 1 });
    expect(retry?.error).toMatchObject({ code: "throttled", reason: "SlowDown", bucket: "bucket" });
  });

  test("wait as long as the server asks", async () => {
    await using server = await startStub([
      { status: 503, headers: { "retry-after": "0.4" } },
      fine,
    ]);
    using stub = new StubClient(server.origin);
    const startedAt = performance.now();
    await put(stub);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(399);
    expect(stub.retries[0]?.delayMs).toBeGreaterThanOrEqual(400);
  });

  test("stop at once when the run is stopped while waiting", async () => {
    await using server = await startStub([{ status: 503, headers: { "retry-after": "60" } }]);
    const stopped = new SyncError("aborted", "stop");
    const controller = new AbortController();
    using stub = new StubClient(server.origin, {
      onRetry: () => queueMicrotask(() => controller.abort(stopped)),
    });
    const error = await rejection(stub.api.headObject("key", {}, controller.signal));
    expect(error).toBe(stopped);
  });

  test("are signed anew", async () => {
    await using server = await startStub([{ status: 500 }, fine]);
    let secret = 0;
    const credentials = () =>
      Promise.resolve({
        accessKeyId: `key-${++secret}`,
        secretAccessKey: "s",
        sessionToken: undefined,
      });
    using stub = new StubClient(server.origin, { credentials });
    await put(stub);
    const keys = server.requests.map(({ headers }) =>
      /Credential=([^/]+)/.exec(headers["authorization"] ?? "")?.at(1),
    );
    expect(keys).toEqual(["key-1", "key-2"]);
  });

  test("open a stream body again", async () => {
    await using server = await startStub([{ status: 500 }, "reset", fine]);
    using stub = new StubClient(server.origin);
    let opened = 0;
    const open = (): ReadableStream<Uint8Array> => {
      opened++;
      return new Blob(["streamed"]).stream();
    };
    await put(stub, { kind: "stream", length: 8, open });
    expect(opened).toBe(3);
    expect(server.requests.map(({ body }) => body.toString())).toEqual(
      Array.from({ length: 3 }, () => "streamed"),
    );
  });
});

describe("the limit for an operation with all its tries", () => {
  test("ends it as a timeout, not as a stopped run: stopped runs are not reported", async () => {
    await using server = await startStub(["silence"]);
    using stub = new StubClient(server.origin, { operationMs: 300 });
    expect(await rejection(put(stub))).toMatchObject({ code: "timeout", operation: "PutObject" });
  });

  test("ends also its retries", async () => {
    await using server = await startStub([{ status: 503, headers: { "retry-after": "60" } }]);
    using stub = new StubClient(server.origin, { operationMs: 300 });
    expect(await rejection(put(stub))).toMatchObject({ code: "timeout" });
    expect(server.requests).toHaveLength(1);
  });

  test("leaves the caller's own stop what it is", async () => {
    await using server = await startStub(["silence"]);
    using stub = new StubClient(server.origin, { operationMs: 5000 });
    const stopped = new SyncError("aborted", "stop");
    const controller = new AbortController();
    const asked = rejection(stub.api.headObject("key", {}, controller.signal));
    await server.until(() => server.requests.length === 1);
    controller.abort(stopped);
    expect(await asked).toBe(stopped);
  });
});

describe("answers that are not S3's", () => {
  const page = { body: "<html>Please log in</html>" };

  test("from the beginning on are asked for three times: it is another server", async () => {
    await using server = await startStub([page]);
    using stub = new StubClient(server.origin);
    expect(await rejection(list(stub))).toMatchObject({
      code: "protocol",
      hint: expect.stringContaining("port of S3"),
    });
    expect(server.requests).toHaveLength(3);
  });

  test.each<[string, StubAnswer]>([
    ["an answer", { body: listXml("a") }],
    ["a refusal", { status: 404, body: errorXml("NoSuchBucket") }],
  ])("after %s of S3's are asked for as often as any", async (_, first) => {
    await using server = await startStub([first, page]);
    using stub = new StubClient(server.origin);
    await Promise.allSettled([list(stub)]);
    expect(await rejection(list(stub))).toMatchObject({ code: "protocol" });
    expect(server.requests).toHaveLength(1 + 5);
  });
});

describe("a broken list", () => {
  const cut = listXml("a", "b").slice(0, 300);
  test.each<[string, StubAnswer]>([
    ["with the wrong length", { headers: { "content-length": "5000" }, body: cut }],
    ["with the right length but cut text", { body: cut }],
    ["of another kind", { body: "<html>Please log in</html>" }],
    ["that is empty", { body: "" }],
  ])("%s is asked for again", async (_, broken) => {
    await using server = await startStub((_request, number, peer) => {
      if (number > 1) return { body: listXml("a", "b") };
      // A length that does not come is only noticed at the end of the connection.
      queueMicrotask(() => peer.finish());
      return broken;
    });
    using stub = new StubClient(server.origin);
    expect(await list(stub)).toMatchObject({ objects: [{ key: "a" }, { key: "b" }] });
    expect(server.requests).toHaveLength(2);
  });

  test("without a length and ended by a reset is asked for again, too", async () => {
    await using server = await startStub((_request, number, peer) => {
      if (number > 1) return { body: listXml("a", "b") };
      peer.write(`HTTP/1.1 200 OK\r\n\r\n${cut}`);
      setTimeout(() => peer.reset(), 20);
      return undefined;
    });
    using stub = new StubClient(server.origin);
    expect(await list(stub)).toMatchObject({ objects: [{ key: "a" }, { key: "b" }] });
  });
});

type Call = (stub: StubClient) => Promise<unknown>;
const source = { bucket: "from", key: "k", versionId: undefined, ifMatch: undefined };
const upload = { key: "key", id: "id" };

describe.each<[string, string, Call]>([
  [
    "CopyObject",
    `<CopyObjectResult><ETag>"x"</ETag></CopyObjectResult>`,
    (stub) => stub.api.copyObject(source, "key", attributes, undefined, never()),
  ],
  [
    "UploadPartCopy",
    `<CopyPartResult><ETag>"x"</ETag></CopyPartResult>`,
    (stub) => stub.api.uploadPartCopy(source, { first: 0, last: 9 }, upload, 1, never()),
  ],
  [
    "CompleteMultipartUpload",
    `<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>`,
    (stub) => stub.api.completeMultipartUpload(upload, [], never()),
  ],
  [
    "DeleteObjects",
    `<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></DeleteResult>`,
    (stub) => stub.api.deleteObjects(["key"], never()),
  ],
])("%s answered with 200", (operation, result, call) => {
  test("and an error document is tried again", async () => {
    await using server = await startStub([{ body: errorXml("InternalError") }, { body: result }]);
    using stub = new StubClient(server.origin);
    await call(stub);
    expect(server.requests).toHaveLength(2);
    expect(stub.retries[0]?.error).toMatchObject({ code: "server", reason: "InternalError" });
  });

  test("and always an error document is an error in the end", async () => {
    await using server = await startStub([{ body: errorXml("SlowDown") }]);
    using stub = new StubClient(server.origin, { retry: { maxAttempts: 3, initialBackoffMs: 1 } });
    const error = await rejection(call(stub));
    expect(error).toMatchObject({ code: "throttled", reason: "SlowDown", operation });
    expect(server.requests).toHaveLength(3);
  });

  test("and an error that stays is an error at once", async () => {
    await using server = await startStub([{ body: errorXml("AccessDenied") }]);
    using stub = new StubClient(server.origin);
    expect(await rejection(call(stub))).toMatchObject({ code: "access-denied", operation });
    expect(server.requests).toHaveLength(1);
  });

  test("and nothing, or half of it, is tried again", async () => {
    const half = result.slice(0, result.indexOf("</"));
    await using server = await startStub([{ body: "" }, { body: half }, { body: result }]);
    using stub = new StubClient(server.origin);
    await call(stub);
    expect(server.requests).toHaveLength(3);
  });
});

describe("what goes along with a request", () => {
  test("is the user agent, the headers of the client, and a signature for all of it", async () => {
    await using server = await startStub([fine]);
    using stub = new StubClient(server.origin, { headers: { "x-amz-request-payer": "requester" } });
    await put(stub);
    const [request] = server.requests;
    if (request === undefined) throw new Error("nothing came");
    expect(request.headers).toMatchObject({
      "user-agent": "s3sync-test",
      "x-amz-request-payer": "requester",
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      "content-length": "4",
    });
    expect(request.headers["authorization"]).toContain("x-amz-request-payer");
    expect(isSignedRight(request)).toBe(true);
  });

  test("is the session token, signed", async () => {
    const credentials = { accessKeyId: "AKIA", secretAccessKey: "s", sessionToken: "a/token==" };
    await using server = await startStub([fine]);
    using stub = new StubClient(server.origin, { credentials: () => Promise.resolve(credentials) });
    await put(stub);
    const [request] = server.requests;
    expect(request?.headers["x-amz-security-token"]).toBe("a/token==");
    expect(request?.headers["authorization"]).toContain("x-amz-security-token");
    expect(request === undefined ? false : isSignedRight(request, credentials)).toBe(true);
  });

  test("is no signature and no date without credentials", async () => {
    await using server = await startStub([fine]);
    using stub = new StubClient(server.origin, { credentials: () => Promise.resolve(undefined) });
    await put(stub);
    const names = Object.keys(server.requests[0]?.headers ?? {});
    expect(names.filter((name) => /^(?:authorization|x-amz-)/.test(name))).toEqual([]);
  });

  test("an error of the credentials is told with the operation, and nothing is sent", async () => {
    await using server = await startStub([fine]);
    const credentials = () =>
      Promise.reject(new SyncError("credentials", "no credentials: sign in"));
    using stub = new StubClient(server.origin, { credentials });
    const error = await rejection(put(stub));
    expect(error).toMatchObject({ code: "credentials", operation: "PutObject", key: "key" });
    expect(server.requests).toHaveLength(0);
  });
});
