/**
 * What was found out about a place, in words for people.
 *
 * @module
 */

/**
 * How good it is:
 * - `good`: as Amazon S3 does it.
 * - `degraded`: works, but something that s3sync does is weaker or cannot be had.
 * - `bad`: cannot be used.
 * - `unknown`: could not be found out.
 */
export type Outcome = "good" | "degraded" | "bad" | "unknown";

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at: `clock`, `tags`. */
  readonly name: string;
  readonly outcome: Outcome;
  /** What is so. */
  readonly detail: string;
  /** What that means for a run. Where nothing is wrong there is none. */
  readonly consequence?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** A finding that has no name yet. */
export type Verdict = Omit<Finding, "name">;

/** All is well. */
export function good(detail: string): Verdict {
  return { outcome: "good", detail };
}

/** It works, with something less. */
export function degraded(detail: string, consequence: string, hint?: string): Verdict {
  return { outcome: "degraded", detail, consequence, hint };
}

/** It cannot be used. */
export function bad(detail: string, consequence?: string, hint?: string): Verdict {
  return { outcome: "bad", detail, consequence, hint };
}

/** Nobody can tell. */
export function unknown(detail: string, consequence?: string): Verdict {
  return { outcome: "unknown", detail, consequence };
}
