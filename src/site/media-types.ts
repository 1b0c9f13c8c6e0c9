/**
 * Media types with the encoding of their characters, as browsers want to be told.
 *
 * @module
 */
import { baseName } from "../core/key.ts";
import { guessContentType } from "../store/local/files/content-type.ts";

/** What says that nothing is to be said of characters: pages of a tree may name their own. */
const noCharset = "none";

/** Names without an ending that others ask for, and take as JSON only. */
const jsonNames: ReadonlySet<string> = new Set([
  "apple-app-site-association",
  "openid-configuration",
  "oauth-authorization-server",
  "oauth-protected-resource",
]);

/**
 * The `Content-Type` of a file, by its name.
 *
 * Only text gets a charset. JSON is UTF-8 whatever is said (RFC 8259), and XML says it itself.
 *
 * @param charset `none`: no charset is added
 */
export function contentTypeOf(name: string, charset = "utf-8"): string {
  if (jsonNames.has(baseName(name))) return "application/json";
  const type = guessContentType(name);
  return type.startsWith("text/") && charset !== noCharset ? `${type}; charset=${charset}` : type;
}
