/**
 * `s3sync [sync] SOURCE TARGET`.
 *
 * @module
 */
import {
  camelCase,
  type Config,
  type ConfigInput,
  type Option,
  type OptionName,
  optionNames,
  options,
  resolveConfig,
  type Run,
  sync,
  SyncError,
  type SyncHandlers,
  watch,
  type WatchState,
  withoutIdle,
} from "../index.ts";
import { ChangeSummary } from "../report/change-summary.ts";
import type { Verbosity } from "../report/log-filter.ts";
import { counted } from "../report/numbers.ts";
import type { LogRecord } from "../report/records.ts";
import { Reporter, type ReportOptions } from "../report/reporter.ts";
import { StatusFile } from "../report/status-file.ts";
import { requireSummaryFile, writeSummaryFile } from "../report/summary-file.ts";
import { programTarget } from "../report/targets.ts";
import { neededLimit, restartWithLimit } from "./connection-limit.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCode, exitCodeOf } from "./exit-codes.ts";
import { GarbageCollection } from "./garbage.ts";
import { noted, RoundNotes, type RunWitness } from "./note-run.ts";
import { Interruption } from "./signals.ts";

/** A run that was asked for. */
export interface PlannedRun {
  readonly input: ConfigInput;
  readonly config: Config;
  /** A number of `-v`, or of `-q` if negative. */
  readonly verbosity: number;
  /** What begins it. Default: `sync`, or `watch` where that is asked for. */
  readonly begin?: (input: ConfigInput, handlers: SyncHandlers) => Run;
}

/** Where runs take place. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly interruption: Interruption;
  /** What every run is to warn of. */
  readonly notice: string | undefined;
  /** Hears how a watch stands. */
  readonly tell?: (state: WatchState) => void;
  /** Ends a watch, as long as that is to be ended by something else than signals that end the process. */
  readonly ending?: AbortSignal;
}

const usual: Verbosity = "warn";
const ladder: readonly Verbosity[] = ["off", "error", "warn", "info", "debug", "trace"];

/** The level for a number of `-v` (positive) or `-q` (negative). */
export function verbosityOf(
  steps: number,
  { dryRun, reportSyncStatus }: Pick<Config, "dryRun" | "reportSyncStatus">,
): Verbosity {
  const index = ladder.indexOf(usual) + steps;
  const level = ladder[Math.min(Math.max(index, 0), ladder.length - 1)] ?? usual;
  // A report is what was asked for, however quiet it is to be. As upstream.
  if (reportSyncStatus && index < ladder.indexOf("info")) return "info";
  // A dry run that says nothing is of no use.
  return dryRun && level === usual ? "info" : level;
}

/** The options that say how a run is shown. */
type ShownBy =
  | "continueOnError"
  | ("dryRun" | "reportSyncStatus" | "awsSdkTracing" | "spanEventsTracing")
  | ("jsonTracing" | "tracingStderr" | "disableColorTracing" | "showNoProgress");

/** How a run is shown. */
export function reportOptions(
  config: { readonly [Name in ShownBy]?: boolean | undefined },
  verbosity: number,
  environment: Surroundings["environment"],
): ReportOptions {
  const { dryRun = false, reportSyncStatus = false } = config;
  const filter = environment["RUST_LOG"] || undefined;
  return {
    verbosity: verbosityOf(verbosity, { dryRun, reportSyncStatus }),
    filter,
    requests: config.awsSdkTracing === true,
    spans: config.spanEventsTracing === true,
    json: config.jsonTracing === true,
    logToStderr: config.tracingStderr === true,
    colours: config.disableColorTracing !== true && (environment["NO_COLOR"] ?? "") === "",
    noProgress: config.showNoProgress === true,
    brief: verbosity <= 0 && filter === undefined,
    endsWithError: config.continueOnError !== true,
  };
}

/** What differs from the defaults, if anything does; passwords and keys are not shown. */
function configurationRecord(config: Config): LogRecord | undefined {
  const given = optionNames.flatMap((name) => {
    const { kind, fallback }: Option = options[name];
    const value: unknown = config[camelCase(name)];
    return value === undefined || value === fallback ? [] : [[name, kind.format(value)] as const];
  });
  if (given.length === 0) return undefined;
  return {
    level: "trace",
    target: programTarget,
    message: "configuration",
    fields: Object.fromEntries(given),
  };
}

/**
 * Checks what is asked for.
 *
 * @param loose options that are left out where they have no effect
 * @throws SyncError `usage`
 */
export function planRun(
  positionals: readonly string[],
  values: Partial<ConfigInput>,
  verbosity: number,
  loose: readonly OptionName[] = [],
): PlannedRun {
  const [source, target, ...surplus] = positionals;
  if (source === undefined || target === undefined || surplus.length > 0) {
    throw new SyncError(
      "usage",
      `SOURCE and TARGET are needed, not ${counted(positionals.length, "argument")}`,
    );
  }
  const input = withoutIdle({ ...values, source, target }, loose);
  const config = resolveConfig(input);
  if (config.summaryJson !== undefined) requireSummaryFile(config.summaryJson);
  return { input, config, verbosity };
}

