/**
 * Brings in step what stands beside contents that are the same.
 *
 * @module
 */
import type { Evidence } from "../core/events.ts";
import type { TransferContext } from "../transfer/context.ts";
import { bringInStep } from "../transfer/repairing/repair-files.ts";
import type { RepairRules } from "../transfer/repairing/repair.ts";
import type { Course } from "./course.ts";

/**
 * Keeps an object as it is, but for what is to be repaired.
 *
 * @param repairs `undefined`: nothing is
 */
export async function keep(
  course: Course,
  context: TransferContext,
  evidence: Evidence,
  repairs: RepairRules | undefined,
  dryRun: boolean,
): Promise<void> {
  const { source } = evidence;
  const unchanged = {
    ...({ type: "skipped", reason: "unchanged" } as const),
    ...{ key: source.key, source, evidence },
  };
  if (repairs === undefined) return course.emit(unchanged);
  const hidden = await course.hiddenBy(source);
  if (hidden !== undefined) return course.skip(source, hidden);
  const isOther = await bringInStep(context, evidence, repairs, dryRun, course.signal);
  if (!isOther) course.emit(unchanged);
}
