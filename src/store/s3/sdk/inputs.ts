/**
 * What the SDK's commands take, made of our own types.
 *
 * @module
 */
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
} from "../../../core/checksum.ts";
import { quoteETag } from "../../../core/etag.ts";
import type { Attributes, Expected } from "../../../core/object.ts";
import { base64, type Digests } from "../../../hash/digest.ts";
import { type Body, bodyLength } from "../../body.ts";
import type { ByteRange, CopySource, ReadOptions } from "../api.ts";
import { copySourceText } from "../copy-source.ts";
import type { CustomerKey, EncryptionOptions } from "../encryption.ts";

/** A range as HTTP writes it. */
export function rangeText(range: ByteRange): string {
  return `bytes=${range.first}-${range.last}`;
}

type ReadInput = {
  VersionId?: string;
  IfMatch?: string;
  Range?: string;
  ChecksumMode?: "ENABLED";
};

/** Which state of an object to read. */
export function readInput({ versionId, ifMatch, range, checksum }: ReadOptions): ReadInput {
  return {
    ...(checksum === true ? { ChecksumMode: "ENABLED" } : {}),
    ...(versionId === undefined ? {} : { VersionId: versionId }),
    ...(ifMatch === undefined ? {} : { IfMatch: quoteETag(ifMatch) }),
    ...(range === undefined ? {} : { Range: rangeText(range) }),
  };
}

/** When to write. */
export function conditionInput(expected: Expected | undefined): {
  IfNoneMatch?: string;
  IfMatch?: string;
} {
  switch (expected?.kind) {
    case "nothing":
      return { IfNoneMatch: "*" };
    case "etag":
      return { IfMatch: quoteETag(expected.etag) };
    default:
      return {};
  }
}

/** How to encrypt what is written. */
export function encryptionInput({ kind, kmsKeyId }: Pick<EncryptionOptions, "kind" | "kmsKeyId">): {
  ServerSideEncryption?: NonNullable<EncryptionOptions["kind"]>;
  SSEKMSKeyId?: string;
} {
  return {
    ...(kind === undefined ? {} : { ServerSideEncryption: kind }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
  };
}

/** What the server needs for every request about an object's bytes. */
export function customerKeyInput({ customerKey }: EncryptionOptions): {
  SSECustomerAlgorithm?: string;
  SSECustomerKey?: string;
  SSECustomerKeyMD5?: string;
} {
  if (customerKey === undefined) return {};
  const { key, md5 } = customerKey;
  return { SSECustomerAlgorithm: "AES256", SSECustomerKey: key, SSECustomerKeyMD5: md5 };
}

function copyKeyInput(customerKey: CustomerKey | undefined): Record<string, string> {
  if (customerKey === undefined) return {};
  const { key, md5 } = customerKey;
  return {
    CopySourceSSECustomerAlgorithm: "AES256",
    CopySourceSSECustomerKey: key,
    CopySourceSSECustomerKeyMD5: md5,
  };
}

/** What to copy. */
export function copyInput(source: CopySource): { CopySource: string; CopySourceIfMatch?: string } {
  return {
    CopySource: copySourceText(source),
    ...(source.ifMatch === undefined ? {} : { CopySourceIfMatch: quoteETag(source.ifMatch) }),
    ...copyKeyInput(source.customerKey),
  };
}

/** Length and digests of a body. */
export function bodyInput(
  body: Body,
  digests: Digests,
): { ContentLength: number; ContentMD5?: string } {
  return {
    ContentLength: bodyLength(body),
    ...checksumInput(digests.checksum),
    ...(digests.md5 === undefined ? {} : { ContentMD5: base64(digests.md5) }),
  };
}

/** As the SDK names it: `ChecksumCRC32`. */
export type ChecksumFields = { [A in ChecksumAlgorithm as `Checksum${A}`]?: string | undefined };

/** A checksum as a field. */
export function checksumInput(checksum: Checksum | undefined): ChecksumFields {
  return checksum === undefined ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value };
}

/** The checksum among the fields of an answer. */
export function checksumOf(fields: ChecksumFields): Checksum | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = fields[`Checksum${algorithm}`];
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

/** What is kept with an object. */
export function attributeInput(attributes: Attributes): Record<string, unknown> {
  return {
    ContentType: attributes.contentType,
    ContentEncoding: attributes.contentEncoding,
    ContentLanguage: attributes.contentLanguage,
    ContentDisposition: attributes.contentDisposition,
    CacheControl: attributes.cacheControl,
    Expires: attributes.expires === undefined ? undefined : new Date(attributes.expires),
    WebsiteRedirectLocation: attributes.websiteRedirect,
    StorageClass: attributes.storageClass,
    Tagging: attributes.tagging || undefined,
    ACL: attributes.acl,
    ...(attributes.encryption && encryptionInput(attributes.encryption)),
    RequestPayer: attributes.requestPayer,
    Metadata: Object.fromEntries(
      Object.entries(attributes.metadata).map(([name, value]) => [name, forMail(value)]),
    ),
  };
}

/** node:http sends no UTF-8; S3 also takes the form of mail headers (RFC 2047). */
function forMail(value: string): string {
  if (/^[\u0000-\u007f]*$/.test(value)) return value;
  return `=?UTF-8?B?${Buffer.from(value, "utf8").toString("base64")}?=`;
}
