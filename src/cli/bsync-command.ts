/**
 * `s3sync bsync`: two-way syncs.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import {
  addMap,
  bsync,
  bsyncOptions,
  camelCase,
  type ConfigInput,
  defaultStateFile,
  exportState,
  forgetFile,
  type Forgotten,
  listMaps,
  nameOf,
  Notifier,
  type PairEnd,
  placeOf,
  removeMap,
  requireBsyncWatchable,
  SyncError,
  type SyncEvent,
  watchBsync,
  type WatchState,
} from "../index.ts";
import { counted } from "../report/numbers.ts";
import { printable } from "../report/printable.ts";
import { Reporter } from "../report/reporter.ts";
import { requireSummaryFile, writeSummaryFile } from "../report/summary-file.ts";
import type { TypedArguments } from "./arguments.ts";
import { missedLater, type PairWatch, watchForPair } from "./bsync-once.ts";
import { type ExitCode, exitCode, exitCodeOf, worstOf } from "./exit-codes.ts";
import { GarbageCollection } from "./garbage.ts";
import { refuseOthers } from "./layers.ts";
import { notePair } from "./note-run.ts";
import { canAsk, Questions } from "./questions.ts";
import { explain, say } from "./say.ts";
import { Interruption } from "./signals.ts";
import { closest } from "./suggest.ts";
import { reportOptions, shownAs } from "./sync-command.ts";
import { requireWatch, untilEnded } from "./watch-command.ts";

/** What was asked for on the command line. */
export interface BsyncCommand {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  /** Reads the options again. */
  readonly readAgain: () => Partial<ConfigInput>;
  readonly typed: TypedArguments;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exitNow: (code: ExitCode) => void;
}

type Values = BsyncCommand["values"];

/** What else than a sync can be asked for, by its first word. */
const actions: Readonly<
  Record<
    string,
    (args: readonly string[], file: string, values: Values, typed: TypedArguments) => string
  >
> = {
  add: ([local, remote, ...rest], file, { noRecursive }, typed) => {
    if (local === undefined || remote === undefined || rest.length > 0) throw usage("add");
    addMap(file, placeOf(local, remote, noRecursive !== true));
    return missedLater({ local, remote }, typed) ?? "";
  },
  remove: ([directory, ...rest], file) => {
    if (directory === undefined || rest.length > 0) throw usage("remove");
    removeMap(file, directory);
    return "";
  },
  list: (rest, file) => {
    if (rest.length > 0) throw usage("list");
    return listMaps(file).map(nameOf).map(printable).join("\n");
  },
  forget: (names, file, { include, exclude, ignoreFile, encodeNames, filenameEncoding }) => {
    if (names.length === 0) throw usage("forget");
    const rules = { include, exclude, ignoreFile, encodeNames, filenameEncoding };
    return names.flatMap((name) => comesBack(name, forgetFile(file, name, rules))).join("\n");
  },
  state: ([what, ...rest], file) => {
    const ways = ["show", "export", "check"];
    if (rest.length > 0 || !ways.includes(what ?? "")) throw usage("state");
    const state = exportState(file);
    if (what === "check") return `${file}: ${countsOf(state)}`;
    return JSON.stringify(state, undefined, what === "show" ? 2 : undefined);
  },
};

