/**
 * `s3sync ranges s3://BUCKET[/PREFIX] --count N`.
 *
 * @module
 */
import { cutLine, doctorOptions, keyRanges, onlyFor, type OptionName } from "../index.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { oneArgument, type SingleCommand } from "./one-argument.ts";
import { printLines } from "./print-lines.ts";
import { Remarks } from "./say.ts";

const about = `Cut the keys of a bucket into ranges, for runs that share them.

Usage: s3sync ranges [OPTIONS] s3://BUCKET[/PREFIX]

  s3sync ranges --count 16 s3://bucket/photos/ > cuts
                                                   15 keys: where each range but the last one ends
  s3sync --shard 3/16 --shard-ranges cuts s3://bucket/photos/ s3://other/photos/
                                                   the third of 16 runs, each of which lists its own range
  s3sync ranges --count 16 --exact s3://bucket/photos/ > cuts
                                                   the same by listing all keys

One key a line, below the prefix, as a JSON string, in the order of UTF-8 bytes. All runs need the same
file: so make it once. Up to 200,000 keys are counted. Of more, some thousand requests look at keys
here and there, and ranges are about as long as each other; with --exact all are counted.
`;

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "the keys are printed"],
  [exitCode.error, "an error ended it, or there are too few keys"],
  [exitCode.usage, "an option or argument makes no sense"],
  [exitCode.warning, "something in the bucket could not be listed, and is told"],
  [exitCode.sigint, "stopped by Ctrl-C"],
  [exitCode.sigterm, "stopped by SIGTERM"],
];

/** What `s3sync ranges --help` prints. */
export function rangesHelpText(): string {
  return commandHelp(about, isForRanges, codes, (name) => onlyFor.ranges.includes(name));
}

function isForRanges(name: OptionName): boolean {
  return (doctorOptions.has(name) && name !== "dry-run") || onlyFor.ranges.includes(name);
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or what ended it
 */
export async function runRanges(command: SingleCommand): Promise<ExitCode> {
  const { values, typed, exitNow } = command;
  const place = oneArgument(
    command.positionals,
    "ranges needs one place",
    "s3sync ranges --count 16 s3://bucket/prefix/",
  );
  refuseOthers(typed, isForRanges, "ranges");
  const remarks = new Remarks();
  const code = await printLines(async function* (signal) {
    const cuts = await keyRanges({ ...values, place }, { signal, ...remarks.handlers });
    yield* cuts.map(cutLine);
  }, exitNow);
  return code ?? remarks.exitCode;
}
