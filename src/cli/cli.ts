/**
 * The command line: from arguments to an exit code.
 *
 * @module
 */
import fs from "node:fs";

import { defineCommand, runCommand } from "citty";

import { type SiteRule, SyncError, toSyncError, version } from "../index.ts";
import { parseArguments, type TypedArguments } from "./arguments.ts";
import { isForBsync, runBsync } from "./bsync-command.ts";
import { checkHelpText, runCheck } from "./check-command.ts";
import { type Choice, chooseCommand, commandMeant, type CommandShape } from "./choose-command.ts";
import { runCleanup } from "./cleanup-command.ts";
import { clusterHelpText, isForCluster, runCluster } from "./cluster/cluster-command.ts";
import { completionScript } from "./completion.ts";
import type { CliContext } from "./context.ts";
import { runDoctor } from "./doctor-command.ts";
import type { ExitCode } from "./exit-codes.ts";
import { bsyncHelpText, cleanupHelpText, doctorHelpText, helpText } from "./help.ts";
import { FileLayer } from "./jobs/file-layer.ts";
import { namedFile } from "./jobs/find-file.ts";
import { jobName, readJobFile } from "./jobs/job-file.ts";
import { runJobs } from "./jobs/run-command.ts";
import { runHelpText } from "./jobs/run-help.ts";
import { keyringHelp, runKeyring } from "./keyring-command.ts";
import { type ReadOptions, readOptions, withVariables } from "./layers.ts";
import { lsHelpText, runLs, runVersions, versionsHelpText } from "./list-commands.ts";
import { pruneHelpText, runPrune } from "./prune-command.ts";
import { rangesHelpText, runRanges } from "./ranges-command.ts";
import { restoreHelpText, runRestore } from "./restore-command.ts";
import { explain, say } from "./say.ts";
import { runSite, siteHelpText } from "./site-command.ts";
import { runStatus, statusHelpText } from "./status-command.ts";
import { type PlannedRun, planRun, runSync } from "./sync-command.ts";
import { runUndo, undoHelpText } from "./undo-command.ts";
import { runWatch } from "./watch-command.ts";

type Environment = CliContext["environment"];

/** What a command gets. */
interface Call {
  readonly typed: TypedArguments;
  /** What follows its name. */
  readonly positionals: readonly string[];
  readonly context: CliContext;
}

interface Command extends CommandShape {
  /** @param rest what follows its name */
  readonly help: (rest?: readonly string[]) => string;
  readonly run: (call: Call) => Promise<ExitCode>;
}

const commands = {
  sync: {
    ...{ least: 2, most: 2, help: helpText },
    // One side is a bucket. Where none is, `check photos` is no SOURCE and TARGET.
    suits: (args) => args.some((place) => place.includes(":")),
    run: runPlaces,
  },
  run: {
    ...{ least: 0, most: Infinity, help: runHelpText },
    // SOURCE may be called `run`; but one side is a bucket then, and that is no name of a job.
    suits: (args) => args.every((name) => jobName.test(name)),
    run: ({ typed, positionals, context }) => runJobs(typed, positionals, context),
  },
  check: {
    ...{ least: 2, most: 2, help: checkHelpText },
    run: async (call) => runCheck({ ...call, ...readAll(call, defaultsOf(call).layers) }),
  },
  doctor: {
    ...{ least: 1, most: 1, help: doctorHelpText },
    run: (call) => runDoctor({ ...call, values: readAll(call).values, ...call.context }),
  },
  bsync: {
    ...{ least: 0, most: Infinity, help: bsyncHelpText },
    suits: isForBsync,
    run: async (call) => {
      const readAgain = () => readAll(call, defaultsOf(call).layers).values;
      return runBsync({ ...call, values: readAgain(), readAgain, ...call.context });
    },
  },
  restore: {
    ...{ least: 2, most: 2, help: restoreHelpText },
    run: async (call) => runRestore({ ...call, ...readAll(call, defaultsOf(call).layers) }),
  },
  site: {
    ...{ least: 2, most: 2, help: siteHelpText },
    run: async (call) => {
      const { layers, siteRules: rules } = defaultsOf(call);
      return runSite({ ...call, ...readAll(call, layers), rules });
    },
  },
  ls: {
    ...{ least: 1, most: 1, help: lsHelpText },
    run: (call) => runLs({ ...call, values: readAll(call).values, ...call.context }),
  },
  versions: {
    ...{ least: 1, most: 1, help: versionsHelpText },
    run: (call) => runVersions({ ...call, values: readAll(call).values, ...call.context }),
  },
  prune: {
    ...{ least: 1, most: 1, help: pruneHelpText },
    run: (call) => runPrune({ ...call, values: readAll(call).values, ...call.context }),
  },
  ranges: {
    ...{ least: 1, most: 1, help: rangesHelpText },
    run: (call) => runRanges({ ...call, values: readAll(call).values, ...call.context }),
  },
  undo: {
    ...{ least: 1, most: 1, help: undoHelpText },
    run: (call) => runUndo({ ...call, values: readAll(call).values, ...call.context }),
  },
  status: {
    ...{ least: 0, most: 1, help: statusHelpText },
    run: async (call) => runStatus({ ...call, values: readAll(call).values }),
  },
  cleanup: {
    ...{ least: 1, most: 1, help: cleanupHelpText },
    run: (call) => runCleanup({ ...call, values: readAll(call).values, ...call.context }),
  },
  cluster: {
    ...{ least: 0, most: Infinity, suits: isForCluster, help: clusterHelpText },
    run: async (call) => runCluster({ ...call, ...readAll(call, defaultsOf(call).layers) }),
  },
  help: {
    ...{ least: 0, most: 2, help: helpText },
    suits: ([word = "sync", ...rest]): boolean =>
      isCommand(word) && (rest.length === 0 || (word === "cluster" && isForCluster(rest))),
    run: async ({ typed, positionals }): Promise<ExitCode> => {
      const [word = "sync"] = positionals;
      if (!isCommand(word)) throw noCommand(word);
      return say(helpFor(positionals), typed.verbosity);
    },
  },
  keyring: {
    ...{ least: 3, most: 3, help: () => keyringHelp },
    run: async (call) => {
      readAll(call);
      return runKeyring(call.positionals);
    },
  },
} as const satisfies Readonly<Record<string, Command>>;

