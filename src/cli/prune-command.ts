/**
 * `s3sync prune s3://BUCKET[/PREFIX] --keep-within PERIOD`.
 *
 * @module
 */
import { doctorOptions, onlyFor, type OptionName, prune } from "../index.ts";
import { PrunedCounts, prunedLine } from "../report/pruned-lines.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { oneArgument, type SingleCommand } from "./one-argument.ts";
import { isTold, printLines } from "./print-lines.ts";
import { Remarks } from "./say.ts";

const about = `Remove old versions from a bucket that keeps versions, and old backups.

Usage: s3sync prune [OPTIONS] --keep-within PERIOD s3://BUCKET[/PREFIX]

  s3sync prune --dry-run --keep-within 6M s3://bucket/photos/
                                                   only say what would go
  s3sync prune --keep-within 6M s3://bucket/photos/
                                                   what was replaced or deleted before that
  s3sync prune --keep-within 30d --keep-last 3 s3://bucket/
                                                   but leave three old versions of each key
  s3sync prune --keep-within 6M --backup-prefix 'replaced/{date}' s3://bucket/photos/
                                                   old backups of runs with this --backup-prefix, too
  s3sync prune --keep-within 6M --max-delete 1000 s3://bucket/
                                                   nothing at all, if it were more than that

What is there now never goes. Whatever was there within the period can be brought back as before
(s3sync restore --at): a version goes when it was replaced or deleted before. Of what was deleted that
long ago nothing is left, the note of the deletion included. Months have 31 days, years 366.
Nothing is removed before all was listed. What takes no slash at its end is the whole key.
`;

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "what was to go is gone"],
  [exitCode.error, "an error ended it, something could not be removed, or --max-delete forbids it"],
  [exitCode.usage, "an option or argument makes no sense; nothing was done"],
  [exitCode.warning, "something in the bucket could not be looked at, and stays"],
  [exitCode.sigint, "stopped by Ctrl-C"],
  [exitCode.sigterm, "stopped by SIGTERM"],
];

/** What `s3sync prune --help` prints. */
export function pruneHelpText(): string {
  return commandHelp(about, isForPrune, codes, (name) => onlyFor.prune.includes(name));
}

function isForPrune(name: OptionName): boolean {
  const own: readonly OptionName[] = ["backup-prefix", "max-delete", "temp-dir", "json-tracing"];
  return doctorOptions.has(name) || own.includes(name) || onlyFor.prune.includes(name);
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or what ended it
 */
export async function runPrune(command: SingleCommand): Promise<ExitCode> {
  const { positionals, values, typed, exitNow } = command;
  const place = oneArgument(
    positionals,
    "prune needs one place",
    "s3sync prune --dry-run --keep-within 6M s3://bucket/prefix/",
  );
  refuseOthers(typed, isForPrune, "prune");
  const { verbosity } = typed;
  const json = values.jsonTracing === true;
  const counts = new PrunedCounts();
  const remarks = new Remarks();
  const code = await printLines(async function* (signal) {
    for await (const pruned of prune({ ...values, place }, { signal, ...remarks.handlers })) {
      counts.add(pruned);
      const isOdd = pruned.outcome === "failed";
      const isWanted = json || pruned.dryRun;
      if (isTold(verbosity, { isOdd, isWanted })) yield prunedLine(pruned, json);
    }
    if (!json && verbosity >= 0) yield counts.line();
  }, exitNow);
  return code ?? (counts.failed > 0 ? exitCode.error : remarks.exitCode);
}
