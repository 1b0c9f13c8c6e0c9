/**
 * The traps of Bun's fetch that a naive S3 client would fall into: our requests do not, over http and over
 * https. The tests named "in Bun itself" show that each trap is still there: when one fails after an upgrade,
 * a guard of ours may have become needless. Numbers as in the findings about Bun; 1, 5, 7, 9, 10, 12 and 15 are
 * in `bun-traps-process.test.ts`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { bytesBody } from "../../../src/store/body.ts";
import type { S3Api } from "../../../src/store/s3/api.ts";
import { sdkApi } from "../../../src/store/s3/sdk/api.ts";
import { connect } from "../../../src/store/s3/sdk/connection.ts";
import { httpAnswer, RawServer } from "../../support/raw-server.ts";
import { never, rejection, startStub, StubClient } from "../../support/stub-s3.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { canBeDeaf, DeafPort } from "./support/deaf-port.ts";
import { withEnvironment } from "./support/environment.ts";
import { authority, schemes } from "./support/transports.ts";

const none = { md5: undefined, sha256: undefined };
const plain = { metadata: {} };
const data = bytesBody(Buffer.from("data"));
const etag = { etag: '"x"' };
const inBun = "in Bun itself:";

/** A naive request, with the authority that the test servers need. */
function naive(url: string, init: BunFetchRequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, tls: { ca: authority.cert } });
}

