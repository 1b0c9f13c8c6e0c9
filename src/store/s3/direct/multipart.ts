/**
 * Multipart uploads.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 * @module
 */
import { type Checksum, checksumAlgorithms, type ChecksumRule } from "../../../core/checksum.ts";
import { SyncError } from "../../../core/errors.ts";
import { type ETag, parseETag, quoteETag } from "../../../core/etag.ts";
import type { Attributes, Expected, Written } from "../../../core/object.ts";
import { type Digests, sha256Hex } from "../../../hash/digest.ts";
import { type Body, bytesBody } from "../../body.ts";
import type { UploadedPart } from "../api.ts";
import type { DirectClient } from "../wire/client.ts";
import type { HttpResponse } from "../wire/response.ts";
import { refusalError } from "../wire/s3-errors.ts";
import { elementText, escapeXml } from "../wire/xml.ts";
import {
  attributeHeaders,
  conditionHeaders,
  etagHeader,
  payloadHeaders,
  readWritten,
} from "./headers.ts";

/** An upload that was begun and not yet completed. */
export interface Upload {
  readonly key: string;
  readonly id: string;
  readonly expected?: Expected | undefined;
}

/** Begins an upload. */
export async function createMultipartUpload(
  client: DirectClient,
  key: string,
  attributes: Attributes,
  checksum: ChecksumRule | undefined,
  signal: AbortSignal,
): Promise<string> {
  const name = "CreateMultipartUpload";
  const headers = {
    ...attributeHeaders(attributes),
    ...ruleHeaders(checksum),
    ...client.writeHeaders,
  };
  const query = { uploads: "" };
  const read = async (response: HttpResponse): Promise<string> => {
    const id = elementText(await response.text(), "UploadId");
    if (id !== undefined) return id;
    throw new SyncError("protocol", `${name} gave no upload id`, { operation: name, key });
  };
  return client.call({ name, method: "POST", key, query, headers }, read, signal);
}

/** Composite is what a server takes for granted, and older ones know nothing else. */
function ruleHeaders(rule: ChecksumRule | undefined): Record<string, string | undefined> {
  if (rule === undefined) return {};
  return {
    "x-amz-checksum-algorithm": rule.algorithm,
    "x-amz-checksum-type": rule.type === "COMPOSITE" ? undefined : rule.type,
  };
}

/** Sends one part. */
export async function uploadPart(
  client: DirectClient,
  upload: Upload,
  number: number,
  body: Body,
  digests: Digests,
  signal: AbortSignal,
): Promise<ETag> {
  const { headers: about, payloadHash } = payloadHeaders(digests);
  const headers = { ...about, ...client.objectHeaders };
  const query = { partNumber: String(number), uploadId: upload.id };
  return client.call(
    { name: "UploadPart", method: "PUT", key: upload.key, query, headers, body, payloadHash },
    async (response) => {
      await response.discard();
      return partETag(etagHeader(response), "UploadPart", upload.key);
    },
    signal,
  );
}

/** An upload cannot be completed without the ETag of each part. */
export function partETag(etag: ETag | undefined, operation: string, key: string): ETag {
  if (etag !== undefined) return etag;
  throw new SyncError("protocol", `${operation} gave no ETag for a part of ${key}`, {
    operation,
    key,
  });
}

/** Makes the parts an object. The answer may be an error although its status is 200. */
export async function completeMultipartUpload(
  client: DirectClient,
  upload: Upload,
  parts: readonly UploadedPart[],
  signal: AbortSignal,
): Promise<Written> {
  const name = "CompleteMultipartUpload";
  const list = parts.map(partXml);
  const body = new TextEncoder().encode(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join("")}</CompleteMultipartUpload>`,
  );
  return client.call(
    {
      name,
      method: "POST",
      key: upload.key,
      query: { uploadId: upload.id },
      headers: { "content-type": "application/xml", ...conditionHeaders(upload.expected) },
      body: bytesBody(body),
      payloadHash: sha256Hex(body),
      slow: true,
      once: upload.expected !== undefined,
    },
    async (response) => {
      const xml = await response.text();
      const etag = elementText(xml, "ETag");
      if (etag !== undefined && xml.includes("</CompleteMultipartUploadResult>")) {
        return readWritten(response, parseETag(etag), checksumElement(xml));
      }
      const place = {
        operation: name,
        bucket: client.bucket,
        key: upload.key,
        sent: response.sent,
      };
      throw refusalError(xml, response.status, place);
    },
    signal,
  );
}

function partXml({ number, etag, checksum }: UploadedPart): string {
  const name = checksum === undefined ? "" : `Checksum${checksum.algorithm}`;
  const proof = checksum === undefined ? "" : `<${name}>${checksum.value}</${name}>`;
  return `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(quoteETag(etag))}</ETag>${proof}</Part>`;
}

/** The checksum that a document tells. */
export function checksumElement(xml: string): Checksum | undefined {
  if (!xml.includes("<Checksum")) return undefined;
  for (const algorithm of checksumAlgorithms) {
    const value = elementText(xml, `Checksum${algorithm}`);
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

/** Throws an upload and its parts away. */
export async function abortMultipartUpload(
  client: DirectClient,
  upload: Upload,
  signal: AbortSignal,
): Promise<void> {
  const name = "AbortMultipartUpload";
  const query = { uploadId: upload.id };
  await client.call(
    { name, method: "DELETE", key: upload.key, query },
    (response) => response.discard(),
    signal,
  );
}
