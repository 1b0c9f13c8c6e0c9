/**
 * Lines that come one after the other, from something that can be stopped.
 *
 * @module
 */
import { SyncError } from "../index.ts";
import type { LineForm } from "../report/history-lines.ts";
import { LineWriter, notWritten } from "../report/line-writer.ts";
import type { ExitCode } from "./exit-codes.ts";
import { Interruption } from "./signals.ts";

/** For whom stdout is: people have a terminal. */
export function lineForm(json: boolean | undefined): LineForm {
  if (json === true) return "json";
  return process.stdout.isTTY === true ? "columns" : "tabs";
}

/**
 * Whether something that was done is told. What is odd only `-qq` hides; the rest is told with `-v`, to programs, and
 * by a dry run, which is of no use if it says nothing.
 */
export function isTold(
  verbosity: number,
  { isOdd, isWanted }: { readonly isOdd: boolean; readonly isWanted: boolean },
): boolean {
  const loudness = verbosity === 0 && isWanted ? 1 : verbosity;
  return loudness > 0 || (isOdd && loudness > -2);
}

/**
 * Prints lines on stdout as they come.
 *
 * @param exitNow ends the process
 * @returns the code for the signal that came, if one did
 * @throws SyncError what ended it, or kept the lines from being written
 */
export async function printLines(
  lines: (signal: AbortSignal) => AsyncIterable<string>,
  exitNow: (code: ExitCode) => void,
): Promise<ExitCode | undefined> {
  using interruption = new Interruption(exitNow);
  const { signal } = interruption;
  let failure: SyncError | undefined;
  const writer = new LineWriter(1, (error) => {
    failure = error;
    interruption.stop("nobody reads the lines any more");
  });
  try {
    for await (const line of lines(signal)) {
      writer.line(line);
      if (signal.aborted) break;
    }
  } catch (thrown) {
    const isStopped = thrown instanceof SyncError && thrown.code === "aborted";
    if (!isStopped) throw thrown;
  } finally {
    writer.flush();
  }
  if (failure !== undefined) throw notWritten("to stdout", failure);
  return interruption.exitCode;
}