describe.each(schemes)("%s", (_, { identity, ca }) => {
  describe("trap 2: fetch rewrites paths", () => {
    test("a key with dot segments is deleted under its own name, not as the bucket", async () => {
      await using server = await startStub([{ status: 204 }], identity);
      using stub = new StubClient(server.origin, { ca });
      await stub.api.abortMultipartUpload({ key: "x/..", id: "1" }, never());
      await stub.api.putObject("a/../b", data, none, plain, never());
      expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
        "DELETE /bucket/x/..?uploadId=1",
        "PUT /bucket/a/../b",
      ]);
    });

    test(`${inBun} dots are resolved, escaped or not, and leading slashes collapse`, async () => {
      await using server = await startStub([{}], identity);
      for (const path of ["/b/a/../c", "/b/x/%2e%2e", "//b/a"]) await naive(server.origin + path);
      expect(server.requests.map(({ target }) => target)).toEqual(["/b/c", "/b/", "/b/a"]);
    });
  });

  describe("trap 3: fetch decompresses answers", () => {
    const packed = Bun.gzipSync(Buffer.from("unpacked".repeat(100)));
    const gzip = { headers: { ...etag, "content-encoding": "gzip" }, body: packed };

    test.each(["key", "dir/../key"])("the object %s is read as it is stored", async (key) => {
      await using server = await startStub([gzip], identity);
      using stub = new StubClient(server.origin, { ca });
      const whole = await stub.api.getObject(key, {}, (body) => body.bytes(), never());
      expect(Buffer.compare(whole, packed)).toBe(0);
      const stream = await stub.api.getObject(
        key,
        {},
        async (body) => ({ info: body.info, pieces: await Array.fromAsync(body.stream()) }),
        never(),
      );
      expect(Buffer.compare(Buffer.concat(stream.pieces), packed)).toBe(0);
      expect(stream.info.attributes.contentEncoding).toBe("gzip");
      expect(server.requests[0]?.headers["accept-encoding"] ?? "identity").toBe("identity");
    });

    test(`${inBun} asking for identity does not help`, async () => {
      await using server = await startStub([gzip], identity);
      const answer = await naive(server.origin, { headers: { "accept-encoding": "identity" } });
      expect(await answer.text()).toBe("unpacked".repeat(100));
    });
  });

  describe("trap 4: fetch sends PUT and DELETE again when a used connection dies", () => {
    const warmThenDead = (): Promise<RawServer> =>
      RawServer.start((request, peer) => {
        if (request.method === "GET") peer.write(httpAnswer({ headers: etag }));
        else peer.reset();
      }, identity);

    test("a request that must not happen twice does not, and says that it is unsure", async () => {
      await using server = await warmThenDead();
      using stub = new StubClient(server.origin, {
        ca,
        retry: { maxAttempts: 1, initialBackoffMs: 1 },
      });
      await stub.api.getObject("key", {}, (body) => body.bytes(), never());
      const headers = { "if-none-match": "*" };
      const conditional = {
        name: "PutObject",
        method: "PUT",
        key: "key",
        headers,
        once: true,
      } as const;
      const error = await rejection(stub.client.call(conditional, (r) => r.discard(), never()));
      expect(error).toMatchObject({ code: "network", retryable: true });
      expect(server.requests.map(({ method }) => method)).toEqual(["GET", "PUT"]);
    });

    test(`${inBun} the server sees the PUT twice`, async () => {
      await using server = await warmThenDead();
      await (await naive(server.origin)).text();
      await rejection(naive(server.origin, { method: "PUT", body: "x" }));
      expect(server.requests.map(({ method }) => method)).toEqual(["GET", "PUT", "PUT"]);
    });
  });

  describe("trap 8: fetch follows redirects and takes the session token along", () => {
    test("a redirect is an answer, and nothing goes to the other host", async () => {
      await using other = await startStub([{}], identity);
      const headers = { location: `${other.origin}/elsewhere` };
      await using server = await startStub([{ status: 307, headers }], identity);
      const credentials = { accessKeyId: "AKIA", secretAccessKey: "s", sessionToken: "token" };
      using stub = new StubClient(server.origin, {
        ca,
        credentials: () => Promise.resolve(credentials),
      });
      for (const key of ["key", "dir/../key"]) {
        const error = await rejection(stub.api.headObject(key, {}, never()));
        expect(error).toMatchObject({ code: "wrong-region", status: 307 });
      }
      expect(other.connections).toBe(0);
    });

    test(`${inBun} Authorization is dropped, the session token is not`, async () => {
      await using other = await startStub([{}], identity);
      const location = other.origin.replace("127.0.0.1", "localhost");
      await using server = await startStub([{ status: 307, headers: { location } }], identity);
      const headers = { authorization: "secret", "x-amz-security-token": "token" };
      await naive(server.origin, { headers });
      const { authorization, "x-amz-security-token": token } = other.requests[0]?.headers ?? {};
      expect({ authorization, token }).toEqual({ authorization: undefined, token: "token" });
    });
  });

  describe("trap 13: fetch guesses content types", () => {
    test.each([
      ["bytes", data],
      ["a stream", { kind: "stream", length: 4, open: () => new Blob(["data"]).stream() }] as const,
    ])("an object of %s gets the type it is given, or none", async (_name, body) => {
      await using server = await startStub([{ headers: etag }], identity);
      using stub = new StubClient(server.origin, { ca });
      for (const key of ["script.ts", "a/../script.ts"]) {
        await stub.api.putObject(key, body, none, plain, never());
        await stub.api.putObject(key, body, none, { ...plain, contentType: "text/x" }, never());
      }
      expect(server.requests.map(({ headers }) => headers["content-type"])).toEqual([
        undefined,
        "text/x",
        undefined,
        "text/x",
      ]);
    });

    test(`${inBun} a file named .ts is sent as JavaScript`, async () => {
      using dir = new TempDir();
      await using server = await startStub([{}], identity);
      const body = Bun.file(dir.write("script.ts", "x"), { type: "" });
      await naive(server.origin, { method: "PUT", body });
      expect(server.requests[0]?.headers["content-type"]).toStartWith("text/javascript");
    });
  });

  describe("trap 14: a body without a length that is broken off counts as complete", () => {
    const broken = (): Promise<RawServer> =>
      RawServer.start((_request, peer) => {
        peer.write("HTTP/1.1 200 OK\r\nETag: x\r\n\r\nhalf of the ob");
        setTimeout(() => peer.reset(), 20);
      }, identity);

    test.each(["key", "dir/../key"])(
      "the object %s is not believed without a length",
      async (key) => {
        await using server = await broken();
        using stub = new StubClient(server.origin, { ca });
        const got = stub.api.getObject(key, {}, (body) => body.bytes(), never());
        expect(await rejection(got)).toMatchObject({ code: "protocol" });
      },
    );

    test("nor is a list without its end", async () => {
      await using server = await broken();
      using stub = new StubClient(server.origin, {
        ca,
        retry: { maxAttempts: 2, initialBackoffMs: 1 },
      });
      const request = { prefix: "", startAfter: undefined, token: undefined, maxKeys: 9 };
      const error = await rejection(stub.api.listObjects(request, never()));
      expect(error).toMatchObject({ code: "protocol" });
      expect(server.requests).toHaveLength(2);
    });

    test(`${inBun} half a body is read without an error`, async () => {
      await using server = await broken();
      const answer = await naive(server.origin);
      expect(await answer.text()).toBe("half of the ob");
    });
  });
});

