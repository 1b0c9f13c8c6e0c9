/**
 * The tables that filter and preprocess scripts are given, and what they give back.
 *
 * @module
 */
import type { ListedObject, SourceObject, UploadAttributes } from "../../core/callbacks.ts";
import type { LuaValue } from "./values.ts";

type Table = Readonly<Record<string, LuaValue>>;

/** An object for `filter`: upstream's fields, `size`, and the full key. */
export function listedTable(object: ListedObject): Table {
  return {
    key: object.key,
    source_key: object.sourceKey,
    size: object.size,
    last_modified: timeText(object.lastModified),
    version_id: object.versionId,
    e_tag: quoted(object.etag),
    checksum_algorithm: object.checksumAlgorithm,
    checksum_type: object.checksumType,
    storage_class: object.storageClass,
    is_latest: object.isLatest,
    is_delete_marker: object.isDeleteMarker,
  };
}

/** The source's object for `preprocess_callback`. Its key is that of the target, with the prefix, as upstream. */
export function sourceTable(object: SourceObject): Table {
  const { attributes } = object;
  const { checksum, encryption } = attributes;
  return {
    key: object.targetKey,
    source_key: object.sourceKey,
    content_length: object.size,
    last_modified: timeText(object.lastModified),
    version_id: object.versionId,
    e_tag: quoted(object.etag),
    cache_control: attributes.cacheControl,
    content_disposition: attributes.contentDisposition,
    content_encoding: attributes.contentEncoding,
    content_language: attributes.contentLanguage,
    content_type: attributes.contentType,
    expires_string: attributes.expires,
    metadata: attributes.metadata,
    website_redirect_location: attributes.websiteRedirect,
    storage_class: attributes.storageClass ?? object.storageClass,
    server_side_encryption: encryption === "customer-key" ? undefined : encryption,
    sse_customer_algorithm: encryption === "customer-key" ? "AES256" : undefined,
    tag_count: attributes.tagCount,
    checksum_type: object.checksumType,
    ...(checksum && { [checksumFields[checksum.algorithm]]: checksum.value }),
  };
}

const checksumFields = {
  CRC32: "checksum_crc32",
  CRC32C: "checksum_crc32_c",
  CRC64NVME: "checksum_crc64_nvme",
  SHA1: "checksum_sha1",
  SHA256: "checksum_sha256",
} as const;

/** What an object is to get, for `preprocess_callback`. */
export function uploadTable(upload: UploadAttributes): Table {
  return {
    acl: upload.acl,
    cache_control: upload.cacheControl,
    content_disposition: upload.contentDisposition,
    content_encoding: upload.contentEncoding,
    content_language: upload.contentLanguage,
    content_type: upload.contentType,
    expires_string: upload.expires === undefined ? undefined : timeText(upload.expires),
    metadata: upload.metadata,
    request_payer: upload.requestPayer,
    storage_class: upload.storageClass,
    website_redirect_location: upload.websiteRedirect,
    tagging: upload.tags === undefined ? undefined : new URLSearchParams(upload.tags).toString(),
  };
}

/**
 * What `preprocess_callback` gave: a boolean and, if it is true, the table. A field that is not there is cleared.
 *
 * @throws Error that says what is wrong
 */
export function uploadOf([takesPart, table]: readonly LuaValue[]): UploadAttributes | false {
  if (takesPart === false) return false;
  if (takesPart !== true) throw new Error("it must return true or false, and a table");
  if (!isTable(table)) throw new Error("it must return a table beside true");
  const { expires_string: expires, tagging, metadata } = table;
  if (metadata !== undefined && !isTable(metadata)) throw new Error("metadata must be a table");
  return {
    acl: text(table, "acl"),
    cacheControl: text(table, "cache_control"),
    contentDisposition: text(table, "content_disposition"),
    contentEncoding: text(table, "content_encoding"),
    contentLanguage: text(table, "content_language"),
    contentType: text(table, "content_type"),
    expires: expires === undefined ? undefined : timeOf(text(table, "expires_string")),
    metadata: Object.fromEntries(
      Object.keys(metadata ?? {}).map((name) => [name, text(metadata ?? {}, name) ?? ""]),
    ),
    requestPayer: text(table, "request_payer"),
    storageClass: text(table, "storage_class"),
    websiteRedirect: text(table, "website_redirect_location"),
    tags:
      tagging === undefined
        ? undefined
        : Object.fromEntries(new URLSearchParams(text(table, "tagging"))),
  };
}

function isTable(value: LuaValue): value is Table {
  return typeof value === "object" && value !== null;
}

function text(table: Table, name: string): string | undefined {
  const value = table[name];
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  if (typeof value === "number") return String(value);
  throw new Error(`${name} must be a string`);
}

function timeOf(written: string | undefined): Date {
  const time = new Date(written ?? "");
  if (Number.isNaN(time.getTime())) {
    throw new Error(`expires_string must be a time as RFC 3339 has it, not ${written}`);
  }
  return time;
}

/** As upstream writes times: no fraction where there is none. */
export function timeText(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}

/** As S3 sends ETags. */
export function quoted(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : `"${etag}"`;
}
