/**
 * Tags as the query string in which `x-amz-tagging` carries them.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 * @module
 */
import { encodeComponent } from "./encode.ts";

/** Writes tags. */
export function tagQuery(tags: readonly (readonly [key: string, value: string])[]): string {
  return tags.map((tag) => tag.map(encodeComponent).join("=")).join("&");
}
