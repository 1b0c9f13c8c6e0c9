/**
 * Redirects as objects.
 *
 * S3's websites answer with `x-amz-website-redirect-location`. Where the bucket is reached otherwise, as by most CDNs,
 * nobody looks at that: so the object is a page that leads on by itself. It also makes an ETag of where it leads.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
 * @module
 */
import { madeEntry, type MadeObject } from "./made-objects.ts";
import type { Redirect } from "./redirects-file.ts";

/** Makes the object of a redirect. */
export function redirectObject({ key, location, force }: Redirect): MadeObject {
  const bytes = new TextEncoder().encode(pageTo(location));
  const attributes = {
    contentType: "text/html; charset=utf-8",
    cacheControl: "no-cache",
    websiteRedirect: location,
    metadata: {},
  };
  return {
    entry: madeEntry(key, bytes, 0),
    wins: force,
    attributes: () => attributes,
    bytes: () => bytes,
  };
}

function pageTo(location: string): string {
  const to = Bun.escapeHTML(location);
  return [
    "<!doctype html>",
    '<meta charset="utf-8">',
    "<title>Moved</title>",
    `<meta http-equiv="refresh" content="0; url=${to}">`,
    `<link rel="canonical" href="${to}">`,
    `<p>Moved to <a href="${to}">${to}</a>.</p>`,
    "",
  ].join("\n");
}
