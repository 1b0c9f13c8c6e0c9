/**
 * Whether parts can be copied into uploads that keep checksums. Amazon S3 computes those of copies. MinIO refuses
 * ("checksum missing"), and versitygw says the whole object's of each part: into uploads without, both copy well.
 *
 * @module
 */
import { type Checksum, checksumForm } from "../../core/checksum.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import type { CopyOrigin, Part, WriteSpec } from "../../store/store.ts";
import type { PartProof } from "../../verify/held-part.ts";
import type { TransferContext } from "../context.ts";

/**
 * Finds out, once in a run, by an upload that is thrown away.
 *
 * @param origin an object of the target
 * @param part of that object
 * @param proof what is known of that part
 * @returns whether what parts are copied into has to do without a checksum
 */
export async function mustBePlain(
  context: TransferContext,
  origin: CopyOrigin,
  part: Part,
  proof: PartProof | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (context.target.capabilities.checksum === undefined) return false;
  const asked = (context.copiesPlain ??= ask(context, origin, part, proof, signal));
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
  proof: PartProof | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { size, mtimeMs } = origin.info;
  const { storeKey: key } = origin;
  const spec: WriteSpec = { key, size, mtimeMs, attributes: { metadata: {} } };
  const writer = await target.beginWrite(spec, signal);
  try {
    const told = await target.serverSideCopy?.copyPart(target, origin, part, writer, signal);
    return told?.checksum !== undefined && isOfSomethingElse(told.checksum, proof?.checksum);
  } catch (thrown) {
    const error = toSyncError(thrown);
    if (isRefusal(error)) return true;
    throw error;
  } finally {
    const error = await writer.abort();
    if (error !== undefined) emit({ type: "warning", key, error });
  }
}

/** The checksum of a part is that of all its bytes, never one that is made of others. */
function isOfSomethingElse(told: Checksum, known: Checksum | undefined): boolean {
  const differs = known?.algorithm === told.algorithm && known.value !== told.value;
  return differs || checksumForm(told).kind === "composite";
}

/** The request itself is not taken. Access that is denied is so either way. */
function isRefusal({ status, retryable }: SyncError): boolean {
  return (status === 400 || status === 501) && !retryable;
}
