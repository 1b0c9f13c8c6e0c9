/**
 * ListObjectsV2 and DeleteObjects: the operations on many keys.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 * @module
 */
import { isError } from "../../../core/errors.ts";
import { type ETag, quoteETag } from "../../../core/etag.ts";
import type { DeleteFailure, ListRequest, ObjectVersion } from "../api.ts";
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
  const objects = nameable.map((key) => ({ key, etag: etags.get(key) }));
  const failures = objects.length === 0 ? [] : [...(await deleteMany(client, objects, signal))];
  for (const key of others) {
    const failure = await deleteOne(client, { key }, signal);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

/** Deletes up to 1,000 versions in one request, and those whose keys XML cannot name one by one. */
export async function deleteVersions(
  client: DirectClient,
  versions: readonly ObjectVersion[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const others = new Set(byXml(versions.map(({ key }) => key)).others);
  const named = versions.filter(({ key }) => !others.has(key));
  const failures = named.length === 0 ? [] : [...(await deleteMany(client, named, signal))];
  for (const version of versions.filter(({ key }) => others.has(key))) {
    const failure = await deleteOne(client, version, signal);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

/** What is to go: a key, as long as it has an ETag, or one of its versions. */
interface ToDelete {
  readonly key: string;
  readonly versionId?: string;
  readonly etag?: ETag | undefined;
}

/** Quoted, as listings have it. */
function objectXml({ key, versionId, etag }: ToDelete): string {
  const condition = etag === undefined ? "" : `<ETag>${escapeXml(quoteETag(etag))}</ETag>`;
  const version = versionId === undefined ? "" : `<VersionId>${escapeXml(versionId)}</VersionId>`;
  return `<Object><Key>${escapeXml(key)}</Key>${version}${condition}</Object>`;
}

async function deleteOne(
  client: DirectClient,
  { key, versionId }: ToDelete,
  signal: AbortSignal,
): Promise<DeleteFailure | undefined> {
  try {
    const query = { versionId };
    const operation = { name: "DeleteObject", method: "DELETE", key, query } as const;
    await client.call(operation, (response) => response.discard(), signal);
    return undefined;
  } catch (error) {
    if (!isError(error, "access-denied", "rejected")) throw error;
    return { key, versionId, reason: error.reason ?? "", message: error.message };
  }
}

async function deleteMany(
  client: DirectClient,
  objects: readonly ToDelete[],
  signal: AbortSignal,
): Promise<readonly DeleteFailure[]> {
  const name = "DeleteObjects";
  const keys = objects.map(({ key }) => key);
  const body = xmlBody(
    `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects.map(objectXml).join("")}</Delete>`,
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
    versionId: elementText(inner, "VersionId"),
    reason: elementText(inner, "Code") ?? "",
    message: withoutSecrets(elementText(inner, "Message") ?? "", sent),
  }));
}
