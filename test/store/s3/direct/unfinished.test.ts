/**
 * How answers about unfinished uploads are read: page after page, and nothing that is cut.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseETag } from "../../../../src/core/etag.ts";
import { never, rejection, startStub, StubClient } from "../../../support/stub-s3.ts";

const upload = { key: "k", id: "the id" };

async function withStub<T>(
  bodies: readonly string[],
  work: (client: StubClient) => Promise<T>,
): Promise<{ result: T; targets: readonly string[] }> {
  const targets: string[] = [];
  await using server = await startStub((request, number) => {
    targets.push(request.target);
    return { status: 200, body: bodies[Math.min(number, bodies.length) - 1] ?? "" };
  });
  using client = new StubClient(server.origin, {
    retry: { maxAttempts: 1, initialBackoffMs: 1 },
  });
  return { result: await work(client), targets };
}

const part = (number: number, more = ""): string =>
  `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${"a".repeat(32)}&quot;</ETag><Size>5</Size>${more}</Part>`;

describe("ListParts", () => {
  test("tells of parts, their sizes and checksums, and after which part it goes on", async () => {
    const xml = `<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>${part(1)}${part(2, "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>")}</ListPartsResult>`;
    const { result, targets } = await withStub([xml], ({ api }) =>
      api.listParts(upload, 0, never()),
    );
    const etag = parseETag("a".repeat(32));
    expect(result).toEqual({
      next: 2,
      parts: [
        { number: 1, length: 5, etag, checksum: undefined },
        { number: 2, length: 5, etag, checksum: { algorithm: "CRC32", value: "AAAAAA==" } },
      ],
    });
    expect(targets[0]).toEndWith("/k?uploadId=the%20id");
  });

  test("asks for the parts after one, and ends where a server would go round in circles", async () => {
    const xml = `<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>7</NextPartNumberMarker></ListPartsResult>`;
    const { result, targets } = await withStub([xml], ({ api }) =>
      api.listParts(upload, 7, never()),
    );
    expect(result).toEqual({ parts: [], next: undefined });
    expect(targets[0]).toContain("part-number-marker=7");
  });

  test("is read from a server that calls it a response", async () => {
    const xml = `<ListPartsResponse>${part(1)}</ListPartsResponse>`;
    const { result } = await withStub([xml], ({ api }) => api.listParts(upload, 0, never()));
    expect(result.parts).toHaveLength(1);
  });

  test.each([
    ["is cut", `<ListPartsResult>${part(1)}`],
    [
      "names no size",
      `<ListPartsResult>${part(1).replace("<Size>5</Size>", "")}</ListPartsResult>`,
    ],
    ["is something else", "<html></html>"],
  ])("that %s is not believed", async (_, xml) => {
    const answer = withStub([xml], ({ api }) => api.listParts(upload, 0, never()));
    expect(await rejection(answer)).toMatchObject({ code: "protocol", retryable: true });
  });
});

describe("ListMultipartUploads", () => {
  const open = `<Upload><Key>a%20b%2B</Key><UploadId>1</UploadId><Initiator><ID>arn:aws:iam::1:user/me</ID><DisplayName>me</DisplayName></Initiator><Owner><ID>o</ID></Owner><Initiated>2026-10-01T00:00:00.000Z</Initiated></Upload>`;

  test("tells of uploads, since when, and who began them", async () => {
    const xml = `<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a%20b%2B</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>${open}</ListMultipartUploadsResult>`;
    const { result, targets } = await withStub([xml], async ({ api }) => {
      const first = await api.listMultipartUploads("a b", undefined, never());
      await api.listMultipartUploads("a b", first.next, never());
      return first;
    });
    const begunMs = Date.parse("2026-10-01T00:00:00Z");
    expect(result).toEqual({
      uploads: [{ key: "a b+", id: "1", begunMs, initiator: "me arn:aws:iam::1:user/me" }],
      next: { key: "a b+", id: "1" },
    });
    expect(targets[0]).toContain("prefix=a%20b");
    expect(targets[1]).toContain("key-marker=a%20b%2B");
    expect(targets[1]).toContain("upload-id-marker=1");
  });

  test.each([
    ["is cut", `<ListMultipartUploadsResult>${open}`],
    [
      "names no id",
      `<ListMultipartUploadsResult>${open.replace("<UploadId>1</UploadId>", "")}</ListMultipartUploadsResult>`,
    ],
    [
      "does not say how to go on",
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>",
    ],
  ])("that %s is not believed", async (_, xml) => {
    const answer = withStub([xml], ({ api }) => api.listMultipartUploads("", undefined, never()));
    expect(await rejection(answer)).toMatchObject({ code: "protocol" });
  });
});
