/**
 * The contract of the S3 operations on parts, copies and many keys, for both clients; see
 * `api-contract.test.ts`.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { MiB } from "../../../src/core/bytes.ts";
import { parseETag } from "../../../src/core/etag.ts";
import { compareKeys } from "../../../src/core/key.ts";
import { digestBytes, hex, md5Of } from "../../../src/hash/digest.ts";
import { multipartETag } from "../../../src/hash/etag.ts";
import { bytesBody } from "../../../src/store/body.ts";
import type { S3Api, UploadedPart } from "../../../src/store/s3/api.ts";
import type { ListedVersion, VersionsMark } from "../../../src/store/s3/wire/versions-parser.ts";
import { TestBucket } from "../../support/bucket.ts";
import { never, rejection } from "../../support/stub-s3.ts";
import { implementations } from "./support/apis.ts";
import { bothDigests as both, bytesOf, noise, plain } from "./support/content.ts";

describe.each(implementations)("%s", (client, server, open) => {
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

  test("tags are set and taken away", async () => {
    await bucket.put("tags/key", "x", { Tagging: "old=1" });
    const tags = (): Promise<string> => api.getObjectTagging("tags/key", undefined, never());
    await api.setObjectTagging("tags/key", "a=x+y&b=1%2F2", never());
    expect(new URLSearchParams(await tags()).toString()).toBe("a=x+y&b=1%2F2");
    await api.setObjectTagging("tags/key", "", never());
    expect(await tags()).toBe("");
  });

  describe("versions", () => {
    test("are listed with those that were deleted, the newest of a key first", async () => {
      await using versioned = await TestBucket.create(server());
      await versioned.keepVersions();
      const there = await open(versioned.name);
      await versioned.put("v/a b+é", "one");
      await versioned.put("v/a b+é", "second");
      await versioned.remove(["v/a b+é"]);
      await versioned.put("v/c", "x");
      await versioned.put("w", "x");
      const all: ListedVersion[] = [];
      let mark: VersionsMark | undefined;
      do {
        const page = await there.listVersions({ prefix: "v/", mark, maxKeys: 2 }, never());
        expect(page.versions.length).toBeLessThanOrEqual(2);
        all.push(...page.versions);
        mark = page.next;
      } while (mark !== undefined);
      expect(
        all.map(({ key, size, isMarker, isLatest }) => [key, size, isMarker, isLatest]),
      ).toEqual([
        ["v/a b+é", 0, true, true],
        ["v/a b+é", 6, false, false],
        ["v/a b+é", 3, false, false],
        ["v/c", 1, false, true],
      ]);
      expect(new Set(all.map(({ versionId }) => versionId)).size).toBe(4);
      expect(all.map(({ etag }) => etag === undefined)).toEqual([true, false, false, false]);
      there.close();
    });

    test("are kept or not, as the bucket says", async () => {
      await using other = await TestBucket.create(server());
      const there = await open(other.name);
      expect(await there.getBucketVersioning(never())).toBeUndefined();
      await other.keepVersions();
      expect(await there.getBucketVersioning(never())).toBe("Enabled");
      await other.keepVersions("Suspended");
      expect(await there.getBucketVersioning(never())).toBe("Suspended");
      there.close();
    });
  });

  describe("multipart uploads", () => {
    const begin = async (key: string, attributes = plain) => ({
      key,
      id: await api.createMultipartUpload(key, attributes, undefined, never()),
    });
    const sendPart = async (
      upload: { key: string; id: string },
      number: number,
      bytes: Uint8Array,
    ) => api.uploadPart(upload, number, bytesBody(bytes), digestBytes(bytes, both), never());

    test("of two parts become an object with the ETag of both", async () => {
      const parts = [noise(5 * MiB), noise(1000)];
      const metadata = { name: "value" };
      const upload = await begin("parts/two", { contentType: "text/x-parts", metadata });
      const sent: { number: number; etag: Awaited<ReturnType<typeof sendPart>> }[] = [];
      for (const [index, bytes] of parts.entries()) {
        const etag = await sendPart(upload, index + 1, bytes);
        expect(String(etag)).toBe(hex(md5Of(bytes)));
        sent.push({ number: index + 1, etag });
      }
      const written = await api.completeMultipartUpload(upload, sent, never());
      expect(written.etag).toBe(multipartETag(parts.map(md5Of)));
      expect(Buffer.compare(await bucket.get("parts/two"), Buffer.concat(parts))).toBe(0);
      const info = await api.headObject("parts/two", {}, never());
      expect(info).toMatchObject({
        etag: written.etag,
        size: 5 * MiB + 1000,
        attributes: { contentType: "text/x-parts", metadata },
      });
      expect(await api.headPart("parts/two", undefined, 1, never())).toBe(5 * MiB);
    });

    test("with checksums tell that of each part, in a list and one by one", async () => {
      const key = "parts/summed";
      const rule = { algorithm: "SHA256", type: "COMPOSITE" } as const;
      const upload = { key, id: await api.createMultipartUpload(key, plain, rule, never()) };
      const parts = [noise(5 * MiB), noise(1000)];
      const sent: UploadedPart[] = [];
      for (const [index, bytes] of parts.entries()) {
        const digests = digestBytes(bytes, { ...both, checksum: "SHA256" });
        const number = index + 1;
        const etag = await api.uploadPart(upload, number, bytesBody(bytes), digests, never());
        sent.push({ number, etag, checksum: digests.checksum });
      }
      const { etag } = await api.completeMultipartUpload(upload, sent, never());
      const told = sent.map(({ number, checksum }, index) => {
        return { number, length: parts[index]?.byteLength ?? 0, checksum };
      });
      for (const { number, length, checksum } of told) {
        const part = await api.headPartChecksum(key, undefined, number, never());
        expect(part).toEqual({ length, checksum, etag });
      }
      // The SDK puts a space between the names of attributes, and MinIO knows no attribute " ObjectParts".
      if (client.startsWith("the SDK")) return;
      const page = await api.listObjectParts(key, undefined, 0, never());
      expect(page).toEqual({ etag, parts: told, next: undefined });
      expect((await api.listObjectParts(key, undefined, 1, never())).parts).toEqual(told.slice(1));
    });

    test("a part with a wrong MD5 is refused as integrity", async () => {
      const upload = await begin("parts/wrong-md5");
      const digests = { md5: md5Of(bytesOf("other")), sha256: undefined };
      const body = bytesBody(bytesOf("data"));
      const error = await rejection(api.uploadPart(upload, 1, body, digests, never()));
      expect(error).toMatchObject({ code: "integrity", operation: "UploadPart" });
      await api.abortMultipartUpload(upload, never());
    });

    test("can be aborted; then they are no more", async () => {
      const upload = await begin("parts/aborted");
      const etag = await sendPart(upload, 1, bytesOf("data"));
      await api.abortMultipartUpload(upload, never());
      const complete = api.completeMultipartUpload(upload, [{ number: 1, etag }], never());
      expect(await rejection(complete)).toMatchObject({ code: "no-such-upload" });
      expect(await bucket.keys("parts/aborted")).toEqual([]);
    });

    test("cannot be completed with a part that was not sent", async () => {
      const upload = await begin("parts/missing");
      const etag = parseETag("00000000000000000000000000000000");
      const complete = api.completeMultipartUpload(upload, [{ number: 1, etag }], never());
      expect(await rejection(complete)).toMatchObject({ code: "rejected", reason: "InvalidPart" });
      await api.abortMultipartUpload(upload, never());
    });

    test("copy ranges of other objects as parts", async () => {
      const bytes = noise(6 * MiB);
      await bucket.put("parts/source ü", bytes);
      const { etag: ifMatch } = await api.headObject("parts/source ü", {}, never());
      const source = { bucket: bucket.name, key: "parts/source ü", versionId: undefined, ifMatch };
      const upload = await begin("parts/copied");
      const ranges = [
        { first: 0, last: 5 * MiB - 1 },
        { first: 5 * MiB, last: 6 * MiB - 1 },
      ];
      const sent = await Promise.all(
        ranges.map(async (range, index) => ({
          number: index + 1,
          ...(await api.uploadPartCopy(source, range, upload, index + 1, never())),
        })),
      );
      await api.completeMultipartUpload(upload, sent, never());
      expect(Buffer.compare(await bucket.get("parts/copied"), bytes)).toBe(0);
    });

    test("do not copy from an object that was replaced", async () => {
      await put("parts/replaced", "data");
      const ifMatch = parseETag("00000000000000000000000000000000");
      const source = { bucket: bucket.name, key: "parts/replaced", versionId: undefined, ifMatch };
      const upload = await begin("parts/from-replaced");
      const range = { first: 0, last: 3 };
      const copy = api.uploadPartCopy(source, range, upload, 1, never());
      expect(await rejection(copy)).toMatchObject({ code: "source-changed" });
      await api.abortMultipartUpload(upload, never());
    });
  });

  describe("copyObject", () => {
    const from = (key: string, etag?: string) => ({
      bucket: bucket.name,
      key,
      versionId: undefined,
      ifMatch: etag === undefined ? undefined : parseETag(etag),
    });

    test("copies the bytes, and gives them the attributes it is told", async () => {
      await put("copy/from ü+%", "data", { contentType: "text/old", metadata: { old: "1" } });
      const attributes = { contentType: "text/new", metadata: { new: "2" } };
      const written = await api.copyObject(
        from("copy/from ü+%"),
        "copy/to",
        attributes,
        undefined,
        never(),
      );
      expect(String(written.etag)).toBe(hex(md5Of(bytesOf("data"))));
      expect(await read("copy/to")).toBe("data");
      const info = await api.headObject("copy/to", {}, never());
      expect(info.attributes).toMatchObject({ contentType: "text/new" });
      expect(info.attributes.metadata).toEqual({ new: "2" });
    });

    test("of an object that was replaced is source-changed", async () => {
      await put("copy/replaced", "data");
      const source = from("copy/replaced", "00000000000000000000000000000000");
      const error = await rejection(
        api.copyObject(source, "copy/nothing", plain, undefined, never()),
      );
      expect(error).toMatchObject({ code: "source-changed" });
      expect(await bucket.keys("copy/nothing")).toEqual([]);
    });

    test("of an absent object is not-found", async () => {
      const error = await rejection(
        api.copyObject(from("absent"), "copy/none", plain, undefined, never()),
      );
      expect(error).toMatchObject({ code: "not-found", operation: "CopyObject" });
    });
  });

  describe("deleteObjects", () => {
    test("deletes keys of any kind; absent ones count as deleted", async () => {
      const keys = [
        "delete/a",
        "delete/ü €😀",
        "delete/<&>\"'",
        "delete/a b+c%20d",
        "delete/tab\tnl\ncr\r",
      ];
      for (const key of keys) await bucket.put(key, "x");
      await bucket.put("delete/stays", "x");
      expect(await api.deleteObjects([...keys, "delete/absent"], never())).toEqual([]);
      expect(await bucket.keys("delete/")).toEqual(["delete/stays"]);
    });

    test("deletes a key with control characters that XML cannot name", async () => {
      await bucket.put("control/\u0001\u001f\u007f", "x");
      expect(await api.deleteObjects(["control/\u0001\u001f\u007f"], never())).toEqual([]);
      expect(await bucket.keys("control/")).toEqual([]);
    });

    test("refuses half a surrogate pair: as UTF-8 it would be another key", async () => {
      await bucket.put("half/\ufffd", "x");
      const error = await rejection(api.deleteObjects(["half/\ud800"], never()));
      expect(error).toMatchObject({ code: "unsafe-key" });
      expect(await bucket.keys("half/")).toEqual(["half/\ufffd"]);
    });

    test("in a bucket that is not there is no-such-bucket", async () => {
      const elsewhere = await open(`absent-${crypto.randomUUID()}`);
      const error = await rejection(elsewhere.deleteObjects(["key"], never()));
      elsewhere.close();
      expect(error).toMatchObject({ code: "no-such-bucket" });
    });
  });

  describe("deleteVersions", () => {
    test("deletes versions for good, of keys of any kind; absent ones count as deleted", async () => {
      const keys = ["gone/a", "gone/<&>\"'", "gone/tab\tnl\ncr\r"];
      for (const key of keys) await bucket.put(key, "x");
      const asked = [...keys, "gone/absent"].map((key) => ({ key, versionId: "null" }));
      expect(await api.deleteVersions(asked, never())).toEqual([]);
      expect(await bucket.keys("gone/")).toEqual([]);
    });

    test("deletes the version that is named, and no other", async () => {
      await using versioned = await TestBucket.create(server());
      await versioned.keepVersions();
      for (const body of ["1", "22", "333"]) await versioned.put("a", body);
      const there = await open(versioned.name);
      const list = async () =>
        (await there.listVersions({ prefix: "", mark: undefined, maxKeys: 9 }, never())).versions;
      const [, middle] = await list();
      await there.deleteVersions([{ key: "a", versionId: middle?.versionId ?? "" }], never());
      expect((await list()).map(({ size }) => size)).toEqual([3, 1]);
      there.close();
    });

    test("tells what is not deleted, with its version", async () => {
      const failures = await api.deleteVersions([{ key: "a", versionId: "no-id" }], never());
      expect(failures).toMatchObject([{ key: "a", versionId: "no-id" }]);
    });
  });

  describe("listObjects", () => {
    const pages = async (prefix: string, maxKeys: number, startAfter?: string) => {
      const found: string[][] = [];
      let token: string | undefined;
      do {
        const request = { prefix, startAfter: token === undefined ? startAfter : undefined };
        const page = await api.listObjects({ ...request, token, maxKeys }, never());
        found.push(page.objects.map(({ key }) => key));
        token = page.nextToken;
      } while (token !== undefined);
      return found;
    };

    test("gives pages in key order, from any key on", async () => {
      const keys = ["a", "b", "c", "d", "e"].map((name) => `list/pages/${name}`);
      for (const key of keys) await bucket.put(key, "x");
      expect(await pages("list/pages/", 2)).toEqual([
        keys.slice(0, 2),
        keys.slice(2, 4),
        keys.slice(4),
      ]);
      expect((await pages("list/pages/", 1000, "list/pages/b")).flat()).toEqual(keys.slice(2));
      expect((await pages("list/pages/", 1, "list/pages/b")).flat()).toEqual(keys.slice(2));
      expect(await pages("list/nothing/", 2)).toEqual([[]]);
    });

    test("tells size, time and ETag of each object", async () => {
      const before = Date.now();
      await bucket.put("list/facts", "12345");
      const request = { prefix: "list/facts", startAfter: undefined, token: undefined, maxKeys: 9 };
      const { objects } = await api.listObjects(request, never());
      expect(objects).toMatchObject([
        { key: "list/facts", damaged: false, size: 5, etag: hex(md5Of(bytesOf("12345"))) },
      ]);
      expect(Math.abs((objects[0]?.mtimeMs ?? 0) - before)).toBeLessThan(60_000);
    });

    test("gives odd keys as they are, in the order of their UTF-8 bytes", async () => {
      const names = [
        "a b",
        "a+b",
        "a%20b",
        "&<>\"'",
        "tab\tnl\n",
        "ü",
        "\ue000",
        "\uffee",
        "😀",
        "~",
      ];
      const keys = names.map((name) => `list/odd/${name}`).sort(compareKeys);
      for (const key of keys) await bucket.put(key, "x");
      expect(await pages("list/odd/", 3)).toEqual([
        keys.slice(0, 3),
        keys.slice(3, 6),
        keys.slice(6, 9),
        keys.slice(9),
      ]);
      expect((await pages("list/odd/a+", 3)).flat()).toEqual(["list/odd/a+b"]);
    });

    test("in a bucket that is not there is no-such-bucket", async () => {
      const elsewhere = await open(`absent-${crypto.randomUUID()}`);
      const request = { prefix: "", startAfter: undefined, token: undefined, maxKeys: 9 };
      const error = await rejection(elsewhere.listObjects(request, never()));
      elsewhere.close();
      expect(error).toMatchObject({ code: "no-such-bucket", operation: "ListObjectsV2" });
    });
  });
});
