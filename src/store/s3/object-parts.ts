/**
 * The parts of an object, as the server shows them.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { type ETag, etagForm } from "../../core/etag.ts";
import { inParallel } from "../../core/parallel.ts";
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

/** Parts that are asked for at the same time, where each takes a request. */
const headsAtOnce = 16;

/**
 * Reads the parts in which an object was written: by one request for a thousand of them, or, where the server does not
 * know it or does not let us, by one for each.
 *
 * @returns `undefined` where the server does not tell; where parts are missing; where the object is another one by now
 */
export async function readObjectParts(
  api: S3Api,
  object: MeantObject,
  signal: AbortSignal,
): Promise<readonly ShownPart[] | undefined> {
  const parts =
    (await unlessRefused(listedParts(api, object, signal))) ??
    (await unlessRefused(headedParts(api, object, signal)));
  const size = parts?.reduce((sum, { length }) => sum + length, 0);
  return size === object.size ? parts : undefined;
}

async function listedParts(
  api: S3Api,
  { key, versionId, etag }: MeantObject,
  signal: AbortSignal,
): Promise<readonly ShownPart[] | undefined> {
  const parts: ShownPart[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = await api.listObjectParts(key, versionId, after, signal);
    if (page.etag !== etag) return undefined;
    parts.push(...page.parts);
    after = page.next;
  }
  return parts.length === 0 ? undefined : parts;
}

/** If the first part has no checksum, the others have none either. */
async function headedParts(
  api: S3Api,
  { key, versionId, etag }: MeantObject,
  signal: AbortSignal,
): Promise<readonly ShownPart[] | undefined> {
  const form = etagForm(etag);
  if (form.kind !== "multipart") return undefined;
  const ask = async (number: number): Promise<ShownPart | undefined> => {
    const part = await api.headPartChecksum(key, versionId, number, signal);
    return part?.etag === etag && part.checksum !== undefined ? part : undefined;
  };
  const first = await ask(1);
  if (first === undefined) return undefined;
  const numbers = Array.from({ length: form.parts - 1 }, (_, index) => index + 2);
  const others = await inParallel(numbers, headsAtOnce, ask);
  const parts = [first, ...others].filter((part) => part !== undefined);
  return parts.length === form.parts ? parts : undefined;
}

/** Servers that do not know a request, and people who may not ask it, do without. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    const isRefusal =
      thrown instanceof SyncError && thrown.status !== undefined && !thrown.retryable;
    if (isRefusal) return undefined;
    throw thrown;
  }
}
