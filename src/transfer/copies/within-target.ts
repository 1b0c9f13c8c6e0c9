/**
 * Copies that the server of the target makes of what the target has.
 *
 * @module
 */
import type { Attributes } from "../../core/object.ts";
import { keepAll } from "../attributes.ts";
import { TransferContext } from "../context.ts";

/**
 * What such a copy is made with: an object keeps its parts, so that its ETag stays, and gets the attributes that are said,
 * and nothing else that the run gives to what it sends. Close it.
 */
export function withinTarget(
  {
    target,
    options,
    emit,
    userStop,
  }: Pick<TransferContext, "target" | "options" | "emit" | "userStop">,
  set: Attributes,
): TransferContext {
  const own = {
    ...options,
    attributes: { ...keepAll, set, keepsSystem: false, keepsMetadata: false },
    keepsParts: true,
    companions: undefined,
    preprocess: undefined,
    chunkBytes: undefined,
    // They would copy from the source of the run.
    help: undefined,
  };
  return new TransferContext(target, target, own, emit, userStop);
}
