/**
 * The command line: from arguments to an exit code.
 *
 * @module
 */
import fs from "node:fs";

import { defineCommand, runCommand } from "citty";

import { type ConfigInput, SyncError, toSyncError, version } from "../index.ts";
import { LineWriter } from "../report/line-writer.ts";
import { printable } from "../report/printable.ts";
import { parseArguments, type TypedArguments } from "./arguments.ts";
import { chooseCommand, type CommandShape } from "./choose-command.ts";
import { completionScript } from "./completion.ts";
import { runDoctor } from "./doctor-command.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { doctorHelpText, helpText } from "./help.ts";
import { keyringHelp, runKeyring } from "./keyring-command.ts";
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

/** What a command gets. */
interface Call {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  readonly typed: TypedArguments;
  readonly context: CliContext;
}

interface Command extends CommandShape {
  readonly help: () => string;
  readonly run: (call: Call) => Promise<ExitCode>;
}

const commands = {
  sync: {
    ...{ least: 2, most: 2, help: helpText },
    run: ({ positionals, values, typed, context }) =>
      runSync({ positionals, values, verbosity: typed.verbosity, ...context }),
  },
  doctor: {
    ...{ least: 1, most: 1, help: doctorHelpText },
    run: ({ positionals, values, typed, context }) =>
      runDoctor({ positionals, values, typed, ...context }),
  },
  keyring: {
    ...{ least: 3, most: 3, help: () => keyringHelp },
    run: ({ positionals }) => runKeyring(positionals),
  },
} as const satisfies Readonly<Record<string, Command>>;

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
  const definition = defineCommand({
    meta: { name: `s3sync ${command}`, version },
    run: () => commands[command].run({ positionals: rest, values, typed, context }),
  });
  const { result } = await runCommand(definition, { rawArgs: [] });
  return result as ExitCode;
}

/** Of the command that is named first, whatever follows. */
function helpFor([first = ""]: readonly string[]): string {
  const command: Command | undefined = Object.hasOwn(commands, first)
    ? commands[first as keyof typeof commands]
    : undefined;
  return (command ?? commands.sync).help();
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
