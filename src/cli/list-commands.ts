/**
 * `s3sync ls s3://BUCKET[/PREFIX]` and `s3sync versions s3://BUCKET/KEY`.
 *
 * @module
 */
import {
  doctorOptions,
  listObjects,
  listVersions,
  onlyFor,
  type OptionName,
  SyncError,
} from "../index.ts";
import { listedLine, objectLine, versionLine } from "../report/history-lines.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { oneArgument, type SingleCommand } from "./one-argument.ts";
import { lineForm, printLines } from "./print-lines.ts";
import { Remarks } from "./say.ts";

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "all of it was listed"],
  [exitCode.error, "an error ended the listing, or there is no such key"],
  [exitCode.usage, "an option or argument makes no sense"],
  [exitCode.warning, "something in the bucket could not be listed, and is told"],
  [exitCode.sigint, "stopped by Ctrl-C"],
  [exitCode.sigterm, "stopped by SIGTERM"],
];

const lsAbout = `List the objects of a bucket whose keys begin with a prefix: as they are, or were at some time.

Usage: s3sync ls [OPTIONS] s3://BUCKET[/PREFIX]

  s3sync ls s3://bucket/photos/                    time (UTC), size, key
  s3sync ls --at 3d s3://bucket/photos/            what there was three days ago
  s3sync ls --json s3://bucket/photos/             one JSON object a line

On a terminal there are columns and a last line with the sum. Elsewhere there is a line for each object
and nothing else: time, bytes and key, with tabs between them.
`;

const versionsAbout = `List all versions of an object, the newest first, or of all objects of a prefix.

Usage: s3sync versions [OPTIONS] s3://BUCKET/KEY|s3://BUCKET/PREFIX/

  s3sync versions s3://bucket/photos/a.jpg         time (UTC), state, size, version, key
  s3sync versions s3://bucket/photos/              those of all keys below photos/
  s3sync versions --json s3://bucket/a.jpg         one JSON object a line

States are current, old, and deleted: from that time on there was no object of that name. What takes no
slash at its end is the whole key. s3sync restore --at TIME brings back what there was at a time.
Where it is no terminal, lines have tabs between their fields, and sizes are bytes.
`;

/** What `s3sync ls --help` prints. */
export function lsHelpText(): string {
  return commandHelp(lsAbout, isForLs, codes, (name) => name === "at");
}

/** What `s3sync versions --help` prints. */
export function versionsHelpText(): string {
  return commandHelp(versionsAbout, isForVersions, codes);
}

function isForLs(name: OptionName): boolean {
  return isForVersions(name) || onlyFor.ls.includes(name);
}

function isForVersions(name: OptionName): boolean {
  return (doctorOptions.has(name) && name !== "dry-run") || name === "json-tracing";
}

/**
 * Carries out `s3sync ls`.
 *
 * @throws SyncError `usage`, or what ended the listing
 */
export async function runLs(command: SingleCommand): Promise<ExitCode> {
  const { values, typed, exitNow } = command;
  const place = oneArgument(
    command.positionals,
    "ls needs one place",
    "s3sync ls s3://bucket/prefix/",
  );
  refuseOthers(typed, isForLs, "ls");
  const form = lineForm(values.jsonTracing);
  const remarks = new Remarks();
  const code = await printLines(async function* (signal) {
    let [count, size] = [0, 0];
    for await (const each of listObjects({ ...values, place }, { signal, ...remarks.handlers })) {
      [count, size] = [count + 1, size + each.size];
      yield objectLine(each, form);
    }
    if (form === "columns") yield listedLine(count, size, "object");
  }, exitNow);
  return code ?? remarks.exitCode;
}

/**
 * Carries out `s3sync versions`.
 *
 * @throws SyncError `usage`, `not-found`, or what ended the listing
 */
export async function runVersions(command: SingleCommand): Promise<ExitCode> {
  const { values, typed, exitNow } = command;
  const place = oneArgument(
    command.positionals,
    "versions needs one place",
    "s3sync versions s3://bucket/photos/a.jpg",
  );
  refuseOthers(typed, isForVersions, "versions");
  const form = lineForm(values.jsonTracing);
  const remarks = new Remarks();
  let [count, size] = [0, 0];
  const code = await printLines(async function* (signal) {
    for await (const each of listVersions({ ...values, place }, { signal, ...remarks.handlers })) {
      [count, size] = [count + 1, size + each.size];
      yield versionLine(each, form);
    }
    if (form === "columns") yield listedLine(count, size, "version");
  }, exitNow);
  if (code !== undefined) return code;
  if (count === 0 && !place.endsWith("/")) throw notThere(place);
  return remarks.exitCode;
}

function notThere(place: string): SyncError {
  return new SyncError("not-found", `${place} is not there, and never was as far as is known`, {
    hint: `What lies below it tells s3sync versions ${place}/`,
  });
}
