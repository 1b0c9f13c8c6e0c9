/**
 * The parts of an object, as the server shows them.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { ETag } from "../../core/etag.ts";
import type { ShownPart } from "../store.ts";
import type { S3Api } from "./api.ts";

/** Which object is meant. */
export interface MeantObject {
  /** The full key. */
  readonly key: string;
  readonly versionId: string | undefined;
  readonly etag: ETag;
  /** Bytes. */
  readonly size: number;
}

/**
 * Reads the parts in which an object was written. One request for a thousand of them.
 *
 * @returns `undefined` where the server does not tell, or may not; where parts are missing; where the object is
 *   another one by now
 */
export async function readObjectParts(
  api: S3Api,
  { key, versionId, etag, size }: MeantObject,
  signal: AbortSignal,
): Promise<readonly ShownPart[] | undefined> {
  const parts: ShownPart[] = [];
  let offset = 0;
  try {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page = await api.listObjectParts(key, versionId, after, signal);
      if (page.etag !== etag) return undefined;
      for (const { length, checksum } of page.parts) {
        parts.push({ length, checksum });
        offset += length;
      }
      after = page.next;
    }
  } catch (thrown) {
    if (isRefusal(thrown)) return undefined;
    throw thrown;
  }
  return offset === size && parts.length > 0 ? parts : undefined;
}

/** Servers that do not know the request, and people who may not ask it, do without. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof SyncError && thrown.status !== undefined && !thrown.retryable;
}
