/**
 * Copies on the server: CopyObject and UploadPartCopy.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 * @module
 */
import type { Checksum, ChecksumRule } from "../../../core/checksum.ts";
import { isError, SyncError } from "../../../core/errors.ts";
import { type ETag, parseETag, quoteETag } from "../../../core/etag.ts";
import type { Written } from "../../../core/object.ts";
import type { ByteRange, CopySource, PartAnswer, WriteHow } from "../api.ts";
import { copySourceText } from "../copy-source.ts";
import { copySourceKeyHeaders } from "../encryption.ts";
import type { DirectClient } from "../wire/client.ts";
import type { Operation } from "../wire/operation.ts";
import type { HttpResponse } from "../wire/response.ts";
import { refusalError } from "../wire/s3-errors.ts";
import { elementText } from "../wire/xml.ts";
import { attributeHeaders, conditionHeaders, readWritten } from "./headers.ts";
import { checksumElement, partETag, type Upload } from "./multipart.ts";

/** Copies an object of up to 5 GiB in one request; metadata is what `attributes` say. */
export async function copyObject(
  client: DirectClient,
  source: CopySource,
  key: string,
  attributes: WriteHow,
  checksum: ChecksumRule | undefined,
  signal: AbortSignal,
): Promise<Written> {
  const headers = {
    ...attributeHeaders(attributes),
    ...sourceHeaders(source),
    ...conditionHeaders(attributes.expected),
    ...client.writeHeaders,
    "x-amz-metadata-directive": "REPLACE",
    "x-amz-tagging-directive": attributes.tagging === undefined ? undefined : "REPLACE",
    "x-amz-checksum-algorithm": checksum?.algorithm,
  };
  const once = attributes.expected !== undefined;
  return copyCall(
    client,
    { name: "CopyObject", method: "PUT", key, headers, slow: true, once },
    "</CopyObjectResult>",
    ({ etag, checksum: made }, response) => readWritten(response, etag, made),
    signal,
  );
}

/** Copies a range of an object as one part of an upload. */
export async function uploadPartCopy(
  client: DirectClient,
  source: CopySource,
  range: ByteRange,
  upload: Upload,
  number: number,
  signal: AbortSignal,
): Promise<PartAnswer> {
  const name = "UploadPartCopy";
  const headers = {
    ...sourceHeaders(source),
    ...client.objectHeaders,
    "x-amz-copy-source-range": `bytes=${range.first}-${range.last}`,
  };
  const query = { partNumber: String(number), uploadId: upload.id };
  return copyCall(
    client,
    { name, method: "PUT", key: upload.key, query, headers, slow: true },
    "</CopyPartResult>",
    ({ etag, checksum }) => ({ etag: partETag(etag, name, upload.key), checksum }),
    signal,
  );
}

function sourceHeaders(source: CopySource): Record<string, string | undefined> {
  return {
    "x-amz-copy-source": copySourceText(source),
    "x-amz-copy-source-if-match":
      source.ifMatch === undefined ? undefined : quoteETag(source.ifMatch),
    ...copySourceKeyHeaders(source.customerKey),
  };
}

/** What a document tells of a copy. */
interface Copied {
  readonly etag: ETag | undefined;
  readonly checksum: Checksum | undefined;
}

/**
 * A copy that fails halfway answers 200 with an error document. A condition that fails is the source's, unless
 * there is one for the target too.
 */
async function copyCall<T>(
  client: DirectClient,
  operation: Operation,
  end: string,
  make: (copied: Copied, response: HttpResponse) => T,
  signal: AbortSignal,
): Promise<T> {
  const read = async (response: HttpResponse): Promise<T> => {
    const xml = await response.text();
    const etag = elementText(xml, "ETag");
    if (xml.includes(end)) {
      const checksum = checksumElement(xml);
      return make({ etag: etag === undefined ? undefined : parseETag(etag), checksum }, response);
    }
    const place = {
      operation: operation.name,
      bucket: client.bucket,
      key: operation.key,
      sent: response.sent,
    };
    throw refusalError(xml, response.status, place);
  };
  try {
    return await client.call(operation, read, signal);
  } catch (error) {
    if (!isError(error, "precondition") || operation.once === true) throw error;
    throw new SyncError("source-changed", "the object was replaced before it was copied", {
      ...error,
      cause: error,
    });
  }
}
