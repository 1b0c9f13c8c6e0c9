/**
 * Works on the parts of an object, several at a time.
 *
 * @module
 */
import { MiB } from "../../core/bytes.ts";
import { throwIfAborted } from "../../core/cancel.ts";
import { toSyncError } from "../../core/errors.ts";
import type { Part } from "../../store/store.ts";
import type { TransferContext } from "../context.ts";
import { partOf, type PartPlan } from "./part-plan.ts";

/** What a part takes of the memory that is not kept as a whole. */
export const flowingBytes = MiB;

/**
 * Works on all parts of a plan, in order of their start, as many at a time as the run allows.
 *
 * @param cost what a part takes of the memory, in bytes
 * @throws the first failure, when nothing is under way any more
 */
export function forEachPart<T>(
  context: TransferContext,
  plan: PartPlan,
  cost: (part: Part) => number,
  outer: AbortSignal,
  work: (part: Part, signal: AbortSignal) => Promise<T>,
): Promise<readonly T[]> {
  return forSomeParts(context, partsOf(plan), cost, outer, work);
}

function* partsOf(plan: PartPlan): Generator<Part, void, undefined> {
  for (let number = 1; number <= plan.count; number++) yield partOf(plan, number);
}

/**
 * Works on some parts, likewise.
 *
 * @param parts asked for the next one when there is a place for it
 */
export async function forSomeParts<T>(
  context: TransferContext,
  parts: Iterable<Part>,
  cost: (part: Part) => number,
  outer: AbortSignal,
  work: (part: Part, signal: AbortSignal) => Promise<T>,
): Promise<readonly T[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  const results: Promise<T>[] = [];
  for (const part of parts) {
    if (signal.aborted) break;
    const releaseSlot = await context.partSlots.take();
    const releaseMemory = await context.memory.take(cost(part));
    const result = signal.aborted ? Promise.reject(signal.reason as Error) : work(part, signal);
    results.push(result);
    result
      .catch((thrown: unknown) => failure.abort(toSyncError(thrown)))
      .finally(() => {
        releaseMemory();
        releaseSlot();
      });
  }
  const settled = await Promise.allSettled(results);
  throwIfAborted(signal);
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
