/**
 * ListParts and ListMultipartUploads over the SDK.
 *
 * @module
 */
import { ListMultipartUploadsCommand, ListPartsCommand, type S3Client } from "@aws-sdk/client-s3";

import { parseETag } from "../../../core/etag.ts";
import type { PartsPage, UploadsMark, UploadsPage } from "../api.ts";
import { missing } from "./answers.ts";
import { checksumOf } from "./inputs.ts";

/**
 * Reads one page of an upload's parts.
 *
 * @param customer what the server needs to know of the customer's key
 */
export async function listParts(
  client: S3Client,
  Bucket: string,
  { key, id }: { readonly key: string; readonly id: string },
  after: number,
  customer: object,
  signal: AbortSignal,
): Promise<PartsPage> {
  const marker = after === 0 ? {} : { PartNumberMarker: String(after) };
  const command = new ListPartsCommand({ Bucket, Key: key, UploadId: id, ...marker, ...customer });
  const page = await client.send(command, { abortSignal: signal });
  const parts = (page.Parts ?? []).map((part) => ({
    number: part.PartNumber ?? missing("ListParts", "number of a part"),
    length: part.Size ?? missing("ListParts", "size of a part"),
    etag: parseETag(part.ETag ?? missing("ListParts", "ETag of a part")),
    checksum: checksumOf(part),
  }));
  const next = Number(page.NextPartNumberMarker);
  return { parts, next: page.IsTruncated === true && next > after ? next : undefined };
}

/** Reads one page of the uploads that are open below a prefix. */
export async function listMultipartUploads(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  mark: UploadsMark | undefined,
  signal: AbortSignal,
): Promise<UploadsPage> {
  const command = new ListMultipartUploadsCommand({
    ...{ Bucket, Prefix, EncodingType: "url" },
    ...(mark === undefined ? {} : { KeyMarker: mark.key, UploadIdMarker: mark.id }),
  });
  const page = await client.send(command, { abortSignal: signal });
  const uploads = (page.Uploads ?? []).map(({ Key, UploadId, Initiated, Initiator }) => ({
    key: decode(Key),
    id: UploadId ?? missing("ListMultipartUploads", "id of an upload"),
    begunMs: Initiated?.getTime() ?? 0,
    initiator: nameOf(Initiator?.DisplayName, Initiator?.ID),
  }));
  const isMore = page.IsTruncated === true && page.NextKeyMarker !== undefined;
  return {
    uploads,
    next: isMore
      ? { key: decode(page.NextKeyMarker), id: page.NextUploadIdMarker ?? "" }
      : undefined,
  };
}

function nameOf(...names: readonly (string | undefined)[]): string | undefined {
  const told = [...new Set(names.filter((text) => text !== undefined && text !== ""))];
  return told.length === 0 ? undefined : told.join(" ");
}

function decode(text = ""): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
