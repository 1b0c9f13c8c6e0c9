/**
 * Bytes and attributes to store.
 *
 * @module
 */
import type { Attributes } from "../../../../src/core/object.ts";

/** No attributes. */
export const plain: Attributes = { metadata: {} };
export const noDigests = { md5: undefined, sha256: undefined };
export const bothDigests = { md5: true, sha256: true };

/** UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Bytes that are different everywhere. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = 0x9e3779b9;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** S3 gives metadata beyond ASCII back in the form of mail headers (RFC 2047). */
export function fromMail(text: string): string {
  return text.replace(/=\?UTF-8\?([QB])\?(.*?)\?=/gi, (_, form: string, encoded: string) =>
    form.toUpperCase() === "B"
      ? Buffer.from(encoded, "base64").toString()
      : decodeURIComponent(encoded.replaceAll("_", " ").replaceAll("=", "%")),
  );
}
