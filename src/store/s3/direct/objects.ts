/**
 * HeadObject, GetObject, PutObject.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 * @module
 */
import { isError, SyncError } from "../../../core/errors.ts";
import type { ETag } from "../../../core/etag.ts";
import type { ObjectInfo, Written } from "../../../core/object.ts";
import type { Digests } from "../../../hash/digest.ts";
import type { Body } from "../../body.ts";
import type { ByteRange, HeadedPart, ObjectBody, ReadOptions, WriteHow } from "../api.ts";
import type { DirectClient } from "../wire/client.ts";
import type { Operation } from "../wire/operation.ts";
import type { HttpResponse } from "../wire/response.ts";
import {
  attributeHeaders,
  conditionHeaders,
  etagHeader,
  payloadHeaders,
  readChecksum,
  readHeaders,
  readInfo,
  readWritten,
} from "./headers.ts";

/** Asks for an object's head. */
export async function headObject(
  client: DirectClient,
  key: string,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<ObjectInfo> {
  const read = (response: HttpResponse): ObjectInfo =>
    readInfo(response, options.checksum === true);
  return readCall(client, "HeadObject", "HEAD", key, options, read, signal);
}

/** Asks how long a part of an object is. Not all servers can tell. */
export async function headPart(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  number: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const read = (response: HttpResponse): number | undefined => partLength(response);
  return askPart(client, key, versionId, number, false, read, signal);
}

/** Asks for a part's checksum, too. */
export async function headPartChecksum(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  number: number,
  signal: AbortSignal,
): Promise<HeadedPart | undefined> {
  const read = (response: HttpResponse): HeadedPart | undefined => {
    const length = partLength(response);
    if (length === undefined) return undefined;
    return { length, checksum: readChecksum(response), etag: etagHeader(response) };
  };
  return askPart(client, key, versionId, number, true, read, signal);
}

function partLength(response: HttpResponse): number | undefined {
  return response.header("x-amz-mp-parts-count") === undefined ? undefined : response.contentLength;
}

async function askPart<T>(
  client: DirectClient,
  key: string,
  versionId: string | undefined,
  number: number,
  checksum: boolean,
  read: (response: HttpResponse) => T | undefined,
  signal: AbortSignal,
): Promise<T | undefined> {
  const query = { partNumber: String(number), versionId };
  const headers = { ...readHeaders({ checksum }), ...client.objectHeaders };
  const operation: Operation = { name: "HeadObject", method: "HEAD", key, query, headers };
  try {
    return await client.call(operation, read, signal);
  } catch (error) {
    if (error instanceof SyncError && error.status !== undefined && !error.retryable) {
      return undefined;
    }
    throw error;
  }
}

/** Asks for an object's bytes, or for a range of them. */
export async function getObject<T>(
  client: DirectClient,
  key: string,
  options: ReadOptions,
  consume: (body: ObjectBody) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { range } = options;
  const read = async (response: HttpResponse): Promise<T> => {
    try {
      if (range !== undefined) checkRange(response, range);
      const info = readInfo(response, options.checksum === true);
      return await consume({
        info,
        length: range === undefined ? info.size : range.last - range.first + 1,
        bytes: () => response.bytes(),
        stream: () => response.stream(),
      });
    } finally {
      await response.discard();
    }
  };
  return readCall(client, "GetObject", "GET", key, options, read, signal);
}

/** A condition that fails while reading means that somebody replaced the object. */
async function readCall<T>(
  client: DirectClient,
  name: string,
  method: "GET" | "HEAD",
  key: string,
  options: ReadOptions,
  read: (response: HttpResponse) => T | Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const query = { versionId: options.versionId };
  try {
    const headers = { ...readHeaders(options), ...client.objectHeaders };
    return await client.call({ name, method, key, query, headers }, read, signal);
  } catch (error) {
    if (!isError(error, "precondition")) throw error;
    throw new SyncError("source-changed", "the object was replaced while it was read", {
      ...error,
      cause: error,
    });
  }
}

/** A server that ignores or bends a range would give wrong bytes under a right status. */
function checkRange(response: HttpResponse, range: ByteRange): void {
  const said = response.header("content-range") ?? "nothing";
  if (response.status === 206 && said.startsWith(`bytes ${range.first}-${range.last}/`)) return;
  throw new SyncError(
    "protocol",
    `asked for bytes ${range.first}-${range.last}, the server answered ${response.status} with ${said}`,
    { operation: "GetObject" },
  );
}

/** Writes an object in one request. */
export async function putObject(
  client: DirectClient,
  key: string,
  body: Body,
  digests: Digests,
  attributes: WriteHow,
  signal: AbortSignal,
): Promise<Written> {
  const { headers, payloadHash } = payloadHeaders(digests);
  return client.call(
    {
      name: "PutObject",
      method: "PUT",
      key,
      headers: {
        ...attributeHeaders(attributes),
        ...conditionHeaders(attributes.expected),
        ...headers,
        ...client.writeHeaders,
      },
      body,
      payloadHash,
      once: attributes.expected !== undefined,
    },
    async (response) => {
      await response.discard();
      const checksum = digests.checksum === undefined ? undefined : readChecksum(response);
      return readWritten(response, undefined, checksum);
    },
    signal,
  );
}

/** Deletes an object that is still what it was. */
export async function deleteObject(
  client: DirectClient,
  key: string,
  etag: ETag,
  signal: AbortSignal,
): Promise<void> {
  const headers = conditionHeaders({ kind: "etag", etag });
  await client.call(
    { name: "DeleteObject", method: "DELETE", key, headers, once: true },
    (response) => response.discard(),
    signal,
  );
}
