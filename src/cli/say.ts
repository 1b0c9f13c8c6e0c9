/**
 * What the command line itself says, besides the log of a run.
 *
 * @module
 */
import fs from "node:fs";

import type { SyncError } from "../index.ts";
import { LineWriter, notWritten } from "../report/line-writer.ts";
import { printable } from "../report/printable.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";

/** Prints something that was asked for. A reader that went away is no error. */
export function say(text: string, verbosity: number): ExitCode {
  let failure: SyncError | undefined;
  const writer = new LineWriter(1, (error) => (failure = error));
  writer.line(text.trimEnd());
  writer.flush();
  if (failure === undefined) return exitCode.fine;
  return explain(notWritten("to stdout", failure), verbosity);
}

/** `-qq`. */
export const silent = -2;

/**
 * One line for each thing that is wrong, one for what to do about it.
 *
 * @param about what goes before each line
 * @param command whose help tells more: its name and a space
 */
export function explain(error: SyncError, verbosity: number, about = "", command = ""): ExitCode {
  const code = error.code === "usage" ? exitCode.usage : exitCode.error;
  if (verbosity <= silent) return code;
  // Only usage errors have several lines: elsewhere a line break is in a name, and must not begin a line.
  const lines = error.code === "usage" ? error.message.split("\n") : [error.message];
  for (const line of lines) remark(about + line);
  if (error.hint !== undefined) remark(about + error.hint);
  else if (error.code === "usage") remark(`see s3sync ${command}--help`);
  if (verbosity >= 3) for (const line of stackOf(error)) remark(line);
  return code;
}

/** Where an error comes from. Its message, which is told already, is not repeated. */
function stackOf({ stack = "", message }: SyncError): string[] {
  const at = stack.indexOf(message);
  const frames = at === -1 ? stack : stack.slice(at + message.length);
  return frames.split("\n").filter((line) => line.trim() !== "");
}

/** What a command hears of a bucket besides what it tells: lines on stderr, some of which count. */
export class Remarks {
  /** How many things nobody could read. */
  private gaps = 0;

  readonly handlers = {
    onNotice: remark,
    onGap: ({ message }: SyncError): void => {
      this.gaps += 1;
      remark(message);
    },
  };

  /** What there is to be said of a command that has done all else. */
  get exitCode(): ExitCode {
    return this.gaps > 0 ? exitCode.warning : exitCode.fine;
  }
}

/** A line on stderr. */
export function remark(text: string): void {
  try {
    fs.writeSync(2, `s3sync: ${printable(text)}\n`);
  } catch {
    // Nobody reads: the exit code tells.
  }
}
