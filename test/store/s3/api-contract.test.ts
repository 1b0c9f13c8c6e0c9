/**
 * The contract of the S3 operations on single objects: the same tests for the direct client and for the SDK's,
 * so that each is the other's witness. The other operations are in `api-contract-many.test.ts`.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { MiB } from "../../../src/core/bytes.ts";
import { SyncError } from "../../../src/core/errors.ts";
import { parseETag } from "../../../src/core/etag.ts";
import type { Attributes } from "../../../src/core/object.ts";
import { digestBytes, hex, md5Of } from "../../../src/hash/digest.ts";
import { type Body, bytesBody, emptyBody } from "../../../src/store/body.ts";
import type { S3Api } from "../../../src/store/s3/api.ts";
import { TestBucket } from "../../support/bucket.ts";
import { never, rejection } from "../../support/stub-s3.ts";
import { implementations } from "./support/apis.ts";
import {
  bothDigests as both,
  bytesOf,
  fromMail,
  noDigests as none,
  noise,
  plain,
} from "./support/content.ts";

describe.each(implementations)("%s", (_, server, open) => {
  let bucket: TestBucket;
  let api: S3Api;

  beforeAll(async () => {
    bucket = await TestBucket.create(server());
    api = await open(bucket.name);
  });

  afterAll(async () => {
    api.close();
    await bucket[Symbol.asyncDispose]();
  });

  const put = (key: string, content: string, attributes = plain): Promise<unknown> => {
    const bytes = bytesOf(content);
    return api.putObject(key, bytesBody(bytes), digestBytes(bytes, both), attributes, never());
  };
  const read = async (key: string): Promise<string> =>
    new TextDecoder().decode(await bucket.get(key));

  describe("putObject", () => {
    test("stores the bytes and gives their ETag", async () => {
      const written = await put("put/small", "some data");
      expect(written).toMatchObject({ etag: hex(md5Of(bytesOf("some data"))) });
      expect(await read("put/small")).toBe("some data");
    });

    test("stores an empty object", async () => {
      const digests = digestBytes(new Uint8Array(0), both);
      await api.putObject("put/empty", emptyBody, digests, plain, never());
      expect(await bucket.head("put/empty")).toMatchObject({ ContentLength: 0 });
    });

    test("stores bytes without any digest", async () => {
      await api.putObject("put/bare", bytesBody(bytesOf("bare")), none, plain, never());
      expect(await read("put/bare")).toBe("bare");
    });

    test.each([MiB - 1, MiB, 3 * MiB + 1])("stores %i bytes as they are", async (length) => {
      const bytes = noise(length);
      await api.putObject("put/large", bytesBody(bytes), digestBytes(bytes, both), plain, never());
      expect(Buffer.compare(await bucket.get("put/large"), bytes)).toBe(0);
    });

    test("stores a stream of known length", async () => {
      const bytes = noise(2 * MiB + 3);
      const body: Body = {
        kind: "stream",
        length: bytes.byteLength,
        open: () => new Blob([bytes]).stream(),
      };
      await api.putObject("put/stream", body, digestBytes(bytes, both), plain, never());
      expect(Buffer.compare(await bucket.get("put/stream"), bytes)).toBe(0);
    });

    test("with an MD5 that is not the body's is refused as integrity", async () => {
      const digests = { md5: md5Of(bytesOf("something else")), sha256: undefined };
      const body = bytesBody(bytesOf("data"));
      const error = await rejection(api.putObject("put/wrong-md5", body, digests, plain, never()));
      expect(error).toMatchObject({ code: "integrity", operation: "PutObject" });
      expect(await bucket.keys("put/wrong-md5")).toEqual([]);
    });

    test("keeps system and user metadata", async () => {
      const attributes: Attributes = {
        contentType: "text/x-test; charset=utf-8",
        contentEncoding: "gzip",
        contentLanguage: "pl",
        contentDisposition: 'attachment; filename="a.txt"',
        cacheControl: "max-age=60, no-transform",
        expires: "Fri, 24 May 2030 00:00:00 GMT",
        metadata: { plain: "value", blank: "two words", "with-dash": "a=b; c" },
      };
      await put("put/attributes", "data", attributes);
      const { attributes: kept } = await api.headObject("put/attributes", {}, never());
      expect(kept).toMatchObject(attributes);
    });

    test("keeps a tab in metadata; the server signs it as a blank", async () => {
      await put("put/tab", "data", { metadata: { tab: "a\tb" } });
      const { attributes } = await api.headObject("put/tab", {}, never());
      expect(attributes.metadata).toEqual({ tab: "a\tb" });
    });

    test("replaces what was there", async () => {
      await put("put/twice", "first");
      await put("put/twice", "second");
      expect(await read("put/twice")).toBe("second");
    });
  });

  describe("headObject", () => {
    test("tells size, time, ETag and type", async () => {
      const before = Date.now();
      await put("head/object", "12345", { contentType: "text/plain", metadata: {} });
      const info = await api.headObject("head/object", {}, never());
      expect(info).toMatchObject({
        size: 5,
        etag: hex(md5Of(bytesOf("12345"))),
        versionId: undefined,
        encryption: undefined,
        attributes: { contentType: "text/plain" },
      });
      expect(Math.abs(info.mtimeMs - before)).toBeLessThan(60_000);
    });

    test("of an absent key is not-found", async () => {
      const error = await rejection(api.headObject("head/absent", {}, never()));
      expect(error).toMatchObject({ code: "not-found", status: 404, key: "head/absent" });
    });

    test("with an ETag that is not the object's is source-changed", async () => {
      await put("head/changed", "data");
      const ifMatch = parseETag("00000000000000000000000000000000");
      const error = await rejection(api.headObject("head/changed", { ifMatch }, never()));
      expect(error).toMatchObject({ code: "source-changed" });
    });
  });

  describe("getObject", () => {
    test("gives all bytes at once or piece by piece, and what HEAD tells", async () => {
      const bytes = noise(2 * MiB + 7);
      await bucket.put("get/large", bytes, { ContentType: "text/plain" });
      const [info, whole] = await api.getObject(
        "get/large",
        {},
        async (body) => [body.info, await body.bytes()] as const,
        never(),
      );
      expect(info).toEqual(await api.headObject("get/large", {}, never()));
      expect(Buffer.compare(whole, bytes)).toBe(0);
      const pieces = await api.getObject(
        "get/large",
        {},
        (body) => Array.fromAsync(body.stream()),
        never(),
      );
      expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
    });

    test("of an empty object gives no bytes", async () => {
      await put("get/empty", "");
      const consume = async (body: Parameters<Parameters<S3Api["getObject"]>[2]>[0]) =>
        [body.length, (await body.bytes()).byteLength] as const;
      expect(await api.getObject("get/empty", {}, consume, never())).toEqual([0, 0]);
    });

    test("of a range gives the range, and the size of the whole", async () => {
      await put("get/range", "0123456789");
      const result = await api.getObject(
        "get/range",
        { range: { first: 2, last: 5 } },
        async (body) => ({
          size: body.info.size,
          length: body.length,
          text: Buffer.from(await body.bytes()).toString(),
        }),
        never(),
      );
      expect(result).toEqual({ size: 10, length: 4, text: "2345" });
    });

    test("of a range beyond the end is source-changed", async () => {
      await put("get/short", "0123");
      const range = { first: 10, last: 20 };
      const got = api.getObject("get/short", { range }, (body) => body.bytes(), never());
      expect(await rejection(got)).toMatchObject({ code: "source-changed" });
    });

    test("with the object's ETag gives it, with another one is source-changed", async () => {
      await put("get/if-match", "data");
      const { etag } = await api.headObject("get/if-match", {}, never());
      const get = (ifMatch: typeof etag) =>
        api.getObject("get/if-match", { ifMatch }, (body) => body.bytes(), never());
      expect(Buffer.from(await get(etag)).toString()).toBe("data");
      await put("get/if-match", "other");
      const error = await rejection(get(etag));
      expect(error).toMatchObject({ code: "source-changed", key: "get/if-match" });
    });

    test("of an absent key is not-found, of an absent bucket no-such-bucket", async () => {
      const consume = () => Promise.resolve("consumed");
      const absent = await rejection(api.getObject("get/absent", {}, consume, never()));
      expect(absent).toMatchObject({ code: "not-found", reason: "NoSuchKey" });
      const elsewhere = await open(`absent-${crypto.randomUUID()}`);
      const error = await rejection(elsewhere.getObject("key", {}, consume, never()));
      elsewhere.close();
      expect(error).toMatchObject({ code: "no-such-bucket", reason: "NoSuchBucket" });
    });

    // More often than any pool has connections: one that stays taken each time would end the run.
    test("lets bytes go that nobody reads", async () => {
      await bucket.put("get/unread", noise(2 * MiB));
      const own = await open(bucket.name);
      const signal = AbortSignal.timeout(4500);
      for (let time = 0; time < 70; time++) {
        const consume = (body: { length: number }) => Promise.resolve(body.length);
        expect(await own.getObject("get/unread", {}, consume, signal)).toBe(2 * MiB);
      }
      own.close();
    });

    test("does not decompress what is stored compressed", async () => {
      const packed = Bun.gzipSync(bytesOf("unpacked"));
      await bucket.put("get/gzip", packed, { ContentEncoding: "gzip" });
      const bytes = await api.getObject("get/gzip", {}, (body) => body.bytes(), never());
      expect(Buffer.compare(bytes, packed)).toBe(0);
    });

    test("hands on what the consumer throws", async () => {
      await put("get/thrown", "data");
      const thrown = new SyncError("file-system", "the disk broke");
      const got = api.getObject("get/thrown", {}, () => Promise.reject(thrown), never());
      expect(await rejection(got)).toMatchObject({ code: "file-system" });
    });
  });

  test("metadata beyond ASCII is kept by putObject, copyObject and multipart uploads", async () => {
    const metadata = { polish: "zażółć gęślą jaźń", smile: "😀", mark: "\ufeffx" };
    await put("beyond/put", "data", { metadata });
    const source = { bucket: bucket.name, key: "beyond/put", versionId: undefined };
    await api.copyObject(
      { ...source, ifMatch: undefined },
      "beyond/copy",
      { metadata },
      undefined,
      never(),
    );
    const id = await api.createMultipartUpload("beyond/parts", { metadata }, undefined, never());
    const upload = { key: "beyond/parts", id };
    const etag = await api.uploadPart(upload, 1, bytesBody(bytesOf("data")), none, never());
    await api.completeMultipartUpload(upload, [{ number: 1, etag }], never());
    for (const key of ["beyond/put", "beyond/copy", "beyond/parts"]) {
      const { attributes } = await api.headObject(key, {}, never());
      const decoded = Object.entries(attributes.metadata).map(
        ([name, value]) => [name, fromMail(value)] as const,
      );
      expect(Object.fromEntries(decoded)).toEqual(metadata);
    }
  });

  test("headPart knows nothing of an object that was sent in one piece", async () => {
    await put("head/one-piece", "data");
    expect(await api.headPart("head/one-piece", undefined, 1, never())).toBeUndefined();
  });

  describe("a signal that fired", () => {
    const signal = AbortSignal.abort(new SyncError("aborted", "the test said stop"));
    const upload = { key: "abort/key", id: "id" };
    const source = { bucket: "b", key: "k", versionId: undefined, ifMatch: undefined };
    const data = bytesBody(bytesOf("data"));
    test.each<[string, () => Promise<unknown>]>([
      [
        "listObjects",
        () =>
          api.listObjects(
            { prefix: "", startAfter: undefined, token: undefined, maxKeys: 1 },
            signal,
          ),
      ],
      ["headObject", () => api.headObject("abort/key", {}, signal)],
      ["headPart", () => api.headPart("abort/key", undefined, 1, signal)],
      ["getObject", () => api.getObject("abort/key", {}, (body) => body.bytes(), signal)],
      ["putObject", () => api.putObject("abort/key", data, none, plain, signal)],
      [
        "createMultipartUpload",
        () => api.createMultipartUpload("abort/key", plain, undefined, signal),
      ],
      ["uploadPart", () => api.uploadPart(upload, 1, data, none, signal)],
      ["completeMultipartUpload", () => api.completeMultipartUpload(upload, [], signal)],
      ["abortMultipartUpload", () => api.abortMultipartUpload(upload, signal)],
      ["copyObject", () => api.copyObject(source, "abort/key", plain, undefined, signal)],
      [
        "uploadPartCopy",
        () => api.uploadPartCopy(source, { first: 0, last: 1 }, upload, 1, signal),
      ],
      ["deleteObjects", () => api.deleteObjects(["abort/key"], signal)],
    ])("stops %s before anything changes", async (_name, call) => {
      expect(await rejection(call())).toMatchObject({ code: "aborted" });
      expect(await bucket.keys("abort/")).toEqual([]);
    });
  });
});