/**
 * Carries out `s3sync SOURCE TARGET`.
 *
 * @throws SyncError what kept the run from starting, or the first error that it met
 */
export async function runSync(
  run: PlannedRun,
  { environment, exitNow }: Pick<CliContext, "environment" | "exitNow">,
): Promise<ExitCode> {
  const notice = makeRoomFor([run], environment);
  using interruption = new Interruption(exitNow);
  return await carryOut(run, { environment, interruption, notice });
}

/**
 * Starts the process anew if runs want more requests at the same time than it may have. Nothing may have been
 * done before.
 *
 * @returns what to tell the user if that does not work
 */
export function makeRoomFor(
  runs: readonly Pick<PlannedRun, "config">[],
  environment: Surroundings["environment"],
): string | undefined {
  const limits = runs.map(({ config }) => neededLimit(config, environment) ?? 0);
  const limit = Math.max(0, ...limits);
  return limit === 0 ? undefined : restartWithLimit(limit);
}

/** Publishing is mostly done by machines, which show people what came of it. */
function changesOf(
  { purpose, summaryMarkdown }: Config,
  environment: Surroundings["environment"],
): ChangeSummary | undefined {
  return purpose === "site" ? new ChangeSummary(summaryMarkdown, environment) : undefined;
}

/**
 * Carries out a run.
 *
 * @throws SyncError what kept it from starting, or the first error that it met
 */
export function carryOut(run: PlannedRun, surroundings: Surroundings): Promise<ExitCode> {
  return noted(run.config, (witness) => perform(run, surroundings, witness));
}

/** Begins what goes on until a signal fires. */
function watcher(ending: AbortSignal): NonNullable<PlannedRun["begin"]> {
  return (input, handlers) => watch(input, { ...handlers, ending });
}

/** What a watch meets is told when it happens: its end may be far away. */
export function shownAs(
  { watch: goesOn }: { readonly watch?: boolean | undefined },
  how: ReportOptions,
): ReportOptions {
  return goesOn ? { ...how, brief: false, endsWithError: false } : how;
}

async function perform(
  run: PlannedRun,
  surroundings: Surroundings,
  witness: RunWitness,
): Promise<ExitCode> {
  const { input, config, verbosity } = run;
  const { environment, interruption, notice, ending = interruption.ending } = surroundings;
  const begin = run.begin ?? (config.watch ? watcher(ending) : sync);
  const garbage = new GarbageCollection();
  let stdoutClosed = false;
  let logFailure: SyncError | undefined;
  let firstError: SyncError | undefined;
  const reporter = new Reporter(
    shownAs(config, reportOptions(config, verbosity, environment)),
    () => {
      stdoutClosed = true;
      interruption.stop("nobody reads the log any more");
    },
    (error) => {
      logFailure = error;
      interruption.stop(error.message);
    },
  );
  const statusFile =
    config.reportFile === undefined ? undefined : new StatusFile(config.reportFile);
  const roundNotes = config.watch ? new RoundNotes(config) : undefined;
  const changes = changesOf(config, environment);
  const settings = configurationRecord(config);
  if (settings !== undefined) reporter.note(settings);
  try {
    if (notice !== undefined) {
      const error = new SyncError("unsupported", notice);
      reporter.take({ type: "warning", key: undefined, error });
    }
    const summary = await begin(input, {
      onEvent: (event) => {
        if (event.type === "error") firstError ??= event.error;
        reporter.take(event);
        statusFile?.take(event);
        if (event.type === "watch") surroundings.tell?.(event.state);
        changes?.take(event);
        garbage.take(event);
        roundNotes?.take(event);
      },
      signal: interruption.signal,
    });
    witness.summary = summary;
    statusFile?.close();
    if (config.summaryJson !== undefined) writeSummaryFile(config.summaryJson, summary);
    const unwritten = changes?.write(summary);
    if (unwritten !== undefined)
      reporter.take({ type: "notice", message: unwritten, isDoubtful: true });
    // The last lines may be the ones that cannot be written.
    reporter.flush();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    if (ending.aborted) return exitCode.fine;
    const failure = firstError ?? logFailure;
    if (failure !== undefined) throw failure;
    return stdoutClosed ? exitCode.fine : exitCodeOf(summary, config.reportExtraAsMismatch);
  } catch (thrown) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    if (thrown instanceof SyncError && thrown.code === "aborted") {
      if (logFailure !== undefined) throw logFailure;
      if (stdoutClosed) return exitCode.fine;
    }
    throw thrown;
  } finally {
    reporter.flush();
  }
}
