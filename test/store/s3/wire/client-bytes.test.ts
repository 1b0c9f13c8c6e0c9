/**
 * What the client puts on the wire, byte for byte: odd keys and odd header values.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { bytesBody } from "../../../../src/store/body.ts";
import { encodeKey } from "../../../../src/store/s3/wire/encode.ts";
import { httpAnswer, RawServer } from "../../../support/raw-server.ts";
import {
  endpointAt,
  isSignedRight,
  never,
  rejection,
  startStub,
  StubClient,
} from "../../../support/stub-s3.ts";
import { anyText } from "../support/any-text.ts";
import { schemes, transports } from "../support/transports.ts";

const none = { md5: undefined, sha256: undefined };
const data = bytesBody(Buffer.from("data"));

/** Keys that HTTP clients like to change, and how they have to look on the wire. */
const oddKeys: readonly (readonly [string, string])[] = [
  ["a/../b", "a/../b"],
  ["a/./b", "a/./b"],
  ["a/..", "a/.."],
  ["a/.", "a/."],
  ["..", ".."],
  [".", "."],
  ["../x", "../x"],
  ["./y", "./y"],
  ["%2e%2e/x", "%252e%252e/x"],
  ["a/%2E/b", "a/%252E/b"],
  ["a//b", "a//b"],
  ["/lead", "/lead"],
  ["//two", "//two"],
  ["a/", "a/"],
  ["a//", "a//"],
  ["/", "/"],
  ["...", "..."],
  ["..a/.b", "..a/.b"],
  ["..;/x", "..%3B/x"],
  ["a%2F..%2Fb", "a%252F..%252Fb"],
  ["a+b c", "a%2Bb%20c"],
  ["100%", "100%25"],
  ["q?x=1&y#z", "q%3Fx%3D1%26y%23z"],
  ["back\\slash", "back%5Cslash"],
  ["\t\n\r\u0001\u007f", "%09%0A%0D%01%7F"],
  ["trailing ", "trailing%20"],
  ["!'()*,;=:@~$", "%21%27%28%29%2A%2C%3B%3D%3A%40~%24"],
  ['{}|^`"<>', "%7B%7D%7C%5E%60%22%3C%3E"],
  ["ü€😀", "%C3%BC%E2%82%AC%F0%9F%98%80"],
];

const text = anyText({ minLength: 1, maxLength: 20 });
const anyKey = fc
  .array(fc.oneof(fc.constantFrom(".", "..", "", "%2e", "%2F", "a"), text), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join("/"))
  .filter((key) => key !== "");

