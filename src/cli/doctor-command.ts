/**
 * `s3sync doctor s3://BUCKET[/PREFIX]`.
 *
 * @module
 */
import { isCI } from "std-env";

import { doctor, type Outcome, SyncError } from "../index.ts";
import { countsLine, findingLines } from "../report/finding-lines.ts";
import { LineWriter, notWritten } from "../report/line-writer.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { isForDoctor } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { oneArgument, type SingleCommand } from "./one-argument.ts";
import { Interruption } from "./signals.ts";

/** Examining that was asked for on the command line. */
export interface DoctorCommand extends SingleCommand {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or what kept the doctor from beginning
 */
export async function runDoctor(command: DoctorCommand): Promise<ExitCode> {
  const { positionals, values, typed, environment } = command;
  const place = oneArgument(
    positionals,
    "doctor needs one place",
    "s3sync doctor s3://bucket/prefix/",
  );
  refuseOthers(typed, isForDoctor, "doctor");
  using interruption = new Interruption(command.exitNow);
  let failure: SyncError | undefined;
  const writer = new LineWriter(1, (error) => {
    failure = error;
    interruption.stop("nobody reads what is found any more");
  });
  const counts: Record<Outcome, number> = { good: 0, degraded: 0, bad: 0, unknown: 0 };
  const isTerminal = process.stdout.isTTY === true && !isCI;
  const isPlain = (environment["NO_COLOR"] ?? "") !== "" || values.disableColorTracing === true;
  const json = values.jsonTracing === true;
  const style = { json, colours: isTerminal && !isPlain };
  try {
    for await (const finding of doctor({ ...values, place }, { signal: interruption.signal })) {
      counts[finding.outcome]++;
      if (!isWanted(finding.outcome, typed.verbosity)) continue;
      for (const line of findingLines(finding, style)) writer.line(line);
      writer.flush();
    }
    if (!json && typed.verbosity >= 0) writer.line(countsLine(counts));
  } catch (thrown) {
    const isStopped = thrown instanceof SyncError && thrown.code === "aborted";
    if (!isStopped) throw thrown;
  } finally {
    writer.flush();
  }
  if (failure !== undefined) throw notWritten("to stdout", failure);
  return interruption.exitCode ?? codeOf(counts);
}

/** `-q` leaves out what is good, `-qq` everything. */
function isWanted(outcome: Outcome, verbosity: number): boolean {
  return verbosity >= 0 || (verbosity === -1 && outcome !== "good");
}

function codeOf({ bad, degraded, unknown }: Readonly<Record<Outcome, number>>): ExitCode {
  if (bad > 0) return exitCode.error;
  return degraded + unknown > 0 ? exitCode.warning : exitCode.fine;
}
