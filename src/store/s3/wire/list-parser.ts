/**
 * Reads a page of ListObjectsV2 in one pass over the text, without building a tree: a page of 1,000 keys
 * takes about a millisecond.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { ContentsReader, decodeKey, type ListedObject } from "./contents-reader.ts";
import { isWebPage, notS3Hint } from "./web-page.ts";
import { elements, elementText } from "./xml.ts";

/** One page of a listing. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Only with a delimiter. */
  readonly commonPrefixes: readonly string[];
  /** Continues after this page; `undefined` at the end. */
  readonly nextToken: string | undefined;
}

/**
 * Reads a ListObjectsV2 answer.
 *
 * @throws SyncError `protocol` when the text is cut or is something else
 */
export function parseListPage(xml: string): ListPage {
  if (!xml.includes("</ListBucketResult>")) {
    refuseOthers(xml);
    throw new SyncError("protocol", "the listing is incomplete or not a ListObjectsV2 answer", {
      operation: "ListObjectsV2",
      retryable: true,
    });
  }
  const first = xml.indexOf("<Contents>");
  const head = first === -1 ? xml : xml.slice(0, first) + xml.slice(xml.lastIndexOf("</Contents>"));
  const encoded = elementText(head, "EncodingType") === "url";
  const objects: ListedObject[] = [];
  const reader = new ContentsReader(xml, encoded);
  for (let at = first; at !== -1; at = reader.next()) objects.push(reader.read(at));
  const commonPrefixes: string[] = [];
  for (const inner of elements(head, "CommonPrefixes")) {
    const prefix = elementText(inner, "Prefix");
    if (prefix !== undefined) commonPrefixes.push(decodeKey(prefix, encoded).key);
  }
  return { objects, commonPrefixes, nextToken: nextToken(head) };
}

/** Names what is whole and something else. */
function refuseOthers(xml: string): void {
  const fail = (message: string, hint?: string): SyncError =>
    new SyncError("protocol", message, { operation: "ListObjectsV2", hint, retryable: true });
  if (isWebPage(xml)) throw fail("the answer is a web page, not S3's", notS3Hint);
  if (xml.includes("</ListAllMyBucketsResult>")) {
    throw fail("the server answered with the list of its buckets");
  }
}

function nextToken(head: string): string | undefined {
  if (elementText(head, "IsTruncated") !== "true") return undefined;
  const token = elementText(head, "NextContinuationToken");
  if (token === undefined || token === "") {
    throw new SyncError("protocol", "the listing says there is more but not how to go on", {
      operation: "ListObjectsV2",
    });
  }
  return token;
}
