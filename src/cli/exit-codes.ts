/**
 * Exit codes. They are a promise to scripts: append, never change.
 *
 * @module
 */
import type { StatusCounts, Summary } from "../index.ts";

/** What the process ends with. */
export const exitCode = {
  fine: 0,
  error: 1,
  usage: 2,
  warning: 3,
  sigint: 130,
  sigterm: 143,
} as const;

/** A code the process can end with. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Explains the codes, for `--help`. */
export const exitCodeHelp: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "everything is in step"],
  [exitCode.error, "an error ended the run, or objects failed"],
  [exitCode.usage, "an option or argument makes no sense; nothing was done"],
  [exitCode.warning, "finished, but with warnings: see the log"],
  [exitCode.sigint, "stopped by Ctrl-C, after cleaning up"],
  [exitCode.sigterm, "stopped by SIGTERM, after cleaning up"],
];

/** The code for a finished run. */
export function exitCodeOf(summary: Summary, extraIsMismatch = false): ExitCode {
  if (summary.errors > 0) return exitCode.error;
  const { conflicts = 0, differences = 0 } = summary.twoWay ?? {};
  const isReportedApart = summary.status !== undefined && isApart(summary.status, extraIsMismatch);
  const differs = isReportedApart || conflicts + differences > 0;
  return summary.warnings > 0 || differs ? exitCode.warning : exitCode.fine;
}

/** Whether a report has found anything that is not the same, or may not be. */
function isApart(counts: StatusCounts, extraIsMismatch: boolean): boolean {
  const { etag, size, checksum, metadata, tagging, annotation, notFound, notFoundInSource } =
    counts;
  const compared = [etag, size, checksum, metadata, tagging, annotation];
  return (
    notFound > 0 ||
    (extraIsMismatch && notFoundInSource > 0) ||
    compared.some(({ MISMATCH, UNKNOWN }) => MISMATCH + UNKNOWN > 0)
  );
}

/** From the one that weighs least. */
const weights: readonly ExitCode[] = [
  exitCode.fine,
  exitCode.warning,
  exitCode.error,
  exitCode.sigint,
  exitCode.sigterm,
];

/**
 * The code for several runs: the worst. What makes no sense is an error like others if something was done all the
 * same.
 */
export function worstOf(codes: readonly ExitCode[]): ExitCode {
  const isUsage = (code: ExitCode): boolean => code === exitCode.usage;
  if (codes.length > 0 && codes.every(isUsage)) return exitCode.usage;
  const found = codes.map((code) => weights.indexOf(isUsage(code) ? exitCode.error : code));
  return weights[Math.max(0, ...found)] ?? exitCode.error;
}
