/**
 * Whether parts can be copied into uploads that keep checksums. Amazon S3 computes those of copies; MinIO refuses
 * ("checksum missing"), and copies only into uploads without.
 *
 * @module
 */
import { SyncError, toSyncError } from "../core/errors.ts";
import type { CopyOrigin, Part, WriteSpec } from "../store/store.ts";
import type { TransferContext } from "./context.ts";

/**
 * Finds out, once in a run, by an upload that is thrown away.
 *
 * @param origin an object of the target
 * @param part of that object
 * @returns whether what parts are copied into has to do without a checksum
 */
export async function mustBePlain(
  context: TransferContext,
  origin: CopyOrigin,
  part: Part,
  signal: AbortSignal,
): Promise<boolean> {
  if (context.target.capabilities.checksum === undefined) return false;
  const asked = (context.copiesPlain ??= ask(context, origin, part, signal));
  try {
    return await asked;
  } catch (thrown) {
    // Another object may find out.
    if (context.copiesPlain === asked) context.copiesPlain = undefined;
    throw thrown;
  }
}

async function ask(
  { target, emit }: TransferContext,
  origin: CopyOrigin,
  part: Part,
  signal: AbortSignal,
): Promise<boolean> {
  const { size, mtimeMs } = origin.info;
  const { storeKey: key } = origin;
  const spec: WriteSpec = { key, size, mtimeMs, attributes: { metadata: {} } };
  const writer = await target.beginWrite(spec, signal);
  try {
    await target.serverSideCopy?.copyPart(target, origin, part, writer, signal);
    return false;
  } catch (thrown) {
    const error = toSyncError(thrown);
    if (isRefusal(error)) return true;
    throw error;
  } finally {
    const error = await writer.abort();
    if (error !== undefined) emit({ type: "warning", key, error });
  }
}

/** The request itself is not taken. Access that is denied is so either way. */
function isRefusal({ status, retryable }: SyncError): boolean {
  return (status === 400 || status === 501) && !retryable;
}
