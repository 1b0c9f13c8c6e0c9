/**
 * The contract of the S3 operations for additional checksums and tags: the same for both clients.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { MiB } from "../../../src/core/bytes.ts";
import { checksumAlgorithms, checksumRule } from "../../../src/core/checksum.ts";
import { compositeChecksum, prepareChecksum } from "../../../src/hash/checksum.ts";
import { digestBytes } from "../../../src/hash/digest.ts";
import { bytesBody } from "../../../src/store/body.ts";
import type { S3Api } from "../../../src/store/s3/api.ts";
import { TestBucket } from "../../support/bucket.ts";
import { never, rejection, startStub, StubClient } from "../../support/stub-s3.ts";
import { implementations } from "./support/apis.ts";
import { bothDigests, bytesOf, noise, plain } from "./support/content.ts";

beforeAll(async () => {
  await Promise.all(checksumAlgorithms.map(prepareChecksum));
});

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

  test.each(checksumAlgorithms)("a %s is kept, and shown only when asked for", async (checksum) => {
    const bytes = bytesOf("data");
    const digests = digestBytes(bytes, { ...bothDigests, checksum });
    const written = await api.putObject(checksum, bytesBody(bytes), digests, plain, never());
    expect(written.checksum).toEqual(digests.checksum);
    expect(await api.headObject(checksum, { checksum: true }, never())).toMatchObject({
      checksum: digests.checksum,
    });
    const info = await api.getObject(checksum, {}, async (body) => body.info, never());
    expect(info.checksum).toBeUndefined();
  });

  test.each(checksumAlgorithms)("a wrong %s is refused", async (checksum) => {
    const wrong = digestBytes(bytesOf("other"), { md5: false, sha256: false, checksum });
    const body = bytesBody(bytesOf("data"));
    const error = await rejection(api.putObject("wrong", body, wrong, plain, never()));
    expect(error).toMatchObject({ operation: "PutObject" });
    expect(await bucket.keys("wrong")).toEqual([]);
  });

  test("parts with checksums become an object with the checksum of both", async () => {
    const rule = checksumRule("SHA256", false);
    const key = "parts";
    const id = await api.createMultipartUpload(key, plain, rule, never());
    const sent = [];
    for (const [index, bytes] of [noise(5 * MiB), noise(1000)].entries()) {
      const digests = digestBytes(bytes, { ...bothDigests, checksum: "SHA256" });
      const number = index + 1;
      const etag = await api.uploadPart({ key, id }, number, bytesBody(bytes), digests, never());
      sent.push({ number, etag, checksum: digests.checksum, length: bytes.byteLength });
    }
    const written = await api.completeMultipartUpload({ key, id }, sent, never());
    const whole = compositeChecksum(
      "SHA256",
      sent.map(({ checksum, length }) => ({ value: checksum?.value ?? "", length })),
    );
    expect(written.checksum).toEqual(whole);
    expect(await api.headObject(key, { checksum: true }, never())).toMatchObject({
      checksum: whole,
    });
  });

  test("tags are written with an object, counted, and read as they were written", async () => {
    const tagging = "a=1&two%20words=x%2By&empty=";
    const body = bytesBody(bytesOf("data"));
    const digests = digestBytes(bytesOf("data"), bothDigests);
    await api.putObject("tagged", body, digests, { ...plain, tagging }, never());
    expect(await api.headObject("tagged", {}, never())).toMatchObject({ tagCount: 3 });
    const tags = await api.getObjectTagging("tagged", undefined, never());
    expect(tags.split("&").toSorted()).toEqual(tagging.split("&").toSorted());
    expect(await bucket.head("tagged")).toBeDefined();
  });

  test("tags of an object without any are an empty query", async () => {
    await bucket.put("untagged", "x");
    expect(await api.headObject("untagged", {}, never())).toMatchObject({ tagCount: 0 });
    expect(await api.getObjectTagging("untagged", undefined, never())).toBe("");
  });
});

/** No server that can be had here copies parts into an upload with checksums. */
describe("on the wire", () => {
  const upload = { key: "key", id: "id" };
  const source = { bucket: "from", key: "k", versionId: undefined, ifMatch: undefined };

  test("the checksum of a copied part is taken from the answer, and told at the end", async () => {
    await using server = await startStub([
      {
        body: `<CopyPartResult><ETag>"x"</ETag><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></CopyPartResult>`,
      },
      {
        body: `<CompleteMultipartUploadResult><ETag>"y-1"</ETag><ChecksumCRC32C>BBBBBB==-1</ChecksumCRC32C></CompleteMultipartUploadResult>`,
      },
    ]);
    using stub = new StubClient(server.origin);
    const range = { first: 0, last: 9 };
    const part = await stub.api.uploadPartCopy(source, range, upload, 1, never());
    expect(part.checksum).toEqual({ algorithm: "CRC32C", value: "AAAAAA==" });
    const written = await stub.api.completeMultipartUpload(
      upload,
      [{ number: 1, ...part }],
      never(),
    );
    expect(written.checksum).toEqual({ algorithm: "CRC32C", value: "BBBBBB==-1" });
    expect(server.requests[1]?.body.toString()).toContain(
      "<PartNumber>1</PartNumber><ETag>&quot;x&quot;</ETag><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C>",
    );
  });

  test("a full-object checksum is named when an upload begins; composite is the default", async () => {
    const answer = {
      body: "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>",
    };
    await using server = await startStub([answer, answer]);
    using stub = new StubClient(server.origin);
    for (const full of [true, false]) {
      await stub.api.createMultipartUpload("key", plain, checksumRule("CRC32", full), never());
    }
    const types = server.requests.map(({ headers }) => headers["x-amz-checksum-type"]);
    expect(types).toEqual(["FULL_OBJECT", undefined]);
    expect(server.requests[0]?.headers["x-amz-checksum-algorithm"]).toBe("CRC32");
  });
});
