/**
 * Web pages where S3 was expected: consoles, portals, proxies.
 *
 * @module
 */

/** Whether a text is HTML. */
export function isWebPage(text: string): boolean {
  return /^\s*(?:<!--[^]*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i.test(text.slice(0, 2000));
}

/** Where they come from, most of the time. */
export const notS3Hint =
  "Is this the port of S3 itself? Consoles have their own: that of MinIO listens at 9001, S3 at 9000. Or does a proxy or a login page answer?";