describe.each(schemes)("%s", (_, { identity, ca }) => {
  test.each(oddKeys)("the key %j arrives as it is, rightly signed", async (key, spelled) => {
    await using server = await startStub([{ headers: { etag: '"x"' } }], identity);
    using stub = new StubClient(server.origin, { ca });
    await stub.api.putObject(key, data, none, { metadata: {} }, never());
    await stub.api.getObject(key, {}, (body) => body.bytes(), never());
    await stub.api.headObject(key, {}, never());
    await stub.api.abortMultipartUpload({ key, id: "1" }, never());
    expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      `PUT /bucket/${spelled}`,
      `GET /bucket/${spelled}`,
      `HEAD /bucket/${spelled}`,
      `DELETE /bucket/${spelled}?uploadId=1`,
    ]);
    expect(server.requests[0]?.body.toString()).toBe("data");
    expect(server.requests.map((request) => isSignedRight(request))).toEqual(
      server.requests.map(() => true),
    );
  });

  test.each(["/lead", "//two", "/", "/../x", "plain"])(
    "the key %j arrives as it is where the host names the bucket",
    async (key) => {
      await using server = await startStub([{ headers: { etag: '"x"' } }], identity);
      const endpoint = { ...endpointAt(server.origin), basePath: "" };
      using stub = new StubClient(server.origin, { ca, endpoint: () => Promise.resolve(endpoint) });
      await stub.api.putObject(key, data, none, { metadata: {} }, never());
      expect(server.requests.map(({ target }) => target)).toEqual([`/${key}`]);
      expect(server.requests.every((request) => isSignedRight(request))).toBe(true);
    },
  );

  test("any key arrives as it is", async () => {
    await using server = await startStub([{ headers: { etag: '"x"' } }], identity);
    using stub = new StubClient(server.origin, { ca });
    await fc.assert(
      fc.asyncProperty(anyKey, async (key) => {
        await stub.api.headObject(key, {}, never());
        const request = server.requests.at(-1);
        expect(request?.target).toBe(`/bucket/${encodeKey(key)}`);
        expect(decodeURIComponent(request?.target ?? "")).toBe(`/bucket/${key}`);
      }),
      { numRuns: 60 },
    );
  });

  test("any prefix and token of a listing arrive as they are, rightly signed", async () => {
    await using server = await startStub([{ status: 404 }], identity);
    using stub = new StubClient(server.origin, { ca });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (prefix, startAfter, token) => {
        await rejection(stub.api.listObjects({ prefix, startAfter, token, maxKeys: 7 }, never()));
        const request = server.requests.at(-1);
        const query = new URLSearchParams(request?.target.split("?")[1]);
        expect(Object.fromEntries(query)).toEqual({
          "list-type": "2",
          "encoding-type": "url",
          "max-keys": "7",
          prefix,
          "start-after": startAfter,
          "continuation-token": token,
        });
        expect(request !== undefined && isSignedRight(request)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(transports)("header values %s", (_, { identity, ca, key }) => {
  const utf8 = "zażółć gęślą 😀";

  test("go out as UTF-8, and it is the UTF-8 that is signed", async () => {
    await using server = await startStub([{ headers: { etag: '"x"' } }], identity);
    using stub = new StubClient(server.origin, { ca });
    const metadata = { name: utf8, latin: "ü", empty: "", inner: "two  blanks" };
    const contentDisposition = `attachment; filename="${utf8}"`;
    await stub.api.putObject(key, data, none, { contentDisposition, metadata }, never());
    const [request] = server.requests;
    const arrived = (name: string): string =>
      Buffer.from(request?.headers[name] ?? "(none)", "latin1").toString("utf8");
    expect(arrived("x-amz-meta-name")).toBe(utf8);
    expect(arrived("x-amz-meta-latin")).toBe("ü");
    expect(arrived("x-amz-meta-empty")).toBe("");
    expect(arrived("x-amz-meta-inner")).toBe("two  blanks");
    expect(arrived("content-disposition")).toBe(contentDisposition);
    expect(request !== undefined && isSignedRight(request)).toBe(true);
  });

  test("come in as UTF-8, or as Latin-1 where they are no UTF-8", async () => {
    const headers = {
      etag: '"x"',
      "x-amz-meta-name": Buffer.from(utf8).toString("latin1"),
      "x-amz-meta-latin": "\u00fc",
    };
    await using server = await startStub([{ headers }], identity);
    using stub = new StubClient(server.origin, { ca });
    const { attributes } = await stub.api.headObject(key, {}, never());
    expect(attributes.metadata).toEqual({ name: utf8, latin: "ü" });
  });

  test.each([
    ["a line break", "a\nb"],
    ["a carriage return", "a\rb"],
    ["both, to smuggle a header", "a\r\nx-amz-acl: public-read"],
    ["NUL", "a\u0000b"],
  ])("with %s are refused, and nothing is sent", async (_name, value) => {
    await using server = await startStub([{}], identity);
    using stub = new StubClient(server.origin, { ca });
    const attributes = { metadata: { name: value } };
    const error = await rejection(stub.api.putObject(key, data, none, attributes, never()));
    expect(error).toMatchObject({ code: "rejected", retryable: false, operation: "PutObject" });
    expect(server.requests).toHaveLength(0);
  });

  test("under a name that is none are refused, and nothing is sent", async () => {
    await using server = await startStub([{}], identity);
    using stub = new StubClient(server.origin, { ca });
    for (const name of ["two words", "colon:", "new\nline", "ü"]) {
      const attributes = { metadata: { [name]: "value" } };
      const error = await rejection(stub.api.putObject(key, data, none, attributes, never()));
      expect(error).toMatchObject({ code: "rejected", retryable: false });
    }
    expect(server.requests).toHaveLength(0);
  });

  test("more headers than Bun sends are refused, not dropped", async () => {
    await using server = await startStub([{}], identity);
    using stub = new StubClient(server.origin, { ca });
    const metadata = Object.fromEntries(Array.from({ length: 300 }, (_n, i) => [`m${i}`, "v"]));
    const error = await rejection(stub.api.putObject(key, data, none, { metadata }, never()));
    expect(error).toMatchObject({ code: "rejected", retryable: false });
    expect(server.requests).toHaveLength(0);
  });
});

test("the Host is that of the endpoint, also for an IPv6 address", async () => {
  await using server = await RawServer.start(
    (_request, peer) => peer.write(httpAnswer({})),
    undefined,
    "::1",
  );
  using stub = new StubClient(server.origin);
  for (const key of ["key", "dir/../key"]) await stub.api.headObject(key, {}, never());
  expect(server.requests.map(({ headers }) => headers["host"])).toEqual([
    `[::1]:${server.port}`,
    `[::1]:${server.port}`,
  ]);
  expect(server.requests.every((request) => isSignedRight(request))).toBe(true);
});
