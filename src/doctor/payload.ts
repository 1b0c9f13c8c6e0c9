/**
 * Bodies of requests.
 *
 * @module
 */
import { sha256Hex } from "../hash/digest.ts";
import { bytesBody } from "../store/body.ts";
import type { Operation } from "../store/s3/wire/operation.ts";

/** A body, signed. */
export function payload(data: string | Uint8Array): Pick<Operation, "body" | "payloadHash"> {
  const bytes = bytesOf(data);
  return { body: bytesBody(bytes), payloadHash: sha256Hex(bytes) };
}

/** A text as UTF-8. */
export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

/**
 * The document that makes parts an object.
 *
 * @param parts what is said of each, in order: its ETag, and its checksum where there is one
 */
export function completionXml(parts: readonly string[]): string {
  const list = parts.map((part, at) => `<Part><PartNumber>${at + 1}</PartNumber>${part}</Part>`);
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join("")}</CompleteMultipartUpload>`;
}
