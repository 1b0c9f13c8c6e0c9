/**
 * `s3sync cleanup s3://BUCKET[/PREFIX]|DIRECTORY`.
 *
 * @module
 */
import { cleanup, type Leftover, SyncError } from "../index.ts";
import { leftoverCounts, leftoverLine } from "../report/leftover-lines.ts";
import { LineWriter, notWritten } from "../report/line-writer.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { isForCleanup } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { oneArgument, type SingleCommand } from "./one-argument.ts";
import { Interruption } from "./signals.ts";

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or what kept the place from being looked through
 */
export async function runCleanup(command: SingleCommand): Promise<ExitCode> {
  const { positionals, values, typed } = command;
  const place = oneArgument(
    positionals,
    "cleanup needs one place",
    "s3sync cleanup --dry-run s3://bucket/prefix/",
  );
  refuseOthers(typed, isForCleanup, "cleanup");
  using interruption = new Interruption(command.exitNow);
  let failure: SyncError | undefined;
  const writer = new LineWriter(1, (error) => {
    failure = error;
    interruption.stop("nobody reads what is done any more");
  });
  const json = values.jsonTracing === true;
  const found: Leftover[] = [];
  try {
    for await (const leftover of cleanup({ ...values, place }, { signal: interruption.signal })) {
      found.push(leftover);
      if (isWanted(leftover, typed.verbosity)) writer.line(leftoverLine(leftover, json));
      if (interruption.signal.aborted) break;
    }
    if (!json && typed.verbosity >= 0) writer.line(leftoverCounts(found));
  } catch (thrown) {
    const isStopped = thrown instanceof SyncError && thrown.code === "aborted";
    if (!isStopped) throw thrown;
  } finally {
    writer.flush();
  }
  if (failure !== undefined) throw notWritten("to stdout", failure);
  const isWhole = found.every(({ outcome }) => outcome !== "failed");
  return interruption.exitCode ?? (isWhole ? exitCode.fine : exitCode.error);
}

/** `-q` leaves out what went well, `-qq` everything. */
function isWanted({ outcome }: Leftover, verbosity: number): boolean {
  return verbosity >= 0 || (verbosity === -1 && outcome === "failed");
}
