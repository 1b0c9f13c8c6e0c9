/**
 * Writes pages as S3 does. The entries of a full page are one template of bytes in which only digits are
 * changed: the endpoint must never be what a client waits for.
 *
 * @module
 */
import { folderDigits, type KeySpace, numberDigits } from "./keys.ts";
import type { Page, Run } from "./pages.ts";

/** What the objects of the synthetic buckets are said to be. */
export const object = {
  size: 10_240,
  modified: "2025-03-01T12:00:00.000Z",
  etagStart: "9e107d9d372bb6826bd81d3",
} as const;

const digitsAt = "#".repeat(numberDigits);
const entry =
  `<Contents><Key>photos/${"~".repeat(folderDigits)}/${digitsAt}.jpg</Key>` +
  `<LastModified>${object.modified}</LastModified>` +
  `<ETag>&quot;${object.etagStart}${digitsAt}&quot;</ETag>` +
  `<Size>${object.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
const folderOffset = entry.indexOf("~");
const numberOffset = entry.indexOf("#");
const etagOffset = entry.lastIndexOf(digitsAt);
const lastOfSize = entry.indexOf("</Size>") - 1;
const mostEntries = 1000;
const template = Buffer.from(entry.repeat(mostEntries));
const zero = "0".charCodeAt(0);

/** What is said about a page besides its entries. */
export interface Frame {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly maxKeys: number;
  readonly urlEncoded: boolean;
  /** The second version of the call; the first tells the next page in another way. */
  readonly version: 1 | 2;
}

/** The bytes of a page. */
export function renderPage(keys: KeySpace, page: Page, frame: Frame): Uint8Array {
  const head = headOf(keys, page, frame);
  const tail =
    page.commonPrefixes
      .map((group) => `<CommonPrefixes><Prefix>${group}</Prefix></CommonPrefixes>`)
      .join("") + "</ListBucketResult>";
  const entries = page.runs.reduce((sum, run) => sum + run.to - run.from, 0);
  const bytes = Buffer.allocUnsafe(head.length + entries * entry.length + tail.length);
  bytes.write(head, 0, "latin1");
  let at = head.length;
  for (const run of page.runs) at = writeRun(bytes, at, keys, run);
  bytes.write(tail, at, "latin1");
  return bytes;
}

function writeRun(bytes: Buffer, start: number, keys: KeySpace, run: Run): number {
  const { from, to, isOther = false } = run;
  template.copy(bytes, start, 0, (to - from) * entry.length);
  let at = start;
  const digits = Uint8Array.from(Buffer.from(String(from).padStart(numberDigits, "0")));
  let folder = "";
  let folderEnd = -1;
  for (let index = from; index < to; index++) {
    if (index >= folderEnd) {
      folder = keys.folder(index);
      folderEnd = keys.folderEnd(index);
    }
    for (let digit = 0; digit < folderDigits; digit++) {
      bytes[at + folderOffset + digit] = folder.charCodeAt(digit);
    }
    for (let digit = 0; digit < numberDigits; digit++) {
      const code = digits[digit] ?? zero;
      bytes[at + numberOffset + digit] = code;
      bytes[at + etagOffset + digit] = code;
    }
    if (isOther) bytes[at + lastOfSize] = zero + 1;
    countUp(digits);
    at += entry.length;
  }
  return at;
}

/** Adds one to a number written in digits. */
function countUp(digits: Uint8Array): void {
  for (let digit = digits.length - 1; digit >= 0; digit--) {
    const code = digits[digit] ?? zero;
    if (code < zero + 9) {
      digits[digit] = code + 1;
      return;
    }
    digits[digit] = zero;
  }
}

function headOf(keys: KeySpace, page: Page, frame: Frame): string {
  const { bucket, prefix, delimiter, maxKeys, urlEncoded, version } = frame;
  const spell = urlEncoded ? spelled : escaped;
  const tags = [
    tag("Name", bucket),
    tag("Prefix", spell(prefix)),
    tag("MaxKeys", String(maxKeys)),
    delimiter === undefined ? "" : tag("Delimiter", spell(delimiter)),
    urlEncoded ? tag("EncodingType", "url") : "",
    version === 2 ? tag("KeyCount", String(page.count)) : tag("Marker", ""),
    tag("IsTruncated", String(page.next !== undefined)),
    page.next === undefined ? "" : nextTag(keys, page.next, page, version),
  ];
  const space = "http://s3.amazonaws.com/doc/2006-03-01/";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="${space}">${tags.join("")}`;
}

/** A token is the index of the next key; a marker is the last key or group of this page. */
function nextTag(keys: KeySpace, next: number, page: Page, version: 1 | 2): string {
  if (version === 2) return tag("NextContinuationToken", String(next));
  const group = page.commonPrefixes.at(-1);
  const last = keys.key(next - 1);
  return tag("NextMarker", group !== undefined && last.startsWith(group) ? group : last);
}

function tag(name: string, text: string): string {
  return `<${name}>${text}</${name}>`;
}

function spelled(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/");
}

function escaped(text: string): string {
  const known: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return text.replace(/[&<>]|[^\u0020-\u007e]/g, (c) => known[c] ?? `&#${c.codePointAt(0)};`);
}