type CommandName = keyof typeof commands;

/** What could follow `run` or `help` is local: with such a source nobody means that. */
const isAlsoPath = (word: string): boolean =>
  word !== "run" && word !== "help" && fs.existsSync(word);

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

/**
 * Runs s3sync.
 *
 * @returns what the process is to end with; never throws
 */
export async function runCli(context: CliContext): Promise<ExitCode> {
  const typed = parseArguments(context.argv);
  if (typed.help) return sayHelp(typed);
  if (typed.version) return say(`s3sync ${version}`, typed.verbosity);
  try {
    return await dispatch(typed, context);
  } catch (thrown) {
    const own = ownHelp(typed);
    return explain(ofVariables(thrown, typed, context), typed.verbosity, "", own);
  }
}

/** Names the command whose help tells more, with a space after it. */
function ownHelp({ positionals: [first = "", ...rest] }: TypedArguments): string {
  if (!isCommand(first) || first === "sync" || first === "help") return "";
  return first === "cluster" && isForCluster(rest) ? `${first} ${rest[0]} ` : `${first} `;
}

function sayHelp({ positionals, verbosity }: TypedArguments): ExitCode {
  const [word = ""] = positionals;
  const isTypo = positionals.length === 1 && guessFor(positionals) !== undefined;
  return isTypo ? explain(noCommand(word), verbosity) : say(helpFor(positionals), verbosity);
}

function guessFor(positionals: readonly string[]): string | undefined {
  return commandMeant(positionals, Object.keys(commands), fs.existsSync);
}

function noCommand(word: string): SyncError {
  const guess = guessFor([word]);
  const names = Object.keys(commands).join(", ");
  return new SyncError("usage", `there is no command ${word}; commands are ${names}`, {
    hint: guess === undefined ? undefined : `Is ${guess} meant? See s3sync ${guess} --help`,
  });
}

/** What makes no sense as SOURCE and TARGET may have been meant for a command. */
function withGuess(error: SyncError, positionals: readonly string[]): SyncError {
  const { code, message, hint, path, cause } = error;
  const guess = guessFor(positionals);
  if (code !== "usage" || guess === undefined) return error;
  const others = positionals.slice(1).join(" ");
  const meant = `Is the command ${guess} meant? s3sync ${guess} ${others}`.trimEnd();
  const hints = hint === undefined ? meant : `${hint} ${meant}`;
  return new SyncError(code, message, { path, cause, hint: hints });
}

/** What was thrown; of a rule that variables break, it names them. A file may have said the same before them. */
function ofVariables(
  thrown: unknown,
  typed: TypedArguments,
  { environment }: Pick<CliContext, "environment">,
): SyncError {
  const error = toSyncError(thrown);
  const hasFile = typed.positionals[0] === "run" || namedFile(typed, environment) !== undefined;
  if (error.code !== "usage" || hasFile) return error;
  const { hint, path, cause } = error;
  const message = withVariables(error.message, typed, environment);
  return new SyncError("usage", message, { hint, path, cause });
}

