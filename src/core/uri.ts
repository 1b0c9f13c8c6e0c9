/**
 * Texts that are escaped as in addresses. Pure.
 *
 * @module
 */

/** The text without its escapes; `undefined` where they make no text. */
export function uriDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
