/**
 * Reading objects by the direct client when the server, or the consumer of the bytes, does not do as it should.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseETag } from "../../../../src/core/etag.ts";
import { bytesBody } from "../../../../src/store/body.ts";
import type { ObjectBody } from "../../../../src/store/s3/api.ts";
import {
  errorXml,
  never,
  rejection,
  soon,
  startStub,
  type StubAnswer,
  StubClient,
} from "../../../support/stub-s3.ts";
import { transports } from "../support/transports.ts";

const once = { retry: { maxAttempts: 1, initialBackoffMs: 1 } };
const none = { md5: undefined, sha256: undefined };
const plain = { metadata: {} };

describe.each(transports)("%s", (_, { identity, ca, key }) => {
  test("a body that breaks is asked for again, from the start", async () => {
    await using server = await startStub((_request, number, peer) => {
      if (number > 1) return { body: "0123456789" };
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
      peer.finish();
      return undefined;
    }, identity);
    using stub = new StubClient(server.origin, { ca });
    let began = 0;
    const consume = async (body: ObjectBody): Promise<string> => {
      began++;
      return Buffer.concat(await Array.fromAsync(body.stream())).toString();
    };
    expect(await stub.api.getObject(key, {}, consume, never())).toBe("0123456789");
    expect(began).toBe(2);
  });

  test("a consumer may stop early", async () => {
    await using server = await startStub([{ body: "x".repeat(100_000) }], identity);
    using stub = new StubClient(server.origin, { ca });
    const consume = async (body: ObjectBody): Promise<string> => {
      for await (const piece of body.stream()) return Buffer.from(piece.subarray(0, 1)).toString();
      return "nothing came";
    };
    expect(await stub.api.getObject(key, {}, consume, never())).toBe("x");
  });

  test.each<[string, StubAnswer]>([
    ["the whole object", { status: 200, body: "0123456789" }],
    ["another range", { status: 206, headers: { "content-range": "bytes 0-3/10" }, body: "0123" }],
    ["a shorter one", { status: 206, headers: { "content-range": "bytes 2-4/10" }, body: "234" }],
    ["one that it does not name", { status: 206, body: "2345" }],
  ])("a server that is asked for a range and gives %s is not believed", async (_name, answer) => {
    await using server = await startStub([answer], identity);
    using stub = new StubClient(server.origin, { ca, ...once });
    let consumed = false;
    const consume = (): Promise<void> => {
      consumed = true;
      return Promise.resolve();
    };
    const range = { first: 2, last: 5 };
    const error = await rejection(stub.api.getObject(key, { range }, consume, never()));
    expect(error).toMatchObject({ code: "protocol", operation: "GetObject" });
    expect(consumed).toBe(false);
  });

  test("a range and a condition go out as headers", async () => {
    const headers = { "content-range": "bytes 2-5/10", etag: '"abc"' };
    await using server = await startStub([{ status: 206, headers, body: "2345" }], identity);
    using stub = new StubClient(server.origin, { ca });
    const options = {
      range: { first: 2, last: 5 },
      ifMatch: parseETag('"abc"'),
      versionId: "a/version",
    };
    const read = async (body: ObjectBody): Promise<object> => ({
      text: Buffer.from(await body.bytes()).toString(),
      length: body.length,
      size: body.info.size,
    });
    expect(await stub.api.getObject(key, options, read, never())).toEqual({
      text: "2345",
      length: 4,
      size: 10,
    });
    const [request] = server.requests;
    expect(request?.headers).toMatchObject({ range: "bytes=2-5", "if-match": '"abc"' });
    expect(request?.target).toEndWith("?versionId=a%2Fversion");
  });

  test("a condition that fails is source-changed for a read and precondition for a write", async () => {
    await using server = await startStub(
      [{ status: 412, body: errorXml("PreconditionFailed") }],
      identity,
    );
    using stub = new StubClient(server.origin, { ca });
    const read = stub.api.getObject(key, {}, (body) => body.bytes(), never());
    expect(await rejection(read)).toMatchObject({ code: "source-changed", status: 412 });
    const write = stub.api.putObject(key, bytesBody(Buffer.from("x")), none, plain, never());
    expect(await rejection(write)).toMatchObject({ code: "precondition", status: 412 });
  });

  test.each([400, 403, 404, 416, 501])(
    "a server that answers %i to HEAD with a part number does not know it",
    async (status) => {
      await using server = await startStub([{ status }], identity);
      using stub = new StubClient(server.origin, { ca, ...once });
      expect(await stub.api.headPart(key, undefined, 1, never())).toBeUndefined();
    },
  );

  test("a server that cannot answer HEAD with a part number now is an error", async () => {
    await using server = await startStub([{ status: 503 }], identity);
    using stub = new StubClient(server.origin, { ca, ...once });
    const error = await rejection(stub.api.headPart(key, undefined, 1, never()));
    expect(error).toMatchObject({ code: "throttled" });
  });

  test("HEAD without a date tells no time, and is no error", async () => {
    for (const headers of [{}, { "last-modified": "yesterday" }]) {
      await using server = await startStub([{ status: 200, headers }], identity);
      using stub = new StubClient(server.origin, { ca });
      const info = await stub.api.headObject(key, {}, never());
      expect(info).toMatchObject({ size: 0, mtimeMs: 0 });
    }
  });

  test("HEAD tells all that there is to know", async () => {
    const headers = {
      "content-length": "12345678901",
      "last-modified": "Fri, 24 May 2013 00:00:00 GMT",
      etag: 'W/"abc-2"',
      "x-amz-version-id": "v1",
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-storage-class": "GLACIER_IR",
      "x-amz-website-redirect-location": "/other",
      "cache-control": "no-cache",
      "content-encoding": "br",
      "content-language": "pl",
      expires: "whenever",
      "x-amz-meta-one": "1",
      "x-amz-meta-two-words": "a, b",
      "x-amz-tagging-count": "3",
      "x-amz-checksum-crc32": "AAAAAA==",
    };
    await using server = await startStub([{ headers }], identity);
    using stub = new StubClient(server.origin, { ca });
    expect(await stub.api.headObject(key, { checksum: true }, never())).toEqual({
      size: 12_345_678_901,
      mtimeMs: Date.UTC(2013, 4, 24),
      etag: parseETag("abc-2"),
      versionId: "v1",
      encryption: "aws:kms",
      checksum: { algorithm: "CRC32", value: "AAAAAA==" },
      tagCount: 3,
      attributes: {
        contentType: undefined,
        contentEncoding: "br",
        contentLanguage: "pl",
        contentDisposition: undefined,
        cacheControl: "no-cache",
        expires: "whenever",
        websiteRedirect: "/other",
        storageClass: "GLACIER_IR",
        metadata: { one: "1", "two-words": "a, b" },
      },
    });
  });

  test("a part without an ETag cannot be used", async () => {
    await using server = await startStub([{}], identity);
    using stub = new StubClient(server.origin, { ca });
    const body = bytesBody(Buffer.from("x"));
    const sent = stub.api.uploadPart({ key, id: "1" }, 1, body, none, never());
    expect(await rejection(sent)).toMatchObject({ code: "protocol", operation: "UploadPart" });
  });

  test("no request leaves a connection behind that nobody uses again", async () => {
    await using server = await startStub(
      ({ method }) => (method === "GET" ? { body: "data" } : { headers: { etag: '"x"' } }),
      identity,
    );
    using stub = new StubClient(server.origin, { ca });
    const body = bytesBody(Buffer.from("x"));
    for (let time = 0; time < 3; time++) {
      await stub.api.putObject(key, body, none, plain, never());
      await stub.api.headObject(key, {}, never());
      await stub.api.getObject(key, {}, () => Promise.resolve("unread"), never());
      await stub.api.abortMultipartUpload({ key, id: "1" }, never());
    }
    stub.client.close();
    await soon(server.until(() => server.open === 0));
  });
});

test("requests one after the other share a connection", async () => {
  await using server = await startStub(({ method }) =>
    method === "GET" ? { body: "data" } : { headers: { etag: '"x"' } },
  );
  using stub = new StubClient(server.origin, { connectMs: 0 });
  const body = bytesBody(Buffer.from("x"));
  for (let time = 0; time < 3; time++) {
    await stub.api.putObject("key", body, none, plain, never());
    await stub.api.headObject("key", {}, never());
    await stub.api.getObject("key", {}, () => Promise.resolve("unread"), never());
    await stub.api.getObject("key", {}, (read) => read.bytes(), never());
    await stub.api.abortMultipartUpload({ key: "key", id: "1" }, never());
  }
  expect(server.connections).toBe(1);
});