async function dispatch(typed: TypedArguments, context: CliContext): Promise<ExitCode> {
  const { command, rest } = chosen(typed, context.environment);
  const definition = defineCommand({
    meta: { name: `s3sync ${command}`, version },
    run: () => commands[command].run({ typed, positionals: rest, context }),
  });
  const { result } = await runCommand(definition, { rawArgs: [] });
  return result as ExitCode;
}

function chosen(
  { positionals, values }: TypedArguments,
  environment: Environment,
): Choice<CommandName> {
  const isScript = values.has("auto-complete-shell");
  // Where both sides may be local, any name is a place.
  const { least, most } = commands.sync;
  const shapes = {
    ...commands,
    ...(values.has("allow-both-local-storage") ? { sync: { least, most } } : {}),
    // A preview needs no bucket.
    ...(values.has("preview") ? { site: { least: 1, most } } : {}),
  };
  if (positionals.length > 0 && !isScript) return chooseCommand(positionals, shapes, isAlsoPath);
  return { command: "sync", rest: places(environment) };
}

/** Of the command that is named first, whatever follows. */
function helpFor([first = "", ...rest]: readonly string[]): string {
  const { help }: Command = commands[isCommand(first) ? first : "sync"];
  return help(rest);
}

/** `s3sync [sync] SOURCE TARGET`. */
async function runPlaces({ typed, positionals, context }: Call): Promise<ExitCode> {
  // A shell asks for its script at every start: no file may keep it from that.
  const isScript = typed.values.has("auto-complete-shell");
  const { layers, loudness: usual } = isScript ? noDefaults : defaultsOf({ typed, context });
  const { values } = readAll({ typed, context }, layers);
  const { verbosity } = typed;
  if (values.autoCompleteShell !== undefined) {
    return say(completionScript(values.autoCompleteShell), verbosity);
  }
  if (context.argv.length === 0 && positionals.length === 0) {
    throw new SyncError("usage", "SOURCE and TARGET are needed", {
      hint: "For example: s3sync ./photos s3://bucket/photos/",
    });
  }
  const loudness = verbosity === 0 ? usual : verbosity;
  const plan = (): PlannedRun => planPlaces({ typed, positionals, context });
  try {
    const run = plan();
    return await (run.config.watch ? runWatch(run, plan, context) : runSync(run, context));
  } catch (thrown) {
    return explain(withGuess(ofVariables(thrown, typed, context), positionals), loudness);
  }
}

/** Reads everything that is asked for, the file as well. */
function planPlaces({ typed, positionals, context }: Call): PlannedRun {
  const { layers, loudness } = defaultsOf({ typed, context });
  const { values, loose } = readAll({ typed, context }, layers);
  return planRun(positionals, values, typed.verbosity === 0 ? loudness : typed.verbosity, loose);
}

/** What a file says that is named on the command line or by a variable. */
interface Defaults {
  readonly layers: readonly FileLayer[];
  readonly loudness: number;
  readonly siteRules: readonly SiteRule[];
}

const noDefaults: Defaults = { layers: [], loudness: 0, siteRules: [] };

function defaultsOf({
  typed,
  context: { environment },
}: Pick<Call, "typed" | "context">): Defaults {
  const file = namedFile(typed, environment);
  if (file === undefined) return noDefaults;
  const { defaults, siteRules } = readJobFile(file);
  const layers = [new FileLayer(defaults, environment, `${file}: defaults`, 0, true)];
  return { layers, loudness: defaults.verbosity ?? 0, siteRules };
}

/**
 * The options of a command that is not `run`.
 *
 * @param layers of files
 * @throws SyncError `usage` that tells everything wrong with them
 */
function readAll(
  { typed, context }: Pick<Call, "typed" | "context">,
  layers: readonly FileLayer[] = [],
): ReadOptions {
  const read = readOptions(typed, context.environment, layers);
  const all = [...typed.problems, ...surplusFlags(typed), ...read.problems];
  if (all.length > 0) throw new SyncError("usage", all.join("\n"));
  return read;
}

function surplusFlags({ all, printSchema }: TypedArguments): string[] {
  const flags = [...(all ? ["--all"] : []), ...(printSchema ? ["--print-schema"] : [])];
  return flags.map((flag) => `${flag} belongs to s3sync run`);
}

/** SOURCE and TARGET of somebody who named neither. The bare names that upstream once read may mean anything. */
function places({ S3SYNC_SOURCE: source = "", S3SYNC_TARGET: target = "" }: Environment): string[] {
  return source === "" && target === "" ? [] : [source, target];
}
