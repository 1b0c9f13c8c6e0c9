/**
 * How an object is cut into parts. Pure.
 *
 * @module
 */
import { MiB } from "../../core/bytes.ts";
import { SyncError } from "../../core/errors.ts";
import type { Part, PartLimits } from "../../store/store.ts";

/** Equal parts, the last one shorter. */
export interface PartPlan {
  /** Bytes of the whole. */
  readonly size: number;
  /** Bytes of each part but the last. */
  readonly partSize: number;
  /** At least 1. */
  readonly count: number;
}

/**
 * Plans the parts of an object.
 *
 * @param wantedSize bytes per part; grows where the number of parts or their size would break a limit
 * @throws SyncError `rejected` when the target cannot hold an object of this size
 */
export function planParts(
  size: number,
  wantedSize: number,
  limits: PartLimits | undefined,
): PartPlan {
  if (limits === undefined) return planOf(size, wantedSize);
  const fewest = Math.ceil(size / limits.maxParts);
  const grown = fewest <= wantedSize ? wantedSize : Math.ceil(fewest / MiB) * MiB;
  const partSize = Math.min(Math.max(grown, limits.minBytes), limits.maxBytes);
  if (fewest > partSize) {
    throw new SyncError(
      "rejected",
      `${size} bytes are more than ${limits.maxParts} parts can hold`,
    );
  }
  return planOf(size, partSize);
}

function planOf(size: number, wantedSize: number): PartPlan {
  // Nothing is one part, too.
  const partSize = Math.max(wantedSize, 1);
  return { size, partSize, count: Math.max(1, Math.ceil(size / partSize)) };
}

/** The whole as one part. */
export function inOnePiece(size: number): PartPlan {
  return planOf(size, size);
}

/** The part with a number, from 1. */
export function partOf(plan: PartPlan, number: number): Part {
  const offset = (number - 1) * plan.partSize;
  return { number, offset, length: Math.min(plan.partSize, plan.size - offset) };
}

/** Whether parts of this size are allowed as all but the last ones of an object. */
export function isLegalPartSize(
  size: number,
  partSize: number,
  limits: PartLimits | undefined,
): boolean {
  if (limits === undefined) return partSize > 0;
  const count = Math.ceil(size / partSize);
  const longEnough = partSize >= limits.minBytes || count === 1;
  return longEnough && partSize <= limits.maxBytes && count <= limits.maxParts;
}
