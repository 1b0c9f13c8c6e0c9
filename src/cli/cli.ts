/**
 * The command line: from arguments to an exit code.
 *
 * @module
 */
import fs from "node:fs";

import { defineCommand, runCommand } from "citty";

import { SyncError, toSyncError, version } from "../index.ts";
import { LineWriter } from "../report/line-writer.ts";
import { printable } from "../report/printable.ts";
import { parseArguments, type TypedArguments } from "./arguments.ts";
import { chooseCommand, type CommandShape } from "./choose-command.ts";
import { completionScript } from "./completion.ts";
import { runDoctor } from "./doctor-command.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { doctorHelpText, helpText } from "./help.ts";
import { readOptions } from "./layers.ts";
import { runSync } from "./sync-command.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the process gives to the command line. */
export interface CliContext {
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** Ends the process at once. */
  readonly exitNow: (code: ExitCode) => void;
}

const commands: Readonly<Record<string, CommandShape>> = {
  sync: { least: 2, most: 2 },
  doctor: { least: 1, most: 1 },
};

/**
 * Runs s3sync.
 *
 * @returns what the process is to end with; never throws
 */
export async function runCli(context: CliContext): Promise<ExitCode> {
  const typed = parseArguments(context.argv);
  if (typed.help) return say(helpFor(typed.positionals), typed.verbosity);
  if (typed.version) return say(`s3sync ${version}`, typed.verbosity);
  try {
    return await dispatch(typed, context);
  } catch (thrown) {
    return explain(toSyncError(thrown), typed.verbosity);
  }
}

async function dispatch(typed: TypedArguments, context: CliContext): Promise<ExitCode> {
  const positionals =
    typed.positionals.length > 0 ? typed.positionals : places(context.environment);
  const { command, rest } = chooseCommand(positionals, commands, fs.existsSync);
  const { values, problems } = readOptions(typed, context.environment);
  const all = [...typed.problems, ...problems];
  if (all.length > 0) throw new SyncError("usage", all.join("\n"));
  if (values.autoCompleteShell !== undefined) {
    return say(completionScript(values.autoCompleteShell), typed.verbosity);
  }
  if (context.argv.length === 0 && positionals.length === 0) {
    throw new SyncError("usage", "SOURCE and TARGET are needed", {
      hint: "For example: s3sync ./photos s3://bucket/photos/",
    });
  }
  const { verbosity } = typed;
  const { environment, exitNow } = context;
  const common = { positionals: rest, values, environment, exitNow };
  const definition = defineCommand({
    meta: { name: `s3sync ${command}`, version },
    run: () =>
      command === "doctor" ? runDoctor({ ...common, typed }) : runSync({ ...common, verbosity }),
  });
  const { result } = await runCommand(definition, { rawArgs: [] });
  return result as ExitCode;
}

function helpFor([first, ...rest]: readonly string[]): string {
  return first === "doctor" && rest.length < 2 ? doctorHelpText() : helpText();
}

/** SOURCE and TARGET of somebody who named neither. The bare names that upstream once read may mean anything. */
function places({ S3SYNC_SOURCE: source = "", S3SYNC_TARGET: target = "" }: Environment): string[] {
  return source === "" && target === "" ? [] : [source, target];
}

/** Prints something that was asked for. A reader that went away is no error. */
function say(text: string, verbosity: number): ExitCode {
  let failure: SyncError | undefined;
  const writer = new LineWriter(1, (error) => (failure = error));
  writer.line(text.trimEnd());
  writer.flush();
  if (failure === undefined) return exitCode.fine;
  const { code, message } = failure;
  return explain(new SyncError(code, `cannot write to stdout: ${message}`), verbosity);
}

/** `-qq`. */
const silent = -2;

/** One line for each thing that is wrong, one for what to do about it. */
function explain(error: SyncError, verbosity: number): ExitCode {
  const code = error.code === "usage" ? exitCode.usage : exitCode.error;
  if (verbosity <= silent) return code;
  for (const line of error.message.split("\n")) complain(line);
  if (error.hint !== undefined) complain(error.hint);
  else if (error.code === "usage") complain("see s3sync --help");
  if (verbosity >= 3 && error.stack !== undefined) process.stderr.write(`${error.stack}\n`);
  return code;
}

function complain(text: string): void {
  try {
    fs.writeSync(2, `s3sync: ${printable(text)}\n`);
  } catch {
    // Nobody reads: the exit code tells.
  }
}
