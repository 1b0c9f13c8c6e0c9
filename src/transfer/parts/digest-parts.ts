/**
 * Reads an object only to hash it.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import { digestBytes, type DigestChoice, type Digests } from "../../hash/digest.ts";
import type { Reader, Store } from "../../store/store.ts";
import { nowhere, toNowhere } from "../../store/wrap/nowhere.ts";
import type { TransferContext } from "../context.ts";
import { moveOnSomeThread } from "../threads/on-thread.ts";
import { flowingBytes, forEachPart } from "./each-part.ts";
import { partOf, type PartPlan, planParts } from "./part-plan.ts";
import { defaultPartBytes } from "./source-parts.ts";

/** An object, and where it lies. */
export interface Placed {
  readonly store: Store;
  readonly entry: Entry;
}

/** An object that is read. */
export interface Held {
  readonly store: Store;
  readonly reader: Reader;
}

/** The digests of a part, and how many bytes it has. */
export type PartDigests = Pick<Digests, "md5" | "checksum"> & { readonly length: number };

/** Objects up to this size are read at once, in bytes: what parts need costs as much as all the rest of them. */
const smallSize = 64 * 1024;

/** The digests of the parts of an object, in their order. Several are read at a time. */
export async function digestParts(
  context: TransferContext,
  { store, reader }: Held,
  plan: PartPlan,
  digests: DigestChoice,
  signal: AbortSignal,
): Promise<readonly PartDigests[]> {
  if (plan.size <= smallSize && plan.count === 1) {
    return [{ ...digestBytes(await reader.bytes(signal), digests), length: plan.size }];
  }
  const setup = { ...context.move, digests };
  const to = { store: nowhere, writer: toNowhere };
  const moved = await forEachPart(
    context,
    plan,
    () => flowingBytes,
    signal,
    (part, inner) =>
      context.partSlots.timed(part.length, () =>
        moveOnSomeThread(context, { store, reader }, to, part, setup, inner),
      ),
  );
  return moved.map((part, index) => ({ ...part, length: partOf(plan, index + 1).length }));
}

/** The parts in which an object of the same size was uploaded elsewhere. */
export async function planAsShown(
  { options }: TransferContext,
  shown: Reader,
  size: number,
  signal: AbortSignal,
): Promise<PartPlan> {
  const known = await shown.partSize?.(1, signal);
  // Where the server cannot tell, the parts may well be as ours would be.
  return planParts(size, known ?? options.chunkBytes ?? defaultPartBytes, undefined);
}
