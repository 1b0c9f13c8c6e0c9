/**
 * Options about what is kept with an object: headers, metadata, tags, encryption.
 *
 * @module
 */
import { instant, oneOf, secret, text } from "../kinds.ts";
import { base64Secret, metadata, storageClass, tags } from "../object-kinds.ts";
import { onOff, optional, ours } from "../option.ts";

const header = text("VALUE");
const acls = [
  "private",
  "public-read",
  "public-read-write",
  "authenticated-read",
  "aws-exec-read",
  "bucket-owner-read",
  "bucket-owner-full-control",
] as const;

/** Headers and metadata. */
export const headers = {
  "cache-control": optional("Metadata/Headers", header, "Cache-Control of what is written."),
  "content-disposition": optional(
    "Metadata/Headers",
    header,
    "Content-Disposition of what is written.",
  ),
  "content-encoding": optional("Metadata/Headers", header, "Content-Encoding of what is written."),
  "content-language": optional("Metadata/Headers", header, "Content-Language of what is written."),
  "content-type": optional("Metadata/Headers", header, "Content-Type of what is written."),
  expires: optional(
    "Metadata/Headers",
    instant,
    "Expires of what is written, such as 2030-02-19T12:00:00Z.",
  ),
  metadata: optional(
    "Metadata/Headers",
    metadata,
    "User metadata of what is written, instead of the source's: NAME=VALUE,NAME=VALUE.",
  ),
  "website-redirect": optional(
    "Metadata/Headers",
    text("URL"),
    "Where a website sends those who ask for what is written.",
  ),
  "no-sync-system-metadata": onOff(
    "Metadata/Headers",
    "S3 to S3: leave the source's headers behind: type, encoding, language, disposition, caching, expiry, redirect.",
  ),
  "no-sync-user-defined-metadata": onOff(
    "Metadata/Headers",
    "S3 to S3: leave the source's user metadata behind.",
  ),
  "put-last-modified-metadata": onOff(
    "Advanced",
    "Note the source's time in the metadata s3sync_origin_last_modified.",
  ),
  "storage-class": optional(
    "Target Options",
    storageClass,
    "Storage class of what is written, such as STANDARD_IA or GLACIER_IR.",
  ),
  acl: optional(
    "Advanced",
    oneOf(acls, "ACL"),
    `Canned ACL of what is written: ${acls.join(", ")}.`,
  ),
  "copy-acl": onOff(
    "Advanced",
    "S3 to S3: copy who may do what with each object. What the owner may do there, the owner of the copy may do here.",
    ours,
  ),
} as const;

/** Tags. */
export const tagging = {
  tagging: optional(
    "Tagging",
    tags,
    "Tags of what is written, instead of the source's: NAME=VALUE&NAME=VALUE, URL-encoded.",
  ),
  "disable-tagging": onOff("Tagging", "Do not copy the source's tags."),
  "sync-latest-tagging": onOff(
    "Tagging",
    "To S3: bring the tags of what is unchanged in step, too: with the source's, or those of --tagging.",
  ),
  "sync-latest-metadata": onOff(
    "Tagging",
    "To S3: bring headers and metadata of what is unchanged in step, too, by a copy on the server.",
    ours,
  ),
  "sync-storage-class": onOff(
    "Tagging",
    "To S3: bring the storage class of what is unchanged in step, too, by a copy on the server.",
    ours,
  ),
} as const;

const customerAlgorithm = oneOf(["AES256"], "AES256");

/** Encryption. */
export const encryption = {
  sse: optional(
    "Encryption",
    oneOf(["AES256", "aws:kms", "aws:kms:dsse"], "KIND"),
    "How the server is to encrypt what is written: AES256, aws:kms or aws:kms:dsse.",
  ),
  "sse-kms-key-id": optional("Encryption", secret("ID"), "The KMS key to encrypt with."),
  "source-sse-c": optional(
    "Encryption",
    customerAlgorithm,
    "The source's objects are encrypted with a key that only we have (SSE-C).",
  ),
  "source-sse-c-key": optional(
    "Encryption",
    base64Secret(32, "KEY"),
    "That key: 32 bytes, base64.",
  ),
  "source-sse-c-key-md5": optional(
    "Encryption",
    base64Secret(16, "MD5"),
    "The MD5 of that key, base64.",
  ),
  "target-sse-c": optional(
    "Encryption",
    customerAlgorithm,
    "Encrypt what is written with a key that only we have (SSE-C).",
  ),
  "target-sse-c-key": optional(
    "Encryption",
    base64Secret(32, "KEY"),
    "That key: 32 bytes, base64.",
  ),
  "target-sse-c-key-md5": optional(
    "Encryption",
    base64Secret(16, "MD5"),
    "The MD5 of that key, base64.",
  ),
} as const;
