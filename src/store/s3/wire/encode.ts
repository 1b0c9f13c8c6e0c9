/**
 * The one spelling of keys and query strings that we sign and send.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (UriEncode)
 * @module
 */
import { SyncError } from "../../../core/errors.ts";

const plain = /^[A-Za-z0-9\-._~]*$/;
const plainPath = /^[A-Za-z0-9\-._~/]*$/;
/** What `encodeURIComponent` leaves alone and S3 wants escaped. */
const leftAlone = /[!'()*]/g;

function escape(text: string): string {
  try {
    return encodeURIComponent(text).replace(
      leftAlone,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch (cause) {
    throw new SyncError("unsafe-key", "a key with half a surrogate pair cannot be sent", {
      key: text,
      cause,
    });
  }
}

/** Escapes everything but unreserved characters. For query names and values, and copy sources' parts. */
export function encodeComponent(text: string): string {
  return plain.test(text) ? text : escape(text);
}

/** Escapes a key for a path: like {@link encodeComponent}, but `/` stays. */
export function encodeKey(key: string): string {
  return plainPath.test(key) ? key : escape(key).replaceAll("%2F", "/");
}

/** What a query says, by name. What has several values is said once for each. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Makes a query string in the canonical order, so that the one sent is the one signed.
 *
 * @returns `a=1&b=2`, or the empty string
 */
export function encodeQuery(parameters: Query): string {
  const encoded: [string, string][] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    const values = typeof value === "string" ? [value] : value.toSorted();
    for (const each of values) encoded.push([encodeComponent(name), encodeComponent(each)]);
  }
  return encoded
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}
