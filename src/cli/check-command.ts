/**
 * `s3sync check SOURCE TARGET`.
 *
 * @module
 */
import {
  check,
  checkConfig,
  checkOptions,
  type ConfigInput,
  type OptionName,
  type Summary,
  SyncError,
  withoutIdle,
} from "../index.ts";
import type { TypedArguments } from "./arguments.ts";
import { CheckDisplay } from "./check-display.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { remark } from "./say.ts";
import { Interruption } from "./signals.ts";
import { makeRoomFor, reportOptions } from "./sync-command.ts";

/** A check that was asked for on the command line. */
export interface CheckCommand {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  /** Options whose values are only defaults for many runs. */
  readonly loose: readonly OptionName[];
  readonly typed: TypedArguments;
  readonly context: Pick<CliContext, "environment" | "exitNow">;
}

const about = `Prove that both sides hold the same, byte by byte, and change nothing.

Usage: s3sync check [OPTIONS] SOURCE TARGET

  s3sync check ./photos s3://bucket/photos/              files are read, objects are not
  s3sync check --read-data s3://a/photos/ s3://b/photos/ read both sides
  s3sync check --sample 1% ./photos s3://bucket/photos/  read a hundredth of the objects
  s3sync check ./photos /mnt/backup/photos               two directories
  s3sync check -v ./photos s3://bucket/photos/           tell also what is the same, and by what
  s3sync check --json-tracing ./photos s3://bucket/      one JSON object a line

One line on stdout for each difference: a verdict, the key and the reason, with tabs between them.

  differs         other bytes, or another size
  only-in-source  TARGET does not have it
  only-in-target  SOURCE does not have it
  unproven        of one size, and nothing shows whether the bytes are the same
  alike           with --sample and -v: of one size, and not in the sample
  same            with -v, and why: etag, checksum, bytes (both were read), empty

Without options no object's bytes are read: files are hashed as their objects were uploaded, and objects
compared by the ETags and checksums that the servers show. --read-data believes nobody.
`;

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "both sides hold the same; with --sample, as far as was looked at"],
  [exitCode.error, "an error ended the check"],
  [exitCode.usage, "an option or argument makes no sense; nothing was done"],
  [exitCode.warning, "there are differences, or something could not be proven"],
  [exitCode.sigint, "stopped by Ctrl-C"],
  [exitCode.sigterm, "stopped by SIGTERM"],
];

/** What `s3sync check --help` prints. */
export function checkHelpText(): string {
  return commandHelp(about, isForCheck, codes);
}

function isForCheck(name: OptionName): boolean {
  return checkOptions.has(name);
}

/**
 * Carries out the command.
 *
 * @throws SyncError what kept the check from beginning, or the first error that it met
 */
export async function runCheck(command: CheckCommand): Promise<ExitCode> {
  const { positionals, values, loose, typed, context } = command;
  const [source, target, ...surplus] = positionals;
  if (source === undefined || target === undefined || surplus.length > 0) {
    throw new SyncError("usage", "check needs two places", {
      hint: "For example: s3sync check ./photos s3://bucket/photos/",
    });
  }
  refuseOthers(typed, isForCheck, "check");
  const input = withoutIdle({ ...values, source, target }, loose, "check");
  const config = checkConfig(input);
  const notice = makeRoomFor([{ config }], context.environment);
  if (notice !== undefined && typed.verbosity >= 0) remark(notice);
  using interruption = new Interruption(context.exitNow);
  const options = reportOptions(config, typed.verbosity, context.environment);
  const display = new CheckDisplay(options, typed.verbosity, (why) => interruption.stop(why));
  try {
    const { signal } = interruption;
    const summary = await check(input, { onEvent: (event) => display.take(event), signal });
    display.finish(summary);
    const code = interruption.exitCode;
    if (code === undefined && display.failure !== undefined) throw display.failure;
    return code ?? codeOf(summary);
  } catch (thrown) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw thrown;
  } finally {
    display.flush();
  }
}

/** What nobody could look at to its end is not proven. */
function codeOf({ check: counts, errors, warnings, interrupted }: Summary): ExitCode {
  if (errors > 0) return exitCode.error;
  if (counts === undefined || interrupted || warnings > 0) return exitCode.warning;
  const { differs, onlyInSource, onlyInTarget, unproven } = counts;
  return differs + onlyInSource + onlyInTarget + unproven > 0 ? exitCode.warning : exitCode.fine;
}
