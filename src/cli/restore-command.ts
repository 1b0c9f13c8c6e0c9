/**
 * `s3sync restore s3://BUCKET[/PREFIX] DIRECTORY`.
 *
 * @module
 */
import {
  type ConfigInput,
  type OptionName,
  restore,
  restoreConfig,
  restoreOptions,
  SyncError,
  withoutIdle,
} from "../index.ts";
import { requireSummaryFile } from "../report/summary-file.ts";
import type { TypedArguments } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCode, exitCodeHelp } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { runSync } from "./sync-command.ts";

/** Restoring that was asked for on the command line. */
export interface RestoreCommand {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  /** Options whose values are only defaults for many runs. */
  readonly loose: readonly OptionName[];
  readonly typed: TypedArguments;
  readonly context: Pick<CliContext, "environment" | "exitNow">;
}

const about = `Make a directory what a bucket holds, or held at some time.

Usage: s3sync restore [OPTIONS] s3://BUCKET[/PREFIX] DIRECTORY

  s3sync restore s3://bucket/photos/ ./photos              what it holds now
  s3sync restore --at 2026-11-25 s3://bucket/photos/ ./photos
                                                           what it held when that day began (UTC)
  s3sync restore --at 3d --only '/letters/' s3://bucket/photos/ ./photos
                                                           one folder of what it held three days ago
  s3sync restore --dry-run --delete s3://bucket/photos/ ./photos
                                                           what would be written, and what removed
  s3sync restore --check-size s3://bucket/photos/ ./photos look at sizes only: fast

--at needs a bucket that keeps versions. s3sync ls --at and s3sync versions say what there is.

Files that have other bytes than the bucket's objects are replaced, whichever is newer; what is the
same stays. What was kept of files by --preserve, --links, --hard-links, --specials and --keep-dirs
comes back without these options; --preserve=false and --links=false switch it off, --preserve=all
brings setuid bits and extended attributes back, too. Files that the bucket has not are left, unless
--delete is given.
`;

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "the directory holds what the bucket holds, or held"],
  ...exitCodeHelp.filter(([code]) => code !== exitCode.fine),
];

/** What `s3sync restore --help` prints. */
export function restoreHelpText(): string {
  const isOwn = (name: OptionName): boolean => name === "at" || name === "only";
  return commandHelp(about, isForRestore, codes, isOwn);
}

function isForRestore(name: OptionName): boolean {
  return restoreOptions.has(name);
}

/**
 * Carries out the command.
 *
 * @throws SyncError what kept it from beginning, or the first error that it met
 */
export async function runRestore(command: RestoreCommand): Promise<ExitCode> {
  const { positionals, values, loose, typed, context } = command;
  const [source, target, ...surplus] = positionals;
  if (source === undefined || target === undefined || surplus.length > 0) {
    throw new SyncError("usage", "restore needs a bucket and a directory", {
      hint: "For example: s3sync restore s3://bucket/photos/ ./photos",
    });
  }
  refuseOthers(typed, isForRestore, "restore");
  const input = withoutIdle({ ...values, source, target }, loose, "restore");
  const config = restoreConfig(input);
  if (config.summaryJson !== undefined) requireSummaryFile(config.summaryJson);
  return runSync({ input, config, verbosity: typed.verbosity, begin: restore }, context);
}
