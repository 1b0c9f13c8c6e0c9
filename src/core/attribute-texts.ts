/**
 * Metadata and tags as texts, to be matched and compared. Pure.
 *
 * @module
 */
import type { UserMetadata } from "./object.ts";

/** `a=1,b=2`: sorted, values URL-encoded. As upstream. */
export function metadataText(metadata: UserMetadata): string {
  return Object.entries(metadata)
    .toSorted(byName)
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join(",");
}

/** `a=1&b=2`: sorted, URL-encoded. As upstream. */
export function tagText(query: string): string {
  return [...new URLSearchParams(query)]
    .toSorted(byName)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Everything but letters, digits and `-_.~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
