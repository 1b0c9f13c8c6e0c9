/**
 * The SDK's answers in our own types.
 *
 * @module
 */
import { Readable } from "node:stream";

import type { GetObjectCommandOutput, HeadObjectCommandOutput } from "@aws-sdk/client-s3";

import { SyncError } from "../../../core/errors.ts";
import { type ETag, parseETag } from "../../../core/etag.ts";
import type { Encryption, ObjectInfo, Written } from "../../../core/object.ts";
import type { ObjectBody } from "../api.ts";
import { type ChecksumFields, checksumOf } from "./inputs.ts";

function encryptionOf(
  name: string | undefined,
  customer: string | undefined,
): Encryption | undefined {
  if (customer !== undefined) return "customer-key";
  return name === "AES256" || name === "aws:kms" || name === "aws:kms:dsse" ? name : undefined;
}

/** What a head tells. */
export function infoOf(answer: HeadObjectCommandOutput | GetObjectCommandOutput): ObjectInfo {
  const range = "ContentRange" in answer ? answer.ContentRange : undefined;
  const whole = range === undefined ? answer.ContentLength : Number(range.split("/")[1]);
  return {
    size: whole ?? missing("GetObject", "length"),
    mtimeMs: answer.LastModified?.getTime() ?? 0,
    etag: answer.ETag === undefined ? undefined : parseETag(answer.ETag),
    versionId: answer.VersionId === "null" ? undefined : answer.VersionId,
    encryption: encryptionOf(answer.ServerSideEncryption, answer.SSECustomerAlgorithm),
    kmsKeyId: answer.SSEKMSKeyId,
    checksum: checksumOf(answer),
    tagCount: answer.TagCount ?? 0,
    attributes: {
      contentType: answer.ContentType,
      contentEncoding: answer.ContentEncoding,
      contentLanguage: answer.ContentLanguage,
      contentDisposition: answer.ContentDisposition,
      cacheControl: answer.CacheControl,
      expires: answer.ExpiresString,
      websiteRedirect: answer.WebsiteRedirectLocation,
      storageClass: answer.StorageClass,
      metadata: answer.Metadata ?? {},
    },
  };
}

/** A head, and its bytes on the way. */
export function bodyOf(answer: GetObjectCommandOutput): ObjectBody {
  const { Body } = answer;
  const stream = Body instanceof Readable ? Body : Readable.from([]);
  return {
    info: infoOf(answer),
    length: answer.ContentLength ?? 0,
    bytes: async () => (await Body?.transformToByteArray()) ?? new Uint8Array(0),
    stream: () => stream,
  };
}

/** What an answer to a write tells. */
export function writtenOf(
  answer: ChecksumFields & {
    ETag?: string | undefined;
    VersionId?: string | undefined;
    ServerSideEncryption?: string | undefined;
    SSECustomerAlgorithm?: string | undefined;
  },
): Written {
  const etag: ETag | undefined = answer.ETag === undefined ? undefined : parseETag(answer.ETag);
  return {
    etag,
    versionId: answer.VersionId,
    encryption: encryptionOf(answer.ServerSideEncryption, answer.SSECustomerAlgorithm),
    checksum: checksumOf(answer),
  };
}

/** An answer without what it must have. */
export function missing(operation: string, what: string): never {
  throw new SyncError("protocol", `${operation} gave no ${what}`, { operation });
}

/** Reads keys of a listing: escaped as asked for, or as they are where the server does not know of that. */
export function keyReader(encodingType: string | undefined): (text?: string) => string {
  if (encodingType !== "url") return (text = "") => text;
  return (text = "") => decodeURIComponent(text.replaceAll("+", " "));
}
