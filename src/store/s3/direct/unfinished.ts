/**
 * ListParts and ListMultipartUploads: what is there of uploads that were not completed.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { parseETag } from "../../../core/etag.ts";
import type { ListedPart, OpenUpload, PartsPage, UploadsMark, UploadsPage } from "../api.ts";
import type { DirectClient } from "../wire/client.ts";
import { decodeKey, parseTime } from "../wire/contents-reader.ts";
import { elements, elementText } from "../wire/xml.ts";
import { checksumElement, type Upload } from "./multipart.ts";

/** Reads one page of an upload's parts. */
export async function listParts(
  client: DirectClient,
  { key, id }: Upload,
  after: number,
  signal: AbortSignal,
): Promise<PartsPage> {
  const name = "ListParts";
  const query = {
    uploadId: id,
    "part-number-marker": after === 0 ? undefined : String(after),
  };
  return client.call(
    { name, method: "GET", key, query, headers: client.objectHeaders },
    async (response) => {
      const xml = complete(await response.text(), name);
      const parts = Array.from(elements(xml, "Part"), readPart);
      const next = Number(elementText(xml, "NextPartNumberMarker"));
      const isMore = elementText(xml, "IsTruncated") === "true" && next > after;
      return { parts, next: isMore ? next : undefined };
    },
    signal,
  );
}

function readPart(inner: string): ListedPart {
  const number = Number(elementText(inner, "PartNumber"));
  const length = Number(elementText(inner, "Size"));
  const etag = elementText(inner, "ETag");
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(length) || etag === undefined) {
    throw nonsense("ListParts", "a part without a number, a size or an ETag");
  }
  return { number, length, etag: parseETag(etag), checksum: checksumElement(inner) };
}

/** Reads one page of the uploads that are open below a prefix. */
export async function listMultipartUploads(
  client: DirectClient,
  prefix: string,
  mark: UploadsMark | undefined,
  signal: AbortSignal,
): Promise<UploadsPage> {
  const name = "ListMultipartUploads";
  const query = {
    uploads: "",
    "encoding-type": "url",
    prefix: prefix === "" ? undefined : prefix,
    "key-marker": mark?.key,
    "upload-id-marker": mark?.id,
  };
  return client.call(
    { name, method: "GET", query },
    async (response) => {
      const xml = complete(await response.text(), name);
      const isEncoded = elementText(xml, "EncodingType") === "url";
      const uploads = Array.from(elements(xml, "Upload"), (inner) => readUpload(inner, isEncoded));
      return { uploads, next: nextMark(xml, isEncoded) };
    },
    signal,
  );
}

function readUpload(inner: string, isEncoded: boolean): OpenUpload {
  const { key } = decodeKey(elementText(inner, "Key") ?? "", isEncoded);
  const id = elementText(inner, "UploadId");
  const begunMs = parseTime(elementText(inner, "Initiated") ?? "");
  if (key === "" || id === undefined || Number.isNaN(begunMs)) {
    throw nonsense("ListMultipartUploads", "an upload without a key, an id or a date");
  }
  const [initiator = ""] = elements(inner, "Initiator");
  const names = [elementText(initiator, "DisplayName"), elementText(initiator, "ID")];
  const told = [...new Set(names.filter((text) => text !== undefined && text !== ""))];
  return { key, id, begunMs, initiator: told.length === 0 ? undefined : told.join(" ") };
}

function nextMark(xml: string, isEncoded: boolean): UploadsMark | undefined {
  if (elementText(xml, "IsTruncated") !== "true") return undefined;
  const key = elementText(xml, "NextKeyMarker") ?? "";
  const id = elementText(xml, "NextUploadIdMarker") ?? "";
  if (key === "") throw nonsense("ListMultipartUploads", "there is more, and nothing says how");
  return { key: decodeKey(key, isEncoded).key, id };
}

/** A text that is cut would look like fewer parts, or uploads, than there are. moto ends it with `Response`. */
function complete(xml: string, operation: string): string {
  if (["Result", "Response"].some((end) => xml.includes(`</${operation}${end}>`))) return xml;
  throw nonsense(operation, "it is incomplete, or something else");
}

function nonsense(operation: string, what: string): SyncError {
  const text = `the answer to ${operation} makes no sense: ${what}`;
  return new SyncError("protocol", text, { operation, retryable: true });
}
