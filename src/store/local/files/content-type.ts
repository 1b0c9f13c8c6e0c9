/**
 * What a file's name says about its contents.
 *
 * @module
 */
import mime from "mime";

/** The media type for a file name; `application/octet-stream` if the name says nothing. */
export function guessContentType(name: string): string {
  return mime.getType(name) ?? "application/octet-stream";
}
