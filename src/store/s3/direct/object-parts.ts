/**
 * GetObjectAttributes: the parts in which an object was written, with the checksum of each.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
 * @module
 */
import { parseETag } from "../../../core/etag.ts";
import type { ObjectPart, ObjectPartsPage } from "../api.ts";
import type { DirectClient } from "../wire/client.ts";
import { elements, elementText } from "../wire/xml.ts";
import { checksumElement } from "./multipart.ts";

/** As many as one answer holds. */
const mostParts = "1000";

/** Reads one page of an object's parts. Of objects without checksums of their parts, there are none. */
export async function listObjectParts(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  after: number,
  signal: AbortSignal,
): Promise<ObjectPartsPage> {
  const name = "GetObjectAttributes";
  const headers = {
    ...client.objectHeaders,
    "x-amz-object-attributes": "ETag,ObjectParts",
    "x-amz-max-parts": mostParts,
    "x-amz-part-number-marker": after === 0 ? undefined : String(after),
  };
  const query = { attributes: "", versionId };
  return client.call(
    { name, method: "GET", key, query, headers },
    async (response) => readPage(await response.text(), after),
    signal,
  );
}

/** Texts that are cut tell fewer parts than there are: whoever asks adds up what they hold. */
function readPage(xml: string, after: number): ObjectPartsPage {
  const etag = elementText(xml, "ETag");
  const next = Number(elementText(xml, "NextPartNumberMarker"));
  const isMore = elementText(xml, "IsTruncated") === "true" && next > after;
  return {
    etag: etag === undefined ? undefined : parseETag(etag),
    parts: Array.from(elements(xml, "Part"), readPart),
    next: isMore ? next : undefined,
  };
}

function readPart(inner: string): ObjectPart {
  const number = Number(elementText(inner, "PartNumber"));
  const length = Number(elementText(inner, "Size"));
  return { number, length, checksum: checksumElement(inner) };
}
