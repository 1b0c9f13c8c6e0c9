/**
 * Entity tags, without quotes.
 *
 * @module
 */

declare const etagBrand: unique symbol;

/** An ETag without its quotes. */
export type ETag = string & { readonly [etagBrand]: "etag" };

/** Reads an ETag from a header or a listing: takes the quotes and a weak mark away. */
export function parseETag(text: string): ETag {
  const strong = text.startsWith("W/") ? text.slice(2) : text;
  return (strong.startsWith('"') && strong.endsWith('"') ? strong.slice(1, -1) : strong) as ETag;
}

/** Writes an ETag as HTTP wants it. */
export function quoteETag(etag: ETag): string {
  return `"${etag}"`;
}

/** What the form of an ETag says about how it was made. */
export type ETagForm =
  | { readonly kind: "md5" }
  | { readonly kind: "multipart"; readonly parts: number }
  | { readonly kind: "opaque" };

const md5Form = /^[0-9a-f]{32}$/i;
const multipartForm = /^[0-9a-f]{32}-([1-9][0-9]{0,4})$/i;

/** Reads the form of an ETag: an MD5, the multipart form `…-N`, or something else. */
export function etagForm(etag: ETag): ETagForm {
  if (md5Form.test(etag)) return { kind: "md5" };
  const parts = multipartForm.exec(etag)?.[1];
  return parts === undefined ? { kind: "opaque" } : { kind: "multipart", parts: Number(parts) };
}
