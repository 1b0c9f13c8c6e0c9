/**
 * ListObjectsV2 and DeleteObjects: the operations on many keys.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 * @module
 */
import { isError } from "../../../core/errors.ts";
import { type ETag, quoteETag } from "../../../core/etag.ts";
import type { DeleteFailure, ListRequest } from "../api.ts";
import { requireAsked } from "../asked-for.ts";
import type { DirectClient } from "../wire/client.ts";
import { type ListPage, parseListPage } from "../wire/list-parser.ts";
import { withoutSecrets } from "../wire/redact.ts";
import type { HttpResponse } from "../wire/response.ts";
import { refusalError } from "../wire/s3-errors.ts";
import { byXml, elements, elementText, escapeXml } from "../wire/xml.ts";
import { xmlBody } from "./xml-body.ts";

/** Reads one page of keys. */
export async function listObjects(
  client: DirectClient,
  request: ListRequest,
  signal: AbortSignal,
): Promise<ListPage> {
  return client.call(
    {
      name: "ListObjectsV2",
      method: "GET",
      query: {
        "list-type": "2",
        "encoding-type": "url",
        "max-keys": String(request.maxKeys),
        prefix: request.prefix === "" ? undefined : request.prefix,
        "start-after": request.startAfter,
        "continuation-token": request.token,
      },
    },
    async (response) => parseListPage(await response.text()),
    signal,
  );
}

/** Deletes up to 1,000 keys in one request, and those that XML cannot name one by one. */
export async function deleteObjects(
  client: DirectClient,
  keys: readonly string[],
  signal: AbortSignal,
  etags: ReadonlyMap<string, ETag> = new Map(),
): Promise<readonly DeleteFailure[]> {
  const { nameable, others } = byXml(keys);
  const failures =
    nameable.length === 0 ? [] : [...(await deleteMany(client, nameable, etags, signal))];
  for (const key of others) {
    const failure = await deleteOne(client, key, signal);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

/** Quoted, as listings have it. */
function objectXml(key: string, etag: ETag | undefined): string {
  const condition = etag === undefined ? "" : `<ETag>${escapeXml(quoteETag(etag))}</ETag>`;
  return `<Object><Key>${escapeXml(key)}</Key>${condition}</Object>`;
}

async function deleteOne(
  client: DirectClient,
  key: string,
  signal: AbortSignal,
): Promise<DeleteFailure | undefined> {
  try {
    await client.call({ name: "DeleteObject", method: "DELETE", key }, (r) => r.discard(), signal);
    return undefined;
  } catch (error) {
    if (!isError(error, "access-denied", "rejected")) throw error;
    return { key, reason: error.reason ?? "", message: error.message };
  }
}

async function deleteMany(
  client: DirectClient,
  keys: readonly string[],
  etags: ReadonlyMap<string, ETag>,
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const name = "DeleteObjects";
  const objects = keys.map((key) => objectXml(key, etags.get(key)));
  const body = xmlBody(
    `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects.join("")}</Delete>`,
  );
  return client.call(
    { name, method: "POST", query: { delete: "" }, ...body },
    async (response) => {
      const xml = await response.text();
      if (/<\/DeleteResult>|<DeleteResult[^>]*\/>/.test(xml)) {
        requireAsked(keys, deletedKeys(xml), client.bucket);
        return readFailures(xml, response.sent);
      }
      const place = { operation: name, bucket: client.bucket, key: undefined, sent: response.sent };
      throw refusalError(xml, response.status, place);
    },
    signal,
  );
}

function* deletedKeys(xml: string): Generator<string> {
  for (const inner of elements(xml, "Deleted")) {
    const key = elementText(inner, "Key");
    if (key !== undefined) yield key;
  }
}

function readFailures(xml: string, sent: HttpResponse["sent"]): readonly DeleteFailure[] {
  return Array.from(elements(xml, "Error"), (inner) => ({
    key: elementText(inner, "Key") ?? "",
    reason: elementText(inner, "Code") ?? "",
    message: withoutSecrets(elementText(inner, "Message") ?? "", sent),
  }));
}
