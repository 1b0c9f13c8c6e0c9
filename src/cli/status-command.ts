/**
 * `s3sync status`.
 *
 * @module
 */
import { type ConfigInput, type LastRun, lastRuns, type OptionName, SyncError } from "../index.ts";
import { runLine } from "../report/run-lines.ts";
import type { TypedArguments } from "./arguments.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { say } from "./say.ts";

/** A question about runs, from the command line. */
export interface StatusCommand {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  readonly typed: TypedArguments;
}

const about = `Tell how the last run of each pair of SOURCE and TARGET ended, and when.

Usage: s3sync status [OPTIONS] [PLACE]

  s3sync status                                    all pairs: state, age, duration, objects and bytes
  s3sync status --older-than 26h                   for a daily job: what did not go well since is stale
  s3sync status -q --older-than 26h                only what is not well: nothing, if all is
  s3sync status --json s3://bucket/photos/         pairs with this place on one side, as JSON
  0 8 * * * s3sync status -q --older-than 26h      in a crontab: mails what is not well

Runs are those of s3sync SOURCE TARGET, s3sync run, restore and bsync (each of its pairs) on this
machine by this user, dry runs and reports excepted. States: ok, warnings, failed, stopped (by a
signal), stale. Each pair has a small file in the folder runs of the state directory (--state-dir):
whoever removes it forgets the pair. Of more than 1000 pairs the last ones are known.
`;

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "all last runs went well, and are as young as they have to be"],
  [exitCode.error, "a last run failed, or was stopped"],
  [exitCode.usage, "an option or argument makes no sense"],
  [exitCode.warning, "one is stale or had warnings, or none is known"],
];

/** What `s3sync status --help` prints. */
export function statusHelpText(): string {
  return commandHelp(about, isForStatus, codes);
}

function isForStatus(name: OptionName): boolean {
  return ["older-than", "state-dir", "json-tracing"].includes(name);
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`
 */
export function runStatus({ positionals, values, typed }: StatusCommand): ExitCode {
  const [place, ...surplus] = positionals;
  if (surplus.length > 0) throw new SyncError("usage", "status takes one place, or none");
  refuseOthers(typed, isForStatus, "status");
  const { olderThan, stateDir, jsonTracing } = values;
  const runs = lastRuns({ olderThan, stateDir, place });
  const { verbosity } = typed;
  const wanted = runs.filter(
    ({ state }) => verbosity >= 0 || (verbosity === -1 && state !== "fine"),
  );
  const lines = wanted.map((run) => runLine(run, jsonTracing === true));
  if (runs.length === 0 && jsonTracing !== true && verbosity >= -1) {
    lines.push(place === undefined ? "no run is known" : `no run with ${place} is known`);
  }
  const said = lines.length === 0 ? exitCode.fine : say(lines.join("\n"), verbosity);
  return said === exitCode.fine ? codeOf(runs) : said;
}

function codeOf(runs: readonly LastRun[]): ExitCode {
  if (runs.some(({ state }) => state === "failed" || state === "stopped")) return exitCode.error;
  return runs.length > 0 && runs.every(({ state }) => state === "fine")
    ? exitCode.fine
    : exitCode.warning;
}
