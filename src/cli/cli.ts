/**
 * The command line: from arguments to an exit code.
 *
 * @module
 */
import fs from "node:fs";

import { defineCommand, runCommand } from "citty";

import { SyncError, toSyncError, version } from "../index.ts";
import { parseArguments, type TypedArguments } from "./arguments.ts";
import { type Choice, chooseCommand, type CommandShape } from "./choose-command.ts";
import { completionScript } from "./completion.ts";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./exit-codes.ts";
import { helpText } from "./help.ts";
import { FileLayer } from "./jobs/file-layer.ts";
import { namedFile } from "./jobs/find-file.ts";
import { jobName, readJobFile } from "./jobs/job-file.ts";
import { runJobs } from "./jobs/run-command.ts";
import { runHelpText } from "./jobs/run-help.ts";
import { readOptions } from "./layers.ts";
import { explain, say } from "./say.ts";
import { planRun, runSync } from "./sync-command.ts";

type Environment = CliContext["environment"];

const commands: Readonly<Record<string, CommandShape>> = {
  sync: { least: 2, most: 2 },
  // SOURCE may be called `run`; but one side is a bucket then, and that is no name of a job.
  run: { least: 0, most: Infinity, suits: (args) => args.every((name) => jobName.test(name)) },
};

/** Where what follows `run` could be a job, both places would be local: nobody means that. */
const isAlsoPath = (word: string): boolean => word !== "run" && fs.existsSync(word);

/**
 * Runs s3sync.
 *
 * @returns what the process is to end with; never throws
 */
export async function runCli(context: CliContext): Promise<ExitCode> {
  const typed = parseArguments(context.argv);
  if (typed.help) {
    return say(typed.positionals[0] === "run" ? runHelpText() : helpText(), typed.verbosity);
  }
  if (typed.version) return say(`s3sync ${version}`, typed.verbosity);
  try {
    return await dispatch(typed, context);
  } catch (thrown) {
    return explain(toSyncError(thrown), typed.verbosity);
  }
}

async function dispatch(typed: TypedArguments, context: CliContext): Promise<ExitCode> {
  const { command, rest } = chosen(typed, context.environment);
  const definition = defineCommand({
    meta: { name: `s3sync ${command}`, version },
    run: () =>
      command === "run" ? runJobs(typed, rest, context) : runPlaces(typed, rest, context),
  });
  const { result } = await runCommand(definition, { rawArgs: [] });
  return result as ExitCode;
}

function chosen({ positionals, values }: TypedArguments, environment: Environment): Choice {
  const isScript = values.has("auto-complete-shell");
  if (positionals.length > 0 && !isScript) return chooseCommand(positionals, commands, isAlsoPath);
  return { command: "sync", rest: places(environment) };
}

/** `s3sync [sync] SOURCE TARGET`. */
async function runPlaces(
  typed: TypedArguments,
  positionals: readonly string[],
  context: CliContext,
): Promise<ExitCode> {
  const { environment } = context;
  // A shell asks for its script at every start: no file may keep it from that.
  const isScript = typed.values.has("auto-complete-shell");
  const file = isScript ? undefined : namedFile(typed, environment);
  const defaults = file === undefined ? undefined : readJobFile(file).defaults;
  const layers =
    defaults === undefined ? [] : [new FileLayer(defaults, environment, `${file}: defaults`, 0)];
  const { values, problems } = readOptions(typed, environment, layers);
  const all = [...typed.problems, ...surplusFlags(typed), ...problems];
  if (all.length > 0) throw new SyncError("usage", all.join("\n"));
  const { verbosity } = typed;
  if (values.autoCompleteShell !== undefined) {
    return say(completionScript(values.autoCompleteShell), verbosity);
  }
  if (context.argv.length === 0 && positionals.length === 0) {
    throw new SyncError("usage", "SOURCE and TARGET are needed", {
      hint: "For example: s3sync ./photos s3://bucket/photos/",
    });
  }
  const loudness = verbosity === 0 ? (defaults?.verbosity ?? 0) : verbosity;
  try {
    return await runSync(planRun(positionals, values, loudness), context);
  } catch (thrown) {
    return explain(toSyncError(thrown), loudness);
  }
}

function surplusFlags({ all, printSchema }: TypedArguments): string[] {
  const flags = [...(all ? ["--all"] : []), ...(printSchema ? ["--print-schema"] : [])];
  return flags.map((flag) => `${flag} belongs to s3sync run`);
}

/** SOURCE and TARGET of somebody who named neither. The bare names that upstream once read may mean anything. */
function places({ S3SYNC_SOURCE: source = "", S3SYNC_TARGET: target = "" }: Environment): string[] {
  return source === "" && target === "" ? [] : [source, target];
}
