/**
 * `s3sync undo RUN`.
 *
 * @module
 */
import { doctorOptions, type OptionName, undo } from "../index.ts";
import { UndoneCounts, undoneLine } from "../report/undone-lines.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { oneArgument, type SingleCommand } from "./one-argument.ts";
import { isTold, printLines } from "./print-lines.ts";
import { remark } from "./say.ts";

const about = `Take back what a run with --journal has changed.

Usage: s3sync undo [OPTIONS] RUN

  s3sync --delete --journal today.journal ./photos s3://bucket/photos/
                                                   a run that notes what it changes
  s3sync undo --dry-run today.journal              what of that would be taken back
  s3sync undo today.journal                        what was replaced or deleted comes back, what is new goes
  s3sync undo --max-delete 100 today.journal       nothing at all, if more than that would go

RUN is the journal. It takes a bucket that keeps versions, or backups (--backup-prefix, --backup-dir).
What is not any more as the run left it stays, with a word. What is taken back is noted in the journal:
another undo goes on where this one ended.
`;

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "all that the run did is taken back"],
  [exitCode.error, "an error ended it, something failed, or --max-delete forbids it"],
  [exitCode.usage, "an option or argument makes no sense; nothing was done"],
  [exitCode.warning, "something has changed since the run, and stays"],
  [exitCode.sigint, "stopped by Ctrl-C"],
  [exitCode.sigterm, "stopped by SIGTERM"],
];

/** What `s3sync undo --help` prints. */
export function undoHelpText(): string {
  return commandHelp(about, isForUndo, codes);
}

const own: ReadonlySet<OptionName> = new Set(["max-delete", "json-tracing", "temp-dir"]);

function isForUndo(name: OptionName): boolean {
  return doctorOptions.has(name) || own.has(name);
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or what ended it
 */
export async function runUndo(command: SingleCommand): Promise<ExitCode> {
  const { positionals, values, typed, exitNow } = command;
  const run = oneArgument(
    positionals,
    "undo needs one journal",
    "s3sync undo --dry-run today.journal",
  );
  refuseOthers(typed, isForUndo, "undo");
  const { verbosity } = typed;
  const json = values.jsonTracing === true;
  const counts = new UndoneCounts();
  const code = await printLines(async function* (signal) {
    for await (const undone of undo({ ...values, run }, { signal, onNotice: remark })) {
      counts.add(undone);
      const isOdd = undone.outcome !== "done";
      const isWanted = json || undone.dryRun;
      if (isTold(verbosity, { isOdd, isWanted })) yield undoneLine(undone, json);
    }
    if (!json && verbosity >= 0) yield counts.line();
  }, exitNow);
  return code ?? codeOf(counts);
}

function codeOf({ failed, kept }: UndoneCounts): ExitCode {
  if (failed > 0) return exitCode.error;
  return kept > 0 ? exitCode.warning : exitCode.fine;
}
