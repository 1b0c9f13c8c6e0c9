/**
 * Annotations of objects.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAnnotation.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectAnnotations.html
 * @module
 */
import type { Annotation } from "../../../core/annotation.ts";
import { MiB } from "../../../core/bytes.ts";
import { parseETag } from "../../../core/etag.ts";
import type { Written } from "../../../core/object.ts";
import { digestBytes } from "../../../hash/digest.ts";
import { bytesBody } from "../../body.ts";
import { PageMarks } from "../page-marks.ts";
import type { DirectClient } from "../wire/client.ts";
import type { HttpResponse } from "../wire/response.ts";
import { noAnnotations } from "../wire/s3-errors.ts";
import { elements, elementText } from "../wire/xml.ts";
import { payloadHeaders, readWritten } from "./headers.ts";

/** A page has up to 1,000 names of up to 512 bytes. */
const longestPage = 8 * MiB;

/**
 * Lists all annotations of an object.
 *
 * @throws SyncError `unsupported` where a server has none
 */
export async function listAnnotations(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  signal: AbortSignal,
): Promise<readonly Annotation[]> {
  const found: Annotation[] = [];
  const marks = new PageMarks("ListObjectAnnotations", client.bucket);
  let token: string | undefined;
  do {
    const query = { annotation: "", versionId, "continuation-token": token };
    const call = { name: "ListObjectAnnotations", method: "GET", key, query } as const;
    const xml = await client.call(call, (response) => listOf(client, key, response), signal);
    found.push(...Array.from(elements(xml, "AnnotationEntry"), annotationOf));
    token = elementText(xml, "NextContinuationToken") ?? "";
    if (token !== "") marks.pass(token);
  } while (token !== "");
  return found;
}

/**
 * A server that knows no annotations takes the request for one of the object itself: it would take an annotation for
 * the object, too. So nothing is written where no list came.
 */
async function listOf(client: DirectClient, key: string, response: HttpResponse): Promise<string> {
  const isShort = (response.contentLength ?? 0) <= longestPage;
  if (!isShort) await response.discard();
  const xml = isShort ? await response.text() : "";
  if (/^\s*(?:<\?xml[^>]*>\s*)?<ListObjectAnnotations/.test(xml)) return xml;
  throw noAnnotations(client.bucket, key);
}

function annotationOf(xml: string): Annotation {
  const etag = elementText(xml, "ETag");
  return {
    name: elementText(xml, "AnnotationName") ?? "",
    size: Number(elementText(xml, "Size") ?? 0),
    etag: etag === undefined ? undefined : parseETag(etag),
    mtimeMs: Date.parse(elementText(xml, "LastModified") ?? "") || 0,
  };
}

/** Reads an annotation. */
export function getAnnotation(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  name: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const query = { annotation: "", annotationName: name, versionId };
  const call = { name: "GetObjectAnnotation", method: "GET", key, query } as const;
  return client.call(call, (response) => response.bytes(), signal);
}

/** Writes an annotation, in place of one of the same name. */
export function putAnnotation(
  client: DirectClient,
  key: string,
  name: string,
  text: Uint8Array,
  signal: AbortSignal,
): Promise<Written> {
  const query = { annotation: "", annotationName: name };
  const read = async (response: HttpResponse): Promise<Written> => {
    await response.discard();
    return readWritten(response, undefined, undefined);
  };
  const digests = digestBytes(text, { md5: false, sha256: true, checksum: "SHA256" });
  const payload = { ...payloadHeaders(digests), body: bytesBody(text) };
  const call = { name: "PutObjectAnnotation", method: "PUT", key, query, ...payload } as const;
  return client.call(call, read, signal);
}

/** Deletes an annotation. */
export async function deleteAnnotation(
  client: DirectClient,
  key: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const query = { annotation: "", annotationName: name };
  const call = { name: "DeleteObjectAnnotation", method: "DELETE", key, query } as const;
  await client.call(call, (response) => response.discard(), signal);
}
