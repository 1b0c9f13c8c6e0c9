/**
 * What the names of files say about how they are to be published. Pure.
 *
 * @module
 */
import { baseName } from "../core/key.ts";

/**
 * What names other files, so that these must be there before it, under a name that stays: pages, feeds, site maps, and
 * what service workers and installed apps begin with.
 */
const pages = [
  /\.(?:x?html?|xht)$/i,
  /\.(?:rss|atom)$/i,
  /^(?:feed|rss|atom|index)\.(?:xml|json)$/i,
  /^sitemap[^/]*\.(?:xml|txt)(?:\.gz)?$/i,
  /\.webmanifest$/i,
  /^(?:asset-)?manifest\.json$/i,
  /^(?:sw|service-?worker|ngsw-worker|firebase-messaging-sw)\.m?js$/i,
  /^ngsw\.json$/i,
];

/**
 * Whether a file is sent after all others, and always asked for anew by browsers.
 *
 * @param key the file's path in the tree, with its ending
 */
export function isPage(key: string): boolean {
  const name = baseName(key);
  return pages.some((page) => page.test(name));
}

/** `app.3f2a91bc.js`, `index-BXa9_kPz.css`, `3f2a91bc.png`: what stands before the ending, or before `.min.js`. */
const marked = /^(?:.*[.\-_~])?([A-Za-z0-9_-]{8,64})((?:\.[A-Za-z][A-Za-z0-9]{0,9}){1,3})$/;

/**
 * Whether a file's name holds a digest of its contents, so that it never changes under this name.
 *
 * Better a digest that is not seen, which costs a question of the browser, than a name like `report-20261129.pdf` that is
 * taken for one, which nobody could change for a year. So what is looked for is a wild mixture: hexadecimal digits that
 * change twice at least between digits and letters, or the eight characters of today's bundlers.
 */
export function isFingerprinted(key: string): boolean {
  if (isPage(key)) return false;
  const name = baseName(key);
  return endsOf(name).some(isDigest);
}

/** All that may be a digest: a digest in base64 may hold the signs that stand before one. */
function endsOf(name: string): string[] {
  const [, longest = "", ending = ""] = marked.exec(name) ?? [];
  if (longest === "") return [];
  const stem = name.slice(0, -ending.length);
  const eight = stem.slice(-8);
  const before = stem.at(-9);
  const standsAlone = before === undefined || /[.\-_~]/.test(before);
  return standsAlone ? [longest, eight] : [longest];
}

function isDigest(text: string): boolean {
  if (/^[0-9a-f]{8,64}$/.test(text)) return changes(text, kindsOfHex) >= 2;
  if (text.length !== 8 || !/\d/.test(text)) return false;
  // Base32 of upper case, as esbuild and Angular write it.
  if (/^[A-Z2-7]{8}$/.test(text)) return changes(text, kindsOfHex) >= 2;
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && changes(text, kindsOfBase64) >= 3;
}

const kindsOfHex = [/\d/, /[A-Za-z]/];
const kindsOfBase64 = [/\d/, /[a-z]/, /[A-Z]/, /[_-]/];

/** How often a text goes over from one kind of character to another. */
function changes(text: string, kinds: readonly RegExp[]): number {
  const sequence = Array.from(text, (char) => kinds.findIndex((kind) => kind.test(char)));
  return sequence.filter((kind, index) => index > 0 && kind !== sequence[index - 1]).length;
}