describe.skipIf(!canBeDeaf)("trap 6: fetch has no limit for connecting (needs Linux)", () => {
  test.each([
    ["http", "key"],
    ["http", "dir/../key"],
    ["https", "key"],
    ["https", "dir/../key"],
  ])("a request over %s for %s ends after ours", async (scheme, key) => {
    await using port = await DeafPort.open();
    using stub = new StubClient(port.origin.replace("http", scheme), {
      connectMs: 300,
      retry: { maxAttempts: 1, initialBackoffMs: 1 },
    });
    const startedAt = performance.now();
    expect(await rejection(stub.api.headObject(key, {}, never()))).toMatchObject({
      code: "timeout",
    });
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });

  test(`${inBun} its own timeout does not cover connecting`, async () => {
    await using port = await DeafPort.open();
    const controller = new AbortController();
    const asked = rejection(fetch(port.origin, { timeout: 100, signal: controller.signal }));
    const first = await Promise.race([asked, Bun.sleep(600).then(() => "still connecting")]);
    controller.abort();
    await asked;
    expect(first).toBe("still connecting");
  });
});

describe("trap 11: what lies below the SDK ignores proxies, or decompresses and rewrites paths", () => {
  const openSdk = async (origin: string): Promise<S3Api> => {
    const { client } = await connect({
      bucket: "bucket",
      region: "us-east-1",
      endpointUrl: origin,
      forcePathStyle: true,
      accelerate: false,
      profile: undefined,
      credentials: { accessKeyId: "AKIA", secretAccessKey: "s", sessionToken: undefined },
      keyring: undefined,
      anonymous: false,
      configFile: undefined,
      credentialsFile: undefined,
      maxAttempts: 1,
      caFile: undefined,
      proxies: { http: undefined, https: undefined },
    });
    return sdkApi(client, "bucket");
  };
  const refusing = (): Promise<RawServer> =>
    RawServer.start((_request, peer) => peer.write(httpAnswer({ status: 403 })));

  test("our requests go through the proxy", async () => {
    await using proxy = await refusing();
    using _env = withEnvironment({ HTTP_PROXY: proxy.origin });
    using stub = new StubClient("http://127.0.0.1:9", {
      retry: { maxAttempts: 1, initialBackoffMs: 1 },
    });
    await rejection(stub.api.headObject("key", {}, never()));
    expect(proxy.requests.map(({ target }) => target)).toEqual(["http://127.0.0.1:9/bucket/key"]);
  });

  test.each(["key", "dir/../key"])(
    "our requests over https have a tunnel made by the proxy: %s",
    async (key) => {
      await using proxy = await refusing();
      using _env = withEnvironment({ HTTPS_PROXY: proxy.origin });
      using stub = new StubClient("https://127.0.0.1:9", {
        retry: { maxAttempts: 1, initialBackoffMs: 1 },
      });
      await rejection(stub.api.headObject(key, {}, never()));
      expect(proxy.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
        "CONNECT 127.0.0.1:9",
      ]);
    },
  );

  test("the SDK's requests over https as well", async () => {
    await using proxy = await refusing();
    using _env = withEnvironment({ HTTPS_PROXY: proxy.origin });
    const api = await openSdk("https://127.0.0.1:9");
    await rejection(api.headObject("key", {}, never()));
    api.close();
    expect(proxy.requests[0]).toMatchObject({ method: "CONNECT", target: "127.0.0.1:9" });
  });

  test("the SDK's requests go through the proxy, too", async () => {
    await using proxy = await refusing();
    using _env = withEnvironment({ HTTP_PROXY: proxy.origin, HTTPS_PROXY: proxy.origin });
    const api = await openSdk("http://127.0.0.1:9");
    await rejection(api.headObject("key", {}, never()));
    api.close();
    expect(proxy.requests.length).toBeGreaterThan(0);
  });

  test("the SDK's requests keep their paths, and their answers what is stored", async () => {
    const packed = Bun.gzipSync(Buffer.from("unpacked"));
    const headers = { ...etag, "content-encoding": "gzip" };
    await using server = await startStub([{ headers, body: packed }]);
    const api = await openSdk(server.origin);
    const bytes = await api.getObject("a/../b//c", {}, (body) => body.bytes(), never());
    api.close();
    expect(Buffer.compare(bytes, packed)).toBe(0);
    expect(server.requests[0]?.target).toBe("/bucket/a/../b//c?x-id=GetObject");
  });
});
