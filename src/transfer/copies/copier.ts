/**
 * The server that copies, and the parts that it copies.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { CopyOrigin, Part, ServerSideCopy, Store, Writer } from "../../store/store.ts";
import type { TransferContext } from "../context.ts";
import type { FinishedPart } from "../parts/transfer-journal.ts";

/** The bytes do not come here. */
export const noMemory = (): number => 0;

/** What copies into the target. @throws SyncError `usage` if the target's server does not have what the source has */
export function copierOf({
  source,
  target,
}: Pick<TransferContext, "source" | "target">): ServerSideCopy {
  const copier = target.serverSideCopy;
  if (copier?.accepts(source) !== true) throw notTheSame(source, target);
  return copier;
}

/**
 * Copies a part.
 *
 * @param writer of the write that it belongs to, whoever has begun that
 * @throws SyncError `source-changed`
 */
export async function copyPart(
  context: Pick<TransferContext, "source" | "target">,
  origin: CopyOrigin,
  part: Part,
  writer: Pick<Writer, "ticket">,
  signal: AbortSignal,
): Promise<FinishedPart> {
  const { source } = context;
  const receipt = await copierOf(context).copyPart(source, origin, part, writer, signal);
  return { receipt, md5: undefined, checksum: receipt.checksum };
}

/** Why a server cannot copy, and what to do. */
export function notTheSame(source: Store, target: Store): SyncError {
  return new SyncError(
    "usage",
    `--server-side-copy: ${source.name} and ${target.name} are not in the same storage service`,
    { hint: "Leave --server-side-copy out; the bytes then pass through this machine." },
  );
}
