/**
 * Whether a file and an object hold the same.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { compareContents } from "../transfer/comparing/compare-etags.ts";
import { compareBytes } from "../transfer/comparing/same-bytes.ts";
import type { TransferContext } from "../transfer/context.ts";

/**
 * Compares a file with the object's ETag. Where that is made of something else (as with KMS), the object is read: it
 * costs no more than to send one of the two, and what is the same is no conflict.
 *
 * @param context from the directory to the bucket
 */
export async function holdTheSame(
  context: TransferContext,
  file: Entry,
  object: Entry,
  signal: AbortSignal,
): Promise<boolean> {
  if (file.size !== object.size) return false;
  const { source, target } = context;
  const [from, to] = [
    { store: source, entry: file },
    { store: target, entry: object },
  ];
  const { kind } = await compareContents(context, from, to, signal);
  if (kind === "match" || kind === "mismatch") return kind === "match";
  return (await compareBytes(context, file, object, signal)).verdict === "same";
}
