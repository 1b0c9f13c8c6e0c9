/**
 * Reads an object only to hash it.
 *
 * @module
 */
import type { Reader, Store } from "../store/store.ts";
import { nowhere, toNowhere } from "../store/wrap/nowhere.ts";
import type { TransferContext } from "./context.ts";
import { moveOnSomeThread } from "./on-thread.ts";
import type { PartPlan } from "./part-plan.ts";
import { flowingBytes, forEachPart } from "./parts.ts";

/** The MD5s of the parts of an object, in their order. Several are read at a time. */
export async function digestParts(
  context: TransferContext,
  store: Store,
  reader: Reader,
  plan: PartPlan,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const setup = { ...context.move, digests: { md5: true, sha256: false } };
  const from = { store, reader };
  const to = { store: nowhere, writer: toNowhere };
  const moved = await forEachPart(
    context,
    plan,
    () => flowingBytes,
    signal,
    (part, inner) => moveOnSomeThread(context, from, to, part, setup, inner),
  );
  return moved.flatMap(({ md5 }) => (md5 === undefined ? [] : [md5]));
}