/** Whether arguments can be meant for `bsync`: nothing, two places, or one of its own words. */
export function isForBsync([first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  if (Object.hasOwn(actions, first)) return true;
  const [second] = rest;
  // One bucket alone is the target of a directory that is called bsync.
  return second === undefined ? !first.startsWith("s3:") : rest.length === 1;
}

/** What a user of `forget` may not have thought of. */
function comesBack(name: string, { missing }: Forgotten): string[] {
  if (missing === undefined) return [];
  const [where, line] = [printable(missing.file), printable(missing.line)];
  return [
    `${printable(name)} is tracked again by the next run, unless ${where} has a line ${line}`,
  ];
}

function countsOf({ buckets }: ReturnType<typeof exportState>): string {
  const maps = buckets.reduce((sum, bucket) => sum + bucket.maps.length, 0);
  const objects = buckets.reduce((sum, bucket) => sum + [...bucket.objects].length, 0);
  return `${counted(maps, "directory", "directories")}, ${counted(objects, "object")}, nothing wrong`;
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or the first error that the run met
 */
export async function runBsync(given: BsyncCommand): Promise<ExitCode> {
  refuseOthers(given.typed, (name) => bsyncOptions.has(name), "bsync");
  const command = { ...given, values: known(given.values) };
  const { positionals, values, typed } = command;
  const [first = "", ...rest] = positionals;
  const file = path.resolve(values.state ?? defaultStateFile());
  const action = Object.hasOwn(actions, first) ? actions[first] : undefined;
  if (action === undefined || isDirectory(first)) return syncOrWatch(command);
  const text = action(rest, file, values, typed);
  return text === "" ? exitCode.fine : say(text, typed.verbosity);
}

/** A directory may be called `add`; with a bucket behind it, it is meant. */
function isDirectory(word: string): boolean {
  return word.includes("/") && fs.existsSync(word);
}

async function syncOrWatch(command: BsyncCommand): Promise<ExitCode> {
  const { values, typed, environment, exitNow } = command;
  const goesOn = values.watch === true;
  using interruption = new Interruption(exitNow, goesOn);
  const { ending } = interruption;
  if (!goesOn) return await carryOut(command, { interruption, ending });
  const again = (): BsyncCommand => {
    const next = known(command.readAgain());
    requireWatch(next);
    const [local, remote] = command.positionals;
    requireBsyncWatchable({ ...next, local, remote });
    return { ...command, values: next };
  };
  using manager = await Notifier.open(environment);
  const service = { verbosity: typed.verbosity, interruption, manager };
  return await untilEnded(command, again, service, (now, how) =>
    carryOut(now, { interruption, ...how }),
  );
}

/** Who ends a sync, and who wants to know how it stands. */
interface Surroundings {
  readonly interruption: Interruption;
  readonly ending: AbortSignal;
  readonly tell?: ((state: WatchState) => void) | undefined;
}

async function carryOut(
  command: BsyncCommand,
  { interruption, ending, tell }: Surroundings,
): Promise<ExitCode> {
  const { positionals, values, typed, environment } = command;
  const [local, remote, ...surplus] = positionals;
  if (surplus.length > 0 || (local !== undefined && remote === undefined)) {
    throw meantOtherwise(positionals) ?? usage();
  }
  if (values.summaryJson !== undefined) requireSummaryFile(values.summaryJson);
  const garbage = new GarbageCollection();
  let failure: SyncError | undefined;
  const reporter = reporterFor(values, typed.verbosity, environment, (error) => {
    failure ??= error;
    interruption.stop(error?.message ?? "nobody reads the log any more");
  });
  const noticeAfter = pairWatch(command);
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "error") failure ??= event.error;
    reporter.take(event);
    garbage.take(event);
    if (event.type === "watch") tell?.(event.state);
    const notice = noticeAfter(event);
    if (notice !== undefined) reporter.take(notice);
  };
  try {
    const { signal } = interruption;
    using questions = new Questions();
    const onConflict = canAsk() ? questions.ask.bind(questions) : undefined;
    const input = { ...values, local, remote };
    const codes = new Set<ExitCode>();
    const onPair = (end: PairEnd): void => {
      codes.add(codeOf(end));
      notePair(values, end);
    };
    const summary = await (values.watch === true
      ? watchBsync(input, { onEvent, onPair, signal, ending })
      : bsync(input, { onEvent, onConflict, onPair, signal }));
    if (values.summaryJson !== undefined) writeSummaryFile(values.summaryJson, summary);
    reporter.flush();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    if (ending.aborted) return exitCode.fine;
    if (failure !== undefined) return endedBy(failure, worstOf([...codes]), typed.verbosity);
    return exitCodeOf(summary);
  } catch (thrown) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw thrown;
  } finally {
    reporter.flush();
  }
}

function codeOf({ summary, error }: PairEnd): ExitCode {
  if (summary !== undefined) return exitCodeOf(summary);
  return error?.code === "usage" ? exitCode.usage : exitCode.error;
}

/**
 * Ends with the first error that was met. What makes no sense to one pair does not say that nothing was done, where
 * another one was brought in step.
 */
function endedBy(failure: SyncError, worst: ExitCode, verbosity: number): ExitCode {
  if (failure.code !== "usage" || worst !== exitCode.error) throw failure;
  explain(failure, verbosity, "", "bsync ");
  return worst;
}

function pairWatch({ positionals, values, typed }: BsyncCommand): PairWatch {
  const [local, remote] = positionals;
  const remembers = values.dryRun !== true && values.firstSync !== "list";
  if (local === undefined || remote === undefined || !remembers) return () => undefined;
  return watchForPair(path.resolve(values.state ?? defaultStateFile()), { local, remote }, typed);
}

function reporterFor(
  values: Values,
  steps: number,
  environment: BsyncCommand["environment"],
  stopped: (error: SyncError | undefined) => void,
): Reporter {
  const lists = values.firstSync === "list";
  const dryRun = values.dryRun === true || lists;
  return new Reporter(
    {
      ...shownAs(values, reportOptions({ ...values, dryRun }, steps, environment)),
      // Nor is a question drawn over.
      noProgress: values.showNoProgress === true || values.firstSync === "ask",
      // Fit for cron: no output without a wish.
      noSummary: steps <= 0 && !dryRun,
    },
    () => stopped(undefined),
    stopped,
  );
}

/** Variables are for all commands: those that mean nothing here are overlooked. */
function known(values: Values): Values {
  const names = new Set<string>(Array.from(bsyncOptions, camelCase));
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}

const examples: Readonly<Record<string, string>> = {
  add: "s3sync bsync add ./notes s3://bucket/notes/",
  remove: "s3sync bsync remove ./notes",
  list: "s3sync bsync list",
  forget: "s3sync bsync forget ./notes/draft.txt",
  state: "s3sync bsync state show (or export, or check)",
};

/** A word that is nearly one of its own. */
function meantOtherwise([first = ""]: readonly string[]): SyncError | undefined {
  if (first === "help") {
    return new SyncError("usage", "bsync knows no help", { hint: "See s3sync bsync --help" });
  }
  const isPath = !/^[a-z]+$/i.test(first) || fs.existsSync(first);
  const word = isPath ? undefined : closest(first.toLowerCase(), Object.keys(actions));
  if (word === undefined) return undefined;
  return new SyncError("usage", `bsync knows no ${first}; did you mean ${word}?`, {
    hint: `For example: ${examples[word]}`,
  });
}

function usage(what?: string): SyncError {
  if (what === undefined) {
    return new SyncError("usage", "bsync needs a directory and then a bucket, or neither", {
      hint: "For example: s3sync bsync ./notes s3://bucket/notes/",
    });
  }
  return new SyncError("usage", `bsync ${what} is not given what it needs`, {
    hint: `For example: ${examples[what]}`,
  });
}
