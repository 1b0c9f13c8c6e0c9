/**
 * Objects' attributes as headers, both ways.
 *
 * @module
 */
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
} from "../../../core/checksum.ts";
import { SyncError } from "../../../core/errors.ts";
import { type ETag, parseETag, quoteETag } from "../../../core/etag.ts";
import type {
  Attributes,
  Encryption,
  Expected,
  ObjectInfo,
  UserMetadata,
  Written,
} from "../../../core/object.ts";
import { base64, type Digests, hex } from "../../../hash/digest.ts";
import type { ReadOptions } from "../api.ts";
import { encryptionHeaders } from "../encryption.ts";
import type { HttpResponse } from "../wire/response.ts";
import { unsignedPayload } from "../wire/sigv4.ts";

type Headers = Record<string, string | undefined>;

const metadataPrefix = "x-amz-meta-";

/** Headers that store attributes with an object. */
export function attributeHeaders(attributes: Attributes): Headers {
  const headers: Headers = {
    "content-type": attributes.contentType,
    "content-encoding": attributes.contentEncoding,
    "content-language": attributes.contentLanguage,
    "content-disposition": attributes.contentDisposition,
    "cache-control": attributes.cacheControl,
    expires: attributes.expires,
    "x-amz-website-redirect-location": attributes.websiteRedirect,
    "x-amz-storage-class": attributes.storageClass,
    "x-amz-tagging": attributes.tagging || undefined,
    "x-amz-acl": attributes.acl,
    ...(attributes.encryption && encryptionHeaders(attributes.encryption)),
    "x-amz-request-payer": attributes.requestPayer,
  };
  for (const [name, value] of Object.entries(attributes.metadata)) {
    headers[metadataPrefix + name] = value;
  }
  return headers;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function conditionHeaders(expected: Expected | undefined): Headers {
  switch (expected?.kind) {
    case "nothing":
      return { "if-none-match": "*" };
    case "etag":
      return { "if-match": quoteETag(expected.etag) };
    default:
      return {};
  }
}

/** Names the header of a checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return checksumHeaders[algorithm];
}

const checksumHeaders = {
  CRC32: "x-amz-checksum-crc32",
  CRC32C: "x-amz-checksum-crc32c",
  CRC64NVME: "x-amz-checksum-crc64nvme",
  SHA1: "x-amz-checksum-sha1",
  SHA256: "x-amz-checksum-sha256",
} as const;

/** The checksum that an answer shows. */
export function readChecksum(response: HttpResponse): Checksum | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = response.header(checksumHeaders[algorithm]);
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

/** How a payload is signed and checked on arrival. */
export function payloadHeaders(digests: Digests): { headers: Headers; payloadHash: string } {
  const { checksum } = digests;
  const headers: Headers = {
    "content-md5": digests.md5 === undefined ? undefined : base64(digests.md5),
  };
  if (checksum !== undefined) headers[checksumHeader(checksum.algorithm)] = checksum.value;
  return {
    headers,
    payloadHash: digests.sha256 === undefined ? unsignedPayload : hex(digests.sha256),
  };
}

/** Headers that say which state of an object to read. */
export function readHeaders(options: ReadOptions): Headers {
  const { range, ifMatch, checksum } = options;
  return {
    range: range === undefined ? undefined : `bytes=${range.first}-${range.last}`,
    "if-match": ifMatch === undefined ? undefined : quoteETag(ifMatch),
    "x-amz-checksum-mode": checksum === true ? "ENABLED" : undefined,
  };
}

/**
 * What the head of GetObject or HeadObject tells.
 *
 * @param withChecksum it was asked for
 */
export function readInfo(response: HttpResponse, withChecksum: boolean): ObjectInfo {
  return {
    size: wholeSize(response),
    // Some caches leave it out: then the listing tells.
    mtimeMs: Date.parse(response.header("last-modified") ?? "") || 0,
    etag: etagHeader(response),
    versionId: versionHeader(response),
    encryption: readEncryption(response),
    kmsKeyId: response.header("x-amz-server-side-encryption-aws-kms-key-id"),
    checksum: withChecksum ? readChecksum(response) : undefined,
    tagCount: Number(response.header("x-amz-tagging-count") ?? 0),
    attributes: readAttributes(response),
  };
}

/** What the head of an answer to a write tells. */
export function readWritten(
  response: HttpResponse,
  etag = etagHeader(response),
  checksum?: Checksum,
): Written {
  const encryption = readEncryption(response);
  return { etag, versionId: versionHeader(response), encryption, checksum };
}

/** The ETag header, or `undefined`. */
export function etagHeader(response: HttpResponse): ETag | undefined {
  const text = response.header("etag");
  return text === undefined ? undefined : parseETag(text);
}

function versionHeader(response: HttpResponse): string | undefined {
  const id = response.header("x-amz-version-id");
  return id === "null" ? undefined : id;
}

const rangeForm = /^bytes \d+-\d+\/(\d+)$/;

function wholeSize(response: HttpResponse): number {
  const range = response.header("content-range");
  const size = range === undefined ? response.contentLength : Number(rangeForm.exec(range)?.[1]);
  if (size === undefined || Number.isNaN(size)) {
    throw new SyncError("protocol", `${response.operation} gave no length`, {
      operation: response.operation,
    });
  }
  return size;
}

function readEncryption(response: HttpResponse): Encryption | undefined {
  if (response.header("x-amz-server-side-encryption-customer-algorithm") !== undefined) {
    return "customer-key";
  }
  const name = response.header("x-amz-server-side-encryption");
  return name === "AES256" || name === "aws:kms" || name === "aws:kms:dsse" ? name : undefined;
}

function readAttributes(response: HttpResponse): Attributes {
  return {
    contentType: response.header("content-type"),
    contentEncoding: response.header("content-encoding"),
    contentLanguage: response.header("content-language"),
    contentDisposition: response.header("content-disposition"),
    cacheControl: response.header("cache-control"),
    expires: response.header("expires"),
    websiteRedirect: response.header("x-amz-website-redirect-location"),
    storageClass: response.header("x-amz-storage-class"),
    metadata: readMetadata(response),
  };
}

function readMetadata(response: HttpResponse): UserMetadata {
  const metadata: Record<string, string> = {};
  for (const name of response.headerNames()) {
    if (!name.startsWith(metadataPrefix)) continue;
    metadata[name.slice(metadataPrefix.length)] = response.header(name) ?? "";
  }
  return metadata;
}
