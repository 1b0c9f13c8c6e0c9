/**
 * Runs s3sync as a process and measures the most memory that it held.
 *
 * @module
 */
import fs from "node:fs";

import { type CliOptions, type CliResult, startCli } from "../support/cli.ts";

/** What a measured process left. */
export interface Measured extends CliResult {
  /** The most that was resident at once, in bytes. */
  readonly peak: number;
}

/** Peaks of other processes can be read here, and only here. */
export const canMeasure = fs.existsSync("/proc/self/status");
const intervalMs = 10;

/** Runs s3sync to its end. */
export async function runMeasured(
  args: readonly string[],
  options: CliOptions = {},
): Promise<Measured> {
  const child = startCli(args, options);
  let peak = 0;
  // Not the resource usage of `wait`: a child inherits the peak of its parent there, that is, of the tests.
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, intervalMs);
  try {
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { exitCode, stdout, stderr, peak };
  } finally {
    clearInterval(timer);
  }
}

/** `VmHWM` only ever grows, so the last sight of it is the peak up to then. */
function peakOf(pid: number): number {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** The counters of the summary record that `--json-tracing` ends with. */
export function summaryOf({ stdout }: CliResult): Readonly<Record<string, number>> {
  const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
    readonly fields: Readonly<Record<string, number>>;
  };
  return last.fields;
}
