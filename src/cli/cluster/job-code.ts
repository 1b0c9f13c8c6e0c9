/**
 * What waiting for a job ends with.
 *
 * @module
 */
import type { Job, Summary } from "../../index.ts";
import { type ExitCode, exitCode, exitCodeOf } from "../exit-codes.ts";

/** The exit code of a job; `undefined`: it is not over, or only another version knows. */
export function codeOfJob({ end }: Job, summary: Summary | undefined): ExitCode | undefined {
  if (end === undefined || summary === undefined) return undefined;
  return end === "cancelled" ? exitCode.sigint : exitCodeOf(summary);
}
