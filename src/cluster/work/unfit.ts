/**
 * Jobs that a machine cannot work on, though others can. What an order says is the same for all workers of a version, but for
 * what is asked here; and what has to be there to open its stores is asked when they are opened.
 *
 * @module
 */
import { hostname } from "node:os";

import { toSyncError } from "../../core/errors.ts";
import type { Ground } from "../ground.ts";
import { keys } from "../job/job.ts";
import { configOfOrder, givenIn, type Order } from "../job/order.ts";
import { asRange } from "../job/stored.ts";

/** Who can work on a job. */
export type Fitness =
  | { readonly kind: "fits" }
  /** This machine cannot. */
  | { readonly kind: "elsewhere"; readonly problem: string }
  /** No worker of this version can. */
  | { readonly kind: "nowhere"; readonly reason: string };

/** Judges an order. */
export function fitnessFor(order: Order): Fitness {
  try {
    const problem = problemHere(order);
    if (problem !== undefined) return { kind: "elsewhere", problem: ofMachine(problem) };
    configOfOrder(order);
    return { kind: "fits" };
  } catch (thrown) {
    return { kind: "nowhere", reason: toSyncError(thrown).message };
  }
}

function problemHere(order: Order): string | undefined {
  const { pointInTime, filenameEncoding = "utf-8" } = givenIn(order);
  if (pointInTime instanceof Date && pointInTime.getTime() > Date.now()) {
    return "by its clock --point-in-time is in the future";
  }
  const isNoName = filenameEncoding !== "utf-8" && process.platform === "win32";
  return isNoName ? "on Windows names are no bytes, as --filename-encoding wants them" : undefined;
}

/** What has gone wrong here, and may go well elsewhere: people must know where to look. */
export function ofMachine(text: string): string {
  return `${hostname()}/${process.pid}: ${text}`;
}

/** Says in the record of a range why it waits: people look there. */
export async function tellTrouble(
  { records }: Ground,
  run: string,
  id: string,
  trouble: string,
): Promise<void> {
  const stored = await records.get(keys.range(run, id));
  if (stored === undefined) return;
  const range = asRange(stored);
  if (range.state !== "open" || range.trouble === trouble) return;
  await records.update(stored.key, { ...range, trouble }, stored.revision);
}
